"""An explanation is short and soon there, whatever record it is asked of."""

import re

import numpy as np
import pytest

from tfmath import encode, named, toy, trace, transformer
from tfmath.model.parameters import traced
from tfmath.show import explain, formulas, source
from tfmath.show.explanation import MOST_NUMBERS
from tfmath.show.formulas import BUDGET, leaves
from tfmath.tracing import formula
from tfmath.tracing.formula import value_of, walk

# Long sums


def test_long_sums_are_cut_and_say_so():
    x = trace(np.ones((1, 30)), "x")
    text = repr(explain(named("y", x.sum(axis=1)), 0, depth=1))
    assert text.count("x[0,") == 7
    assert "x[0, 6] + … (23 more)\n" in text and text.endswith("1 + … (23 more: 23)")


def test_a_cut_sum_keeps_its_largest_terms_in_order():
    numbers = np.array([0.1, -5, 0.3, 4, 0.5, 3.5, -3, 2.5, 0.2, 9, 0.4, 8])
    x = trace(numbers, "x")
    for shown in (
        explain(named("y", x.sum()), depth=1),
        explain(named("y", sum(x)), depth=1),
    ):
        kept = [index for _, index in leaves(shown.formula)]
        assert [i for (i,) in kept] == [1, 3, 5, 6, 7, 9, 11]
        left = "5" if shown.array.op == "sum" else "6"  # Python's own sum starts at 0
        assert f"… ({left} more: 1.5)" in repr(shown)
        assert value_of(shown.formula) == pytest.approx(numbers.sum(), rel=1e-14)
    page = explain(named("y", x.sum()), depth=1).latex()
    assert r"\dots\text{ (5 more)}" in page and r"\dots\text{ (5 more: }1.5\text{)}" in page


def test_equal_terms_are_kept_from_the_front_whatever_rounding_did():
    noise = 1 + np.arange(20)[::-1] * 2e-16
    kept = leaves(explain(named("y", trace(noise, "x").sum()), depth=1).formula)
    assert [index for _, index in kept] == [(i,) for i in range(7)]


def test_long_products_and_extremes_are_cut_too():
    x = trace(np.linspace(0.5, 2, 30), "x")
    product = x[0]
    for one in x[1:]:
        product = product * one
    largest = explain(named("top", x.max()), depth=1)
    assert [i for _, (i,) in leaves(largest.formula)] == list(range(23, 30))
    assert "… (23 more: 1.638)" in repr(largest)
    smallest = explain(named("low", x.min()), depth=1)
    for shown in (explain(product, depth=1), largest, smallest):
        assert value_of(shown.formula) == pytest.approx(float(shown.array.value), rel=1e-13)
        assert len(leaves(shown.formula)) == 7 or "step 1" in repr(shown)


# A budget, whatever it is given


def nodes(shown):
    return sum(1 for _ in walk(shown.formula)) if shown.formula else 1


def every(shown):
    waiting = [shown]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += part.parts


def within_budget(shown):
    """Each formula is short, there are few of them, and each gives its number."""
    found = list(every(shown))
    assert len(found) <= MOST_NUMBERS
    for part in found:
        assert nodes(part) <= BUDGET
        if part.formula:
            value = part.array.value[part.index]
            assert value_of(part.formula) == pytest.approx(value, rel=1e-9, abs=1e-12)
    repr(shown), shown._repr_html_()
    return found


