"""Cross-entropy: beside torch's own module, by hand, and what it refuses."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import VOCAB_SIZE, assert_close, assert_same_function, draw

from tfmath import cross_entropy, log_softmax, softmax
from tfmath.errors import DtypeError, NonFiniteError, ShapeError
from tfmath.learning.loss import cross_entropy_backward, perplexity, target_distribution
from tfmath.learning.recorded import Recorded
from tfmath.model.parameters import traced
from tfmath.show import explain
from tfmath.tracing import backward, gradients, trace

LOGITS = draw(np.random.default_rng(0), 2, 4, VOCAB_SIZE) * 3
TARGETS = np.array([[3, 0, 22, 3], [1, 0, 0, 0]])


def torchs_own(logits, targets=TARGETS, label_smoothing=0.0, ignore_id=None):
    module = torch.nn.CrossEntropyLoss(
        label_smoothing=label_smoothing,
        ignore_index=-100 if ignore_id is None else ignore_id,
    )
    return module(logits.reshape(-1, VOCAB_SIZE), torch.tensor(targets).reshape(-1))


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("ignore_id", [None, 0, 3])
def test_numbers_and_gradients_equal_torchs_module(label_smoothing, ignore_id):
    options = {"label_smoothing": label_smoothing, "ignore_id": ignore_id}
    assert_same_function(
        lambda p: cross_entropy(p["logits"], TARGETS, **options),
        lambda p: torchs_own(p["logits"], **options),
        {"logits": LOGITS},
    )


def test_an_ignored_target_may_be_any_number():
    targets = np.where(TARGETS == 0, -100, TARGETS)
    expected = torchs_own(torch.tensor(LOGITS), targets)
    assert_close(cross_entropy(LOGITS, targets, ignore_id=-100), expected, "loss")
    assert_close(cross_entropy(LOGITS, TARGETS, ignore_id=0), expected, "loss")


def test_by_hand():
    """The right word has 3/4 of the probability: its surprise is ln 4/3."""
    logits = np.log([[3.0, 1.0]])
    assert_close(cross_entropy(logits, [0]), np.array(math.log(4 / 3)), "loss", 1e-15)
    smooth = 0.9 * math.log(4 / 3) + 0.1 * math.log(4)
    assert_close(
        cross_entropy(logits, [0], label_smoothing=0.2), np.array(smooth), "loss", 1e-15
    )
    back = cross_entropy_backward(1.0, logits, [0])
    assert_close(back, [[-0.25, 0.25]], "grad", 1e-15)


def test_one_word_may_stand_alone():
    assert_close(cross_entropy(np.log([3.0, 1.0]), 1), np.array(math.log(4)), "loss", 1e-15)


def test_the_whole_road_by_steps_is_the_same():
    """The loss as its steps, each with its own derivative, beside the one rule."""
    wanted = target_distribution(TARGETS, VOCAB_SIZE, 0.1)
    x = trace(LOGITS, "x")
    slow = -(wanted * log_softmax(x)).sum() / TARGETS.size
    fast = cross_entropy(x, TARGETS, label_smoothing=0.1)
    assert_close(fast.value, slow.value, "loss", 1e-14)
    assert_close(gradients(fast)["x"], gradients(slow)["x"], "grad", 1e-16)
    np.testing.assert_array_equal(backward(fast)["x"].value, gradients(fast)["x"])


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_targets_are_distributions(seed, label_smoothing):
    targets = np.random.default_rng(seed).integers(0, 7, (3, 2))
    wanted = target_distribution(targets, 7, label_smoothing)
    assert wanted.shape == (3, 2, 7) and (wanted >= 0).all()
    np.testing.assert_allclose(wanted.sum(axis=-1), 1, atol=1e-15)
    right = np.take_along_axis(wanted, targets[..., None], axis=-1)
    np.testing.assert_allclose(right, 1 - label_smoothing * 6 / 7, atol=1e-15)


@given(st.integers(0, 10**6))
def test_the_gradient_of_a_row_sums_to_zero_and_padding_has_none(seed):
    logits = draw(np.random.default_rng(seed), 2, 4, VOCAB_SIZE)
    grad = gradients(cross_entropy(trace(logits, "x"), TARGETS, ignore_id=0))["x"]
    np.testing.assert_allclose(grad.sum(axis=-1), 0, atol=1e-15)
    assert (grad[TARGETS == 0] == 0).all() and (grad[TARGETS != 0] != 0).all()


@given(st.integers(0, 10**6), st.floats(-1e3, 1e3))
def test_padding_and_a_common_shift_do_not_matter(seed, shift):
    logits = draw(np.random.default_rng(seed), 2, 4, VOCAB_SIZE)
    before = cross_entropy(logits, TARGETS, ignore_id=0)
    assert before >= 0
    assert_close(
        cross_entropy(logits + shift, TARGETS, ignore_id=0), before, "shift", 1e-11
    )
    logits[TARGETS == 0] = shift
    np.testing.assert_array_equal(cross_entropy(logits, TARGETS, ignore_id=0), before)


def test_logits_of_ten_thousand():
    logits = np.array([[1e4, -1e4, 0.0]])
    assert cross_entropy(logits, [0]) == 0
    assert cross_entropy(logits, [1]) == 2e4
    grad = gradients(cross_entropy(trace(logits, "x"), [1]))["x"]
    assert grad.tolist() == [[1.0, -1.0, 0.0]]


@pytest.mark.parametrize("dtype, far", [(np.float32, 3e38), (np.float64, 1e308)])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("right", [0, 1])
def test_logits_as_far_apart_as_numbers_go_equal_torchs(dtype, far, label_smoothing, right):
    """What counts and is too much for the number type is inf; what does not count is 0."""
    logits = np.array([[-far, far]], dtype)
    theirs = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        theirs, torch.tensor([right]), label_smoothing=label_smoothing
    )
    expected.backward()
    loss = cross_entropy(trace(logits, "x"), [right], label_smoothing=label_smoothing)
    assert loss.value == expected.item() and loss.dtype == dtype
    assert_close(gradients(loss)["x"], theirs.grad, "grad", 1e-7)
    assert "nan" not in str(explain(loss))


def test_a_loss_that_is_not_finite_is_left_to_the_record():
    recorded = Recorded(lambda now: cross_entropy(1e37 * traced(now)["x"], [0]))
    tables = [{"x": np.array([[-size, size]], np.float32)} for size in (1, 2, 3, 30)]
    for table in tables[:2]:
        recorded.by_record(table)
    assert recorded.by_program(tables[2]) is not None
    assert recorded.by_program(tables[3]) is None


def test_an_ignored_row_does_not_count_however_far_its_logits():
    logits = np.array([[0.0, 0.0], [-1e308, 1e308]])
    loss = cross_entropy(trace(logits, "x"), [1, 0], ignore_id=0)
    assert_close(loss.value, np.array(math.log(2)), "loss", 1e-15)
    assert gradients(loss)["x"].tolist() == [[0.5, -0.5], [0.0, 0.0]]


def test_no_idea_costs_the_logarithm_of_the_vocabulary():
    loss = cross_entropy(np.zeros((4, VOCAB_SIZE)), [0, 1, 2, 3])
    assert_close(loss, np.array(math.log(VOCAB_SIZE)), "loss", 1e-15)
    assert perplexity(float(loss)) == pytest.approx(VOCAB_SIZE, rel=1e-14)


def test_a_perplexity_is_1_or_more_and_may_be_more_than_a_float_holds():
    assert perplexity(0.0) == 1 and perplexity(709.0) == math.exp(709)
    assert perplexity(1000) == perplexity(709.8) == math.inf
    for wrong in (-1, -1e-9, math.nan, None, "1"):
        with pytest.raises(
            (TypeError, ValueError), match="perplexity: loss is .* 0 or more"
        ):
            perplexity(wrong)


def test_float32_in_float32_out():
    logits = LOGITS.astype(np.float32)
    loss = cross_entropy(trace(logits, "x"), TARGETS, label_smoothing=0.1)
    grad = gradients(loss)["x"]
    assert loss.dtype == grad.dtype == np.float32
    wide = cross_entropy(logits.astype(np.float64), TARGETS, label_smoothing=0.1)
    assert_close(loss.value, wide, "loss", 2e-6)
    probabilities = softmax(logits.astype(np.float64))
    wanted = target_distribution(TARGETS, VOCAB_SIZE, 0.1)
    assert_close(grad, (probabilities - wanted) / TARGETS.size, "grad", 1e-7)


def test_a_large_vocabulary_needs_no_square_of_itself():
    targets = np.array([3, 31_999])
    logits = trace(np.random.default_rng(4).normal(size=(2, 32_000)), "x")
    tracemalloc.start()
    loss = cross_entropy(logits, targets, label_smoothing=0.1)
    grad, back = gradients(loss, of=logits), backward(loss)["x"]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100 * logits.value.nbytes, "32,000 rows of 32,000 would be 16,000 times"
    np.testing.assert_array_equal(back.value, grad)
    np.testing.assert_allclose(grad.sum(axis=-1), 0, atol=1e-15)


# Refused


@pytest.mark.parametrize("bad", [-1, VOCAB_SIZE])
def test_a_target_outside_the_vocabulary(bad):
    targets = np.where(TARGETS == 22, bad, TARGETS)
    with pytest.raises(ValueError, match=rf"targets holds {bad} at \(0, 2\); .* 0 … 22"):
        cross_entropy(LOGITS, targets)


@pytest.mark.parametrize("targets", [TARGETS[0], TARGETS.T, 3, TARGETS[..., None]])
def test_targets_of_the_wrong_shape(targets):
    with pytest.raises(ShapeError, match=r"logits \(2, 4, 23\) need targets \(2, 4\)"):
        cross_entropy(LOGITS, targets)


@pytest.mark.parametrize("targets", [TARGETS * 1.0, TARGETS == 0, None])
def test_targets_are_whole_numbers(targets):
    with pytest.raises(DtypeError, match="targets"):
        cross_entropy(LOGITS, targets)


def test_some_target_must_count():
    with pytest.raises(ValueError, match="ignore_id = 0; none counts"):
        cross_entropy(LOGITS, np.zeros((2, 4), int), ignore_id=0)
    with pytest.raises(ValueError, match="no target"):
        cross_entropy(np.ones((0, 3)), [])


def test_a_target_that_shall_not_count_is_named_by_ignore_id():
    targets = np.where(TARGETS == 22, -100, TARGETS)
    with pytest.raises(ValueError, match="cross_entropy: .* ignore_id=-100"):
        cross_entropy(LOGITS, targets)
    assert np.isfinite(cross_entropy(LOGITS, targets, ignore_id=-100))
    for wrong in ("0", 0.0, True, [0]):
        with pytest.raises(ValueError, match="ignore_id is .* an id or None"):
            cross_entropy(LOGITS, targets, ignore_id=wrong)


@pytest.mark.parametrize("label_smoothing", [-0.1, 1.1, math.nan, None, "0.1"])
def test_smoothing_is_a_share(label_smoothing):
    words = "cross_entropy: label_smoothing is .* from 0 to 1"
    with pytest.raises((TypeError, ValueError), match=words):
        cross_entropy(LOGITS, TARGETS, label_smoothing=label_smoothing)


@pytest.mark.parametrize(
    "logits, error, words",
    [
        (np.where(LOGITS > 5, np.nan, LOGITS), NonFiniteError, "logits holds nan"),
        (np.where(LOGITS > 5, np.inf, LOGITS), NonFiniteError, "logits holds inf"),
        (LOGITS.astype(np.float16), DtypeError, "logits holds float16"),
        (LOGITS > 0, DtypeError, "logits holds bool"),
        (3.0, ShapeError, "logits"),
    ],
)
def test_logits_that_mean_nothing(logits, error, words):
    with pytest.raises(error, match=f"cross_entropy: {words}"):
        cross_entropy(logits, TARGETS)
