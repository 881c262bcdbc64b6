"""NumPy's arguments mean the same here, by place and by name, or are refused."""

import inspect

import numpy as np
import pytest

from tfmath.errors import TraceError
from tfmath.tracing import trace
from tfmath.tracing.composites import COMPOSITES
from tfmath.tracing.rules import RULES

X = np.array([[0.5, 3.0, -1.5], [2.5, 1.0, 2.0]])
NAN = np.array([[0.5, np.nan, -1.5], [2.5, 1.0, np.nan]])

# By place ---------------------------------------------------------------------------------


def places(function):
    """The names of what may be given by place, or None where they are handed on."""
    kinds = inspect.Parameter
    given = list(inspect.signature(function).parameters.values())
    if any(p.kind == kinds.VAR_POSITIONAL for p in given):
        return None
    return [
        p.name
        for p in given
        if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
    ]


def in_another_place(ours, numpys):
    """The first name that stands elsewhere in NumPy's signature, the array itself apart."""
    pairs = zip(ours[1:], numpys[1:], strict=False)
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def numpys_own(name):
    room = np.linalg if name.startswith("linalg.") or not hasattr(np, name) else np
    function = getattr(room, name.removeprefix("linalg."), None)
    return None if function is None or isinstance(function, np.ufunc) else function


def signatures():
    mine = {name: rule.signature for name, rule in RULES.items()} | COMPOSITES
    for name, function in mine.items():
        theirs = numpys_own(name)
        if theirs is not None and (ours := places(function)) is not None:
            yield name, ours, places(theirs)


def test_no_argument_stands_in_another_place_than_in_numpy():
    found = {
        name: in_another_place(ours, theirs)
        for name, ours, theirs in signatures()
        if theirs is not None
    }
    assert len(found) > 80
    assert {name: pair for name, pair in found.items() if pair} == {}


def test_control_two_names_exchanged_are_seen():
    assert in_another_place(["a", "axis", "ddof"], ["a", "axis", "dtype"]) == (
        "ddof",
        "dtype",
    )


KEPT = {
    "sum": lambda x: x.sum(0, None, None, True),
    "mean": lambda x: np.mean(x, 1, None, None, True),
    "prod": lambda x: x.prod(0, None, None, True),
    "max": lambda x: x.max(0, None, True),
    "min": lambda x: np.min(x, -1, None, True),
    "var": lambda x: x.var(0, None, None, 1, True),
    "std": lambda x: np.std(x, 0, None, None, 1),
    "var: correction": lambda x: np.var(x, 1, correction=1),
    "std: correction": lambda x: np.std(x, 1, correction=1, keepdims=True),
    "ptp": lambda x: np.ptp(x, 0, None, True),
    "median": lambda x: np.median(x, 0, None, False, True),
    "nansum": lambda x: np.nansum(x, 0, None, None, True),
    "quantile": lambda x: np.quantile(x, 0.3, 0, None, False, "linear", True),
    "quantile: all": lambda x: np.quantile(x, 0.3, keepdims=True),
    "percentile": lambda x: np.percentile(x, [20, 70], axis=1, keepdims=True),
    "clip": lambda x: np.clip(x, -1, 1, None),
    "add.reduce": lambda x: np.add.reduce(x, 1, None, None, True),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=None, keepdims=True),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_by_place_as_in_numpy(name):
    found = KEPT[name](trace(X, "x"))
    np.testing.assert_array_equal(found.value, KEPT[name](X), strict=True)


DTYPE = {
    "sum": lambda x: x.sum(0, np.float32),
    "np.sum": lambda x: np.sum(x, 0, np.float32),
    "mean": lambda x: x.mean(0, np.float32),
    "prod": lambda x: x.prod(0, np.float32),
    "var": lambda x: x.var(0, np.float32),
    "std": lambda x: np.std(x, 0, np.float32),
    "cumsum": lambda x: x.cumsum(0, np.float32),
    "cumprod": lambda x: np.cumprod(x, 0, np.float32),
    "trace": lambda x: np.trace(x, 0, 0, 1, np.float32),
    "nansum": lambda x: np.nansum(x, 0, np.float32),
    "sum: add.reduce": lambda x: np.add.reduce(x, 0, np.float32),
    "cumulative_sum": lambda x: np.cumulative_sum(x, axis=0, dtype=np.float32),
}


@pytest.mark.parametrize("name", DTYPE)
def test_a_number_type_in_its_place_is_refused(name):
    what = name.split(":")[0].removeprefix("np.")
    with pytest.raises(
        TraceError, match=rf"np\.{what}: dtype=.*x\.astype\(dtype\) before it"
    ):
        DTYPE[name](trace(X, "x"))


MEANT_BY_NAME = {
    "sum": lambda x: x.sum(0, True),
    "var": lambda x: x.var(0, 1),
    "std": lambda x: x.std(0, 1),
    "cumsum": lambda x: x.cumsum(0, True),
}


@pytest.mark.parametrize("name", MEANT_BY_NAME)
def test_what_stands_in_the_place_of_dtype_is_asked_for_by_name(name):
    with pytest.raises(TraceError, match=rf"np\.{name}: .* place of dtype.*by name"):
        MEANT_BY_NAME[name](trace(X, "x"))


# Out of range -----------------------------------------------------------------------------