@pytest.fixture
def made(monkeypatch):
    """Counts the leaves that are made, the smallest piece of work there is."""
    count = []

    def counted(node, index):
        count.append(index)
        return formula.leaf(node, index)

    monkeypatch.setattr(formulas, "leaf", counted)
    return count


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def shares(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


def normed(x, gain, bias):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(variance + 1e-5) + bias


def block(x, p):
    """A GPT block as learners write it: no step has a name."""
    thirds = np.split(normed(x, p["g_1"], p["c_1"]) @ p["W_A"] + p["b_A"], 3, axis=-1)
    query, key, value = (np.split(part, 2, axis=-1) for part in thirds)
    hidden = (1 - np.tri(len(x.value))) * -1e10
    heads = [
        shares(q @ k.T / np.sqrt(q.shape[-1]) + hidden) @ v
        for q, k, v in zip(query, key, value, strict=True)
    ]
    x = x + np.hstack(heads) @ p["W_O"] + p["b_O"]
    return (
        x + gelu(normed(x, p["g_2"], p["c_2"]) @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]
    )


SHAPES = {"g_1": 4, "c_1": 4, "W_A": (4, 12), "b_A": 12, "W_O": (4, 4), "b_O": 4}
SHAPES |= {"g_2": 4, "c_2": 4, "W_1": (4, 16), "b_1": 16, "W_2": (16, 4), "b_2": 4}


@pytest.fixture(scope="module")
def unnamed():
    rng = np.random.default_rng(3)
    tables = {name: trace(rng.normal(size=shape), name) for name, shape in SHAPES.items()}
    x = trace(rng.normal(size=(2, 4)), "x", rows=["you", "win"])
    for _ in range(3):
        x = block(x, tables)
    return x


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_a_block_without_names_is_explained_in_bounded_work(unnamed, made, depth):
    found = within_budget(explain(unnamed, "win", 2, depth=depth))
    assert len(made) < 1000 * len(found)


def test_long_unnamed_stretches_get_names_that_can_be_asked(unnamed):
    shown = explain(unnamed, "win", 2, depth=2)
    steps_ = [part for part in shown.parts if "step " in repr(part).partition("[")[0]]
    assert steps_ and "step " in repr(shown).splitlines()[1]
    for part in steps_:
        again = explain(part.array, *part.index, depth=1)
        assert value_of(again.formula) == pytest.approx(part.array.value[part.index])


def test_the_names_are_those_of_the_printed_program(unnamed):
    program, found = source(unnamed).run(), {}
    for part in every(explain(unnamed, "win", 2, depth=4)):
        if part.array.name is None and part.array is not unnamed:
            found[part.names[id(part.array)].replace(" ", "_")] = part.array.value
    last = max(int(name[5:]) for name in program if re.fullmatch(r"step_\d+", name))
    shared = {name: value for name, value in found.items() if int(name[5:]) <= last}
    assert len(shared) > 3
    for name, value in shared.items():
        np.testing.assert_array_equal(program[name], value, err_msg=name)


def test_what_fits_is_written_out_without_new_names():
    x, W = trace([[1.0, 2.0]], "x"), trace([[3.0], [4.0]], "W")
    y = x @ W
    text = repr(explain(named("z", y * y), 0, 0, depth=1))
    assert "step" not in text and text.count("x[0, 1] · W[1, 0]") == 2


def test_what_is_used_twice_is_named_first():
    x, W = trace(np.ones((1, 6)), "x"), trace(np.ones((6, 1)), "W")
    y = x @ W
    shown = explain(named("z", np.exp(y) * y + y), 0, 0, depth=2)
    assert "= exp(step 1[0, 0]) · step 1[0, 0] + step 1[0, 0]\n" in repr(shown)
    assert [part.array for part in shown.parts] == [y]


def test_a_name_of_the_users_own_is_not_given_again():
    x = named("step 1", trace(np.ones((1, 6)), "x") * 2)
    y = x @ trace(np.ones((6, 1)), "W")
    assert "step 2[0, 0]" in repr(explain(np.exp(y) * y + y, 0, 0, depth=1))


CHAINS = {
    "functions": lambda y, x: np.tanh(y),
    "sums": lambda y, x: y + x,
    "differences": lambda y, x: x - y,
    "products": lambda y, x: y * 1.0001,
    "fractions": lambda y, x: 1 / (y + 1),
    "moves": lambda y, x: y.reshape(1, 2)[0],
    "minus": lambda y, x: -y,
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_5000_is_explained(name, made):
    x = trace([0.5, 0.25], "x")
    y = x
    for _ in range(5000):
        y = CHAINS[name](y, x)
    within_budget(explain(y, 0, depth=10_000 if name == "differences" else 4))
    assert len(made) < 40_000


def test_a_million_terms_are_no_work(made):
    many = trace(np.random.default_rng(0).normal(size=(1000, 1000)), "many")
    for shown in (
        explain(named("total", many.sum()), depth=2),
        explain(named("mean", (many * many).mean()), depth=2),
        explain(named("top", many.max(axis=0)), 5, depth=2),
        explain(named("all", np.einsum("ij,ij->", many, many)), depth=2),
    ):
        within_budget(shown)
    assert len(made) < 200


def test_wide_products_are_explained(made):
    rng = np.random.default_rng(0)
    x, W = (
        trace(rng.normal(size=(2, 12288)), "x"),
        trace(rng.normal(size=(12288, 3)), "W"),
    )
    shown = explain(named("y", x @ W), 1, 2, depth=3)
    within_budget(shown)
    assert len(made) < 100 and "… (12281 more" in repr(shown)


def test_a_deep_explanation_stops_and_counts_what_it_leaves_out(made):
    target = encode("<start> you win or you".split(), toy.WORDS)
    ids = encode(toy.PAIRS[1][0], toy.WORDS)
    logits = transformer(traced(toy.load(), toy.WORDS), ids, target)
    shown = explain(logits, 4, "die", depth=10)
    found = within_budget(shown)
    assert len(found) == MOST_NUMBERS
    counted = [part for part in found if part.left_out]
    for part in counted:
        assert part.left_out + len(part.parts) == len(leaves(part.formula))
    shown_counts = re.findall(r"^ *… \((\d+) more numbers\)$", repr(shown), re.MULTILINE)
    assert sorted(map(int, shown_counts)) == sorted(part.left_out for part in counted) != []
    assert len(made) < 20_000
