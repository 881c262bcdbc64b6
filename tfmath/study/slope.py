"""A derivative by trying: nudge a number up and down, and see what the result does."""

import numpy as np

from tfmath.arguments import callable_, number, said
from tfmath.errors import floats, untraced


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
    callable_("slope", "function", function, "array -> one number")
    nudge = number("slope", "nudge", nudge, above=0)
    x = floats("slope", x=untraced("slope", "x", x)).astype(np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += nudge
        down[place] -= nudge
        slopes[place] = (_number(function(up)) - _number(function(down))) / (2 * nudge)
    return slopes


def _number(result):
    result = np.asarray(getattr(result, "value", result))
    if result.size != 1 or result.dtype.kind not in "iuf":
        raise ValueError(f"slope: function must give one number, it gave {said(result)}.")
    return float(result.reshape(()))
