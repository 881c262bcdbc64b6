"""What adding loses: the same numbers, added in another order, give another sum."""

import math

import numpy as np

from tfmath.witness.formats import keep_bits


def three_digits(x):
    """The number that a machine with three decimal digits keeps.

    Parameters
    ----------
    x : float

    Returns
    -------
    float

    Examples
    --------
    Between 1000 and 10,000 such a machine knows only tens:

    >>> three_digits(1006)
    1010.0
    """
    return float(f"{x:.2e}")


def left_to_right(x):
    """The sum of the numbers, one after the other.

    Parameters
    ----------
    x : (n,)

    Returns
    -------
    number
        Rounded after every addition, to the type of `x`.

    Examples
    --------
    >>> left_to_right(np.array([1.0, 2.0, 3.0])).item()
    6.0
    """
    return np.cumsum(x)[-1]


def in_pairs(x):
    """The sum of 1, 2, 4, 8, … numbers: first neighbours, then neighbouring sums.

    Parameters
    ----------
    x : (n,)
        n is a power of 2.

    Returns
    -------
    number
        Rounded after every addition, to the type of `x`.

    Examples
    --------
    2²⁴ + 1 is no float32 number; the ones are lost one by one, but not in pairs:

    >>> x = np.array([2.0**24, 1, 1, 1], dtype=np.float32)
    >>> (in_pairs(x) - 2**24).item(), (left_to_right(x) - 2**24).item()
    (2.0, 0.0)
    """
    while len(x) > 1:
        x = x[0::2] + x[1::2]
    return x[0]


def shared(x, processes, add=left_to_right):
    """The sum of the numbers, each process adding its share, and then the shares.

    Parameters
    ----------
    x : (n,)
    processes : int
        Divides n.
    add : function
        Such as `left_to_right`.

    Returns
    -------
    number

    Examples
    --------
    (2²⁴ + 1) + (1 + 1): the second process saves its two.

    >>> x = np.array([2.0**24, 1, 1, 1], dtype=np.float32)
    >>> (shared(x, 2) - 2**24).item()
    2.0
    """
    return add(np.array([add(share) for share in np.split(x, processes)], x.dtype))


def with_seven_bits(x):
    """The sum from left to right, each sum kept with 7 bits after the leading one.

    Parameters
    ----------
    x : (n,)

    Returns
    -------
    float

    Examples
    --------
    257 needs eight such bits, and 258 seven:

    >>> with_seven_bits(np.array([256.0, 1.0])), with_seven_bits(np.array([256.0, 2.0]))
    (256.0, 258.0)
    """
    total = 0.0
    for number in x:
        total = float(keep_bits(total + number, 7))
    return total


def off_by(add, draws):
    """The worst error of some sums of float32 numbers, in unit roundoffs of the sum.

    Parameters
    ----------
    add : function
        Such as `left_to_right`: from the numbers to their sum.
    draws : sequence of (n,) float32 arrays

    Returns
    -------
    float

    Examples
    --------
    >>> off_by(in_pairs, [np.array([1, 2], dtype=np.float32)])
    0.0
    """
    truths = [math.fsum(x.tolist()) for x in draws]
    errors = [abs(float(add(x)) / t - 1) for x, t in zip(draws, truths, strict=True)]
    return max(errors) * 2**24


def off_where(x, processes):
    """Where a shared sum of float32 numbers is off: in all, in its shares, in the last sum.

    Parameters
    ----------
    x : (n,) float32
    processes : int
        Divides n.

    Returns
    -------
    (3,)
        In unit roundoffs of the sum. What the shares lose may cancel, among them and with
        what the last sum loses.

    Examples
    --------
    The ones are lost in the first share, or in the last sum:

    >>> x = np.array([2.0**24, 1, 1, 0], dtype=np.float32)
    >>> off_where(x, 2).round(2).tolist(), off_where(x, 4).round(2).tolist()
    ([2.0, 1.0, 1.0], [2.0, 0.0, 2.0])
    """
    shares = [left_to_right(share) for share in np.split(x, processes)]
    total = float(left_to_right(np.array(shares, x.dtype)))
    truth, last = math.fsum(x.tolist()), math.fsum(map(float, shares))
    return np.abs(np.array([total - truth, last - truth, total - last]) / truth) * 2**24
