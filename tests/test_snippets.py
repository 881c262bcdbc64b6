"""Whole snippets of the kinds people publish, unchanged: each a record like any other."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from snippets_attention import ATTENTION
from snippets_gpt import GPT
from snippets_losses import LOSSES
from snippets_models import MODELS
from snippets_nets import NETS
from snippets_recurrent import RECURRENT

from tfmath.errors import TraceError
from tfmath.show import explain, source
from tfmath.tracing import Traced, ancestors, gradients, named, trace
from tfmath.tracing.formula import value_of

SNIPPETS = GPT | ATTENTION | RECURRENT | NETS | LOSSES | MODELS


def drawn(given, rng, dtype=np.float64):
    """The arrays of a snippet, by their place in its arguments: "x", "mlp c_fc w"."""
    found = {}
    for name, shape in given.items():
        if isinstance(shape, dict):
            inner = drawn(shape, rng, dtype)
            found |= {f"{name} {key}": array for key, array in inner.items()}
        elif isinstance(shape, tuple):
            found[name] = np.asarray(rng.normal(size=shape), dtype)
    return found


def call(snippet, arrays):
    """A snippet, called with arrays in the places where its shapes stand."""
    function, given = snippet
    return function(**arguments(given, arrays))


def arguments(given, arrays, path=""):
    return {
        name: arguments(part, arrays, f"{path}{name} ")
        if isinstance(part, dict)
        else arrays.get(f"{path}{name}", part)
        for name, part in given.items()
    }


def plain(name, seed=1, dtype=np.float64):
    return drawn(SNIPPETS[name][1], np.random.default_rng(seed), dtype)


def traced(arrays):
    return {name: trace(array, name) for name, array in arrays.items()}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SNIPPETS)
def test_its_numbers_are_plain_numpys(name, dtype):
    arrays = plain(name, dtype=dtype)
    result, expected = (call(SNIPPETS[name], a) for a in (traced(arrays), arrays))
    assert isinstance(result, Traced)
    np.testing.assert_array_equal(result.value, np.asarray(expected), strict=True)
    inputs = {node.name for node in ancestors(result) if node.op == "input"}
    assert inputs == set(arrays), "something has lost its record"


@pytest.mark.parametrize("name", SNIPPETS)
def test_its_slopes_are_right(name):
    arrays, rng = plain(name), np.random.default_rng(2)
    result = call(SNIPPETS[name], traced(arrays))
    share = rng.normal(size=result.shape)
    grads = gradients((result * share).sum())
    for key, array in arrays.items():
        along = rng.normal(size=array.shape)
        ends = [
            np.sum(call(SNIPPETS[name], arrays | {key: array + step * along}) * share)
            for step in (1e-5, -1e-5)
        ]
        found = np.sum(grads[key] * along)
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(found, rel=1e-6, abs=1e-8), key


@pytest.mark.parametrize("name", SNIPPETS)
def test_one_number_of_it_is_explained(name):
    result = named("result", call(SNIPPETS[name], traced(plain(name))))
    place = tuple(n - 1 for n in result.shape)
    formula = explain(result, *place, depth=1).formula
    assert value_of(formula) == pytest.approx(result.value[place], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", SNIPPETS)
def test_its_printed_lines_run_with_other_numbers(name):
    first, other = plain(name), plain(name, seed=3)
    program = source(named("result", call(SNIPPETS[name], traced(first))))
    ran = program.run(**{program.names[key]: array for key, array in other.items()})
    expected = np.asarray(call(SNIPPETS[name], other))
    np.testing.assert_array_equal(ran["result"], expected, strict=True)
    assert not np.array_equal(program.run()["result"], expected)


def test_there_are_many_and_no_two_share_a_name():
    parts = (GPT, ATTENTION, RECURRENT, NETS, LOSSES, MODELS)
    assert len(SNIPPETS) == sum(map(len, parts)) >= 90


LEAKS = {
    "numbers": lambda x: x + (1 if isinstance(x, Traced) else 0),
    "record": lambda x: trace(x.value * 2, "new") if isinstance(x, Traced) else x * 2,
    "slopes": lambda x: x * getattr(x, "value", x),
    "lines": lambda x: x * float(getattr(x, "value", x).sum()),
}


@pytest.mark.parametrize(
    "leak, check",
    [
        ("numbers", lambda name: test_its_numbers_are_plain_numpys(name, np.float64)),
        ("record", lambda name: test_its_numbers_are_plain_numpys(name, np.float64)),
        ("slopes", test_its_slopes_are_right),
        ("lines", test_its_printed_lines_run_with_other_numbers),
    ],
)
def test_control_a_leak_is_seen(leak, check, monkeypatch):
    monkeypatch.setitem(SNIPPETS, "leak", (LEAKS[leak], {"x": (3,)}))
    with pytest.raises(AssertionError):
        check("leak")


# What would change a record, or leave it, is refused and says how to go on ----------------


def strided_convolution(x):
    windows = as_strided(x, (3, 2), x.strides * 2)
    return windows @ np.ones(2)


def complex_rotation(x):
    return x * np.exp(1j * np.arange(4))


def margins_set_to_zero(x):
    margins = np.maximum(0, x + 1)
    margins[0] = 0
    return margins.sum()


def filled_in(x):
    out = np.zeros(4)
    for i in range(4):
        out[i] = np.exp(x[i])
    return out


def hidden_states(x):
    return np.array([np.tanh(x), np.tanh(2 * x)])


def momentum(x):
    velocity = np.zeros(4)
    velocity += 0.9 * x
    return velocity


def one_by_one(x):
    return np.vectorize(lambda number: max(0.0, number))(x)


def sampled(x):
    return np.random.default_rng(0).choice(4, p=np.exp(x) / np.exp(x).sum())


REFUSED = {
    strided_convolution: "sliding_window_view",
    complex_rotation: "x.value",
    margins_set_to_zero: "np.where",
    filled_in: "np.exp",
    hidden_states: "np.stack",
    momentum: "x = x + y",
    one_by_one: "np.stack",
    sampled: "x.value",
}


@pytest.mark.parametrize("snippet", REFUSED, ids=lambda snippet: snippet.__name__)
def test_what_is_refused_says_what_to_write_instead(snippet):
    with pytest.raises((TraceError, ValueError)) as caught:
        snippet(trace([0.3, -1.0, 0.7, 0.2], "x"))
    error = caught.value
    error = error if isinstance(error, TraceError) else error.__cause__ or error.__context__
    assert isinstance(error, TraceError) and REFUSED[snippet] in str(error)
