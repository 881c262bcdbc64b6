"""The record: NumPy's own numbers; derivatives against slopes and torch; labels, names."""

import math

import numpy as np
import pytest
import torch

from tfmath import cross_entropy, log_softmax, softmax, standardize
from tfmath.errors import DtypeError, ShapeError, TraceError
from tfmath.learning.loss import target_distribution
from tfmath.parts.feed_forward import erf
from tfmath.parts.softmax import logsumexp
from tfmath.parts.standardize import row_deviation, row_mean
from tfmath.tracing import (
    ancestors,
    backward,
    constant,
    gradients,
    named,
    scope,
    steps,
    trace,
)
from tfmath.tracing.array import record as run
from tfmath.tracing.composites import COMPOSITES
from tfmath.tracing.frozen import ARRAY
from tfmath.tracing.gradient import gradient_name
from tfmath.tracing.rules import RULES

TARGETS = [4, 1, 0]
HIDDEN = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 1, 0, 0, 1]], bool)
PLAIN = np.arange(12.0).reshape(4, 3)
F = torch.nn.functional


def draw(*shapes, seed=0, dtype=np.float64):
    """Positive numbers, all different, away from every kink."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.5, 2.0, shape).astype(dtype) for shape in shapes]


def dense(torch_scores):
    return torch.where(torch.tensor(HIDDEN), torch_scores, -torch.inf)


def looked_at(function):
    """An operation without a slope decides which slope passes; what it gives has none."""
    return lambda a: np.where(function(a) > 0, 3 * a, a)


def either(name, theirs=None):
    """Where the comparison `name` says yes a², else b; the same for torch."""

    def ours(a, b):
        return np.where(getattr(np, name)(a, b), a * a, b)

    def torchs(a, b):
        return torch.where(getattr(torch, theirs or name)(a, b), a * a, b)

    return ours, torchs, (3, 1), (4,)


def joined(name):
    """The same for two answers joined into one."""

    def ours(a, b):
        return np.where(getattr(np, name)(a > 1, b > 1), a * a, b)

    def torchs(a, b):
        return torch.where(getattr(torch, name)(a > 1, b > 1), a * a, b)

    return ours, torchs, (3, 1), (4,)


def asked(name):
    return (
        lambda a: np.where(getattr(np, name)(a), a * a, a),
        lambda a: torch.where(getattr(torch, name)(a), a * a, a),
        (3, 4),
    )


COMPARISONS = {
    name: either(name)
    for name in ("greater", "greater_equal", "less", "less_equal", "not_equal")
}
COMPARISONS |= {"equal": either("equal", "eq")}
COMPARISONS |= {
    name: joined(name)
    for name in (
        "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor"
    ).split()
}
COMPARISONS |= {name: asked(name) for name in ("isfinite", "isinf", "isnan")}
COMPARISONS |= {
    "logical_not": (
        lambda a: np.where(np.logical_not(a > 1), a * a, a),
        lambda a: torch.where(a <= 1, a * a, a),
        (3, 4),
    ),
    "invert": (
        lambda a: np.where(~(a > 1), a * a, a),
        lambda a: torch.where(~(a > 1), a * a, a),
        (3, 4),
    ),
}


# name of the row: NumPy, torch's own, shapes of the inputs. Shapes differ and broadcast.
ROWS = {
    "add": (lambda a, b: a + b, None, (3, 1), (4,)),
    "subtract": (lambda a, b: a - b, None, (4,), (2, 3, 1)),
    "multiply": (lambda a, b: a * b, None, (3, 4), (3, 1)),
    "divide": (lambda a, b: a / b, None, (3, 1), (2, 1, 4)),
    "power": (lambda a, b: a**b, None, (3, 1), (4,)),
    "matmul": (lambda a, b: a @ b, None, (2, 1, 3, 4), (5, 4, 6)),
    "negative": (lambda a: -a, None, (3, 4)),
    "exp": (np.exp, torch.exp, (3, 4)),
    "log": (np.log, torch.log, (3, 4)),
    "expm1": (np.expm1, torch.expm1, (3, 4)),
    "log1p": (np.log1p, torch.log1p, (3, 4)),
    "sqrt": (np.sqrt, torch.sqrt, (3, 4)),
    "square": (np.square, torch.square, (3, 4)),
    "tanh": (np.tanh, torch.tanh, (3, 4)),
    "sin": (np.sin, torch.sin, (3, 4)),
    "cos": (np.cos, torch.cos, (3, 4)),
    "erf": (erf, torch.erf, (3, 4)),
    "absolute": (lambda a: abs(a - 1), None, (3, 4)),
    "maximum": (np.maximum, torch.maximum, (3, 1), (4,)),
    "minimum": (np.minimum, torch.minimum, (2, 1, 4), (3, 4)),
    "where": (
        lambda a, b: np.where(HIDDEN, a, b),
        lambda a, b: torch.where(torch.tensor(HIDDEN), a, b),
        (5,),
        (3, 1),
    ),
    "sum": (lambda a: a.sum(axis=1), lambda a: a.sum(1), (3, 4, 2)),
    "mean": (lambda a: a.mean(axis=(0, -1)), lambda a: a.mean((0, -1)), (3, 4, 2)),
    "max": (
        lambda a: a.max(axis=-1, keepdims=True),
        lambda a: a.amax(-1, keepdim=True),
        (3, 4),
    ),
    "min": (np.min, torch.min, (3, 4)),
    "einsum": (
        lambda a, b: np.einsum("bik, bjkl -> jbi", a, b),
        lambda a, b: torch.einsum("bik, bjkl -> jbi", a, b),
        (2, 3, 4),
        (2, 5, 4, 6),
    ),
    "transpose": (
        lambda a: np.transpose(a, (2, 0, 1)),
        lambda a: a.permute(2, 0, 1),
        (2, 3, 4),
    ),
    "reshape": (lambda a: a.reshape(4, -1), None, (2, 3, 4)),
    "broadcast_to": (
        lambda a: np.broadcast_to(a, (2, 3, 4)),
        lambda a: torch.broadcast_to(a, (2, 3, 4)),
        (3, 1),
    ),
    "concatenate": (
        lambda a, b: np.concatenate([a, b, a], axis=-1),
        lambda a, b: torch.cat([a, b, a], -1),
        (3, 4),
        (3, 2),
    ),
    "getitem": (
        lambda a: a[[2, 0, 2], 1:],
        lambda a: a[[2, 0, 2], 1:],
        (3, 4),
    ),
    "scatter": (
        lambda a: run_scatter(a, np.array([4, 0, 4]), (5, 2)),
        lambda a: torch.zeros(5, 2, dtype=a.dtype).index_add(0, torch.tensor([4, 0, 4]), a),
        (3, 2),
    ),
    "astype": (lambda a: a.astype(np.float64), lambda a: a.double(), (3, 4)),
    "copy": (np.copy, torch.clone, (3, 4)),
    "softmax": (
        lambda a: softmax(a, HIDDEN),
        lambda a: torch.softmax(dense(a), -1),
        (3, 5),
    ),
    "log_softmax": (log_softmax, lambda a: torch.log_softmax(a, -1), (2, 3, 5)),
    "logsumexp": (logsumexp, lambda a: torch.logsumexp(a, -1), (2, 3, 5)),
    "standardized": (standardize, lambda a: F.layer_norm(a, a.shape[-1:]), (2, 3, 5)),
    "row_mean": (looked_at(row_mean), lambda a: 3 * a, (2, 3, 5)),
    "row_deviation": (
        looked_at(lambda a: row_deviation(a, np.mean(a, axis=-1, keepdims=True))),
        lambda a: 3 * a,
        (2, 3, 5),
    ),
    "target_distribution": (
        lambda a: (
            a * target_distribution(constant("targets", np.array(TARGETS), a), 5, 0.1)
        ),
        lambda a: a * torch.tensor(target_distribution(np.array(TARGETS), 5, 0.1)),
        (3, 5),
    ),
    "cross_entropy": (
        lambda a: cross_entropy(a, TARGETS, label_smoothing=0.3, ignore_id=1),
        lambda a: F.cross_entropy(
            a, torch.tensor(TARGETS), label_smoothing=0.3, ignore_index=1
        ),
        (3, 5),
    ),
} | COMPARISONS

# The same function for NumPy and torch where they read alike (None), or torch's own.
PHRASES = {
    "swapaxes": (lambda a: np.swapaxes(a, 0, -1), lambda a: a.swapaxes(0, -1), (2, 3, 4)),
    "matrix_transpose": (np.matrix_transpose, lambda a: a.mT, (2, 3, 4)),
    "moveaxis": (
        lambda a: np.moveaxis(a, source=[0, 2], destination=[1, 0]),
        lambda a: torch.movedim(a, (0, 2), (1, 0)),
        (2, 3, 4),
    ),
    "expand_dims": (
        lambda a: np.expand_dims(a, (0, -1)),
        lambda a: a[None, ..., None],
        (2, 3),
    ),
    "squeeze": (lambda a: np.squeeze(a, axis=1), lambda a: a.squeeze(1), (2, 1, 3, 1)),
    "ravel": (np.ravel, torch.ravel, (2, 3)),
    "stack": (
        lambda a, b: np.stack([a, b], axis=-1),
        lambda a, b: torch.stack([a, b], -1),
        (2, 3),
        (2, 3),
    ),
    "vstack": (
        lambda a, b: np.vstack([a, b]),
        lambda a, b: torch.vstack([a, b]),
        (3,),
        (2, 3),
    ),
    "hstack": (
        lambda a, b: np.hstack([a, b]),
        lambda a, b: torch.hstack([a, b]),
        (2, 3),
        (2, 4),
    ),
    "split": (
        lambda a: np.split(a, [1, 4], axis=1)[1],
        lambda a: torch.tensor_split(a, (1, 4), 1)[1],
        (2, 6),
    ),
    "array_split": (
        lambda a: np.array_split(a, 3)[1],
        lambda a: torch.tensor_split(a, 3)[1],
        (7, 2),
    ),
    "dot": (np.dot, torch.matmul, (2, 3, 4), (4,)),
    "inner": (np.inner, torch.inner, (2, 3, 4), (5, 4)),
    "outer": (np.outer, torch.outer, (3,), (4,)),
    "var": (
        lambda a: a.var(axis=0, ddof=1, keepdims=True),
        lambda a: a.var(0, keepdim=True),
        (3, 4),
    ),
    "std": (lambda a: np.std(a, axis=-1), lambda a: a.std(-1, correction=0), (3, 4)),
    "average": (lambda a: np.average(a, axis=0), lambda a: a.mean(0), (3, 4)),
    "amax": (lambda a: np.amax(a, 0), lambda a: a.amax(0), (3, 4)),
    "amin": (lambda a: np.amin(a, axis=1), lambda a: a.amin(1), (3, 4)),
    "clip": (lambda a: np.clip(a, 0.8, 1.5), lambda a: a.clip(0.8, 1.5), (3, 4)),
    "full_like": (
        lambda a: np.full_like(a, a.sum()),
        lambda a: a.sum() * torch.ones_like(a),
        (3, 4),
    ),
    "fabs": (lambda a: np.fabs(a - 1), lambda a: abs(a - 1), (3, 4)),
    "positive": (lambda a: +a, None, (3, 4)),
    "reciprocal": (np.reciprocal, torch.reciprocal, (3, 4)),
    "take": (
        lambda a: np.take(a, [1, 1, 0], axis=1),
        lambda a: a[:, [1, 1, 0]],
        (3, 4),
    ),
    "tril": (lambda a: np.tril(a, -1), lambda a: a.tril(-1), (2, 3, 4)),
    "any": (
        lambda a: np.where(np.any(a > 1.9, axis=1), a[:, 0], a[:, 1]),
        lambda a: torch.where((a > 1.9).any(1), a[:, 0], a[:, 1]),
        (3, 4),
    ),
    "all": (
        lambda a: np.where((a > 0.6).all(axis=1), a[:, 0], a[:, 1]),
        lambda a: torch.where((a > 0.6).all(1), a[:, 0], a[:, 1]),
        (3, 4),
    ),
    "triu": (lambda a: np.triu(a, 1), lambda a: a.triu(1), (2, 3, 4)),
    "copy": (lambda a: a.copy(), torch.clone, (3, 4)),
}

# What the learner writes and the table reads: other ways into the same rows.
WAYS = {
    "python numbers": (lambda a: 1 - 2 * a / 3 + a**2 - 2.0**a, None, (3, 4)),
    "a cube": (lambda a: a**3, None, (3, 4)),
    "a root": (lambda a: a**0.5, None, (3, 4)),
    "vector vector": (lambda a, b: a @ b, None, (4,), (4,)),
    "vector matrix": (lambda a, b: a @ b, None, (4,), (2, 4, 3)),
    "matrix vector": (lambda a, b: a @ b, None, (2, 3, 4), (4,)),
    "numpy on the left": (
        lambda a: PLAIN @ a,
        lambda a: torch.tensor(PLAIN) @ a,
        (3, 2),
    ),
    "dot of tables": (np.dot, torch.matmul, (2, 3), (3, 4)),
    "dot of rows": (np.dot, torch.matmul, (3,), (3,)),
    "sum of all": (np.sum, torch.sum, (3, 4)),
    "sum of several": (
        lambda a: np.sum(a, axis=(-1, 0)),
        lambda a: a.sum((-1, 0)),
        (2, 3, 4),
    ),
    "mean kept": (
        lambda a: a.mean(axis=-1, keepdims=True),
        lambda a: a.mean(-1, keepdim=True),
        (3, 4),
    ),
    "max of all": (lambda a: a.max(), None, (3, 4)),
    "reduce": (lambda a: np.add.reduce(a), lambda a: a.sum(0), (3, 4)),
    "ellipsis": (lambda a: a[..., 1:, None, ::2], None, (2, 3, 4)),
    "one number": (lambda a: a[1, 2], None, (3, 4)),
    "places": (lambda a: a[[0, 2, 0], [1, 1, 1]], None, (3, 4)),
    "a mask": (lambda a: a[HIDDEN], lambda a: a[torch.tensor(HIDDEN)], (3, 5)),
    "trace by einsum": (
        lambda a, b: np.einsum("ij,kj", a, b),
        lambda a, b: torch.einsum("ij,kj", a, b),
        (3, 4),
        (2, 4),
    ),
    "one letter left": (
        lambda a: np.einsum("ijk->j", a),
        lambda a: torch.einsum("ijk->j", a),
        (2, 3, 4),
    ),
    "python's sum": (lambda a: sum(a), None, (3, 4)),
    "unpacking": (lambda a: np.stack([*a][::-1]), lambda a: a.flip(0), (3, 4)),
    "clip one side": (lambda a: np.clip(a, None, 1.2), lambda a: a.clip(None, 1.2), (3, 4)),
}
CASES = ROWS | {f"phrase {name}": case for name, case in PHRASES.items()} | WAYS


def run_scatter(array, index, shape):
    if hasattr(array, "op"):
        return run("scatter", array, index, index=ARRAY, shape=shape)
    return RULES["scatter"].call(array, index, index=ARRAY, shape=shape)


def case(name, dtype=np.float64):
    function, twin, *shapes = CASES[name]
    return function, twin or function, draw(*shapes, dtype=dtype)


def weighted(function, arrays):
    """One number that every number of the result moves, each in its own way."""
    output = function(*arrays)
    (weights,) = draw(output.shape, seed=9)
    return (output * weights).sum()


def follow(arrays):
    return [trace(a, f"x{i}") for i, a in enumerate(arrays)]


def as_torch(arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def torch_weighted(twin, tensors):
    output = twin(*tensors)
    (weights,) = draw(tuple(output.shape), seed=9)
    return (output * torch.tensor(weights)).sum()


def test_every_row_of_the_table_is_tested():
    assert set(ROWS) == set(RULES)
    assert set(PHRASES) == set(COMPOSITES)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_numpys_own(name, dtype):
    function, _, arrays = case(name, dtype)
    plain = function(*arrays)
    traced = function(*follow(arrays))
    if name in ("phrase dot", "phrase inner"):  # with more axes NumPy sums in another order
        np.testing.assert_array_max_ulp(traced.value, plain, 2)
    else:
        np.testing.assert_array_equal(traced.value, plain, strict=True)
    if name in RULES:
        assert name in {array.op for array in ancestors(traced)}


@pytest.mark.parametrize("name", CASES)
def test_every_derivative_is_the_slope(name):
    function, _, arrays = case(name)
    grads = gradients(weighted(function, follow(arrays)))
    for i, array in enumerate(arrays):
        grad = grads[f"x{i}"]
        assert grad.shape == array.shape
        for seed in (1, 2):
            along = np.random.default_rng(seed).normal(size=array.shape)
            ends = []
            for side in (1e-5, -1e-5):
                moved = [*arrays[:i], array + side * along, *arrays[i + 1 :]]
                ends.append(weighted(function, moved))
            slope = (ends[0] - ends[1]) / 2e-5
            size = np.sum(np.abs(grad * along))
            assert abs(np.sum(grad * along) - slope) <= 1e-6 * size


@pytest.mark.parametrize("name", CASES)
def test_every_derivative_is_torchs(name):
    function, twin, arrays = case(name)
    grads = gradients(weighted(function, follow(arrays)))
    tensors = as_torch(arrays)
    torch_weighted(twin, tensors).backward()
    for i, tensor in enumerate(tensors):
        np.testing.assert_allclose(grads[f"x{i}"], tensor.grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_the_backward_pass_is_a_record_of_the_same_numbers(name):
    function, _, arrays = case(name)
    loss = named("loss", weighted(function, follow(arrays)))
    grads, pass_ = gradients(loss), backward(loss)
    assert set(grads) == set(pass_)
    for step, grad in grads.items():
        np.testing.assert_array_equal(pass_[step].value, grad, strict=True)
        assert pass_[step].name == gradient_name(step)


@pytest.mark.parametrize("name", CASES)
def test_the_backward_pass_can_be_differentiated_again(name):
    function, twin, arrays = case(name)
    inputs, tensors = follow(arrays), as_torch(arrays)
    pass_ = backward(weighted(lambda *a: function(*a) ** 2, inputs))
    first = torch.autograd.grad(
        torch_weighted(lambda *a: twin(*a) ** 2, tensors), tensors, create_graph=True
    )
    ours = sum(weighted(lambda g: g, [pass_[f"x{i}"]]) for i in range(len(arrays)))
    theirs = sum(torch_weighted(lambda g: g, [grad]) for grad in first)
    second = gradients(ours, of=inputs)
    for grad, expected in zip(second, torch.autograd.grad(theirs, tensors), strict=True):
        np.testing.assert_allclose(grad, expected, rtol=1e-9, atol=1e-11)


def test_a_derivative_of_float32_is_float32():
    for name in CASES:
        if name != "astype":
            function, _, arrays = case(name, np.float32)
            output = function(*follow(arrays))
            grads = gradients((output * output).sum())
            assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}, name


@pytest.mark.parametrize("numpy_number", [np.float64(2), np.array(2.0)])
def test_a_numpy_number_widens_float32_as_in_numpy(numpy_number):
    x = np.array([0.5, 3.0], np.float32)
    for function in (lambda a: a * numpy_number, lambda a: a**numpy_number):
        assert function(trace(x, "x")).dtype == function(x).dtype


def test_casting_back_gives_the_gradient_back_in_float32():
    x = trace(np.array([1.0, 2.0], np.float32), "x")
    grad = gradients((x.astype(np.float64) ** 2).sum(), of=x)
    np.testing.assert_array_equal(grad, np.array([2, 4], np.float32), strict=True)


# Corners of the derivatives


def slope_of(function, *numbers):
    x = trace(list(numbers), "x")
    return gradients(function(x).sum(), of=x).tolist()


def test_a_tie_shares_the_gradient_and_loses_none():
    assert slope_of(np.max, 3.0, 1.0, 3.0) == [0.5, 0.0, 0.5]
    x, y = trace([2.0], "x"), trace([2.0], "y")
    for pair in (np.maximum(x, y), np.minimum(x, y)):
        grads = gradients(pair.sum())
        assert grads["x"] + grads["y"] == 1


def test_powers_of_zero_have_a_slope():
    assert slope_of(lambda x: x**2, 0.0, 3.0) == [0.0, 6.0]
    assert slope_of(lambda x: x**1, 0.0) == [1.0]
    assert slope_of(lambda x: x**0, 0.0, 2.0) == [0.0, 0.0]
    assert slope_of(lambda x: 0.0**x, 2.0) == [0.0]


def test_a_number_used_twice_gets_both_gradients():
    assert slope_of(lambda x: x * x + 3 * x, 5.0) == [13.0]


def test_a_traced_condition_gets_no_gradient():
    x = trace([0.0, 2.0], "x")
    loss = np.where(x, x * 3, 5.0).sum()
    np.testing.assert_array_equal(gradients(loss, of=x), [0.0, 3.0])
    np.testing.assert_array_equal(backward(loss)["x"].value, [0.0, 3.0])


def test_what_the_loss_does_not_need_has_gradient_zero():
    x, y = trace([1.0, 2.0], "x"), trace(np.ones((2, 3), np.float32), "y")
    grad = gradients(np.where(False, y.sum().astype(np.float64), x.sum()), of=y)
    np.testing.assert_array_equal(grad, np.zeros((2, 3), np.float32), strict=True)


def test_gradients_are_the_readers_own_to_change():
    x, y = trace([1.0, 2.0], "x"), trace([3.0, 4.0], "y")
    grads = gradients((x + y).sum())
    grads["x"] *= 0
    np.testing.assert_array_equal(grads["y"], [1, 1])


def test_a_loss_is_one_number():
    x = trace([1.0, 2.0], "x")
    with pytest.raises(ShapeError, match=r"one number.*\(2,\)"):
        gradients(x * 2)
    np.testing.assert_array_equal(gradients(x[:1] * 2, of=x), [2, 0])


def test_a_long_record_needs_no_deep_stack():
    x = y = trace([1.0], "x")
    for _ in range(5000):
        y = y + 0.5
    assert gradients(y.sum(), of=x) == [1.0]


# Labels


ROW_WORDS, COLUMN_WORDS = ("you", "win"), ("a", "b", "c")


def labelled():
    return trace(np.arange(6.0).reshape(2, 3), "x", rows=ROW_WORDS, cols=COLUMN_WORDS)


def other():
    return trace(np.arange(12.0).reshape(4, 3), "y", rows=list("pqrs"), cols=COLUMN_WORDS)


LABELS = {
    "same": (lambda x, y: 2 * x + 1, (ROW_WORDS, COLUMN_WORDS)),
    "a row of numbers": (lambda x, y: np.ones(3) + x, (ROW_WORDS, COLUMN_WORDS)),
    "more axes": (lambda x, y: x + np.ones((5, 1, 1)), (None, ROW_WORDS, COLUMN_WORDS)),
    "matmul": (lambda x, y: x @ y.T, (ROW_WORDS, tuple("pqrs"))),
    "matmul with plain": (lambda x, y: x @ np.ones((3, 5)), (ROW_WORDS, None)),
    "batched matmul": (lambda x, y: np.ones((7, 5, 2)) @ x, (None, None, COLUMN_WORDS)),
    "vector": (lambda x, y: x @ np.ones(3), (ROW_WORDS,)),
    "transpose": (lambda x, y: x.T, (COLUMN_WORDS, ROW_WORDS)),
    "swapaxes": (lambda x, y: np.swapaxes(x[None], 0, 2), (COLUMN_WORDS, ROW_WORDS, None)),
    "softmax": (lambda x, y: softmax(x), (ROW_WORDS, COLUMN_WORDS)),
    "a row": (lambda x, y: x[1], (COLUMN_WORDS,)),
    "a column": (lambda x, y: x[:, 1], (ROW_WORDS,)),
    "backwards": (lambda x, y: x[::-1, :2], (("win", "you"), ("a", "b"))),
    "chosen": (lambda x, y: x[..., [2, 0]], (ROW_WORDS, ("c", "a"))),
    "by a mask": (lambda x, y: x[:, [True, False, True]], (ROW_WORDS, ("a", "c"))),
    "new axis": (lambda x, y: x[:, None], (ROW_WORDS, None, COLUMN_WORDS)),
    "a number and places": (lambda x, y: x[0, [2, 0, 1]], (("c", "a", "b"),)),
    "looked up twice": (lambda x, y: x[[0, 1, 0]], (("you", "win", "you"), COLUMN_WORDS)),
    "places in pairs": (lambda x, y: x[[0, 1], [1, 2]], (None,)),
    "rows joined": (
        lambda x, y: np.concatenate([x, y]),
        (ROW_WORDS + tuple("pqrs"), COLUMN_WORDS),
    ),
    "joined with plain": (
        lambda x, y: np.concatenate([np.ones((2, 4)), x], axis=1),
        (ROW_WORDS, None),
    ),
    "stacked": (lambda x, y: np.stack([x, x]), (None, ROW_WORDS, COLUMN_WORDS)),
    "sum": (lambda x, y: x.sum(axis=0), (COLUMN_WORDS,)),
    "mean kept": (lambda x, y: x.mean(axis=-1, keepdims=True), (ROW_WORDS, None)),
    "total": (lambda x, y: x.sum(), ()),
    "reshaped": (lambda x, y: x.reshape(2, 3, 1), (ROW_WORDS, COLUMN_WORDS, None)),
    "columns in two": (
        lambda x, y: y.reshape(2, 2, 3),
        (None, None, COLUMN_WORDS),
    ),
    "mixed up": (lambda x, y: x.reshape(3, 2), (None, None)),
    "einsum": (
        lambda x, y: np.einsum("ik,jk->ji", x, y),
        (tuple("pqrs"), ROW_WORDS),
    ),
    "repeated": (
        lambda x, y: np.broadcast_to(x, (4, 2, 3)),
        (None, ROW_WORDS, COLUMN_WORDS),
    ),
}


@pytest.mark.parametrize("name", LABELS)
def test_words_follow_their_numbers(name):
    function, expected = LABELS[name]
    result = function(labelled(), other())
    assert result.labels == expected
    assert [
        n for n, w in zip(result.shape, expected, strict=True) if w and len(w) != n
    ] == []


def test_an_axis_that_numpy_moves_loses_its_words_rather_than_lying():
    x = trace(np.zeros((2, 3, 4)), "x", rows=list("abc"), cols=list("pqrs"))
    moved = x[0, :, [1, 2, 3]]  # NumPy puts the three places first
    assert moved.shape == (3, 3)
    assert moved.labels == (None, None)
    assert x[:, 0, [1, 2, 3]].labels == (None, tuple("qrs"))


def test_gradients_of_the_backward_pass_carry_the_words_of_their_steps():
    x = labelled()
    assert backward((x * x).sum())["x"].labels == x.labels


def test_words_must_fit():
    with pytest.raises(ShapeError, match=r"x \(2, 3\) got 3 words for its rows"):
        trace(np.ones((2, 3)), "x", rows=list("abc"))
    with pytest.raises(ShapeError, match=r"x \(3,\) got 3 words for its rows"):
        trace(np.ones(3), "x", rows=list("abc"))


# Names, scopes, walking


def test_names_and_scopes():
    x = trace([1.0, 2.0], "x")
    with scope("encoder", "layer 1"):
        with scope("head 1"):
            y = named("scores", x * 2)
        z = named("output", y + 1)
    assert list(steps(z)) == [
        "x",
        "encoder / layer 1 / head 1 / scores",
        "encoder / layer 1 / output",
    ]
    again = named("second", y)
    assert (y.name, again.name) == ("encoder / layer 1 / head 1 / scores", "second")
    assert again.inputs == (y,) and again.op == "copy"


def test_a_scope_ends_when_an_error_leaves_it():
    x = trace([1.0], "x")
    with pytest.raises(KeyError), scope("lost"):
        raise KeyError
    assert named("y", x + 1).name == "y"


def test_plain_arrays_pass_names_untouched():
    array = np.ones(3)
    assert named("x", array) is array
    assert constant("x", array, beside=array) is array


def test_a_constant_joins_the_record_without_a_gradient():
    x = trace(np.ones((2, 3)), "x")
    position = constant("position", np.ones((2, 3)), beside=x, rows=("a", "b"))
    total = (x * position).sum()
    assert list(steps(total)) == ["x", "position"]
    assert position.labels == (("a", "b"), None)
    assert list(gradients(total)) == list(backward(total)) == ["x"]


def test_equal_names_are_counted():
    x = trace([1.0], "x")
    y = named("y", named("y", x * 2) * 3)
    assert list(steps(y)) == ["x", "y", "y (2)"]
    assert {name: grad.item() for name, grad in gradients(y).items()} == {
        "x": 6.0,
        "y": 3.0,
        "y (2)": 1.0,
    }


def test_ancestors_come_in_order_and_once():
    x = trace([1.0], "x")
    y = x * x
    z = y + x
    assert [a.op for a in ancestors(z)] == ["input", "multiply", "add"]
    assert ancestors(z)[0] is x and ancestors(z)[-1] is z
    with pytest.raises(TraceError, match="got float"):
        ancestors(3.0)


def test_the_record_does_not_change_when_its_arrays_do():
    numbers, scale = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    places = np.array([0, 0])
    x = trace(numbers, "x")
    y = (x[places] * scale).sum()
    numbers[:], scale[:], places[:] = 9, 9, 1
    np.testing.assert_array_equal(x.value, [1, 2])
    np.testing.assert_array_equal(gradients(y, of=x), [7, 0])
    with pytest.raises(ValueError, match="read-only"):
        x.value[0] = 5
    scale[:] = 8  # and the learner's own array stays writable


def test_a_keyword_does_not_lose_the_record():
    x = trace([1.0, 2.0], "x")
    assert softmax(scores=x).op == softmax(x).op == "softmax"
    assert softmax(mask=[True, False], scores=x).inputs[1].value.tolist() == [True, False]
    assert standardize(x=x, epsilon=1e-3).options == {"epsilon": 1e-3}
    assert standardize(x, 1e-3).options == {"epsilon": 1e-3}


def test_what_can_be_traced():
    assert trace([1, 2], "x").dtype == np.float64
    assert trace(np.float32([1, 2]), "x").dtype == np.float32
    for wrong in ([True], ["a"], [1j], [None], np.float16([1])):
        with pytest.raises(DtypeError, match="trace: x holds"):
            trace(wrong, "x")
    with pytest.raises(TraceError, match="x is already traced"):
        trace(trace([1.0], "y"), "x")


def test_a_traced_array_tells_what_it_is():
    x = trace(np.ones((2, 3)), "x")
    assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((2, 3), 2, 6, 2, np.float64)
    assert repr(x).startswith("x (2, 3)\n[[1. 1. 1.]")
    assert repr(x + 1).startswith("(add) (2, 3)")
    assert math.prod(x.mT.shape) == 6


def test_looking_at_numbers_gives_plain_answers():
    x = trace([[3.0, 1.0], [2.0, 5.0]], "x")
    np.testing.assert_array_equal(np.argmax(x, axis=1), [0, 1])
    np.testing.assert_array_equal(x.argmax(axis=0), [0, 1])
    assert np.isfinite(x).all() and np.allclose(x, x.value)
    np.testing.assert_array_equal(np.zeros_like(x), np.zeros((2, 2)), strict=True)
    np.testing.assert_array_equal(np.full_like(x, 7), np.full((2, 2), 7.0), strict=True)