RAISES = {
    "quantile: 2": (lambda x: np.quantile(x, 2), "quantile: q = 2 .* from 0 to 1"),
    "quantile: below": (lambda x: np.quantile(x, -0.5), "q = -0.5 .* from 0 to 1"),
    "quantile: one of several": (lambda x: np.quantile(x, [0.5, 1.5]), "from 0 to 1"),
    "quantile: nan": (lambda x: np.quantile(x, np.nan), "from 0 to 1"),
    "percentile": (lambda x: np.percentile(x, 150), "percentile: q = 150 .* from 0 to 100"),
    "diff": (lambda x: np.diff(x, -1), "diff: n=-1 .* 0 or more"),
    "einsum: letters": (lambda x: np.einsum("ij", x[0]), r"'ij'.* 2 letters.*\(3,\)"),
    "einsum: too few": (lambda x: np.einsum("i,ij->j", x, x), r"'i'.* 1 letter.*\(2, 3\)"),
    "einsum: dots": (lambda x: np.einsum("...ijk->...i", x), r"'\.\.\.ijk'.* 3 letters"),
    "cumulative_sum": (lambda x: np.cumulative_sum(x), "cumulative_sum: .* give axis="),
    "clip": (lambda x: np.clip(x, 0, 1, min=0), "clip: a_min and min"),
    "var": (lambda x: np.var(x, ddof=1, correction=1), "var: ddof and correction"),
}


@pytest.mark.parametrize("name", RAISES)
def test_what_numpy_refuses_is_refused_in_a_sentence(name):
    action, words = RAISES[name]
    with pytest.raises((ValueError, TypeError)):
        action(X)
    with pytest.raises(ValueError, match=words):
        action(trace(X, "x"))


REFUSED = {
    "median": (lambda x: np.median(x), "np.median: nan .*x\\[~np.isnan\\(x\\)\\]"),
    "quantile": (lambda x: np.quantile(x, 0.3), "np.quantile: nan"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_number_comes_out_where_numpy_answers_nan(name):
    action, words = REFUSED[name]
    assert np.isnan(action(NAN))
    with pytest.raises(TraceError, match=words):
        action(trace(NAN, "x"))


COLUMNS = {
    "ravel": (lambda x, order: np.ravel(x, order), lambda x: np.ravel(x.T)),
    "reshape": (
        lambda x, order: x.reshape((3, 2), order=order),
        lambda x: np.reshape(x.T, (3, 2)[::-1]).T,
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_first_is_written_by_transposes(name):
    call, instead = COLUMNS[name]
    for order in "FAK" if name == "ravel" else "FA":
        with pytest.raises(TraceError, match=rf"{name}: order='{order}'.*x\.T"):
            call(trace(X, "x").T, order)
    found = instead(trace(X, "x"))
    np.testing.assert_array_equal(found.value, call(X, "F"), strict=True)


def test_a_traced_share_is_refused():
    with pytest.raises(TraceError, match="q is traced; .*q.value"):
        np.quantile(trace(X, "x"), trace(0.5, "q"))
    with pytest.raises(TraceError, match="method= .*np.sort"):
        np.quantile(trace(X, "x"), 0.5, method="lower")


def test_what_is_filled_keeps_its_number_type():
    narrow, wide = np.zeros(2, np.float32), np.array(0.1)
    found = np.full_like(trace(narrow, "x"), trace(wide, "y"))
    np.testing.assert_array_equal(found.value, np.full_like(narrow, wide), strict=True)


# Edges ------------------------------------------------------------------------------------

EDGES = {
    "heaviside": (lambda a: np.heaviside(a, 0.5), [-np.inf, -2, -0.0, 0, 3, np.nan]),
    "fmin": (lambda a: np.fmin(a, 2.0), [np.nan, 1.0, 3.0, np.inf]),
    "fmin: turned": (lambda a: np.fmin(2.0, a), [np.nan, 1.0, 3.0]),
    "fmin: two": (lambda a: np.fmin(a, a[::-1]), [np.nan, 1.0, np.nan, np.nan]),
    "fmax": (lambda a: np.fmax(a, np.array([np.nan, 0, np.nan])), [1.0, np.nan, np.nan]),
    "fmod": (lambda a: np.fmod(a, 0.75), [-2.0, 2.0, -0.75, 0.75, 0.0]),
    "fmod: below 0": (lambda a: np.fmod(a, -0.75), [-2.0, 2.0, 0.5]),
    "clip": (lambda a: np.clip(a, -0.5, 1.0), [-1.0, -0.5, 0.0, 1.0, 2.0, np.nan]),
    "clip: exchanged": (lambda a: np.clip(a, 1.0, -0.5), [-1.0, 0.0, 2.0]),
    "clip: zeros": (lambda a: 1 / np.clip(a, 0.5, 1.0), [-0.0, 0.0]),
    "std": (np.std, [2.0, 2.0]),
    "norm": (np.linalg.norm, [0.0, 0.0]),
    "cumulative_sum": (lambda a: np.cumulative_sum(a, include_initial=True), [1.0, 2.0]),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EDGES)
def test_at_an_edge_the_numbers_are_numpys_own(name, dtype):
    call, numbers = EDGES[name]
    array = np.array(numbers, dtype)
    np.testing.assert_array_equal(call(trace(array, "x")).value, call(array), strict=True)
