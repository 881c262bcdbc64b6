"""Filters: one distribution of the next word becomes another."""

import numpy as np

from tfmath.arguments import number, whole
from tfmath.errors import NonFiniteError, ShapeError, float_array, untraced, whole_numbers
from tfmath.parts.softmax import log_softmax, softmax


def with_temperature(log_p, temperature):
    """Sharpen (below 1) or flatten (above 1) a distribution: softmax of log p / T.

    Parameters
    ----------
    log_p : (vocab_size,)
        Log-probabilities; −∞ is a word that is impossible, and stays so.
    temperature : float
        Towards 0 only the most probable words are left, as in `greedy`.

    Returns
    -------
    log_p : (vocab_size,)

    Examples
    --------
    At T = 1/2 every probability is squared: 0.8² : 0.2² = 16 : 1.

    >>> np.exp(with_temperature(np.log([0.8, 0.2]), 0.5)) * 17
    array([16.,  1.])
    """
    log_p = log_probabilities("with_temperature", log_p)
    temperature = number("with_temperature", "temperature", temperature, above=0)
    below_best = log_p.astype(np.float64) - log_p.max()
    with np.errstate(over="ignore"):  # so far below the best that it is impossible: −∞
        return log_softmax(below_best / temperature).astype(log_p.dtype)


def top_k(log_p, k):
    """Keep the `k` most probable words, in their old proportions.

    Parameters
    ----------
    log_p : (vocab_size,)
    k : int
        1 … vocab_size. Of equally probable words the lower id is kept first.

    Returns
    -------
    log_p : (vocab_size,)
        −∞ for the others; the kept ones sum to 1 again.

    Examples
    --------
    >>> np.exp(top_k(np.log([0.3, 0.6, 0.1]), 2)).round(9)
    array([0.33333333, 0.66666667, 0.        ])
    """
    log_p = log_probabilities("top_k", log_p)
    k = whole("top_k", "k", k, least=1, most=log_p.size)
    return _only(log_p, _best_first(log_p)[:k])


def top_p(log_p, p):
    """Keep the fewest words that together reach the probability `p` (the "nucleus").

    Parameters
    ----------
    log_p : (vocab_size,)
    p : float
        Above 0, at most 1; 1 keeps every word that is possible.

    Returns
    -------
    log_p : (vocab_size,)
        −∞ for the others; the kept ones sum to 1 again.

    Notes
    -----
    Section 3.1 of [1]_. Reached means reached to the last digits of the number type, so
    that 0.5 + 0.3 reaches 0.8 although their logarithms are rounded.

    References
    ----------
    .. [1] A. Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020.

    Examples
    --------
    0.5 alone does not reach 0.7, with 0.3 it does; 0.5 : 0.3 = 5 : 3.

    >>> np.exp(top_p(np.log([0.2, 0.5, 0.3]), 0.7)) * 8
    array([0., 5., 3.])
    """
    log_p = log_probabilities("top_p", log_p)
    p = number("top_p", "p", p, above=0, most=1)
    best = _best_first(log_p)
    reached = np.cumsum(softmax(log_p.astype(np.float64))[best])
    slack = 8 * float(np.finfo(log_p.dtype).eps)
    count = np.searchsorted(reached, p - slack) + 1
    return _only(log_p, best if p == 1 else best[:count])


def repetition_penalty(log_p, ids, penalty):
    """Make every word that was already used less probable: log p · penalty.

    Parameters
    ----------
    log_p : (vocab_size,)
    ids : list of int
        The words so far. How often a word was used does not matter.
    penalty : float
        1 changes nothing, 2 squares the probability of a used word; below 1 invites
        repetition.

    Returns
    -------
    log_p : (vocab_size,)

    Notes
    -----
    Section 4.1 of [1]_ divides the *scores* of used words by the penalty, which would make
    a word with a negative score more probable. Log-probabilities are never positive, so
    multiplying always punishes.

    References
    ----------
    .. [1] N. S. Keskar et al., "CTRL", 2019.

    Examples
    --------
    Word 0 was used: 0.5² = 0.25 against 0.5, which is 1 : 2.

    >>> np.exp(repetition_penalty(np.log([0.5, 0.5]), [0], 2.0)) * 3
    array([1., 2.])
    """
    log_p = log_probabilities("repetition_penalty", log_p)
    penalty = number("repetition_penalty", "penalty", penalty, above=0)
    punished = log_p.astype(np.float64)
    with np.errstate(over="ignore"):  # so improbable that it is impossible: −∞
        punished[_used("repetition_penalty", ids, log_p)] *= penalty
    punished = log_probabilities("repetition_penalty", punished)
    return log_softmax(punished).astype(log_p.dtype)


def no_repeat(log_p, ids, n):
    """Forbid every word that would write the same `n` words in a row a second time.

    Parameters
    ----------
    log_p : (vocab_size,)
    ids : list of int
        The words so far.
    n : int
        1 forbids every word used before, 2 every pair used before, …

    Returns
    -------
    log_p : (vocab_size,)

    Raises
    ------
    ValueError
        If no possible word is left.

    Examples
    --------
    After 0 1 0, the pair "0 1" may not come again:

    >>> np.exp(no_repeat(np.log([0.25, 0.5, 0.25]), [0, 1, 0], 2))
    array([0.5, 0. , 0.5])
    """
    log_p = log_probabilities("no_repeat", log_p)
    n = whole("no_repeat", "n", n, least=1)
    ids = _used("no_repeat", ids, log_p).tolist()
    recent = ids[len(ids) - n + 1 :]
    forbidden = [
        ids[i + n - 1] for i in range(len(ids) - n + 1) if ids[i : i + n - 1] == recent
    ]
    allowed = np.setdiff1d(np.flatnonzero(np.isfinite(log_p)), forbidden)
    if allowed.size == 0:
        raise ValueError(f"no_repeat: no word is left that repeats no {n} words.")
    return _only(log_p, allowed)


def log_probabilities(where, log_p):
    """Give back a row of log-probabilities, or say what is wrong with it.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    log_p : (vocab_size,)

    Returns
    -------
    log_p : (vocab_size,) of float32 or float64

    Examples
    --------
    >>> log_probabilities("greedy", [0, -np.inf]).tolist()
    [0.0, -inf]
    """
    log_p = untraced(where, "log_p", float_array(where, "log_p", log_p))
    if log_p.ndim != 1 or log_p.size == 0:
        raise ShapeError(
            f"{where}: log_p must have shape (vocab_size,), got {log_p.shape}."
        )
    if np.isnan(log_p).any() or np.isposinf(log_p).any():
        raise NonFiniteError(f"{where}: log_p holds NaN or +∞; −∞ (impossible) is allowed.")
    if np.isneginf(log_p).all():
        raise ValueError(f"{where}: log_p is −∞ everywhere; no word is possible.")
    return log_p


def _used(where, ids, log_p):
    ids = whole_numbers(where, "ids", ids, log_p.size)
    if ids.ndim != 1:
        raise ShapeError(f"{where}: ids {ids.shape} must be one row of ids.")
    return ids


def _best_first(log_p):
    return np.argsort(-log_p, kind="stable")


def _only(log_p, ids):
    kept = np.full(log_p.shape, -np.inf)
    kept[ids] = log_p[ids]
    return log_softmax(kept).astype(log_p.dtype)
