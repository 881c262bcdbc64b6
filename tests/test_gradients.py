"""Comparisons are steps without a slope; gradients say what they cannot answer."""

import numpy as np
import pytest

from tfmath import softmax, trace
from tfmath.errors import TraceError
from tfmath.tracing import ancestors, backward, constant, gradients, named, steps

RNG = np.random.default_rng(8)
MASK = np.ones((3, 4), bool)


def scores(name="scores", *shape):
    return trace(RNG.normal(size=shape or (3, 4)), name)


# Comparisons ------------------------------------------------------------------------------


def test_comparisons_are_steps_without_a_slope():
    x = scores()
    for answer in (x > 0, 0 <= x, x == x.max(), np.isfinite(x), ~(x > 0), (x > 0) & MASK):
        assert answer.dtype == bool and not answer.varies
        assert x in Same(ancestors(answer))
    positive = named("positive", x > 0)
    loss = (np.where(positive, x, 0) ** 2).sum()
    assert list(steps(loss)) == ["scores", "positive"]
    assert list(gradients(loss)) == list(backward(loss)) == ["scores"]


class Same(list):
    def __contains__(self, one):
        return any(one is other for other in self)


def test_one_answer_can_be_branched_on():
    x = trace([3.0, 1.0, 2.0], "x")
    assert bool(x[0] > x[1]) and not x[0] < 0
    assert (x > 0).all() is True and (x > 5).any() is False
    assert np.any(x > 2) is True and np.all(x > 2) is False
    assert [float(y.value) for y in sorted(x)] == [1, 2, 3]
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x > 1)
    rows = scores("rows", 2, 3)
    assert np.any(rows > 0, axis=1).op == "max"
    np.testing.assert_array_equal(
        (rows > 0).all(axis=0, keepdims=True).value, (rows.value > 0).all(0, keepdims=True)
    )


def test_a_mask_may_be_a_comparison():
    x = scores()
    mask = x > -0.5
    np.testing.assert_array_equal(softmax(x, mask).value, softmax(x.value, mask.value))
    np.testing.assert_array_equal(x[mask].value, x.value[mask.value])


# Gradients by what ------------------------------------------------------------------------


def test_gradients_of_what_the_loss_was_not_computed_from_are_refused():
    W, x = scores("W", 4, 2), scores("x")
    loss = ((x @ W) ** 2).sum()
    again, mask = trace(W.value, "W"), constant("mask", MASK, beside=W)
    masked_loss = softmax(loss * x, mask).sum()
    for of, said in (
        (W.value, "of is a plain ndarray"),
        ([W, 3.0], r"of\[1\] is a plain float"),
        ({"W": None}, r"of\['W'\] is a plain NoneType"),
        (again, "the loss was not computed from of, W"),
        ({"a": {"W": again}}, r"not computed from of\['a'\]\['W'\], W"),
    ):
        with pytest.raises(TraceError, match=f"gradients: .*{said}"):
            gradients(loss, of=of)
    with pytest.raises(TraceError, match="of, mask, is a constant"):
        gradients(masked_loss, of=mask)
    with pytest.raises(TraceError, match="gradients: the loss is a plain float"):
        gradients(3.0)


def test_gradients_of_a_dict_are_a_dict():
    tables = {"W": scores("W"), "layer": {"b": scores("b", 4), "all": [scores("c", 4)]}}
    total = tables["W"] * tables["layer"]["b"] + tables["layer"]["all"][0]
    loss = named("loss", (total * total).sum())
    found, flat = gradients(loss, of=tables), gradients(loss)
    assert found.keys() == tables.keys() and found["layer"].keys() == {"b", "all"}
    np.testing.assert_array_equal(found["W"], flat["W"])
    np.testing.assert_array_equal(found["layer"]["b"], flat["b"])
    np.testing.assert_array_equal(found["layer"]["all"][0], flat["c"])


def test_what_has_no_slope_is_left_out_and_what_does_not_matter_is_zero():
    x, y = scores("x"), scores("y")
    loss = np.where(True, x, y).sum()
    assert list(gradients(loss)) == ["x", "y"]
    np.testing.assert_array_equal(gradients(loss, of=y), np.zeros((3, 4)))


BESIDE = {
    "whole numbers": lambda W: W * np.arange(4) + np.arange(3)[:, None],
    "bools": lambda W: W * MASK + W * np.True_,
    "a whole power": lambda W: W ** np.int64(2),
    "whole powers": lambda W: abs(W) ** np.arange(4),
    "divided by whole numbers": lambda W: W / np.arange(1, 5),
    "a product with whole numbers": lambda W: W @ np.arange(8).reshape(4, 2),
    "a choice of whole numbers": lambda W: np.where(MASK, W, np.arange(4)),
    "extremes with whole numbers": lambda W: np.maximum(W, np.zeros(4, int)),
    "joined with whole numbers": lambda W: np.concatenate([W, np.arange(4)[None]]),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", BESIDE)
def test_backward_works_wherever_gradients_works(name, dtype):
    W = trace(RNG.normal(size=(3, 4)).astype(dtype), "W")
    loss = (BESIDE[name](W) ** 2).sum()
    found = backward(loss)["W"].value
    np.testing.assert_array_equal(found, gradients(loss, of=W), strict=True)
    assert found.dtype == dtype
