"""The methods of an array, each said by the NumPy function of its name."""

import numpy as np

ALONG_AN_AXIS = {
    "add.reduce": "sum",
    "multiply.reduce": "prod",
    "maximum.reduce": "max",
    "minimum.reduce": "min",
    "logical_and.reduce": "all",
    "logical_or.reduce": "any",
    "add.accumulate": "cumsum",
    "multiply.accumulate": "cumprod",
}
"""What ``np.add.reduce`` and the like mean: the NumPy function that does the same."""


def same(name):
    """The method that means what ``np.<name>`` means, its arguments in the same order."""
    function = getattr(np, name)

    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    method.__name__ = name
    return method


class Methods:
    """What ``x.sum()``, ``x.T`` and the like mean: the same as ``np.sum(x)``."""

    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.swapaxes(self, -1, -2))
    real = property(lambda self: self)
    strides = property(lambda self: self.value.strides)
    itemsize = property(lambda self: self.value.itemsize)
    nbytes = property(lambda self: self.value.nbytes)

    # Many numbers to one
    sum, prod, mean, var, std = map(same, ("sum", "prod", "mean", "var", "std"))
    max, min, argmax, argmin = map(same, ("max", "min", "argmax", "argmin"))
    any, all, trace, dot = map(same, ("any", "all", "trace", "dot"))

    # Number by number, and along an axis
    clip, round, argsort = map(same, ("clip", "round", "argsort"))
    cumsum, cumprod = map(same, ("cumsum", "cumprod"))

    # Moves
    ravel, squeeze, swapaxes = map(same, ("ravel", "squeeze", "swapaxes"))
    take, repeat, diagonal = map(same, ("take", "repeat", "diagonal"))
    flatten = ravel

    def reshape(self, *shape, order="C"):
        return np.reshape(self, _together(shape), order)

    def transpose(self, *axes):
        return np.transpose(self, _together(axes) if axes else None)


def _together(numbers):
    """The numbers of ``x.reshape(2, 3)``, or the one tuple of ``x.reshape((2, 3))``."""
    one = len(numbers) == 1 and not np.ndim(numbers[0]) == 0
    return tuple(numbers[0]) if one or numbers[0] is None else numbers
