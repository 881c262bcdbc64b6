"""One word at a time: ways to choose the next word, and the truth to hold them against.

A model appears here as one function, ``step(ids) -> log_probabilities``: given the ids so
far, the logarithm of the probability of every word of the vocabulary to come next.
"""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import callable_, generator, number, whole
from tfmath.decoding import filters
from tfmath.decoding.filters import log_probabilities
from tfmath.errors import ShapeError, whole_numbers
from tfmath.parts.softmax import softmax


class Continuation(NamedTuple):
    """A text as ids, and how likely the model finds it.

    Attributes
    ----------
    ids : tuple of int
        The start, then every chosen word, with the end if it was reached.
    log_probability : float
        The sum of log p over the chosen words, as the model gave it, before any filter.
    finished : bool
        ``True`` if the end was chosen, ``False`` if `max_length` cut the text off.
    """

    ids: tuple
    log_probability: float
    finished: bool


def greedy(step, start, end, max_length):
    """Choose the most probable word, again and again, until the end.

    Parameters
    ----------
    step : function
        ``step(ids)`` gives the log-probabilities of the next word, (vocab_size,).
    start : int, or list of int
        The id of ``<start>``, or the ids of a beginning.
    end : int
        The id of ``<end>``.
    max_length : int
        Choose at most so many words.

    Returns
    -------
    continuation : Continuation
        Of equally probable words the one with the lower id is taken.

    Examples
    --------
    Word 1 follows the start, the end (2) follows word 1: 0.6 · 0.9 = 0.54.

    >>> table = np.log([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9]])
    >>> import math
    >>> found = greedy(lambda ids: table[ids[-1]], start=0, end=2, max_length=5)
    >>> found.ids, round(math.exp(found.log_probability), 9), found.finished
    ((0, 1, 2), 0.54, True)
    """
    return _write("greedy", step, start, end, max_length, lambda log_p, ids: log_p.argmax())


def sample(
    step,
    start,
    end,
    max_length,
    rng,
    temperature=1.0,
    top_k=None,
    top_p=1.0,
    penalty=1.0,
    no_repeat=None,
):
    """Draw every word by chance, as probable as the model finds it.

    The filters, where given, act in this order: `penalty`, `no_repeat`, `temperature`,
    `top_k`, `top_p`; each sees the distribution the one before has left.

    Parameters
    ----------
    step, start, end, max_length
        As in `greedy`.
    rng : numpy.random.Generator
        For example ``np.random.default_rng(0)``.
    temperature : float
        See `with_temperature`.
    top_k : int, optional
        See `top_k`.
    top_p : float
        See `top_p`.
    penalty : float
        See `repetition_penalty`.
    no_repeat : int, optional
        See `no_repeat`.

    Returns
    -------
    continuation : Continuation

    Examples
    --------
    >>> table = np.log([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9]])
    >>> rng = np.random.default_rng(0)
    >>> sample(lambda ids: table[ids[-1]], 0, 2, 5, rng, top_k=1).ids
    (0, 1, 2)
    """
    generator("sample", rng)
    number("sample", "temperature", temperature, above=0)
    number("sample", "top_p", top_p, above=0, most=1)
    number("sample", "penalty", penalty, above=0)
    for name, count in (("top_k", top_k), ("no_repeat", no_repeat)):
        if count is not None:
            whole("sample", name, count, least=1)

    def draw(log_p, ids):
        left = _filtered(log_p, ids, temperature, top_k, top_p, penalty, no_repeat)
        return rng.choice(left.size, p=softmax(left.astype(np.float64)))

    return _write("sample", step, start, end, max_length, draw)


def beam_search(step, start, end, max_length, beam, length_penalty=0.0):
    r"""Keep the `beam` best beginnings at a time, and write them all on.

    .. math:: \mathrm{score} = \log P \Big/ \left(\frac{5 + n}{6}\right)^{\alpha}

    Parameters
    ----------
    step, start, end, max_length
        As in `greedy`.
    beam : int
        How many continuations are kept. 1 is `greedy`.
    length_penalty : float
        :math:`\alpha`; 0 compares the plain log P. Every further word makes log P smaller,
        so 0 prefers short texts; the larger, the more a long text is forgiven its length
        :math:`n`, the number of chosen words.

    Returns
    -------
    continuations : list of Continuation
        At most `beam`, best score first; equal scores by lower ids.

    Notes
    -----
    Length penalty: equation (14) of [1]_ without its coverage term. A finished text keeps
    its place as long as its score is among the `beam` best. A beam can miss the best text:
    a beginning that was dropped never comes back.

    References
    ----------
    .. [1] Y. Wu et al., "Google's Neural Machine Translation System", 2016.

    Examples
    --------
    Greedy takes word 1 (0.6) and then ends with 0.5 · 0.6 = 0.3 at best. Two beginnings
    kept find word 0 (0.4), which always goes on to the end (2):

    >>> import math
    >>> table = {(9,): [0.4, 0.6, 0.0], (9, 0): [0.0, 0.0, 1.0], (9, 1): [0.5, 0.0, 0.5]}
    >>> def step(ids):
    ...     with np.errstate(divide="ignore"):
    ...         return np.log(table[tuple(ids)])
    >>> best = beam_search(step, start=9, end=2, max_length=2, beam=2)[0]
    >>> best.ids, round(math.exp(best.log_probability), 9)
    ((9, 0, 2), 0.4)
    """
    first, max_length = _checked("beam_search", step, start, end, max_length)
    beam = whole("beam_search", "beam", beam, least=1)
    length_penalty = number("beam_search", "length_penalty", length_penalty, least=0)

    def order(continuation):
        chosen = len(continuation.ids) - len(first)
        score = continuation.log_probability / ((5 + chosen) / 6) ** length_penalty
        return -score, continuation.ids

    kept = [Continuation(first, 0.0, False)]
    for _ in range(max_length):
        if all(continuation.finished for continuation in kept):
            break
        kept = sorted(_grown("beam_search", kept, step, end), key=order)[:beam]
    return kept


