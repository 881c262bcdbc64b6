"""The reader as forger: lies about the model, each with a knob for its size."""

from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tfmath.learning.train import traced_loss
from tfmath.model.parameters import flatten, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.norm import EPSILON, post_norm, pre_norm
from tfmath.parts.position import positional_encoding
from tfmath.tracing.rules import RULES
from tfmath.witness.blame import PARTS, first_doubts, planted, witnesses
from tfmath.witness.cases import run, toy_case
from tfmath.witness.crosscheck import first_failure, judge, reference
from tfmath.witness.laws import LAWS
from tfmath.witness.roads import modules_road


class Lie(NamedTuple):
    """What somebody does wrong; size 0 is no lie, size 1 the whole one.

    Attributes
    ----------
    says : str
        What is done in place of the right thing, with s for the size.
    about : str
        Which of `blame.PARTS` is not as it should be.
    planted : function
        ``planted(size)``, a context in which an operation lies.
    variant : function
        ``variant(size)``, options of `traced_loss` that lie about the plan.
    tables : function
        ``tables(size, case)``, the case with other numbers.
    knob : bool
        Whether there is something between none and whole.
    """

    says: str
    about: str
    planted: Any = lambda size: nullcontext()
    variant: Any = lambda size: {}
    tables: Any = lambda size, case: case
    knob: bool = True


# The lies -------------------------------------------------------------------------------


def _times(op):
    """The results of an operation, made 1 + s times as large."""
    return lambda size: planted(op, call=_larger(RULES[op].call, size))


def _larger(call, size):
    return lambda *inputs, **options: call(*inputs, **options) * (1 + size)


def _spread(x, size, epsilon):
    n = x.shape[-1]
    variance = x.var(axis=-1, keepdims=True) * (n / (n - size))
    return np.sqrt(variance + epsilon)


def _divided(size):
    def divided(x, mean, deviation, epsilon):
        return (x - mean) / _spread(x, size, epsilon)

    return divided


def _sample_norm(size):
    return planted("standardized", call=_divided(size))


def _sample_norm_and_slope(size):
    """The same norm, and the derivative that belongs to it: nothing contradicts it."""

    def back(grad, output, x, mean, deviation, epsilon=EPSILON):
        level = grad.mean(axis=-1, keepdims=True)
        along = (grad * output).sum(axis=-1, keepdims=True) / (x.shape[-1] - size)
        return (grad - level - output * along) / _spread(x, size, epsilon)

    return planted("standardized", call=_divided(size), derivative=(back, None, None))


def _leaky(size):
    return planted("maximum", call=lambda x, zero: np.where(x > zero, x, size * x))


def _short_slope(size):
    def of_scores(grad, weights, scores, mask=None):
        level = np.sum(weights * grad, axis=-1, keepdims=True)
        return weights * (grad - (1 - size) * level)

    return planted("softmax", derivative=(of_scores,))


def _slower_clocks(size):
    base = 10000.0 * (1 + size)
    return {"encoding": partial(positional_encoding, base=base)}


def _old_row(size):
    """In the residual's sum the old row is 1 + s times as large."""

    def block(where, x, sublayer, gain, bias):
        return post_norm(where, x, lambda rows: sublayer(rows) + size * rows, gain, bias)

    return {"block": block}


def _sees_padding(parameters, source, target, source_mask, **variant):
    return transformer(parameters, source, target, source_mask | True, **variant)


def _turned_row(size, case):
    """The row of "you" 1 − 2s times as large: at size 1 with all signs turned."""
    flat = {name: np.array(table) for name, table in flatten(case.parameters).items()}
    flat["embedding"][9] *= 1 - 2 * size
    return case._replace(parameters=unflatten(flat))


_OPERATION, _SLOPE, _FIXED, _PLAN, _NUMBERS = PARTS

