"""Plant a mistake, and see which witness notices it, at which step."""

from contextlib import contextmanager

import numpy as np

from tfmath import toy
from tfmath.learning.train import make_batch, traced_loss
from tfmath.parts.norm import pre_norm
from tfmath.show import table
from tfmath.show.witnesses import AGAIN, OTHERS, OURS
from tfmath.tracing.rules import RULES
from tfmath.witness.cases import Case, run
from tfmath.witness.crosscheck import first_failure, judge, reference
from tfmath.witness.exact import Exact
from tfmath.witness.roads import autograd_road, modules_road, numpy_road, replay_road

NOTHING = "nothing"
PARTS = (
    "each operation",
    "each slope",
    "masks, places, √d, ε",
    "what follows what",
    "words and numbers",
)
"""What a run is made of."""
TAKEN = {
    "fifty\ndigits": (AGAIN, OURS, OURS, OURS, OURS),
    "PyTorch,\neach operation": (OTHERS, OURS, OURS, OURS, OURS),
    "PyTorch's\nderivatives": (OTHERS, OTHERS, OURS, OURS, OURS),
    "PyTorch's\nmodules": (OTHERS, OTHERS, AGAIN, AGAIN, OURS),
    "nn.Transformer,\nsquare heads": (OTHERS, OTHERS, AGAIN, OTHERS, OURS),
}
"""Whose each of `PARTS` is with each witness: ours, ours once more, or others'."""


def first_doubts(case, loss=traced_loss):
    """For each witness the first step that is not what ours say, or "nothing".

    Parameters
    ----------
    case : Case
    loss : function
        ``loss(parameters, batch, label_smoothing)``, what is to be checked.

    Returns
    -------
    dict of str
        The witness, and the name of the step.
    """
    record = run(case, traced_loss=loss)
    truth = reference(record, None)
    return {
        name: _doubt(judge(case, record, road, truth, mp))
        for name, (road, mp) in witnesses(loss).items()
    }


def _doubt(findings):
    failed = first_failure(findings)
    return NOTHING if failed is None else failed.step


def witnesses(loss=traced_loss):
    """Who is asked: a road each, and the fifty digits where it is judged by them.

    Parameters
    ----------
    loss : function
        As for `first_doubts`.

    Returns
    -------
    dict of str to (Road, Exact or None)
    """
    return {
        "fifty digits": (numpy_road("float64", loss), Exact()),
        "PyTorch, each operation": (replay_road("float64"), None),
        "PyTorch's derivatives": (autograd_road("float64"), None),
        "PyTorch's modules": (modules_road("float64"), None),
    }


@contextmanager
def modules_that_ran():
    """Watch which of PyTorch's modules are run.

    Yields
    ------
    set of str
        The names of their classes, filled as they run.

    Examples
    --------
    >>> import torch
    >>> with modules_that_ran() as ran:
    ...     torch.nn.ReLU()(torch.zeros(1)).item()
    0.0
    >>> ran
    {'ReLU'}
    """
    import torch

    ran = set()
    hook = torch.nn.modules.module.register_module_forward_hook(
        lambda module, *_: ran.add(type(module).__name__)
    )
    try:
        yield ran
    finally:
        hook.remove()


def accusations(found):
    """What `first_doubts` found, as a table.

    Parameters
    ----------
    found : dict of str

    Returns
    -------
    Table
    """
    named = [[step] for step in found.values()]
    return table(np.array(named), rows=found, cols=["first step in doubt"])


def within(findings, where, parts):
    """Which steps stay within their bounds on which road, as a table.

    Parameters
    ----------
    findings : list of Finding
    where : str
        The beginning of the steps' names.
    parts : sequence of str
        Their ends.

    Returns
    -------
    Table
    """
    found = {(f.step, f.road): "within" if f.share <= 1 else "outside" for f in findings}
    roads = list(dict.fromkeys(f.road for f in findings))
    said = [[found.get((f"{where} / {p}", road), "—") for road in roads] for p in parts]
    short = [road.removeprefix("PyTorch ") for road in roads]
    return table(np.array(said), where, rows=parts, cols=short)


# What is checked, and the mistakes ------------------------------------------------------


def worked_case(parameters=None):
    """The toy model and the worked sentence alone.

    Parameters
    ----------
    parameters : nested dict, optional
        Other tables than the stored ones.

    Returns
    -------
    Case
    """
    parameters = toy.load() if parameters is None else parameters
    batch = make_batch(toy.PAIRS[1:2], toy.WORDS)
    return Case("worked", parameters, batch, "when you play game of thrones")


@contextmanager
def planted(op, **columns):
    """Put a mistake into the row of one operation, and take it out again.

    Parameters
    ----------
    op : str
        The operation's name in the table of rules.
    **columns
        What is to stand in its row instead, such as ``call=`` or ``derivative=``.
    """
    right = RULES[op]
    RULES[op] = right._replace(**columns)
    try:
        yield
    finally:
        RULES[op] = right


def divided_by_n_minus_1(x, mean, deviation, epsilon):
    """Layer norm's heart with the variance of a sample.

    Parameters
    ----------
    x : (*batch, n, d_model)
    mean, deviation : (*batch, n, 1)
        Those of the row; the mistake does not look at this deviation.
    epsilon : float

    Returns
    -------
    (*batch, n, d_model)
    """
    variance = x.var(axis=-1, ddof=1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def no_sum(grad, weights, scores, mask=None):
    """The derivative of softmax, its second term forgotten.

    Parameters
    ----------
    grad, weights, scores : (*batch, n)
    mask : (*batch, n) of bool, optional

    Returns
    -------
    (*batch, n)
    """
    return weights * grad


def norm_before(parameters, batch, label_smoothing):
    """The loss of layers with their norms in front, where this model has them behind.

    Parameters
    ----------
    parameters, batch, label_smoothing
        As for `traced_loss`.

    Returns
    -------
    Traced
    """
    return traced_loss(parameters, batch, label_smoothing, block=pre_norm)
