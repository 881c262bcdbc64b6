r"""How far rounding may carry each number of a record: one rule an operation.

This is the running error analysis of [1]_ (section 3.3), first order. If an operation's
inputs are wrong by at most :math:`e_i`, its result is wrong by at most

.. math:: \sum_i \Bigl|\frac{\partial\,out}{\partial in_i}\Bigr| e_i + \mathrm{local}

where *local* is what the operation's own rounding may add. With *u* the unit roundoff (half
the gap between 1 and the next number), the column ``error`` of the table of rules says:

==========  ==================================  ==========================================
``error``   what passes through                 local
==========  ==================================  ==========================================
a number    |derivative| · e                    that many u · |result|
moves       e, moved likewise                   nothing
chooses     the largest e in question           nothing; but the whole number where the
                                                choice itself hangs on rounding
sums        sum of the e                        :math:`\gamma_n` · sum of |terms|
products    sum of |left| e_right + e_left      :math:`\gamma_n` · sum of |left| |right|
            |right|
a function  its own rule                        its own rule
==========  ==================================  ==========================================

:math:`\gamma_n = nu/(1-nu)` bounds a sum of n rounded terms *in any order*: it holds for
NumPy's pairwise sums, for BLAS with or without fused multiply-add, for a GPU. The
functions exp, log, tanh … are taken to be right to two units in the last place, 4u.
Products of two errors are left out: they are to the bound as the bound is to the number.

The rules add sizes where true errors partly cancel, so over a whole Transformer the bound
would grow far beyond the numbers and forbid nothing. That is why a road is not judged from
the start: `follow` begins anew at every step that the road names, from the road's own
numbers. If every step follows from the ones before it, so does the last from the first.

References
----------
.. [1] N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, 2002.
"""

import numpy as np

from tfmath.errors import TraceError
from tfmath.tracing.record import ancestors, steps
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import slope
from tfmath.witness.formats import UNITS, Unit
from tfmath.witness.replay import column, last_uses


def gamma(n, u):
    """By how much a sum of n rounded terms may be wrong, relative to their sizes' sum.

    Examples
    --------
    >>> gamma(3, 0.1).round(3)
    np.float64(0.429)
    """
    share = np.multiply(n, u)
    with np.errstate(divide="ignore"):
        return np.where(share < 1, share / (1 - share), np.inf)[()]


def follow(arrays, unit, given, mp=None):
    """At each node: what should come out, from the road's own numbers, and how nearly.

    Parameters
    ----------
    arrays : list of Traced
        The record that the road followed.
    unit : Unit
        How the road rounds.
    given : dict
        From step names to the road's numbers; the walk goes on from these.
    mp : exact.Exact, optional
        Computes the expectation with fifty digits; without it, float64 does, and its own
        rounding is added to the bound.

    Yields
    ------
    (node, expected, error)
        Oldest first; the error is None where there can be none.

    Examples
    --------
    0.1 + 0.2 in float64 is 0.30000000000000004; half a gap is allowed.

    >>> from tfmath.tracing import trace
    >>> total = trace([0.1], "x") + trace([0.2], "y")
    >>> given = {"x": np.array([0.1]), "y": np.array([0.2])}
    >>> *_, (node, expected, error) = follow([total], UNITS["float64"], given)
    >>> expected.tolist(), error[0] < 1e-16
    ([0.30000000000000004], np.True_)
    """
    values, errors, over = {}, {}, last_uses(arrays)
    unit = unit if mp else Unit(*map(sum, zip(unit, UNITS["float64"], strict=True)))
    names = {id(node): name for name, node in steps(*arrays).items()}
    for node in ancestors(*arrays):
        inputs, passed = ([known[id(i)] for i in node.inputs] for known in (values, errors))
        expected = _expected(mp, node, inputs)
        error = _error(node, expected, inputs, passed, unit)
        yield node, expected, error
        road = given.get(names.get(id(node))) if node.dtype.kind == "f" else None
        values[id(node)] = expected if road is None else _loaded(mp, road)
        errors[id(node)] = error if road is None else None
        for source in over[id(node)]:
            del values[source], errors[source]


