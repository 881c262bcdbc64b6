"""A curve through measured losses, L = a N^-α + c, and how sure one may be of it."""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import generator, number, whole
from tfmath.errors import ShapeError, floats, untraced

SMALLEST, LARGEST = 0.01, 10.0
"""Between these an α is looked for; a fit that gives one of them has found no bend."""


class PowerLaw(NamedTuple):
    r"""A loss that falls with the size N: :math:`L = a\,N^{-\alpha} + c`.

    Attributes
    ----------
    a : float
        How much there is to lose, at N = 1.
    alpha : float
        How fast it is lost: at twice the size 2 to the power −α of it is left.
    c : float
        What no size takes away.
    """

    a: float
    alpha: float
    c: float

    def at(self, sizes):
        """The losses at some sizes.

        Examples
        --------
        >>> PowerLaw(a=8.0, alpha=0.5, c=2.0).at([1, 4, 16]).tolist()
        [10.0, 6.0, 4.0]
        """
        sizes = floats("at", sizes=untraced("at", "sizes", sizes))
        return self.a * sizes**-self.alpha + self.c

    def explains(self, sizes, losses):
        r"""Which share of the differences between some losses the curve explains.

        .. math:: 1 - \frac{\sum_i (L_i - \hat L_i)^2}{\sum_i (L_i - \bar L)^2}

        Examples
        --------
        Two runs of each size, half a unit above the curve and half a unit below:

        >>> law = PowerLaw(a=8.0, alpha=0.5, c=2.0)
        >>> round(law.explains([1, 1, 4, 4], [10.5, 9.5, 6.5, 5.5]), 4)
        0.9412
        """
        sizes, losses = _rows("explains", sizes=sizes, losses=losses)
        left = ((losses - self.at(sizes)) ** 2).sum()
        return float(1 - left / ((losses - losses.mean()) ** 2).sum())


def fit_power_law(sizes, losses, c=None):
    r"""Find the power law with the least sum of squared distances from the losses.

    .. math:: \sum_i \bigl(L_i - a\,N_i^{-\alpha} - c\bigr)^2

    Parameters
    ----------
    sizes : (n,)
        N, above 0, of three different values at least.
    losses : (n,)
        L. A size may occur often, with another loss each time.
    c : float, optional
        What the loss cannot fall below, if that is known.

    Returns
    -------
    law : PowerLaw
        Its α is between 0.01 and 10. At 0.01 the points are as well on a straight line
        against log N; at 10 only the smallest size stands out.

    Raises
    ------
    ShapeError
        If there is not one loss for each size.
    ValueError
        If there are fewer than three different sizes, or one is not above 0.

    Notes
    -----
    For one α the rest is a straight line, L against N^-α, with a and c in closed form. So
    only α is searched: on a grid, then on finer ones around the best.

    Examples
    --------
    Four times the size leaves half of what can be lost, 8, 4, 2, above 2:

    >>> law = fit_power_law([1, 4, 16], [10, 6, 4])
    >>> [round(part, 6) for part in law]
    [8.0, 0.5, 2.0]
    """
    sizes, losses = _points("fit_power_law", sizes, losses)
    c = None if c is None else number("fit_power_law", "c", c)
    return _fit(sizes, losses, c)


def _fit(sizes, losses, c=None):
    middle = np.exp(np.log(sizes).mean())  # so that no power is huge
    low, high = np.log(SMALLEST), np.log(LARGEST)
    for _ in range(6):
        alphas = np.exp(np.linspace(low, high, 41))
        left, lines = _lines(alphas, sizes / middle, losses, c)
        best, width = left.argmin(), (high - low) / 40
        low = max(np.log(alphas[best]) - width, np.log(SMALLEST))
        high = min(np.log(alphas[best]) + width, np.log(LARGEST))
    a, floor = lines[:, best]
    return PowerLaw(float(a * middle ** alphas[best]), float(alphas[best]), float(floor))


def _lines(alphas, sizes, losses, c):
    """For each α the best line through (N^-α, L): the squares left, and a and c."""
    x = sizes ** -alphas[:, np.newaxis]
    if c is None:
        mean = x.mean(axis=1, keepdims=True)
        a = ((x - mean) @ (losses - losses.mean())) / ((x - mean) ** 2).sum(axis=1)
        c = losses.mean() - a * mean[:, 0]
    else:
        a, c = x @ (losses - c) / (x * x).sum(axis=1), np.full(len(alphas), c)
    left = (a[:, np.newaxis] * x + c[:, np.newaxis] - losses) ** 2
    return left.sum(axis=1), np.array([a, c])


