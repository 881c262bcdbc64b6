"""What a refusal advises gives NumPy's own numbers, and is traced itself."""

import functools
import itertools
import re

import numpy as np
import pytest

from tfmath.errors import TraceError
from tfmath.tracing import Traced, trace
from tfmath.tracing.instead import INSTEAD, METHODS

X = np.array([2.5, -1.25, 0.0, -3.5, 0.75, 4.0])
Y = np.array([-1.0, 2.0, -0.5, 0.0, 3.0, 0.25])
GAPS = np.where(np.arange(6) % 3 == 1, np.nan, X)

# NumPy's function, the words of the sentence that replace it, and what they are given.
ADVICE = {
    "copysign": (
        lambda x: np.copysign(x, Y),
        "np.where(y < 0, -np.abs(x), np.abs(x))", {"x": X, "y": Y}),
    "signbit": (np.signbit, "x < 0", {"x": X}),
    "ldexp": (lambda x: np.ldexp(x, 3), "x * 2.0**n", {"x": X, "n": 3}),
    "frexp": (lambda x: np.frexp(x)[0], "x / 2.0 ** np.frexp(x.value)[1]", {"x": X}),
    "angle": (np.angle, "np.where(x < 0, np.pi, 0)", {"x": X}),
    "imag": (np.imag, "np.zeros_like(x)", {"x": X}),
    "unwrap": (np.unwrap, "x + (np.unwrap(x.value) - x.value)", {"x": 2 * X}),
    "gradient": (lambda x: np.gradient(x)[1:-1], "(x[2:] - x[:-2]) / 2", {"x": X}),
    "gradient: first": (lambda x: np.gradient(x)[0], "x[1] - x[0]", {"x": X}),
    "gradient: last": (lambda x: np.gradient(x)[-1], "x[-1] - x[-2]", {"x": X}),
    "ediff1d": (np.ediff1d, "np.diff(np.ravel(x))", {"x": X.reshape(2, 3)}),
    "isin": (lambda x: np.isin(x, Y), "np.isin(x.value, y)", {"x": X, "y": Y}),
    "union1d": (lambda x: np.union1d(x, Y), "np.union1d(x.value, y)", {"x": X, "y": Y}),
    "lexsort": (lambda x: np.lexsort(x), "np.lexsort(x.value)", {"x": X.reshape(2, 3)}),
    "nanmax": (np.nanmax, "np.max(np.where(np.isnan(x), -np.inf, x))", {"x": GAPS}),
    "nanmin": (np.nanmin, "np.min(np.where(np.isnan(x), np.inf, x))", {"x": GAPS}),
    "nanprod": (np.nanprod, "np.prod(np.where(np.isnan(x), 1, x))", {"x": GAPS}),
    "nancumsum": (np.nancumsum, "np.cumsum(np.where(np.isnan(x), 0, x))", {"x": GAPS}),
    "nancumprod": (np.nancumprod, "np.cumprod(np.where(np.isnan(x), 1, x))", {"x": GAPS}),
    "nanmedian": (np.nanmedian, "np.median(x[~np.isnan(x)])", {"x": GAPS}),
    "nanstd": (np.nanstd, "np.std(x[~np.isnan(x)])", {"x": GAPS}),
    "nanvar": (np.nanvar, "np.var(x[~np.isnan(x)])", {"x": GAPS}),
    "nanquantile": (
        lambda x: np.nanquantile(x, 0.3), "np.quantile(x[~np.isnan(x)], q)",
        {"x": GAPS, "q": 0.3}),
    "reduce": (np.logaddexp.reduce, "functools.reduce(f, x)", {"x": X, "f": np.logaddexp}),
    "reduce: rows": (
        np.subtract.reduce, "functools.reduce(f, x)",
        {"x": X.reshape(3, 2), "f": np.subtract}),
    "accumulate": (
        np.maximum.accumulate, "np.stack(list(itertools.accumulate(x, f)))",
        {"x": X, "f": np.maximum}),
    "accumulate: rows": (
        np.minimum.accumulate, "np.stack(list(itertools.accumulate(x, f)))",
        {"x": X.reshape(3, 2), "f": np.minimum}),
    "reduceat": (
        lambda x: np.add.reduceat(x, [0, 2, 3]),
        "np.stack([part.sum(axis=0) for part in np.split(x, places[1:])])",
        {"x": X.reshape(6, 1), "places": [0, 2, 3]}),
    "shuffle": (
        lambda x: x[np.random.default_rng(3).permutation(6)],
        "x[rng.permutation(len(x))]", {"x": X, "rng": np.random.default_rng(3)}),
    "digitize": (
        lambda x: np.digitize(x, [0, 1]), "np.digitize(x.value, bins)",
        {"x": X, "bins": [0, 1]}),
    "searchsorted": (
        lambda x: np.searchsorted(x, [0, 1]), "np.searchsorted(x.value, y)",
        {"x": np.sort(X), "y": [0, 1]}),
    "triu_indices_from": (
        np.triu_indices_from, "np.triu_indices(len(x))", {"x": np.ones((3, 3))}),
    "diag_indices_from": (
        np.diag_indices_from, "np.diag_indices(len(x), x.ndim)", {"x": np.ones((3, 3))}),
    "linspace": (
        lambda x: np.linspace(2.0, 2.5, 4), "start + (stop - start) * np.linspace(0, 1, n)",
        {"x": X, "start": 2.0, "stop": 2.5, "n": 4}),
}  # fmt: skip


# These only look at numbers, or are given none that are traced.
PLAIN = {"digitize", "searchsorted", "triu_indices_from", "diag_indices_from"}
PLAIN |= {"isin", "union1d", "lexsort", "imag", "linspace"}


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_gives_numpys_numbers(name):
    function, words, given = ADVICE[name]
    assert words in INSTEAD[name.split(":")[0]]
    rooms = {"np": np, "functools": functools, "itertools": itertools}
    found = eval(words, rooms | given | {"x": trace(given["x"], "x")})
    assert isinstance(found, Traced) == (name not in PLAIN)
    np.testing.assert_array_equal(getattr(found, "value", found), function(given["x"]))


SENTENCES = {
    "hypot.reduce": lambda x: np.hypot.reduce(x),
    "fmax.accumulate": lambda x: np.fmax.accumulate(x),
    "copysign": lambda x: np.copysign(x, Y),
    "frexp": lambda x: np.frexp(x),
    "ldexp": lambda x: np.ldexp(x, 3),
    "angle": lambda x: np.angle(x),
    "isin": lambda x: np.isin(x, [1.0]),
    "nanvar": lambda x: np.nanvar(x),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refusal_names_what_to_write_not_the_table(name):
    with pytest.raises(TraceError, match=rf"{name} is not traced.*write") as caught:
        SENTENCES[name](trace(X, "x"))
    assert "RULES" not in str(caught.value)


def test_every_advice_is_a_sentence_about_numpy():
    for sentence in (*INSTEAD.values(), *METHODS.values()):
        assert re.search(r"np\.|x|@", sentence) and not sentence.endswith(".")
        assert "{" not in sentence


def test_a_method_for_places_has_advice_that_gives_them():
    ordered, y = np.sort(X), np.array([-9.0, 0.5, 9.0])
    words = METHODS["searchsorted"]
    found = eval(words, {"np": np, "x": trace(ordered, "x"), "y": y})
    np.testing.assert_array_equal(found.value, ordered.searchsorted(y))
