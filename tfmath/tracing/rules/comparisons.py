"""Yes or no about each number: recorded, so that a program may ask them again.

No slope passes through a comparison, and what it gives does not vary: a bool has nothing to
differentiate. As a condition of ``np.where`` or as a mask it is an input like any other.
"""

import numpy as np

from tfmath.tracing.formula import function
from tfmath.tracing.rules.row import Rule, each


def near(unit, out, values, errors, node):
    """1 where a comparison could go the other way, 0 where rounding cannot turn it."""
    (a, b), reach = values, np.add(*errors)
    return ((reach > 0) & (np.abs(a - b) <= reach)).astype(np.float64)


def equal_or_near(unit, out, values, errors, node):
    """As `near`; but what is equal already, such as a row's largest to itself, stays so."""
    return np.where(np.equal(*values), 0, near(unit, out, values, errors, node))


def never(unit, out, values, errors, node):
    return np.zeros(out.shape)


def _said(name):
    return each(lambda *parts: function(name, *parts))


def _compared(name, sign, torch_name=None, error=near):
    theirs = torch_name or name
    return Rule(
        getattr(np, name),
        (None, None),
        _said(name),
        source=sign,
        torch=lambda torch, a, b: getattr(torch, theirs)(a, b),
        error=error,
    )


def _joined(name, sign=""):
    return Rule(getattr(np, name), (None, None), _said(name), source=sign, error="chooses")


def _asked(name):
    return Rule(
        getattr(np, name),
        (None,),
        _said(name),
        exact=lambda mp, a: getattr(np, name)(a.astype(np.float64)),
        error=never,
    )


COMPARISONS = {
    "greater": _compared("greater", ">"),
    "greater_equal": _compared("greater_equal", ">="),
    "less": _compared("less", "<"),
    "less_equal": _compared("less_equal", "<="),
    "equal": _compared("equal", "==", "eq", equal_or_near),
    "not_equal": _compared("not_equal", "!=", "ne", equal_or_near),
    "logical_and": _joined("logical_and"),
    "logical_or": _joined("logical_or"),
    "logical_xor": _joined("logical_xor"),
    "logical_not": Rule(np.logical_not, (None,), _said("logical_not"), error="chooses"),
    "bitwise_and": _joined("bitwise_and", "&"),
    "bitwise_or": _joined("bitwise_or", "|"),
    "bitwise_xor": _joined("bitwise_xor", "^"),
    "invert": Rule(
        np.invert,
        (None,),
        _said("invert"),
        source="~",
        torch=lambda torch, a: torch.bitwise_not(a),
        error="chooses",
    ),
    "isfinite": _asked("isfinite"),
    "isinf": _asked("isinf"),
    "isnan": _asked("isnan"),
}
