"""The toy model trained anew without a part, with one layer and with six."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.parts.norm import pre_norm
from tfmath.parts.softmax import softmax
from tfmath.parts.text import PAD
from tfmath.study.crossed_out import without_sum


def _no_norm(where, x, sublayer, gain, bias):
    """It adds, and neither moves nor squeezes: gain and bias stay."""
    return (x + sublayer(x)) * gain + bias


ANEW = {
    "nothing": {},
    "the sums": {"block": without_sum},
    "the norms": {"block": _no_norm},
    "the networks": {"activation": lambda z: 0 * z},
    "nothing (pre-norm)": {"block": pre_norm},
    "the norms, small start": {"block": _no_norm},
}
"""What is left out of encoder and decoder, and how `transformer` is told."""

SMALL = {"the norms, small start": 0.1}
"""By how much W_O and W_2 are multiplied at the start, so that sublayers add little."""

BATCH = make_batch(toy.PAIRS, toy.WORDS)
AT, SEEDS, DEPTHS = (1, *range(20, 401, 20)), range(3), (1, 6)


def trained_without(at=AT, seeds=SEEDS, depths=DEPTHS):
    """Train from the same starts with and without the sums, the norms, the networks.

    Parameters
    ----------
    at : sequence of int
        Before which steps the loss is written down, the last one last.
    seeds : sequence of int
        Of the starts; all models of one depth begin with the same tables, W_O and W_2
        made smaller by `SMALL`.
    depths : sequence of int
        How many layers encoder and decoder have. One layer has no small start.

    Returns
    -------
    rows : list of dict
        Layers, what is left out, seed, step, the loss over all words of three quotes, and,
        after the step, how far the chances of a word are apart at two places of one quote,
        at most.

    Notes
    -----
    The rate is 0.005. Tried once at 0.0005, 0.001, 0.002 and 0.01 as well, from two starts:
    six layers without the sums or without the norms ended above 1.5 every time. Without
    the norms, but with a small start, six layers ended below 0.005 at 0.001, 0.002, 0.005
    and 0.01: what norms do there, a small start does as well [1]_, [2]_.

    References
    ----------
    .. [1] H. Zhang, Y. N. Dauphin, T. Ma, "Fixup Initialization: Residual Learning Without
       Normalization", 2019.
    .. [2] X. S. Huang, F. Perez, J. Ba, M. Volkovs, "Improving Transformer Optimization
       Through Better Initialization", 2020.

    Examples
    --------
    >>> rows = trained_without(at=(1,), seeds=(0,), depths=(1,))
    >>> [row["without"] for row in rows[:3]]
    ['nothing', 'the sums', 'the norms']
    """
    at = wholes("trained_without", "at", at, least=1, fewest=1)
    seeds = wholes("trained_without", "seeds", seeds)
    depths = wholes("trained_without", "depths", depths, least=1)
    tried = itertools.product(depths, ANEW, seeds)
    found = [_run(*one, at) for one in tried if one[0] > 1 or one[1] not in SMALL]
    return list(itertools.chain.from_iterable(found))


def _start(n_layers, part, seed):
    sizes = shapes(
        len(toy.WORDS), d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=n_layers
    )
    tables = flatten(starting_values(np.random.default_rng(seed), sizes))
    for name in tables:
        if name.endswith((" / W_O", " / W_2")):
            tables[name] = tables[name] * SMALL.get(part, 1.0)
    return unflatten(tables)


def _run(n_layers, part, seed, at):
    start = _start(n_layers, part, seed)
    steps = train(start, BATCH, max(at), learning_rate=0.005, **ANEW[part])
    same = {"layers": n_layers, "without": part, "seed": seed}
    return [
        same
        | {"step": step.number, "loss": float(f"{step.loss:.4g}")}
        | {"apart": round(_apart(step.parameters, ANEW[part]), 4)}
        for step in steps
        if step.number in at
    ]


def _apart(tables, variant):
    source_mask = padding_mask(BATCH.source, PAD)
    logits = transformer(tables, BATCH.source, BATCH.target, source_mask, **variant)
    quotes = zip(softmax(logits), BATCH.following, strict=True)
    return float(max(np.ptp(rows[ids != PAD], axis=0).max() for rows, ids in quotes))


def counts_alone():
    """The loss of a model that knows how often each word is to be written, and no more.

    Returns
    -------
    loss : float
        The mean of -ln(count / all) over all words of the three quotes, in nats.

    Examples
    --------
    >>> round(counts_alone(), 4)
    2.3959
    """
    written = BATCH.following[BATCH.following != PAD]
    chances = np.bincount(written)[written] / written.size
    return float(-np.log(chances).mean())


def medians(columns, layers):
    """The middle loss of all starts, step by step.

    Parameters
    ----------
    columns : dict of lists
        What `measured` gives of `trained_without`.
    layers : int

    Returns
    -------
    steps : list of int
    lines : dict of str to list of float
        For each part that was left out, the median of the losses at each step.

    Examples
    --------
    >>> columns = {"layers": [1, 1, 1], "without": ["the sums"] * 3, "seed": [0, 1, 2],
    ...            "step": [10, 10, 10], "loss": [1.0, 2.0, 9.0]}
    >>> medians(columns, layers=1)
    ([10], {'the sums': [2.0]})
    """
    found = {}
    keys = zip(columns["without"], columns["step"], columns["layers"], strict=True)
    for (part, step, n), loss in zip(keys, columns["loss"], strict=True):
        if n == layers:
            found.setdefault(part, {}).setdefault(step, []).append(loss)
    lines = {
        part: [float(np.median(losses)) for losses in by_step.values()]
        for part, by_step in found.items()
    }
    return sorted({step for by_step in found.values() for step in by_step}), lines
