"""A derivative by trying: nudge a number up and down, and see what the result does."""

import numpy as np


def slope(function, x, nudge=1e-5):
    r"""How fast `function` grows with each number of `x`.

    .. math:: \frac{f(x + h) - f(x - h)}{2h}

    Parameters
    ----------
    function : function of an array, to one number
    x : number or array
        Computed with in float64.
    nudge : float
        :math:`h`. Too large, and the bend of the function shows; too small, and f rises by
        no more than its last digits.

    Returns
    -------
    slopes : array of the shape of `x`

    Notes
    -----
    Two runs of the function for every number of `x`: slow, and for checking only. The error
    is of the order of h², plus the rounding of f divided by h.

    Examples
    --------
    The slope of x² at 3 is 6:

    >>> slope(lambda x: x * x, 3.0).round(6).item()
    6.0
    """
    if not nudge > 0:
        raise ValueError(f"slope: nudge is {nudge}; it must be above 0.")
    x = np.asarray(x, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += nudge
        down[place] -= nudge
        slopes[place] = (_number(function(up)) - _number(function(down))) / (2 * nudge)
    return slopes


def _number(result):
    result = np.asarray(getattr(result, "value", result))
    if result.size != 1:
        raise ValueError(f"slope: the function must give one number, not {result.shape}.")
    return float(result.reshape(()))
