"""What NumPy can and a record cannot is refused, by name, with what to write instead."""

import copy
import pickle

import numpy as np
import pytest
from test_escapes import PLAIN, refused

from tfmath.tracing import Traced, trace


@pytest.fixture
def x():
    return trace([[0.5, 3.0, 1.5], [2.5, 1.0, 2.0]], "x")


OPTIONS = {
    "out": (lambda x: np.add(x, 1, out=PLAIN.copy()), "out="),
    "out of traced": (lambda x: np.exp(PLAIN, out=x), "out="),
    "where": (lambda x: np.log(x, where=PLAIN > 2), "np.where"),
    "dtype": (lambda x: np.add(x, 1, dtype=np.float32), "x.astype"),
    "axes": (lambda x: np.matmul(x, x, axes=[(1, 0), (0, 1), (0, 1)]), "axes="),
    "sum out": (lambda x: np.sum(x, axis=0, out=np.zeros(3)), "out="),
    "reduce out": (lambda x: np.add.reduce(x, out=np.zeros(3)), "out="),
    "sum dtype": (lambda x: np.sum(x, dtype=np.float32), "dtype="),
    "sum where": (lambda x: np.sum(x, where=PLAIN > 2), "where="),
    "sum of plain where": (lambda x: np.sum(PLAIN, where=x), "where="),
    "max initial": (lambda x: np.max(x, initial=9.0), "initial="),
    "columns first": (lambda x: np.reshape(x, (3, 2), order="F"), "order='F'"),
    "ravel columns first": (lambda x: np.ravel(x, order="F"), "order='F'"),
    "where alone": (lambda x: np.where(x), "np.where(x.value)"),
    "stack out": (lambda x: np.stack([x, x], out=np.zeros((2, 2, 3))), "out="),
    "vstack dtype": (lambda x: np.vstack([x, x], dtype=np.float32), "dtype="),
    "letters as lists": (lambda x: np.einsum(x, [0, 1], [0]), "as text"),
    "einsum out": (lambda x: np.einsum("ij->i", x, out=np.zeros(2)), "out"),
    "inner of three axes": (lambda x: np.inner(x, np.ones((2, 2, 3))), "a @ b"),
    "dot of three axes": (lambda x: np.dot(x, np.ones((2, 3, 2))), "a @ b"),
    "a traced index": (lambda x: PLAIN[x[0]], "x.value"),
    "indexed by traced": (lambda x: x[x[0]], "whole numbers or bools"),
    "whole numbers": (lambda x: x.astype(int), "int64"),
    "bool": (lambda x: x.astype(bool), "bool"),
    "half": (lambda x: x.astype(np.float16), "float16"),
    "complex": (lambda x: x * 1j, "complex128"),
    "objects": (lambda x: x + np.array([1, 2, 3], object), "object"),
    "masked": (lambda x: x * np.ma.masked_array(PLAIN, PLAIN > 2), "MaskedArray"),
    "pickle": (pickle.dumps, "x.value"),
    "deep copy": (copy.deepcopy, "x.value"),
    "shallow copy": (copy.copy, "x.value"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_no_option_is_dropped(name, x):
    action, word = OPTIONS[name]
    refused(lambda: action(x), word)


UNKNOWN = {
    "numpy.i0": np.i0,
    "numpy.poly": np.poly,
    "numpy.fmax.accumulate": np.fmax.accumulate,
    "numpy.plus_one (vectorized)": np.frompyfunc(lambda a: a + 1, 1, 1),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_function_without_a_row_is_named_and_the_row_explained(name, x):
    words = () if "vectorized" in name else (name.removeprefix("numpy."),)
    explained = ("write",) if "accumulate" in name else ("RULES in tfmath/tracing/rules/",)
    refused(lambda: UNKNOWN[name](x), *words, *explained)


KNOWN_BUT_REFUSED = {
    "numpy.add.at": lambda x: np.add.at(PLAIN.copy(), 0, x),
    "numpy.add.reduceat": lambda x: np.add.reduceat(x, [0, 1]),
    "numpy.interp": lambda x: np.interp(x, [0, 1], [0, 1]),
    "numpy.copyto": lambda x: np.copyto(PLAIN.copy(), x),
    "numpy.put": lambda x: np.put(PLAIN.copy(), [0], x),
    "numpy.putmask": lambda x: np.putmask(PLAIN.copy(), PLAIN > 2, x),
    "numpy.save": lambda x: np.save("nowhere.npy", x),
    "numpy.savetxt": lambda x: np.savetxt("nowhere.txt", x),
    "numpy.linspace": lambda x: np.linspace(0, x.sum(), 3),
    "numpy.fft.fft": np.fft.fft,
}


@pytest.mark.parametrize("name", KNOWN_BUT_REFUSED)
def test_a_function_that_is_not_traced_says_what_to_write(name, x):
    refused(lambda: KNOWN_BUT_REFUSED[name](x), name.removeprefix("numpy."), "write")


def test_a_method_without_a_row_is_named(x):
    for method in ("sort", "fill", "partition", "nonzero", "view"):
        with pytest.raises(AttributeError, match=rf"no \.{method}.*x\.value\.{method}"):
            getattr(x, method)
    with pytest.raises(AttributeError, match="nonsense"):
        getattr(x, "nonsense")  # noqa: B009


@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero):RuntimeWarning")
def test_every_ufunc_of_numpy_keeps_the_record_or_says_so(x):
    """All of NumPy's ufuncs: a traced result, a plain yes or no, or an error."""
    ufuncs = {u.__name__: u for u in vars(np).values() if isinstance(u, np.ufunc)}
    kept = set()
    for name, ufunc in ufuncs.items():
        square = name in ("matmul", "vecmat")
        arrays = [x[:, :2] if square else x] * ufunc.nin
        plain = [a.value for a in arrays]
        try:
            result = ufunc(*arrays)
        except TypeError as error:  # NumPy's own, as for 0.5 & 1.5, or a TraceError
            assert name in str(error)
            continue
        if isinstance(result, Traced):
            kept.add(name)
            expected = ufunc(*plain)
            if name == "float_power":  # with AVX-512, another loop than power
                np.testing.assert_array_max_ulp(result.value, expected)
            else:
                np.testing.assert_array_equal(result.value, expected, strict=True)
        elif isinstance(result, tuple):
            for part, number in zip(result, ufunc(*plain), strict=True):
                np.testing.assert_array_equal(part.value, number, strict=True)
        else:
            assert result.dtype == bool, name
            np.testing.assert_array_equal(result, ufunc(*plain), strict=True)
    assert {"add", "matmul", "exp", "maximum", "expm1", "absolute"} <= kept


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_every_function_of_numpy_on_one_array_keeps_the_record_or_says_so(x):
    """Called as ``np.f(x)``: the same numbers, traced; a plain look; or an error."""
    names = [n for n in dir(np) if callable(getattr(np, n)) and not n.startswith("_")]
    plain_looks = set()
    skipped = {"get_include", "info", "show_config", "show_runtime", "test", "printoptions"}
    for name in sorted(set(names) - skipped):
        function = getattr(np, name)
        if isinstance(function, np.ufunc | type):
            continue
        try:
            result = function(x)
        except (TypeError, ValueError, AttributeError):
            continue
        if isinstance(result, Traced):
            np.testing.assert_array_equal(result.value, function(x.value), err_msg=name)
        elif result is not None and not (
            type(result) in (list, tuple) and type(result[0]) is Traced
        ):
            plain_looks.add(name)
    # These only look, and none of their answers is a number with a slope.
    assert plain_looks <= set(
        "all any argmax argmin argsort array2string array_repr array_str broadcast_shapes "
        "count_nonzero empty_like iscomplexobj isdtype isfinite isfortran isinf isnan "
        "isrealobj isscalar iterable ndim ones_like shape size zeros_like result_type "
        "issubdtype typename common_type mintypecode min_scalar_type".split()
    )
