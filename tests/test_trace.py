"""The record: corners of the derivatives, words, names; how it is walked."""

import math

import numpy as np
import pytest

from tfmath import softmax, standardize
from tfmath.errors import DtypeError, ShapeError, TraceError
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
