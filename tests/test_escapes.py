"""Nothing leaves the record silently: it is kept, or an error says what to write."""

import copy
import math
import pickle
import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from tfmath.errors import ShapeError, TraceError
from tfmath.parts.feed_forward import linear
from tfmath.tracing import Traced, ancestors, gradients, trace

PLAIN = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.fixture
def x():
    return trace([[0.5, 3.0, 1.5], [2.5, 1.0, 2.0]], "x")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def chain(error):
    """An error and those it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def refused(action, *words):
    """The action raises, and the learner reads each of the words in the traceback."""
    with pytest.raises((TypeError, ValueError)) as caught:
        action()
    ours = [e for e in chain(caught.value) if isinstance(e, TraceError)]
    assert ours, f"{caught.value!r} teaches nothing"
    for word in words:
        assert any(word in str(error) for error in ours), f"{word!r} not in {ours}"


NUMBER = {
    "float": float,
    "int": int,
    "bool": bool,
    "complex": complex,
    "round": round,
    "math.exp": math.exp,
    "math.floor": math.floor,
    "math.fsum": lambda s: math.fsum([s, s]),
    "math.hypot": lambda s: math.hypot(s, s),
    "item": lambda s: s.item(),
    "tolist": lambda s: s.tolist(),
    "format": lambda s: f"{s:.2f}",
    "index": lambda s: [1, 2, 3][s],
    "range": range,
    "if": lambda s: 1 if s else 2,
    "and": lambda s: s and 2,
    "np.eye": np.eye,
}


@pytest.mark.parametrize("name", NUMBER)
def test_one_number_does_not_leave(name, x):
    refused(lambda: NUMBER[name](x.sum()), "x.value", "np.exp(x)", "np.where")


COPIES = {
    "np.array": np.array,
    "np.asarray": np.asarray,
    "of objects": lambda x: np.array(x, dtype=object),
    "a list of rows": lambda x: np.array([x[0], x[1]]),
    "a list of numbers": lambda x: np.array([x[0, 0], 1.0]),
    "np.full": lambda x: np.full((2, 3), x.sum()),
    "a row of a plain array": lambda x: PLAIN.copy().__setitem__(0, x[0]),
    "a number of a plain array": lambda x: PLAIN.copy().__setitem__((0, 0), x[0, 0]),
    "fill": lambda x: PLAIN.copy().fill(x.sum()),
    "plain.dot": lambda x: PLAIN.dot(x.T),
    "np.vectorize": np.vectorize(lambda a: a + 1),
    "np.fromiter": lambda x: np.fromiter(x[0], float),
    "np.arange": lambda x: np.arange(x.sum()),
    "np.ma": lambda x: np.ma.masked_array(x, PLAIN > 2),
    "a masked array on the left": lambda x: np.ma.masked_array(PLAIN, PLAIN > 2) * x,
    "pd.DataFrame": pd.DataFrame,
    "pd.Series": lambda x: pd.Series(x[0]),
    "a column of a frame": lambda x: pd.DataFrame(PLAIN).assign(new=x[:, 0]),
    "torch.tensor": torch.tensor,
    "torch.as_tensor": lambda x: torch.as_tensor(x),
    "torch.tensor of one": lambda x: torch.tensor(x.sum()),
    "a list in our own functions": lambda x: linear([x[0], x[1]], np.ones((3, 2))),
}


@pytest.mark.parametrize("name", COPIES)
def test_no_plain_copy_is_made(name, x):
    refused(lambda: COPIES[name](x), "x.value")


def test_a_random_generator_takes_no_traced_numbers(x, rng):
    for draw in (rng.normal, rng.permutation, rng.choice, rng.poisson):
        refused(lambda draw=draw: draw(x), "x.value")
    with pytest.warns(UserWarning, match="not a subclass of 'Sequence'"):
        refused(lambda: rng.shuffle(x), "item assignment")


def in_place(operator):
    def action(x):
        exec(f"x {operator}= 2", {"x": x})

    return action


@pytest.mark.parametrize("operator", "+ - * / ** // % @ & | ^ << >>".split())
def test_no_operator_works_in_place(operator, x):
    refused(lambda: in_place(operator)(x), "x = x + y")


@pytest.mark.parametrize("operator", "+ - * / **".split())
def test_no_traced_number_is_added_into_a_plain_array(operator, x):
    before = PLAIN.copy()
    refused(lambda: exec(f"a {operator}= x", {"a": before, "x": x}), "out=", "x = x + y")
    np.testing.assert_array_equal(before, PLAIN)


def test_no_item_is_assigned(x):
    for action in (
        lambda: x.__setitem__(0, 1.0),
        lambda: x.__setitem__(x > 2, -np.inf),
    ):
        refused(action, "scores = np.where(mask, -np.inf, scores)")
    np.testing.assert_array_equal(x.value[0], [0.5, 3.0, 1.5])


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
    "concatenate flat": (lambda x: np.concatenate([x, x], axis=None), "axis=None"),
    "stack out": (lambda x: np.stack([x, x], out=np.zeros((2, 2, 3))), "out="),
    "vstack dtype": (lambda x: np.vstack([x, x], dtype=np.float32), "dtype="),
    "take mode": (lambda x: np.take(x, [0, 9], mode="wrap"), "mode"),
    "a diagonal": (lambda x: np.einsum("ii", x[:, :2]), "diagonal"),
    "dots": (lambda x: np.einsum("...i->...", x), "'...'"),
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
    "numpy.maximum.accumulate": np.maximum.accumulate,
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
        arrays = [x if name != "matmul" else x[:, :2]] * ufunc.nin
        plain = [a.value for a in arrays]
        try:
            result = ufunc(*arrays)
        except TypeError as error:  # NumPy's own, as for 0.5 & 1.5, or a TraceError
            assert name in str(error)
            continue
        if isinstance(result, Traced):
            kept.add(name)
            np.testing.assert_array_equal(result.value, ufunc(*plain), strict=True)
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


# What Python does with sequences keeps the record


def test_python_walks_over_rows(x):
    first, second = x
    assert (first.op, second.op) == ("getitem", "getitem")
    assert [row.shape for row in x] == [(3,), (3,)]
    assert [row.value[0] for row in reversed(list(x))] == [2.5, 0.5]
    head, *rest = x[0]
    assert head.value == 0.5 and len(rest) == 2


def test_pythons_sum_max_min_sorted_and_prod_keep_the_record(x):
    row = x[0]
    assert gradients(sum(row), of=x).tolist() == [[1, 1, 1], [0, 0, 0]]
    assert gradients(max(row), of=x).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert gradients(min(row), of=x).tolist() == [[1, 0, 0], [0, 0, 0]]
    assert gradients(sorted(row)[1], of=x).tolist() == [[0, 0, 1], [0, 0, 0]]
    assert gradients(math.prod(row), of=x)[0].tolist() == [4.5, 0.75, 1.5]


def test_comparing_and_searching_are_numpys_own(x):
    assert 3.0 in x[0] and 4.0 not in x[0]
    with pytest.raises(ValueError, match="ambiguous"):
        x in [PLAIN]  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        {}.get(x)
    with pytest.raises(ValueError, match="ambiguous"):
        assert x > 1
    assert (1 if x.sum() > 1 else 2) == 1


def test_other_peoples_numbers_on_either_side(x):
    frame = torch.ones(2, 3, dtype=torch.float64)
    for product in (frame * x, x * frame, np.float64(1) * x, [[1, 1, 1]] * x):
        assert isinstance(product, Traced) and x in ancestors_of(product)
    grown = torch.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="requires grad"):
        grown * x
    for action in (
        lambda: pd.DataFrame(PLAIN) * x,
        lambda: Fraction(x.sum()),
        lambda: Decimal(x.sum()),
        lambda: statistics.mean(x[0]),
        lambda: memoryview(x),
        lambda: np.nditer(x),
        lambda: torch.from_numpy(x),
    ):
        with pytest.raises((TypeError, ValueError)):
            action()


def ancestors_of(array):
    class Same(list):
        def __contains__(self, one):
            return any(one is other for other in self)

    return Same(ancestors(array))


def test_one_letter_is_one_size(x):
    with pytest.raises(ShapeError, match="i is both 2 and 1"):
        np.einsum("ij,i->j", x, np.ones(1))


def test_writing_into_a_view_of_the_numbers_is_refused(x):
    for write in (
        lambda: x.value.__setitem__(0, 1),
        lambda: x.T.value.__setitem__(0, 1),
        lambda: (x + 1).value.fill(0),
    ):
        with pytest.raises(ValueError, match="read-only"):
            write()
