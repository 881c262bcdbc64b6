"""What is printed runs, and says what was written: brackets, types, names, lines."""

import itertools
import keyword
import operator

import numpy as np
import pytest

from tfmath import (
    cross_entropy,
    multi_head_attention,
    named,
    scaled_dot_product_attention,
    softmax,
    toy,
    trace,
    transformer,
)
from tfmath.errors import DtypeError, ShapeError, TraceError
from tfmath.learning.train import make_batch
from tfmath.model.parameters import flatten, unflatten
from tfmath.parts.masks import causal_mask, padding_mask
from tfmath.show import backward_source, contents, source
from tfmath.tracing import gradients, operation, steps
from tfmath.tracing.rules import RULES
from tfmath.tracing.writer import WIDTH

RNG = np.random.default_rng(3)


def squares(array):
    return named("loss", (array * array).sum())


# As it was written ------------------------------------------------------------------------

SIGNS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "@": operator.matmul, "**": operator.pow, ">": operator.gt, "<=": operator.le,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
NESTED = {
    "left": lambda f, g: lambda x, y, z: f(g(x, y), z),
    "right": lambda f, g: lambda x, y, z: f(x, g(y, z)),
    "minus left": lambda f, g: lambda x, y, z: f(-g(x, y), z),
    "minus right": lambda f, g: lambda x, y, z: f(x, -g(y, z)),
    "minus around": lambda f, g: lambda x, y, z: -f(-x, g(-y, z)),
}


@pytest.mark.parametrize("side", NESTED)
def test_every_pair_of_signs_keeps_its_brackets(side):
    rng, tried = np.random.default_rng(4), 0
    x, y, z = (trace(rng.uniform(0.5, 2, (2, 2)), name) for name in "xyz")
    for f, g in itertools.product(SIGNS.values(), repeat=2):
        with np.errstate(all="ignore"):
            try:
                result = NESTED[side](f, g)(x, y, z)
            except TypeError:  # NumPy has no -(a > b), no (a > b) ** c of bools …
                continue
            ran = source(result).run()
        np.testing.assert_array_equal(ran["step_1"], result.value, strict=True)
        tried += 1
    assert tried > 40


def test_powers_of_powers_and_signs():
    x = trace([2.0], "x")
    for result, text in (
        ((x**2) ** 3, "(x ** 2) ** 3"),
        (x ** (x**2), "x ** x ** 2"),
        (-(x**2), "-x ** 2"),
        ((-x) ** 2, "(-x) ** 2"),
        (x**-1, "x ** (-1)"),
        (2 - (x - 1), "2 - (x - 1)"),
        (operator.neg(-x), "--x"),
        ((x > 1) & ((x < 3) | (x == 5)), "(x > 1) & ((x < 3) | (x == 5))"),
    ):
        assert str(source(result)) == f"step_1 = {text}"
        np.testing.assert_array_equal(source(result).run()["step_1"], result.value)