LIES = {
    "product": Lie(
        "every matrix product is 1 + s times as large", _OPERATION, _times("matmul")
    ),
    "softmax": Lie("every weight is 1 + s times as large", _OPERATION, _times("softmax")),
    "norm": Lie("a norm divides by n − s where n belongs", _OPERATION, _sample_norm),
    "norm & slope": Lie(
        "the same, with the slope that fits it", _OPERATION, _sample_norm_and_slope
    ),
    "bend": Lie("below 0 the ReLU gives s · x, not 0", _OPERATION, _leaky),
    "slope": Lie(
        "of softmax's slope the share s of one term is lost", _SLOPE, _short_slope
    ),
    "root": Lie(
        "embeddings are multiplied by (1 + s) √d",
        _FIXED,
        variant=lambda size: {"scale": np.sqrt(5.0).item() * (1 + size)},
    ),
    "clocks": Lie(
        "the clocks' 10000 is 1 + s times as large", _FIXED, variant=_slower_clocks
    ),
    "ε": Lie(
        "a norm adds (1 + s) ε",
        _FIXED,
        variant=lambda s: {"block": partial(post_norm, epsilon=EPSILON * (1 + s))},
    ),
    "padding": Lie(
        "the mask hides no padding",
        _FIXED,
        variant=lambda size: {"model": _sees_padding} if size else {},
        knob=False,
    ),
    "old row": Lie("a sublayer adds to 1 + s times the old row", _PLAN, variant=_old_row),
    "order": Lie(
        "norms stand in front of the sublayers, not behind",
        _PLAN,
        variant=lambda size: {"block": pre_norm} if size else {},
        knob=False,
    ),
    "number": Lie('the row of "you" is 1 − 2s times itself', _NUMBERS, tables=_turned_row),
}
"""Every lie of the chapter, by its short name."""


@contextmanager
def told(name, size=1.0, case=None):
    """Tell a lie, and take it back afterwards.

    Parameters
    ----------
    name : str
        One of `LIES`.
    size : float
    case : Case, optional
        By default the toy model with its three quotes.

    Yields
    ------
    case : Case
    loss : function
        As `traced_loss`: how the case is to be run.
    """
    lie = LIES[name]
    case = lie.tables(size, toy_case() if case is None else case)
    with lie.planted(size):
        yield case, partial(traced_loss, **lie.variant(size))


def heard(name, size=1.0, case=None):
    """Tell a lie, and ask each witness for the first step that it doubts.

    Parameters
    ----------
    name, size, case
        As for `told`.

    Returns
    -------
    dict of str
        The witness, and the name of the step, or "nothing".
    """
    with told(name, size, case) as (lying, loss):
        return first_doubts(lying, loss)


# The smallest lie that is heard -----------------------------------------------------------

SIZES = [10.0**-k for k in range(16)]
WHISPER = "modules, float32"
"""PyTorch's modules in short numbers: what is lost to rounding cannot be heard."""


def listeners(lying, loss):
    """Who may hear a lie: a function each, that says whether it does.

    Parameters
    ----------
    lying : Case
    loss : function

    Returns
    -------
    dict of str to function
    """
    record = run(lying, traced_loss=loss)
    truth = reference(record, None)
    asked = witnesses(loss) | {WHISPER: (modules_road("float32"), None)}

    def doubts(road, mp):
        return first_failure(judge(lying, record, road, truth, mp)) is not None

    heard_by = {name: partial(doubts, *with_what) for name, with_what in asked.items()}
    return heard_by | {
        name: lambda law=law: not law(lying, loss) for name, law in LAWS.items()
    }


def smallest_lies(lies=tuple(LIES)):
    """Tell each lie ever more softly, until nobody hears it.

    Parameters
    ----------
    lies : sequence of str

    Returns
    -------
    list of dict
        ``lie``, ``listener`` and ``smallest``, the least power of ten that it hears, or 0
        where it hears none.
    """
    return [
        {"lie": name, "listener": who, "smallest": size}
        for name in lies
        for who, size in _smallest(name).items()
    ]


def _smallest(name):
    with told(name, 0.0) as true:
        found = dict.fromkeys(listeners(*true), 0.0)
    still = list(found)
    for size in SIZES if LIES[name].knob else SIZES[:1]:
        with told(name, size) as lying:
            asked = listeners(*lying)
            still = [who for who in still if asked[who]()]
        found |= dict.fromkeys(still, size)
    return found
