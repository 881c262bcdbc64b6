"""Learners' idioms: the same bits as plain NumPy, right slopes, explained, re-run."""

import numpy as np
import pytest
from idioms import IDIOMS, REFUSED

from tfmath.show import explain, source
from tfmath.tracing import Traced, gradients, named, trace
from tfmath.tracing.composites import COMPOSITES, LOOKS
from tfmath.tracing.formula import value_of
from tfmath.tracing.instead import INSTEAD, METHODS
from tfmath.tracing.rules import RULES

NAMES = ("x", "y", "W")
# Summed in another order than NumPy's own, by at most a few units in the last place.
NEARLY = {"convolve", "correlate", "inner", "vecdot", "multi_dot", "cov", "corrcoef"}
NEARLY |= {"polyval", "vander", "sinc", "round", "norm", "einsum"}
NEARLY |= {"degrees", "rad2deg", "expit", "log_expit"}
NEARLY |= {"float_power"}  # with AVX-512, NumPy has another loop for it than for power


def numbers(seed=0, dtype=np.float64):
    """No ties, nothing near a kink or a whole number."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(np.linspace(-2.17, 2.32, 12)).reshape(4, 3)
    y = rng.permutation(np.linspace(0.57, 2.39, 12)).reshape(4, 3)
    return [a.astype(dtype) for a in (x, y, rng.uniform(0.3, 1.5, (3, 2)))]


def traced(arrays):
    return [trace(a, name) for a, name in zip(arrays, NAMES, strict=True)]


def same(name, found, expected):
    if name.split(":")[0] in NEARLY:
        tolerance = 30 * np.finfo(expected.dtype).eps
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", IDIOMS)
def test_the_numbers_are_plain_numpys(name, dtype):
    arrays = numbers(dtype=dtype)
    found, expected = IDIOMS[name](*traced(arrays)), IDIOMS[name](*arrays)
    assert isinstance(found, Traced) and found.varies
    assert found.dtype == np.asarray(expected).dtype
    same(name, found.value, np.asarray(expected))


@pytest.mark.parametrize("name", IDIOMS)
def test_its_slopes_are_right(name):
    arrays = numbers()
    inputs, rng = traced(arrays), np.random.default_rng(1)
    result = IDIOMS[name](*inputs)
    share = rng.normal(size=result.shape)
    grads = gradients((result * share).sum())
    for i, key in enumerate(NAMES):
        along = rng.normal(size=arrays[i].shape)
        ends = []
        for side in (1e-6, -1e-6):
            moved = [*arrays[:i], arrays[i] + side * along, *arrays[i + 1 :]]
            ends.append(np.sum(IDIOMS[name](*moved) * share))
        slope = np.sum(grads.get(key, np.zeros_like(along)) * along)
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", IDIOMS)
def test_one_number_of_it_is_explained(name):
    result = named("result", IDIOMS[name](*traced(numbers())))
    place = tuple(n - 1 for n in result.shape)
    formula = explain(result, *place, depth=1).formula
    assert value_of(formula) == pytest.approx(result.value[place], rel=1e-12, abs=1e-14)


# Their lines hold places that were looked up while they ran.
LOOKED_UP = {
    "argmax",
    "array_equiv",
    "argmin",
    "count_nonzero",
    "equal: accuracy",
    "any",
    "all",
}
LOOKED_UP |= {
    "argsort: one place",
    "sorted: Python's",
    "max: Python's",
    "getitem: own mask",
}


@pytest.mark.parametrize("name", sorted(set(IDIOMS) - LOOKED_UP))
def test_its_printed_lines_run_with_other_numbers(name):
    program = source(named("result", IDIOMS[name](*traced(numbers()))))
    other = dict(zip(NAMES, numbers(seed=5), strict=True))
    ran = program.run(**{k: v for k, v in other.items() if k in program.given})
    same(name, ran["result"], np.asarray(IDIOMS[name](*other.values())))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_write_instead(name):
    action, words = REFUSED[name]
    x, *_ = traced(numbers())
    with pytest.raises((TypeError, ValueError, AttributeError)) as caught:
        action(x)
    error, said = caught.value, []
    while error:
        said.append(str(error))
        error = error.__cause__ or error.__context__
    assert any(words in sentence for sentence in said), said


def test_what_is_traced_is_not_refused_as_well():
    assert not set(INSTEAD) & (set(RULES) | set(COMPOSITES) | set(LOOKS))
    assert not [name for name in METHODS if name in dir(Traced)]


def test_seven_of_eight_run():
    assert len(IDIOMS) >= 300
    assert len(IDIOMS) >= 7 / 8 * (len(IDIOMS) + len(REFUSED))