NUMBERS = {
    "a NumPy root": lambda x: x / np.sqrt(7),
    "a float32": lambda x: x * np.float32(0.1),
    "a float": lambda x: x * 0.1,
    "an int": lambda x: x * np.int64(3),
    "a bool": lambda x: x * np.True_,
    "infinity": lambda x: np.where(x > 0, x, np.float64(-np.inf)),
    "no number": lambda x: np.where(x > 0, x, np.nan),
    "minus nothing": lambda x: np.where(x > 9, x, -0.0),
    "two numbers": lambda x: np.where(x > 0, 2.0, 1.0),
    "twice a mask": lambda x: (x > 0) * 2.0,
    "a half": lambda x: (x > 0) / 2,
    "an array of one": lambda x: x + np.array(2.0),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_keep_their_type(name, dtype):
    x = trace(np.array([0.3, -1.5], dtype), "x")
    result = named("result", NUMBERS[name](x))
    ran = source(result).run()["result"]
    np.testing.assert_array_equal(ran, result.value, strict=True)
    np.testing.assert_array_equal(np.signbit(ran), np.signbit(result.value))


@operation(derivative=(lambda grad, output, x, **options: grad,))
def shown(x, causal=True, scale=None, places=(0, 1), function=np.tanh, note="a"):
    return function(x) if causal else x * (scale or 1)


def test_options_that_differ_from_the_usual_are_printed():
    x = trace([1.0, 2.0], "x")
    for options, text in (
        ({}, "shown(x)"),
        ({"causal": False}, "shown(x, causal=False)"),
        ({"causal": True, "scale": None, "places": (0, 1)}, "shown(x)"),
        ({"causal": False, "scale": np.inf}, "shown(x, causal=False, scale=np.inf)"),
        ({"function": np.sin, "note": "it's"}, 'shown(x, function=sin, note="it\'s")'),
        ({"places": [1, 0]}, "shown(x, places=[1, 0])"),
        ({"note": np.dtype(np.float32)}, "shown(x, note='float32')"),
    ):
        result = named("result", shown(x, **options))
        assert str(source(result)) == f"result = {text}"
        np.testing.assert_array_equal(source(result).run()["result"], result.value)


INDICES = {
    "x[()]": (),
    "x[::-1]": slice(None, None, -1),
    "x[..., np.newaxis, 2:0:-1]": (..., None, slice(2, 0, -1)),
    "x[index]": ((0, 1),),
    "x[index, index_2]": ([0, 1], np.array([2, 2])),
    "x[1:, index]": (slice(1, None), np.array([True, False, True])),
    "x[-1]": np.int64(-1),
    "x[index, 0]": (np.array(1), 0),
    "x[:, :, np.newaxis]": (slice(None), slice(None), None),
}


@pytest.mark.parametrize("text", INDICES)
def test_an_index_is_printed_as_it_was(text):
    x = trace(np.arange(12.0).reshape(4, 3), "x")
    result = named("result", x[INDICES[text]])
    np.testing.assert_array_equal(result.value, x.value[INDICES[text]])
    assert str(source(result)) == f"result = {text}"
    loss = squares(result)
    ran = backward_source(loss).run()
    np.testing.assert_array_equal(ran["result"], result.value)
    np.testing.assert_array_equal(ran["grad_x"], gradients(loss, of=x))


# Names ------------------------------------------------------------------------------------


STRANGE = "2nd step|class|None|softmax|np|slice|scatter|x|a b|α / β|ﬁnal|x²|→|1|_|print"


@pytest.mark.parametrize("name", [*STRANGE.split("|"), "__builtins__"])
def test_a_step_of_any_name_runs(name):
    x = trace(RNG.normal(size=(3, 4)), "x")
    loss = squares(named(name, softmax(x)[[0, 1, 0]]) * 2)
    program = backward_source(loss)
    ran, printed = program.run(), program.names[name if name != "x" else "x (2)"]
    assert printed.isidentifier() and not keyword.iskeyword(printed)
    np.testing.assert_array_equal(ran[printed], softmax(x.value)[[0, 1, 0]])
    np.testing.assert_allclose(
        ran[program.names["grad_x"]], gradients(loss)["x"], rtol=1e-13
    )


def test_names_that_fall_together_are_told_apart():
    x = trace([1.0], "x")
    last = named("a-b", named("a_b", named("a b", x + 1) * 2) - 3)
    ran = source(last).run()
    assert [ran[n].item() for n in ("a_b", "a_b_2", "a_b_3")] == [2, 4, 1]


def test_given_arrays_are_called_what_they_are():
    x = trace(RNG.normal(size=(3, 4)), "x")
    mask, targets = RNG.random((3, 4)) < 0.9, np.array([0, 3, 1])
    result = cross_entropy(x[[2, 0, 1]] * softmax(x, mask) + np.ones(4), targets)
    given = source(named("loss", result)).given
    assert set(given) == {"x", "mask", "targets", "index", "constant_1"}


def test_one_array_given_twice_has_one_name_unless_it_changed_between():
    x, mask = trace(RNG.normal(size=(3, 3)), "x"), causal_mask(3)
    twice = named("twice", softmax(softmax(x, mask), mask))
    program = source(twice)
    assert str(program) == "twice = softmax(softmax(x, mask), mask)"
    other = RNG.random((3, 3)) < 0.9
    np.testing.assert_array_equal(
        program.run(mask=other)["twice"], softmax(softmax(x.value, other), other)
    )
    before = softmax(x, mask)
    mask[0, 1] = True
    after = source(named("twice", softmax(before, mask)))
    assert str(after) == "twice = softmax(softmax(x, mask), mask_2)"
    np.testing.assert_array_equal(
        after.run()["twice"], softmax(softmax(x.value, causal_mask(3)), mask)
    )


def test_run_says_what_does_not_fit():
    x = trace([1.0, 2.0], "x")
    program = source(named("y", softmax(x, np.array([True, False]))))
    with pytest.raises(TraceError, match="is given no 'maks'; it is given x, mask"):
        program.run(maks=[True, True])
    with pytest.raises(ShapeError, match=r"x \(3,\) must have the shape .* \(2,\)"):
        program.run(x=[1, 2, 3])
    with pytest.raises(DtypeError, match="mask holds int64, not bool"):
        program.run(mask=[1, 0])
    np.testing.assert_array_equal(program.run(x=[4, 7])["y"], [1.0, 0.0])
    assert set(program.run()) == {"x", "mask", "y"}


# Long and short lines ---------------------------------------------------------------------


def test_a_long_chain_is_written_on_many_lines():
    x = y = trace([1.0, 2.0], "x")
    for _ in range(1500):  # more than Python nests
        y = y * 0.999 + x
    loss = named("loss", y.sum())
    program = backward_source(loss)
    assert max(map(len, str(program).splitlines())) < WIDTH + 30
    ran = program.run()
    np.testing.assert_array_equal(ran["loss"], loss.value)
    np.testing.assert_allclose(ran["grad_x"], gradients(loss, of=x), rtol=1e-12)


@pytest.mark.parametrize(
    "grow", [np.tanh, lambda y: -y, lambda y: 1 - y, lambda y: y[None, 0], lambda y: y.T.T]
)
def test_a_deep_nest_needs_no_deep_stack(grow):
    y = trace(RNG.normal(size=(2, 2)), "x")
    for _ in range(2000):
        y = grow(y)
    np.testing.assert_array_equal(source(named("y", y)).run()["y"], y.value)


def test_attention_reads_as_the_formulas_do():
    x = trace(RNG.normal(size=(4, 3)), "x")
    W_Q, W_K = (trace(RNG.normal(size=(3, 2)), name) for name in ("W_Q", "W_K"))
    query, key = named("query", x @ W_Q), named("key", x @ W_K)
    loss = named("loss", scaled_dot_product_attention(query, key, x).sum())
    text = str(source(loss)).splitlines()
    assert text[0] == "query = x @ W_Q"
    assert text[2] == "products = query @ key.T"
    assert text[3].startswith("scores = products / 1.414")
    assert text[4] == "weights = softmax(scores)"
    back = str(backward_source(loss))
    assert "# weights = softmax(scores)\ngrad_scores = weights * (" in back
    assert ".T.T" not in back


def test_each_backward_line_stands_under_the_lines_it_undoes():
    x = trace([[1.0, -2.0]], "x")
    twice = named("twice", x * 2)
    both = named("both", twice * twice + x)
    text = str(backward_source(named("loss", both.sum())))
    assert "# twice = x * 2\n# both = twice * twice + x\ngrad_x = " in text


def test_given_arrays_travel_with_the_source():
    batch = make_batch(toy.PAIRS, toy.WORDS)
    tables = unflatten({n: trace(t, n) for n, t in flatten(toy.load()).items()})
    logits = transformer(tables, batch.source, batch.target, padding_mask(batch.source))
    program = source(logits)
    np.testing.assert_array_equal(program.run()["logits"], logits.value)
    assert {"source_mask", "encoder_ids", "decoder_ids", "embedding"} < set(program.given)
    # One mask for every head and both attentions: given once.
    assert [n for n in program.given if "mask" in n] == ["source_mask", "target_mask"]


def test_contents_lists_every_step():
    x = trace(RNG.normal(size=(3, 5)), "x")
    W = toy.load()["encoder"]["layer 1"]["self-attention"]
    result = multi_head_attention(x, x, x, **W)
    lines = str(contents(result)).splitlines()
    assert [line.split("  ")[0] for line in lines] == list(steps(result))
    assert any(line.startswith("heads / weights   (2, 3, 3)") for line in lines)


def test_cross_entropy_is_printed_with_its_options():
    logits = trace(RNG.normal(size=(2, 4)), "logits")
    loss = named("loss", cross_entropy(logits, [1, 3], label_smoothing=0.1))
    assert str(source(loss)) == "loss = cross_entropy(logits, targets, label_smoothing=0.1)"
    assert source(loss).run()["loss"] == loss.value
    assert RULES["cross_entropy"].uses[0] is cross_entropy
