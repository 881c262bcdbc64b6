"""How good a slope by trying is, in the chapter on slopes, proved."""

from fractions import Fraction

import numpy as np

from tests.claims.claim import says
from tfmath.practice import check
from tfmath.practice import slopes as exercises
from tfmath.study.slope import slope as judge


def errors(up_and_down, at=7.0):
    """The error at each nudge of the picture, for x³."""
    cube = lambda x: x * x * x  # noqa: E731
    nudges = [10.0**-digits for digits in range(1, 12)]
    one = [abs((cube(at + h) - cube(at)) / h - 3 * at**2) for h in nudges]
    two = [float(abs(judge(cube, at, h) - 3 * at**2)) for h in nudges]
    return np.array(two if up_and_down else one)


@says(
    "Take $x^3$ at 7, whose slope is $3 \\cdot 7^2 = 147$ (work it out from $(7 + h)^3$).",
    "Not the smallest: $10^{-5}$, which is what `slope` takes.",
    "(At another $x$ it is another: at 100, $10^{-3}$.)",
    "A large nudge feels the bend of the curve; up and down the bend cancels, and a far "
    "smaller rest is left.",
    "A tiny nudge drowns: the computer keeps about sixteen digits of a number, and in the "
    "difference of two nearly equal ones their last, rounded digits are left.",
    "At its best the judge has ten digits right here.",
)
def test_too_small_a_nudge():
    both, one = errors(True), errors(False)
    np.testing.assert_allclose(both[:3], [1e-2, 1e-4, 1e-6], rtol=0.01)
    assert (both[:5] < one[:5] / 100).all()
    best = both.argmin()
    assert best == 4 and (np.diff(both[best:]) > 0).all()  # both arms are seen
    assert 1e-11 < both[best] / 147 < 1e-10 and judge.__defaults__ == (1e-5,)
    assert [errors(True, at).argmin() + 1 for at in (0.5, 3.0, 10.0, 100.0)] == [6, 5, 4, 3]
    assert check(exercises.NUDGE, both[1] / both[2]).state == "right"  # a hair below 100
    h = Fraction(1, 100)  # the bend 21 h up only; up and down it cancels, and h² is left
    assert ((7 + h) ** 3 - 343) / h - 147 == 21 * h + h**2
    assert ((7 + h) ** 3 - (7 - h) ** 3) / (2 * h) - 147 == h**2
    assert np.finfo(float).precision == 15 and 1e-16 < np.finfo(float).eps < 1e-15
    exact, near = 343.0 + 147e-9, (7.0 + 1e-9) ** 3
    assert abs(near - exact) / 147e-9 > 1e-8  # of the difference few digits are left
