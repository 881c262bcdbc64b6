"""Operations on single numbers: arithmetic, functions, choices."""

import math

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import error_function, power, where_signature
from tfmath.tracing.formula import function, literal
from tfmath.tracing.rules.row import Rule, by_name, each, like


def power_base(grad, output, base, exponent):
    less = np.where(np.equal(exponent, 0), 1, exponent - 1)  # x ** 0 is flat, also at 0
    return like(grad * (exponent * base**less), base)


def power_exponent(grad, output, base, exponent):
    logs = np.log(np.where(np.equal(base, 0), 1, base))  # 0 ** y is flat for y > 0
    return like(grad * (output * logs), exponent)


def where_formula(at, node, index):
    condition, *_ = node.inputs
    chosen = condition.value[words.broadcast_index(index, condition.shape)]
    branch = node.inputs[1 if chosen else 2]
    return at(1 if chosen else 2, words.broadcast_index(index, branch.shape))


def where_error(unit, out, values, errors, node):
    """The chosen number's error; where the choice hangs on rounding, the whole gap."""
    (condition, yes, no), (doubt, *passed) = values, errors
    with np.errstate(invalid="ignore"):
        return np.where(condition, *passed) + np.where(doubt > 0.5, np.abs(yes - no), 0)


ELEMENTWISE = {
    "add": Rule(
        np.add,
        (lambda g, out, a, b: like(g, a), lambda g, out, a, b: like(g, b)),
        each(lambda a, b: a + b),
        source="+",
        error=1,
    ),
    "subtract": Rule(
        np.subtract,
        (lambda g, out, a, b: like(g, a), lambda g, out, a, b: like(-g, b)),
        each(lambda a, b: a - b),
        source="-",
        error=1,
    ),
    "multiply": Rule(
        np.multiply,
        (lambda g, out, a, b: like(g * b, a), lambda g, out, a, b: like(g * a, b)),
        each(lambda a, b: a * b),
        source="*",
        error=1,
    ),
    "divide": Rule(
        np.divide,
        (lambda g, out, a, b: like(g / b, a), lambda g, out, a, b: like(-g * out / b, b)),
        each(lambda a, b: a / b),
        source="/",
        error=1,
    ),
    "power": Rule(
        power,
        (power_base, power_exponent),
        each(lambda a, b: a**b),
        source="**",
        torch=lambda torch, a, b: torch.pow(a, b),
        exact=lambda mp, a, b: a**b,
        error=4,
    ),
    "negative": Rule(
        np.negative, (lambda g, out, a: -g,), each(lambda a: -a), source="-", error=1
    ),
    "exp": Rule(
        np.exp,
        (lambda g, out, a: g * out,),
        each(lambda a: function("exp", a)),
        exact=by_name("exp"),
        error=4,
    ),
    "log": Rule(
        np.log,
        (lambda g, out, a: g / a,),
        each(lambda a: function("ln", a)),
        exact=by_name("log"),
        error=4,
    ),
    "expm1": Rule(
        np.expm1,
        (lambda g, out, a: g * (out + 1),),
        each(lambda a: function("exp", a) - literal(1)),
        exact=lambda mp, a: mp.exp(a) - 1,
        error=4,
    ),
    "log1p": Rule(
        np.log1p,
        (lambda g, out, a: g / (1 + a),),
        each(lambda a: function("ln", literal(1) + a)),
        exact=lambda mp, a: mp.log(1 + a),
        error=4,
    ),
    "sqrt": Rule(
        np.sqrt,
        (lambda g, out, a: g / (2 * out),),
        each(lambda a: function("√", a)),
        exact=by_name("sqrt"),
        error=2,
    ),
    "square": Rule(
        np.square,
        (lambda g, out, a: g * (2 * a),),
        each(lambda a: a ** literal(2)),
        error=1,
    ),
    "tanh": Rule(
        np.tanh,
        (lambda g, out, a: g * (1 - out * out),),
        each(lambda a: function("tanh", a)),
        exact=by_name("tanh"),
        error=4,
    ),
    "sin": Rule(
        np.sin,
        (lambda g, out, a: g * np.cos(a),),
        each(lambda a: function("sin", a)),
        exact=by_name("sin"),
        error=4,
    ),
    "cos": Rule(
        np.cos,
        (lambda g, out, a: -g * np.sin(a),),
        each(lambda a: function("cos", a)),
        exact=by_name("cos"),
        error=4,
    ),
    "erf": Rule(
        error_function,
        (lambda g, out, a: g * (2 / math.sqrt(math.pi) * np.exp(-a * a)),),
        each(lambda a: function("erf", a)),
        source="error_function",
        uses=(error_function,),
        exact=by_name("erf"),
        error=4,
    ),
    "absolute": Rule(
        np.absolute,
        (lambda g, out, a: g * np.sign(a),),
        each(lambda a: function("abs", a)),
        error=1,
    ),
    "maximum": Rule(
        np.maximum,
        (
            lambda g, out, a, b: like(np.where(np.greater(a, b), g, 0), a),
            lambda g, out, a, b: like(np.where(np.greater(a, b), 0, g), b),
        ),
        each(lambda a, b: function("max", a, b)),
        error="chooses",
    ),
    "minimum": Rule(
        np.minimum,
        (
            lambda g, out, a, b: like(np.where(np.less(a, b), g, 0), a),
            lambda g, out, a, b: like(np.where(np.less(a, b), 0, g), b),
        ),
        each(lambda a, b: function("min", a, b)),
        error="chooses",
    ),
    "where": Rule(
        np.where,
        (
            None,
            lambda g, out, condition, a, b: like(np.where(condition, g, 0), a),
            lambda g, out, condition, a, b: like(np.where(condition, 0, g), b),
        ),
        where_formula,
        signature=where_signature,
        error=where_error,
        names=("condition", "constant", "constant"),
    ),
}