def refitted(rng, sizes, losses, turns=500, c=None):
    """How the fit moves with the luck of the runs: the bootstrap [1]_.

    In each turn, as many runs of each size as there are are drawn from them, with putting
    back, and the law is fitted anew.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes, losses : (n,)
        As in `fit_power_law`; two or more runs of each size.
    turns : int
    c : float, optional
        As in `fit_power_law`.

    Returns
    -------
    laws : (turns, 3)
        a, α and c of each.

    Notes
    -----
    It knows of luck alone. Whether the losses are on such a curve at all it cannot tell.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993.

    Examples
    --------
    Runs of one size that all came out alike leave no doubt:

    >>> rng, sizes = np.random.default_rng(0), [1, 1, 4, 4, 16, 16]
    >>> laws = refitted(rng, sizes, [10, 10, 6, 6, 4, 4])
    >>> laws.std(axis=0).round(6).tolist()
    [0.0, 0.0, 0.0]
    """
    generator("refitted", rng)
    sizes, losses = _points("refitted", sizes, losses)
    turns = whole("refitted", "turns", turns, least=1)
    c = None if c is None else number("refitted", "c", c)
    groups = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]
    if min(map(len, groups)) < 2:
        raise ValueError(
            "refitted: a size occurs once; give two or more runs of each, for without a "
            "second one nobody sees what luck does."
        )
    found = []
    for _ in range(turns):
        drawn = np.concatenate([rng.choice(group, len(group)) for group in groups])
        found.append(_fit(sizes[drawn], losses[drawn], c))
    return np.array(found)


def interval(values, share=0.9):
    """Where the middle share of some values lies.

    Parameters
    ----------
    values : (n,)
    share : float
        Above 0, 1 at most.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> interval(np.arange(101), share=0.5)
    (25.0, 75.0)
    """
    values = floats("interval", values=untraced("interval", "values", values))
    share = number("interval", "share", share, above=0, most=1)
    if values.ndim != 1 or not values.size:
        raise ShapeError(f"interval: values {values.shape} must be a row with numbers.")
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def frontier(costs, losses):
    """Which runs nobody beats: no other is as cheap or cheaper with a smaller loss.

    Parameters
    ----------
    costs, losses : (n,)

    Returns
    -------
    places : list of int
        From the cheapest to the dearest.

    Examples
    --------
    The third costs more than the second, and is worse:

    >>> frontier([1, 2, 3, 4], [9, 5, 7, 2])
    [0, 1, 3]
    """
    costs, losses = _rows("frontier", costs=costs, losses=losses)
    found, least = [], np.inf
    for place in np.lexsort((losses, costs)):
        if losses[place] < least:
            found.append(int(place))
            least = losses[place]
    return found


def at_budget(costs, losses, budget):
    """What a model's loss was when it had cost so much, read between two looks at it.

    Between the looks it is straight over the logarithm of the cost.

    Parameters
    ----------
    costs, losses : (n,)
        Of one model, look by look; the costs above 0 and rising.
    budget : float

    Returns
    -------
    loss : float
        NaN if the budget is less than the first cost or more than the last.

    Examples
    --------
    Two is half way from one to four: each is twice the one before:

    >>> at_budget([1, 4, 16], [9.0, 5.0, 3.0], budget=2)
    7.0
    >>> at_budget([1, 4, 16], [9.0, 5.0, 3.0], budget=17)
    nan
    """
    costs, losses = _rows("at_budget", costs=costs, losses=losses)
    budget = number("at_budget", "budget", budget, above=0)
    if not costs.size or not (costs > 0).all() or not (np.diff(costs) > 0).all():
        raise ValueError(
            f"at_budget: costs {costs.shape} must be numbers above 0, each more than the "
            "one before; give the looks at one model, in their order."
        )
    outside = {"left": np.nan, "right": np.nan}
    return float(np.interp(np.log(budget), np.log(costs), losses, **outside))


def _points(where, sizes, losses):
    sizes, losses = _rows(where, sizes=sizes, losses=losses)
    if len(np.unique(sizes)) < 3 or not (sizes > 0).all():
        raise ValueError(
            f"{where}: sizes must be above 0, three different ones at least: a, α and c "
            "are three unknowns."
        )
    return sizes.astype(np.float64), losses.astype(np.float64)


def _rows(where, **rows):
    found = floats(where, **{name: untraced(where, name, a) for name, a in rows.items()})
    (first, a), (second, b) = zip(rows, found, strict=True)
    if a.ndim != 1 or a.shape != b.shape:
        raise ShapeError(
            f"{where}: {first} {a.shape} and {second} {b.shape} must be rows of one length."
        )
    return found
