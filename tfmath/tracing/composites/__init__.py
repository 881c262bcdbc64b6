"""What other NumPy functions mean, said with operations that have a rule.

A name here is that of the NumPy function; where one of ``np.linalg`` means something else
than NumPy's own of the same name, it is called ``linalg.<name>``.
"""

import numpy as np

from tfmath.tracing.composites.amounts import AMOUNTS
from tfmath.tracing.composites.arithmetic import ARITHMETIC
from tfmath.tracing.composites.folds import FOLDS
from tfmath.tracing.composites.order import ORDER
from tfmath.tracing.composites.picks import PICKS
from tfmath.tracing.composites.products import PRODUCTS
from tfmath.tracing.composites.shapes import SHAPES

__all__ = ["COMPOSITES", "LOOKS", "SHAPES_ONLY"]

COMPOSITES = SHAPES | PICKS | ORDER | AMOUNTS | FOLDS | PRODUCTS | ARITHMETIC

# Looking at numbers, not computing with them: the answer is plain (places, yes or no).
LOOKS = {
    name: getattr(np, name)
    for name in (
        "shape ndim size argmax argmin allclose array_equal array_equiv "
        "isclose zeros_like ones_like empty_like iscomplexobj isrealobj "
        "result_type array_repr array_str array2string count_nonzero "
        "may_share_memory shares_memory"
    ).split()
}

SHAPES_ONLY = frozenset(
    "shape ndim size zeros_like ones_like empty_like iscomplexobj isrealobj result_type "
    "may_share_memory shares_memory".split()
)
"""Looks that ask for shapes and number types, never for numbers."""
