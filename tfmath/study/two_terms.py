"""A curve through losses over two things, L = E + a N^-α + b D^-β: size and words read."""

from typing import NamedTuple

import numpy as np

from tfmath.errors import ShapeError, floats, untraced
from tfmath.study.fits import LARGEST, SMALLEST


class TwoTerms(NamedTuple):
    r"""A loss over size N and words read D: :math:`L = E + a\,N^{-\alpha} + b\,D^{-\beta}`.

    Attributes
    ----------
    level : float
        E, what neither size nor reading takes away.
    a, alpha : float
        What is lost with the size, as in `tfmath.study.fits.PowerLaw`.
    b, beta : float
        What is lost with reading.
    """

    level: float
    a: float
    alpha: float
    b: float
    beta: float

    def at(self, sizes, words):
        """The losses of some sizes after so many words.

        Examples
        --------
        >>> TwoTerms(level=2.0, a=8.0, alpha=0.5, b=4.0, beta=1.0).at([1, 4], [1, 2])
        array([14.,  8.])
        """
        sizes, words = _rows("at", sizes=sizes, words=words)
        _above_zero("at", sizes=sizes, words=words)
        return self.level + self.a * sizes**-self.alpha + self.b * words**-self.beta

    def balance(self, sizes):
        r"""How many words are best for some sizes, if N · D is what one pays.

        A per cent more parameters takes off as much as a per cent fewer words adds:

        .. math:: \alpha\,a\,N^{-\alpha} = \beta\,b\,D^{-\beta}

        Examples
        --------
        Here 4 N^-½ = 4 D^-1, so D is the root of N:

        >>> law = TwoTerms(level=2.0, a=8.0, alpha=0.5, b=4.0, beta=1.0)
        >>> law.balance([1, 4, 16]).tolist()
        [1.0, 2.0, 4.0]
        """
        sizes = floats("balance", sizes=untraced("balance", "sizes", sizes))
        _above_zero("balance", sizes=sizes)
        ratio = self.beta * self.b / (self.alpha * self.a)
        return (ratio * sizes**self.alpha) ** (1 / self.beta)

    def explains(self, sizes, words, losses):
        """Which share of the differences between some losses the curve explains.

        As `tfmath.study.fits.PowerLaw.explains`.

        Examples
        --------
        >>> law = TwoTerms(level=2.0, a=8.0, alpha=0.5, b=4.0, beta=1.0)
        >>> law.explains([1, 4], [1, 2], [14.0, 8.0])
        1.0
        """
        sizes, words, losses = _rows("explains", sizes=sizes, words=words, losses=losses)
        left = ((losses - self.at(sizes, words)) ** 2).sum()
        return float(1 - left / ((losses - losses.mean()) ** 2).sum())


def fit_two_terms(sizes, words, losses):
    r"""Find the curve in two terms with the least sum of squared distances from the losses.

    .. math:: \sum_i \bigl(L_i - E - a\,N_i^{-\alpha} - b\,D_i^{-\beta}\bigr)^2

    Parameters
    ----------
    sizes, words : (n,)
        N and D, above 0, each of three different values at least.
    losses : (n,)
        L.

    Returns
    -------
    law : TwoTerms
        Its α and β are between 0.01 and 10.

    Raises
    ------
    ShapeError
        If there is not one size and one number of words for each loss.
    ValueError
        If there are fewer than three different sizes or numbers of words, or one is not
        above 0.

    Notes
    -----
    The form is equation (2) of [1]_, where it is fitted to logarithms, with less weight for
    what lies far off. For one α and one β the rest is a plane, with E, a and b in closed
    form. So only α and β are searched: on a grid, then on finer ones around the best.

    References
    ----------
    .. [1] J. Hoffmann et al., "Training Compute-Optimal Large Language Models", 2022.

    Examples
    --------
    Above 2 there is 8, 4, 2 to lose by size, and 4, 2, 1 by reading:

    >>> sizes, words = [1, 4, 16, 1, 4, 1], [1, 1, 1, 2, 2, 4]
    >>> law = fit_two_terms(sizes, words, [14, 10, 8, 12, 8, 11])
    >>> [round(part, 3) for part in law]
    [2.0, 8.0, 0.5, 4.0, 1.0]
    """
    rows = _rows("fit_two_terms", sizes=sizes, words=words, losses=losses)
    sizes, words, losses = (row.astype(np.float64) for row in rows)
    for name, row in (("sizes", sizes), ("words", words)):
        if len(np.unique(row)) < 3 or not (row > 0).all():
            raise ValueError(
                f"fit_two_terms: {name} must be above 0, three different ones at least: an "
                "exponent, a factor and a level are three unknowns."
            )
    return _search(sizes, words, losses)


def _search(sizes, words, losses):
    size, read = (np.exp(np.log(row).mean()) for row in (sizes, words))  # no huge powers
    ranges = np.log([[SMALLEST, LARGEST]] * 2)
    for _ in range(12):
        alphas, betas = np.exp(np.linspace(*ranges.T, 41).T)
        left, planes = _planes(alphas, betas, sizes / size, words / read, losses)
        best = np.unravel_index(left.argmin(), left.shape)
        alpha, beta = alphas[best[0]], betas[best[1]]
        reach = (ranges[:, 1] - ranges[:, 0]) / 8
        middle = np.log([alpha, beta])
        ranges = np.clip([middle - reach, middle + reach], *np.log([SMALLEST, LARGEST])).T
    a, b, level = planes[:, best[0], best[1]]
    found = level, a * size**alpha, alpha, b * read**beta, beta
    return TwoTerms(*map(float, found))


def _planes(alphas, betas, sizes, words, losses):
    """For each α and β the best plane over (N^-α, D^-β): squares left; a, b and the level.

    The two conditions of a minimum, in what is left of each column beside its mean:
    a ⟨x, x⟩ + b ⟨x, y⟩ = ⟨x, L⟩ and a ⟨x, y⟩ + b ⟨y, y⟩ = ⟨y, L⟩.
    """
    x, y = sizes ** -alphas[:, np.newaxis], words ** -betas[:, np.newaxis]
    dx, dy = (rows - rows.mean(axis=1, keepdims=True) for rows in (x, y))
    away = losses - losses.mean()
    xx, yy = (dx**2).sum(axis=1)[:, np.newaxis], (dy**2).sum(axis=1)
    xl, yl, xy = (dx @ away)[:, np.newaxis], dy @ away, dx @ dy.T
    free = np.maximum(xx * yy - xy**2, 1e-12 * xx * yy)  # 0 where both columns are alike
    a, b = (xl * yy - yl * xy) / free, (yl * xx - xl * xy) / free
    level = losses.mean() - a * x.mean(axis=1)[:, np.newaxis] - b * y.mean(axis=1)
    left = (away**2).sum() - a * xl - b * yl
    return left, np.array([a, b, level])


def _above_zero(where, **rows):
    for name, row in rows.items():
        if (row <= 0).any():
            raise ValueError(f"{where}: {name} holds {row.min():g}; all must be above 0.")


def _rows(where, **rows):
    names = list(rows)
    found = floats(where, **{name: untraced(where, name, a) for name, a in rows.items()})
    shapes = [row.shape for row in found]
    if found[0].ndim != 1 or len(set(shapes)) > 1:
        told = ", ".join(f"{n} {s}" for n, s in zip(names, shapes, strict=True))
        raise ShapeError(f"{where}: {told} must be rows of one length.")
    return found
