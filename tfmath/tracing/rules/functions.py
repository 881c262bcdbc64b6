"""Functions of single numbers beyond the everyday ones: angles, bases, roots, steps."""

import math

import numpy as np

from tfmath.tracing.formula import function
from tfmath.tracing.rules.row import Rule, each, like


def _said(name):
    return each(lambda *parts: function(name, *parts))


def _smooth(name, *derivative, exact, torch=None):
    """A row for NumPy's function of that name; `exact` may be mpmath's own name for it."""
    if isinstance(exact, str):
        theirs = exact
        exact = lambda mp, *arrays: _mp(mp, theirs, len(arrays))(*arrays)  # noqa: E731
    call = getattr(np, name)
    return Rule(call, derivative, _said(name), exact=exact, torch=torch, error=4)


def _mp(mp, name, count):
    return np.frompyfunc(getattr(mp.context, name), count, 1)


# Steps: flat wherever they have a slope, so none leads through them ----------------------


def jump(unit, out, values, errors, node):
    """How far a number could step, were it at the other end of its error; else nothing."""
    (value, *_), (error, *_), call = values, errors, np.floor
    call = {"sign": np.sign, "rint": np.rint}.get(node.op, call)
    wide = call(value + error) - call(value - error)
    return np.where(error > 0, wide, 0)


def _step(name, exact, torch=None):
    theirs = torch or name
    return Rule(
        getattr(np, name),
        (None,),
        _said(name),
        exact=exact,
        torch=lambda torch, a: getattr(torch, theirs)(a),
        error=jump,
    )


# The rest of a division ------------------------------------------------------------------


def quotient_error(unit, out, values, errors, node):
    """The step to the next whole number, where rounding can reach it."""
    (a, b), (wrong_a, wrong_b) = values, errors
    reach = (wrong_a + np.abs(a / b) * wrong_b) / np.abs(b)
    wide = np.floor(a / b + reach) - np.floor(a / b - reach)
    return np.where(reach > 0, wide, 0)


def remainder_error(unit, out, values, errors, node):
    """What is taken off is exact; but one divisor more or less, where rounding decides."""
    (a, b), (wrong_a, wrong_b) = values, errors
    passed = wrong_a + np.abs(np.floor(a / b)) * wrong_b
    steps = quotient_error(unit, out, values, errors, node)
    return passed + unit.rounding * np.abs(out) + steps * np.abs(b)


def _away_from_zero(array):
    return np.where(np.equal(array, 0), 1, array)  # at the corner 0, 0 the slope is 0


def _above_nothing(logs):
    return np.where(np.equal(logs, -np.inf), 0, logs)  # nothing has a share in nothing


FUNCTIONS = {
    "log2": _smooth(
        "log2",
        lambda g, out, a: g / (a * math.log(2)),
        exact=lambda mp, a: mp.log(a) / mp.context.log(2),
    ),
    "log10": _smooth("log10", lambda g, out, a: g / (a * math.log(10)), exact="log10"),
    "exp2": _smooth(
        "exp2", lambda g, out, a: g * (out * math.log(2)), exact=lambda mp, a: 2**a
    ),
    "cbrt": _smooth(
        "cbrt",
        lambda g, out, a: g / (3 * (out * out)),
        exact=lambda mp, a: mp.sign(a) * mp.cbrt(np.abs(a)),
        torch=lambda torch, a: torch.sign(a) * torch.abs(a) ** (1 / 3),
    ),
    "tan": _smooth("tan", lambda g, out, a: g * (1 + out * out), exact="tan"),
    "arcsin": _smooth("arcsin", lambda g, out, a: g / np.sqrt(1 - a * a), exact="asin"),
    "arccos": _smooth("arccos", lambda g, out, a: -g / np.sqrt(1 - a * a), exact="acos"),
    "arctan": _smooth("arctan", lambda g, out, a: g / (1 + a * a), exact="atan"),
    "sinh": _smooth("sinh", lambda g, out, a: g * np.cosh(a), exact="sinh"),
    "cosh": _smooth("cosh", lambda g, out, a: g * np.sinh(a), exact="cosh"),
    "arcsinh": _smooth("arcsinh", lambda g, out, a: g / np.sqrt(a * a + 1), exact="asinh"),
    "arccosh": _smooth("arccosh", lambda g, out, a: g / np.sqrt(a * a - 1), exact="acosh"),
    "arctanh": _smooth("arctanh", lambda g, out, a: g / (1 - a * a), exact="atanh"),
    "arctan2": _smooth(
        "arctan2",
        lambda g, out, y, x: like(g * (x / _away_from_zero(x * x + y * y)), y),
        lambda g, out, y, x: like(-g * (y / _away_from_zero(x * x + y * y)), x),
        exact="atan2",
    ),
    "hypot": _smooth(
        "hypot",
        lambda g, out, a, b: like(g * (a / _away_from_zero(out)), a),
        lambda g, out, a, b: like(g * (b / _away_from_zero(out)), b),
        exact="hypot",
    ),
    "logaddexp": _smooth(
        "logaddexp",
        lambda g, out, a, b: like(g * np.exp(a - _above_nothing(out)), a),
        lambda g, out, a, b: like(g * np.exp(b - _above_nothing(out)), b),
        exact=lambda mp, a, b: mp.log(mp.exp(a) + mp.exp(b)),
    ),
    "logaddexp2": _smooth(
        "logaddexp2",
        lambda g, out, a, b: like(g * np.exp2(a - _above_nothing(out)), a),
        lambda g, out, a, b: like(g * np.exp2(b - _above_nothing(out)), b),
        exact=lambda mp, a, b: mp.log(2**a + 2**b) / mp.context.log(2),
    ),
    "sign": _step("sign", lambda mp, a: mp.sign(a)),
    "floor": _step("floor", lambda mp, a: mp.floor(a)),
    "ceil": _step("ceil", lambda mp, a: mp.ceil(a)),
    "trunc": _step("trunc", lambda mp, a: mp.sign(a) * mp.floor(np.abs(a))),
    "rint": _step("rint", lambda mp, a: mp.nint(a), torch="round"),
    "floor_divide": Rule(
        np.floor_divide,
        (None, None),
        each(lambda a, b: function("floor", a / b)),
        source="//",
        torch=lambda torch, a, b: torch.floor_divide(a, b),
        exact=lambda mp, a, b: mp.floor(a / b),
        error=quotient_error,
    ),
    "remainder": Rule(
        np.remainder,
        (
            lambda g, out, a, b: like(g, a),
            lambda g, out, a, b: like(-g * np.floor_divide(a, b), b),
        ),
        _said("remainder"),
        source="%",
        torch=lambda torch, a, b: torch.remainder(a, b),
        exact=lambda mp, a, b: a - b * mp.floor(a / b),
        error=remainder_error,
    ),
}
