"""Softmax and layer norm in float32 are right to the last place, or nearly."""

import numpy as np
import pytest

from tfmath import layer_norm, log_softmax, softmax
from tfmath.parts.softmax import logsumexp
from tfmath.witness.accuracy import layer_norms, softmaxes, too_far, ulps
from tfmath.witness.exact import Exact


@pytest.mark.parametrize("length", [2, 7, 64, 1000])
def test_softmax_and_its_logarithms_are_rounded_correctly(length):
    found = list(softmaxes(np.random.default_rng(length), [length]))
    assert len(found) == 9 and too_far(found) == []


def test_softmax_of_ten_thousand_scores_is_rounded_correctly():
    """Fifty thousand are measured by ``python -m tfmath accuracy``."""
    assert too_far(softmaxes(np.random.default_rng(1), [10_000], [10.0])) == []


@pytest.mark.parametrize("offset", [0.0, 1e2, 1e4])
def test_layer_norm_is_within_two_places_far_from_zero(offset):
    found = list(layer_norms(np.random.default_rng(2), offsets=[offset]))
    assert too_far(found) == []
    plain = [m.ours for m in found if "gain" not in m.inputs]
    assert len(plain) == 3 and max(plain) < 0.51


def test_the_measure_sees_one_place_and_a_float32_road():
    """Control: a neighbour is 1 ULP away; float32 all the way fails the limit."""
    x = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    exact = Exact().number(x.astype(np.float64))
    assert (ulps(np.nextafter(x, np.float32(9)), exact) == 1).all()
    found = next(iter(softmaxes(np.random.default_rng(0), [64], [10.0])))
    assert found.torch > 0.51 and too_far([found._replace(ours=found.torch)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_at_ten_thousand(dtype):
    scores = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert softmax(scores)[0].tolist() == [1, 0, 0]
        assert log_softmax(scores)[0].tolist() == [0, -20000, -10000]
        assert logsumexp(scores)[0] == 10000
        same = layer_norm(scores, np.ones(3, dtype), np.zeros(3, dtype))
    assert np.isfinite(same).all() and same.dtype == dtype
    assert softmax(scores)[1] == pytest.approx([1 / 3] * 3)


def test_a_weight_of_nearly_one_keeps_its_logarithm():
    """1 − 10⁻²⁰ is 1 in float64, but its logarithm is −10⁻²⁰, not 0."""
    logs = log_softmax(np.array([0.0, -20 * np.log(10)]))
    np.testing.assert_allclose(logs[0], -1e-20, rtol=1e-13)