def _loaded(mp, array):
    wide = np.asarray(array, np.float64)
    return wide if mp is None else mp.load(wide)


def _expected(mp, node, inputs):
    if not node.inputs:
        return node.value if mp is None else mp.load(node.value)
    if mp is None:
        return RULES[node.op].call(*inputs, **node.options)
    return mp.call(node, *inputs)


def _error(node, expected, inputs, passed, unit):
    if not node.inputs:
        return _start(node, unit)
    inputs = [_plain(value) for value in inputs]
    return local_error(node, _plain(expected), inputs, passed, unit)


def _plain(array):
    array = np.asarray(array)
    return array.astype(np.float64) if array.dtype == object else array


def _start(node, unit):
    """What the type cannot hold is wrong by u; a constant such as √d is twice computed."""
    if node.value.dtype.kind != "f":
        return np.zeros(node.shape)
    if node.op == "input":
        return _size(node.value) * unit.rounding
    whole = (node.value == np.round(node.value)) & (np.abs(node.value) <= 256)
    return np.where(whole, 0, _size(node.value)) * (2 * unit.rounding)


def _size(numbers):
    """What rounding can change: an infinity, such as a hidden score, it cannot."""
    return np.where(np.isfinite(numbers), np.abs(numbers), 0)


def local_error(node, out, values, errors, unit):
    """The bound of one operation's result, from its inputs' bounds, None for exact."""
    rule = column(node, "error")
    if rule is None:
        raise TraceError(
            f"the row {node.op!r} of the table of rules says nothing of errors; add error=."
        )
    if rule == "moves":
        return _moves(node, values, errors)
    if not callable(rule) and not isinstance(rule, str):
        return _elementwise(rule, unit, node, out, values, errors)
    rule = globals()[f"_{rule}"] if isinstance(rule, str) else rule
    filled = [_or_zeros(e, v) for e, v in zip(errors, values, strict=True)]
    return np.asarray(rule(unit, out, values, filled, node, **node.options)) + unit.tiny


def _or_zeros(error, value):
    return np.broadcast_to(0.0, value.shape) if error is None else error


def _elementwise(count, unit, node, out, values, errors):
    wide, ones = [np.broadcast_to(v, out.shape) for v in values], np.ones(out.shape)
    passed = sum(
        np.abs(slope(RULES[node.op], i)(ones, out, *wide, **node.options)) * error
        for i, error in enumerate(errors)
        if error is not None and slope(RULES[node.op], i)
    )
    return _size(out) * (count * unit.rounding) + unit.tiny + passed


def _moves(node, values, errors):
    if all(error is None for error in errors):
        return None
    rule = RULES[node.op]
    moved = [  # what only says where to, such as places, is no number that may be wrong
        _or_zeros(errors[i], value) if slope(rule, i) else value
        for i, value in enumerate(values)
    ]
    return rule.call(*moved, **node.options)


def _chooses(unit, out, values, errors, node, **options):
    """One of them was chosen: the largest error of all in question."""
    return np.max(errors[0], **options) if len(errors) == 1 else np.maximum(*errors)


def _sums(unit, out, values, errors, node, **options):
    call, (value, *places), (error, *_) = RULES[node.op].call, values, errors
    # How many terms each number is the sum of: the operation itself says it of ones.
    terms = call(np.ones(value.shape), *places, **options)
    count = np.maximum(terms, value.size // max(out.size, 1))
    local = gamma(count, unit.adding) * call(np.abs(value), *places, **options)
    local = np.where(count > 1, local + unit.rounding * np.abs(out), 0)
    return call(error, *places, **options) + local


def _products(unit, out, values, errors, node, **options):
    call, sizes, terms = RULES[node.op].call, [np.abs(v) for v in values], _terms(node)
    own = gamma(terms, unit.adding) + len(values) * unit.entering
    local = own * call(*sizes, **options)
    for i, error in enumerate(errors):
        if error.any():
            local = local + call(*sizes[:i], error, *sizes[i + 1 :], **options)
    return local + unit.rounding * np.abs(out) + terms * unit.tiny


def _terms(node):
    work = RULES[node.op].work(node) or node.inputs[0].size  # one factor: a plain sum
    return work // max(node.size, 1)