def all_continuations(step, start, end, length):
    """List every continuation there is, with its exact log-probability.

    Parameters
    ----------
    step, start, end
        As in `greedy`.
    length : int
        Every continuation ends with `end`, or has so many words.

    Returns
    -------
    continuations : list of Continuation
        Most probable first, equal ones by lower ids. Their probabilities sum to 1.
        Impossible ones (probability 0) are left out.

    Notes
    -----
    The list grows as vocab_size to the power `length`: 26³ = 17,576, 26⁴ = 456,976.

    Examples
    --------
    >>> table = np.log([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9]])
    >>> import math
    >>> found = all_continuations(lambda ids: table[ids[-1]], start=0, end=2, length=2)
    >>> [(c.ids[1:], round(math.exp(c.log_probability), 2)) for c in found[:3]]
    [((1, 2), 0.54), ((2,), 0.3), ((0, 1), 0.06)]
    """
    first, _ = _checked("all_continuations", step, start, end, length, "length")
    kept = [Continuation(first, 0.0, False)]
    for _ in range(length):
        kept = list(_grown("all_continuations", kept, step, end))
    return sorted(kept, key=lambda c: (-c.log_probability, c.ids))


def _write(where, step, start, end, max_length, choose):
    """Encode, step, choose, append, stop."""
    first, max_length = _checked(where, step, start, end, max_length)
    ids, total = list(first), 0.0
    for _ in range(max_length):
        log_p = _step(where, step, ids, end)
        word = int(choose(log_p, ids))
        ids, total = [*ids, word], total + float(log_p[word])
        if word == end:
            return Continuation(tuple(ids), total, True)
    return Continuation(tuple(ids), total, False)


def _filtered(log_p, ids, temperature, k, p, penalty, n):
    log_p = log_p if penalty == 1 else filters.repetition_penalty(log_p, ids, penalty)
    log_p = log_p if n is None else filters.no_repeat(log_p, ids, n)
    log_p = log_p if temperature == 1 else filters.with_temperature(log_p, temperature)
    log_p = log_p if k is None else filters.top_k(log_p, k)
    return log_p if p == 1 else filters.top_p(log_p, p)


def _grown(where, continuations, step, end):
    """Every continuation that is one possible word longer; finished ones stay."""
    for continuation in continuations:
        ids, total, finished = continuation
        if finished:
            yield continuation
            continue
        log_p = _step(where, step, list(ids), end)
        for word in np.flatnonzero(np.isfinite(log_p)).tolist():
            yield Continuation((*ids, word), total + float(log_p[word]), word == end)


def _step(where, step, ids, end):
    log_p = log_probabilities(f"{where}: step", step(list(ids)))
    if end >= log_p.size:
        raise ValueError(f"{where}: end is {end}; allowed is 0 … {log_p.size - 1}.")
    total = float(np.exp(log_p.astype(np.float64)).sum())
    if abs(total - 1) > 1e-3:
        raise ValueError(
            f"{where}: step must give log-probabilities, whose exponentials sum to 1; "
            f"they sum to {total:.6g}. If these are scores, take log(softmax(scores))."
        )
    return log_p


def _checked(where, step, start, end, length, name="max_length"):
    """The ids to begin with, and how many words may follow."""
    callable_(where, "step", step, "step(ids) -> log-probabilities")
    length = whole(where, name, length, least=1)
    whole(where, "end", end)
    ids = whole_numbers(where, "start", start)
    if ids.size == 0:
        raise ValueError(f"{where}: start is empty; give at least the id of <start>.")
    if ids.ndim > 1:
        raise ShapeError(f"{where}: start {ids.shape} must be an id or one row of ids.")
    return tuple(np.atleast_1d(ids).tolist()), length
