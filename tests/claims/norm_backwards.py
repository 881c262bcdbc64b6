"""The norm backwards, in the chapter on the way back, proved."""

import numpy as np

from tests.claims.claim import says
from tfmath import slope
from tfmath.parts.standardize import standardize, standardize_backward


@says(
    "So what $g$ says about moving the whole row, and about stretching it, is taken out: "
    "neither can change $\\hat x$.",
    "Their sum is 0: moving the whole row gains nothing.",
)
def test_the_norm():
    rng = np.random.default_rng(6)
    for _ in range(20):
        x, g = rng.normal(size=(2, 6))
        normed = standardize(x, epsilon=0.0)
        for same in (x + 3, 4 * x):
            np.testing.assert_allclose(standardize(same, epsilon=0.0), normed, atol=1e-12)
        found = standardize_backward(g, normed, x, epsilon=0.0)
        by_trying = slope(lambda x, g=g: g @ standardize(x, epsilon=0.0), x)
        np.testing.assert_allclose(found, by_trying, atol=1e-7)
        by_formula = (g - g.mean() - normed * (g * normed).mean()) / x.std()
        np.testing.assert_allclose(found, by_formula, atol=1e-12)
        assert abs(found.sum()) < 1e-12 and abs(found @ x) < 1e-10
        of_each = [
            slope(lambda x, j=j: standardize(x, epsilon=0.0)[j], x) for j in range(6)
        ]
        told = (np.eye(6) - 1 / 6 - np.outer(normed, normed) / 6) / x.std()
        np.testing.assert_allclose(of_each, told, atol=1e-7)
        wide = standardize_backward(g, normed, 2 * x, epsilon=0.0)
        np.testing.assert_allclose(wide, found / 2, atol=1e-12)
    row, g = np.array([1.0, 1, 5, 5]), np.array([8.0, 0, 0, 0])
    normed = standardize(row, epsilon=0.0)
    assert normed.tolist() == [-1, -1, 1, 1]
    assert standardize_backward(g, normed, row, epsilon=0.0).tolist() == [2, -2, 0, 0]


@says(
    "And the loss cares for the first number alone, yet the second has a slope, too: "
    "lowering it lowers the mean and widens the row, and both lift the first number of "
    "$\\hat x$.",
)
def test_why_the_second_moves_and_the_third_does_not():
    row = np.array([1.0, 1, 5, 5])

    def effects(i):
        by_mean = slope(lambda x: (row[0] - x.mean()) / row.std(), row)[i]
        by_width = slope(lambda x: (row[0] - row.mean()) / x.std(), row)[i]
        return np.round([by_mean, by_width], 6).tolist()

    assert effects(1) == [-0.125, -0.125]  # lowering it: up by both
    assert effects(2) == [-0.125, 0.125]
