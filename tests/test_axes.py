"""Every axis, in range or out of it: NumPy's own answer, or an error as NumPy's."""

import numpy as np
import pytest

from tfmath import trace
from tfmath.errors import ShapeError

RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=shape) for shape in ((), (5,), (4, 3), (2, 4, 3), (1, 3, 1))]
AXES = [None, 0, 1, 2, 3, -1, -2, -4, (0, 1)]


def along(name, **options):
    return lambda a, axis: getattr(np, name)(a, axis=axis, **options)


CALLS = {
    name: along(name)
    for name in (
        "sum mean max min prod var std any all cumsum cumprod sort argsort median ptp flip "
        "squeeze expand_dims average diff unstack nansum nanmean trapezoid argmax"
    ).split()
}
CALLS |= {
    f"{name} kept": along(name, keepdims=True)
    for name in "sum mean max min prod var std median ptp average".split()
}
CALLS |= {
    "quantile": lambda a, axis: np.quantile(a, 0.3, axis=axis),
    "repeat": lambda a, axis: np.repeat(a, 2, axis=axis),
    "repeat counts": lambda a, axis: np.repeat(a, [1, 0, 2], axis=axis),
    "roll": lambda a, axis: np.roll(a, -2, axis=axis),
    "delete": lambda a, axis: np.delete(a, -1, axis=axis),
    "insert": lambda a, axis: np.insert(a, [0, 2], 5.0, axis=axis),
    "insert several": lambda a, axis: np.insert(a, 1, [5.0, 6.0, 7.0], axis=axis),
    "take": lambda a, axis: np.take(a, [[0, -1]], axis=axis),
    "stack": lambda a, axis: np.stack([a, a], axis=axis),
    "concatenate": lambda a, axis: np.concatenate([a, a], axis=axis),
    "append": lambda a, axis: np.append(a, a, axis=axis),
    "split": lambda a, axis: np.split(a, [1, 2], axis=axis),
    "array_split": lambda a, axis: np.array_split(a, 3, axis=axis),
    "take_along_axis": lambda a, axis: np.take_along_axis(
        a, np.zeros((1,) * a.ndim, int), axis=axis
    ),
    "weights": lambda a, axis: np.average(a, axis=axis, weights=np.abs(a) + 1),
    "sizes": lambda a, axis: np.linalg.norm(a, 1, axis=axis),
    "norm": lambda a, axis: np.linalg.norm(a, axis=axis),
    "swapaxes": lambda a, axis: np.swapaxes(a, axis, -1),
    "moveaxis": lambda a, axis: np.moveaxis(a, axis, 1),
    "moveaxis to": lambda a, axis: np.moveaxis(a, 0, axis),
    "rollaxis": lambda a, axis: np.rollaxis(a, axis),
    "rollaxis to": lambda a, axis: np.rollaxis(a, 0, axis),
    "transpose": lambda a, axis: np.transpose(a, (axis, 0)),
    "trace": lambda a, axis: np.trace(a, 1, axis, -1),
    "diagonal": lambda a, axis: np.diagonal(a, -1, axis, -1),
    "rot90": lambda a, axis: np.rot90(a, 3, (0, axis)),
    "tensordot": lambda a, axis: np.tensordot(a, a, axes=([axis], [0])),
    "cross": lambda a, axis: np.cross(a, a[::-1], axis=axis),
}


def answer(call, array, axis):
    """The arrays that come out, or the error."""
    try:
        found = call(array, axis)
    except Exception as error:
        return error
    return list(found) if isinstance(found, list | tuple) else [found]


def follows(found, expected):
    if isinstance(expected, Exception):
        return isinstance(found, Exception)
    if isinstance(found, Exception):
        # Less may be traced than NumPy does; then it is said so, never done otherwise.
        return isinstance(found, TypeError | ValueError | IndexError)
    return len(found) == len(expected) and all(
        same(np.asarray(getattr(a, "value", a)), np.asarray(b))
        for a, b in zip(found, expected, strict=True)
    )


def same(found, expected):
    return found.shape == expected.shape and np.allclose(found, expected, 1e-13, 1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CALLS)
def test_every_axis_means_what_it_means_to_numpy(name):
    right = 0
    for array in ARRAYS:
        for axis in AXES:
            expected = answer(CALLS[name], array, axis)
            found = answer(CALLS[name], trace(array, "x"), axis)
            assert follows(found, expected), (array.shape, axis, found, expected)
            right += not isinstance(found, Exception)
    assert right >= 2


def test_control_an_axis_that_wraps_is_seen():
    wraps = lambda a, axis: np.sum(a, axis=axis % 2)  # noqa: E731
    array = ARRAYS[2]
    assert not follows(answer(wraps, array, 3), answer(along("sum"), array, 3))
    assert not follows(answer(wraps, array, 0), answer(along("sum"), array, 1))


@pytest.mark.parametrize("ddof", [2, 3, 3.5])
def test_a_variance_needs_something_to_divide_by(ddof):
    x = trace([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "x")
    for call in (np.var, np.std, lambda a, axis, ddof: a.var(axis=axis, ddof=ddof)):
        name = "std" if call is np.std else "var"
        with pytest.raises(ShapeError, match=rf"np.{name}: ddof={ddof} of 2 numbers"):
            call(x, axis=0, ddof=ddof)
    with pytest.raises(ShapeError, match="np.cov: ddof=3 of 3 numbers"):
        np.cov(x, ddof=3)


def test_zeros_among_factors_have_their_slopes():
    from tfmath import gradients

    x = trace([2.0, 0.0, 3.0], "x")
    assert gradients(np.prod(x), of=x).tolist() == [0, 6, 0]
    assert gradients(np.cumprod(x).sum(), of=x).tolist() == [1, 8, 0]


def test_a_running_sum_says_how_its_rounding_grows():
    from tfmath.witness import exact
    from tfmath.witness.bounds import UNITS, follow

    x = trace(RNG.uniform(0.5, 2, 3000).astype(np.float32), "x")
    *_, (_, expected, bound) = follow([np.cumsum(x)], UNITS["float32"], {}, exact.Exact())
    error = np.abs(np.cumsum(x.value) - expected.astype(float))
    assert np.all(error <= bound)
    assert bound[-1] > 100 * bound[10]
