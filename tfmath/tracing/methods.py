"""The methods of an array, each said by the NumPy function of its name."""

import numpy as np


class Methods:
    """What ``x.sum()``, ``x.T`` and the like mean: the same as ``np.sum(x)``."""

    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.swapaxes(self, -1, -2))
    strides = property(lambda self: self.value.strides)
    itemsize = property(lambda self: self.value.itemsize)
    nbytes = property(lambda self: self.value.nbytes)

    # Many numbers to one ------------------------------------------------------------------

    def sum(self, axis=None, keepdims=False):
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        return np.mean(self, axis=axis, keepdims=keepdims)

    def prod(self, axis=None, keepdims=False):
        return np.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis=None, keepdims=False):
        return np.min(self, axis=axis, keepdims=keepdims)

    def var(self, axis=None, ddof=0, keepdims=False):
        return np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis=None, ddof=0, keepdims=False):
        return np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def any(self, axis=None, keepdims=False):
        return np.any(self, axis=axis, keepdims=keepdims)

    def all(self, axis=None, keepdims=False):
        return np.all(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis=None):
        return self.value.argmax(axis=axis)

    def argmin(self, axis=None):
        return self.value.argmin(axis=axis)

    def trace(self, offset=0, axis1=0, axis2=1):
        return np.trace(self, offset, axis1, axis2)

    def dot(self, other):
        return np.dot(self, other)

    # Number by number, and along an axis --------------------------------------------------

    def cumsum(self, axis=None):
        return np.cumsum(self, axis=axis)

    def cumprod(self, axis=None):
        return np.cumprod(self, axis=axis)

    def argsort(self, axis=-1, kind=None):
        return np.argsort(self, axis=axis, kind=kind)

    def clip(self, min=None, max=None):
        return np.clip(self, min, max)

    def round(self, decimals=0):
        return np.round(self, decimals)

    # Moves --------------------------------------------------------------------------------

    def reshape(self, *shape):
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple | list) else shape)

    def ravel(self):
        return np.reshape(self, (-1,))

    flatten = ravel

    def squeeze(self, axis=None):
        return np.squeeze(self, axis=axis)

    def swapaxes(self, axis1, axis2):
        return np.swapaxes(self, axis1, axis2)

    def transpose(self, *axes):
        axes = axes[0] if axes and isinstance(axes[0], tuple | list) else axes
        return np.transpose(self, axes or None)

    def take(self, indices, axis=None):
        return np.take(self, indices, axis=axis)

    def repeat(self, repeats, axis=None):
        return np.repeat(self, repeats, axis=axis)

    def diagonal(self, offset=0, axis1=0, axis2=1):
        return np.diagonal(self, offset, axis1, axis2)
