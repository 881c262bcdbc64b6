"""Filters: one distribution of the next word becomes another."""

import math
import operator

import numpy as np

from tfmath.errors import DtypeError, NonFiniteError, ShapeError, whole_numbers


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
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(
            f"with_temperature: temperature is {temperature}; it must be above 0."
        )
    below_best = log_p.astype(np.float64) - log_p.max()
    with np.errstate(over="ignore"):  # so far below the best that it is impossible: −∞
        return _normalized(below_best / float(temperature)).astype(log_p.dtype)


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
    if not 1 <= operator.index(k) <= log_p.size:
        raise ValueError(f"top_k: k is {k}; allowed is 1 … {log_p.size}.")
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
    if not 0 < p <= 1:
        raise ValueError(f"top_p: p is {p}; allowed is above 0 and at most 1.")
    best = _best_first(log_p)
    reached = np.cumsum(shares(log_p)[best])
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
    if not (penalty > 0 and math.isfinite(penalty)):
        raise ValueError(f"repetition_penalty: penalty is {penalty}; it must be above 0.")
    punished = log_p.astype(np.float64)
    punished[_used("repetition_penalty", ids, log_p)] *= float(penalty)
    return _normalized(punished).astype(log_p.dtype)


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
    if operator.index(n) < 1:
        raise ValueError(f"no_repeat: n is {n}; it must be 1 or more.")
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
    log_p = np.asarray(log_p)
    if log_p.ndim != 1 or log_p.size == 0:
        raise ShapeError(
            f"{where}: log_p must have shape (vocab_size,), got {log_p.shape}."
        )
    if log_p.dtype not in (np.float32, np.float64):
        raise DtypeError(f"{where}: log_p must be float32 or float64, got {log_p.dtype}.")
    if np.isnan(log_p).any() or np.isposinf(log_p).any():
        raise NonFiniteError(f"{where}: log_p holds NaN or +∞; −∞ (impossible) is allowed.")
    if np.isneginf(log_p).all():
        raise ValueError(f"{where}: log_p is −∞ everywhere; no word is possible.")
    return log_p


def _used(where, ids, log_p):
    ids = np.asarray(ids)
    return whole_numbers(where, "ids", ids if ids.size else ids.astype(int), log_p.size)


def _best_first(log_p):
    return np.argsort(-log_p, kind="stable")


def shares(log_p):
    """The probabilities in float64, summing to 1."""
    weights = np.exp(log_p.astype(np.float64) - log_p.max())
    return weights / weights.sum()


def _normalized(log_p):
    below_best = log_p - log_p.max()
    return below_best - math.log(np.exp(below_best).sum())


def _only(log_p, ids):
    kept = np.full(log_p.shape, -np.inf)
    kept[ids] = log_p[ids]
    return _normalized(kept).astype(log_p.dtype)
