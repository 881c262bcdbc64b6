"""A wrong call of NumPy on traced arrays fails as in NumPy; the error says what must be."""

import numpy as np
import pytest

from tfmath.tracing import gradients, trace

X = np.arange(12.0).reshape(4, 3)
W = np.arange(6.0).reshape(3, 2)
WORD = "'full', 'same' or 'valid'"

WRONG = {
    "axis: a list": (lambda x, W: np.sum(x, axis=[0]), "np.sum: axis is a list; .*a tuple"),
    "axis: a float": (lambda x, W: x.mean(1.0), r"np.mean: axis is 1\.0; .*whole number"),
    "axis: a word": (lambda x, W: x.max("rows"), "np.max: axis is 'rows'; .*whole number"),
    "prod": (lambda x, W: x.prod("rows"), "np.prod: axis is 'rows'; .*whole number"),
    "reshape": (lambda x, W: x.reshape(5, -1), r"np.reshape: \(4, 3\) .*\(5, -1\)"),
    "reshape: twice": (lambda x, W: x.reshape(-1, -1), r"np.reshape: .*\(-1, -1\)"),
    "average": (
        lambda x, W: np.average(x, axis=0, weights=W[:, 0]),
        r"np.average: weights \(3,\) .* \(4, 3\) .*axis=\(0,\)"),
    "average: a column": (
        lambda x, W: np.average(x, axis=0, weights=x[:, :1]), r"\(4, 1\) are neither"),
    "average: without axis": (
        lambda x, W: np.average(x, weights=x[0]), r"weights \(3,\) .*give their axis="),
    "convolve": (lambda x, W: np.convolve(x[0], x[1], "all"), f"mode is 'all'; .*{WORD}"),
    "correlate": (lambda x, W: np.correlate(x[0], x[1], "all"), f"mode is 'all'; .*{WORD}"),
    "matrix_power": (
        lambda x, W: np.linalg.matrix_power(x @ x.T, 0.5), r"n is 0\.5; .*a whole number"),
    "round": (lambda x, W: np.round(x, 0.5), r"np.round: decimals is 0\.5; .*whole number"),
    "meshgrid": (
        lambda x, W: np.meshgrid(x[0], W[0], indexing="yx"), "is 'yx'; .*'xy' or 'ij'"),
    "repeat": (lambda x, W: np.repeat(x, [1, 2], axis=0), "2 counts for 4 places .* 0"),
    "var": (lambda x, W: x.var(0, ddof="all"), "np.var: ddof is 'all'; .*a number"),
    "std": (lambda x, W: np.std(x, ddof=None), "np.std: ddof is None; .*a number"),
    "cov: a list": (lambda x, W: np.cov(x, ddof=[1]), "np.cov: ddof is a list; .*a number"),
    "cov": (lambda x, W: np.cov(x, ddof=0.5), r"np.cov: ddof is 0\.5; .*a whole number"),
    "tile": (lambda x, W: np.tile(x, 1.5), r"np.tile: reps is 1\.5; .*whole number"),
    "tile: below 0": (lambda x, W: np.tile(x, -1), "np.tile: reps is -1; .*0 or more"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_it_fails_as_in_numpy_and_says_what_must_be(name):
    action, words = WRONG[name]
    kinds = (ValueError, TypeError)
    with pytest.raises(kinds) as numpys:
        action(X, W)
    with pytest.raises(kinds, match=words) as ours:
        action(trace(X, "x"), trace(W, "W"))
    for kind in kinds:
        assert isinstance(ours.value, kind) == isinstance(numpys.value, kind)


# Weights of an average, along any axes ----------------------------------------------------

CUBE = np.random.default_rng(0).uniform(0.5, 2.0, (3, 3, 3))
SHARES = np.random.default_rng(1).uniform(0.5, 2.0, (3, 3))


@pytest.mark.parametrize("axis", [(0, 1), (1, 0), (0, 2), (2, 1), (-1, -2)])
@pytest.mark.parametrize("kept", [False, True])
def test_weights_of_several_axes_lie_along_those(axis, kept):
    # All sizes are the same, so weights that lie along other axes would fit as well.
    def average(x, weights):
        return np.average(x, axis, weights, keepdims=kept)

    found = average(trace(CUBE, "x"), trace(SHARES, "shares"))
    expected = average(CUBE, SHARES)
    np.testing.assert_allclose(found.value, expected, rtol=1e-15, strict=True)
    slopes = gradients(found.sum())["x"]
    laid = average(CUBE + 1e-6 * np.eye(3), SHARES) - average(
        CUBE - 1e-6 * np.eye(3), SHARES
    )
    assert np.sum(slopes * np.eye(3)) == pytest.approx(np.sum(laid) / 2e-6, rel=1e-6)


def test_the_sum_of_the_weights_comes_along():
    x = trace(CUBE, "x")
    found, whole = np.average(x, 1, SHARES[0], returned=True)
    expected, numpys = np.average(CUBE, 1, SHARES[0], returned=True)
    np.testing.assert_array_equal(found.value, expected, strict=True)
    np.testing.assert_array_equal(whole, numpys, strict=True)
