"""An explanation must give, when worked out, exactly the number it explains."""

import re

import numpy as np
import pytest

from tfmath import (
    cross_entropy,
    encode,
    log_softmax,
    named,
    scaled_dot_product_attention,
    softmax,
    toy,
    trace,
    transformer,
)
from tfmath.errors import ShapeError, TraceError
from tfmath.model.parameters import traced
from tfmath.parts.softmax import logsumexp
from tfmath.show import explain, formulas
from tfmath.show.explain import MOST_NUMBERS
from tfmath.show.formulas import BUDGET, leaves
from tfmath.tracing import backward, formula, operation, scope, steps
from tfmath.tracing.formula import value_of, walk
from tfmath.tracing.rules import RULES


@pytest.fixture(scope="module")
def loss():
    parameters = traced(toy.load(), toy.WORDS)
    target = encode("<start> you win or you".split(), toy.WORDS)
    logits = transformer(parameters, encode(toy.PAIRS[1][0], toy.WORDS), target)
    following = encode("you win or you die".split(), toy.WORDS)
    return named("loss", cross_entropy(logits, following, label_smoothing=0.1))


def places(array, most, seed):
    every = list(np.ndindex(array.shape))
    rng = np.random.default_rng(seed)
    return [every[i] for i in rng.permutation(len(every))[:most]]


def test_every_formula_of_the_toy_model_gives_its_number(loss):
    for seed, step in enumerate(steps(loss).values()):
        for place in places(step, 6, seed) if step.inputs else ():
            formula = explain(step, *place, depth=1).formula
            assert value_of(formula) == pytest.approx(
                step.value[place], rel=1e-11, abs=1e-12
            )


def test_every_formula_of_the_backward_pass_gives_its_number(loss):
    for seed, grad in enumerate(backward(loss).values()):
        for place in places(grad, 4, seed) if grad.inputs else ():
            formula = explain(grad, *place, depth=1).formula
            assert value_of(formula) == pytest.approx(
                grad.value[place], rel=1e-9, abs=1e-12
            )


OPERATIONS = {
    "add and subtract": lambda x, y: x + y - 2,
    "multiply and divide": lambda x, y: x * y / 3,
    "power": lambda x, y: y**2 + y**0.5,
    "functions": lambda x, y: np.exp(x) + np.log(y) + np.sqrt(y) + np.tanh(x),
    "waves": lambda x, y: np.sin(x) * np.cos(y),
    "extremes": lambda x, y: np.maximum(x, 0) + np.minimum(x, y) + np.abs(x),
    "clip": lambda x, y: np.clip(x, -0.5, 0.5),
    "reductions": lambda x, y: (
        x.max(axis=1) + y.min(axis=1) + x.mean(axis=1) + y.sum(axis=1)
    ),
    "kept reductions": lambda x, y: x - x.mean(axis=0, keepdims=True),
    "variance": lambda x, y: x.var(axis=-1) + y.std(axis=-1),
    "matmul": lambda x, y: x @ y.T,
    "matrix times row": lambda x, y: x @ y[0],
    "row times matrix": lambda x, y: x[0] @ y.T,
    "row times row": lambda x, y: x[0] @ y[1],
    "batch matmul": lambda x, y: (
        np.stack([x, y]) @ np.swapaxes(np.stack([y, x, y])[:2], -1, -2)
    ),
    "einsum": lambda x, y: np.einsum("ij,kj->ik", x, y),
    "einsum to a number": lambda x, y: np.einsum("ij,ij->", x, y),
    "where": lambda x, y: np.where(x.value > 0, x, y),
    "pick": lambda x, y: x[[2, 0, 0]] + y[:3, ::-1],
    "reshape": lambda x, y: x.reshape(3, 4).T + y.reshape(4, 3),
    "concatenate": lambda x, y: np.concatenate([x, y], axis=1),
    "triangle": lambda x, y: np.tril(x) + np.triu(y),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_explains_itself(name):
    rng = np.random.default_rng(5)
    x = trace(rng.normal(size=(4, 3)), "x")
    y = trace(rng.uniform(0.5, 2, size=(4, 3)), "y")
    result = OPERATIONS[name](x, y)
    for place in np.ndindex(result.shape):
        formula = explain(result, *place, depth=1).formula
        assert value_of(formula) == pytest.approx(result.value[place], rel=1e-12, abs=1e-14)


def test_goes_down_to_weights_and_words(loss):
    logits = steps(loss)["logits"]
    text = repr(explain(logits, 4, "die", depth=3))
    assert text.startswith("logits[you, die] = 6.069")
    assert "embedding[die, 4] = 1.8  (given)" in text
    assert "normalized[you, 0]" in text


def test_depth_folds():
    x = trace([[1.0, 2.0]], "x")
    y = named("y", x * 2)
    z = named("z", y + 1)
    assert "y[0, 1] = 4" in repr(explain(z, 0, 1, depth=2))
    assert "x[0, 1] = 2" not in repr(explain(z, 0, 1, depth=2))
    assert "x[0, 1] = 2  (given)" in repr(explain(z, 0, 1, depth=3))


def test_hidden_weight_is_explained_as_zero():
    query = trace(np.eye(3), "query")
    mask = np.tri(3, dtype=bool)
    result = scaled_dot_product_attention(query, query, query, mask)
    weights = steps(result)["weights"]
    assert value_of(explain(weights, 0, 2).formula) == 0
    assert "scores[0, 2]" not in repr(explain(weights, 0, 0))


def test_html_and_latex_escape_what_a_corpus_may_hold():
    evil = "<script>alert(1)</script>_$x$%"
    x = trace([[1.0]], "x", rows=[evil], cols=["a&b"])
    page = explain(named("y", x + 1), 0, 0)._repr_html_()
    assert "<script>" not in page
    assert r"\$x\$" in page and r"\%" in page and r"a\&amp;b" in page


def test_where_takes_words_and_numbers_and_refuses_others():
    x = trace(np.arange(6.0).reshape(3, 2), "x", rows=["you", "win", "you"])
    y = named("y", x + 1)
    assert repr(explain(y, "win", -1)).startswith("y[win, 1] = 4")
    with pytest.raises(ValueError, match=r"'you' stands at \[0, 2\]"):
        explain(y, "you", 0)
    with pytest.raises(ValueError, match="no 'die' on axis 0"):
        explain(y, "die", 0)
    with pytest.raises(ValueError, match="place 3 on axis 0 is outside 0 … 2"):
        explain(y, 3, 0)
    with pytest.raises(ShapeError, match="needs 2 places"):
        explain(y, 1)
    with pytest.raises(ValueError, match="depth is 0"):
        explain(y, 1, 1, depth=0)
    with pytest.raises(TraceError, match="not traced"):
        explain(y.value, 1, 1)


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
    names = {repr(part).partition("[")[0]: id(part.array) for part in every(shown)}
    assert len(names) == len(set(names.values())), "one name, one array"


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
    within_budget(explain(y, 0, depth=4))
    assert len(made) < 40_000
    deep = explain(y, 0, depth=10_000)
    assert len(list(every(deep))) <= MOST_NUMBERS
    repr(deep), deep._repr_html_()


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


def test_a_deep_explanation_stops_and_counts_what_it_leaves_out(loss, made):
    shown = explain(steps(loss)["logits"], 4, "die", depth=10)
    found = within_budget(shown)
    assert len(found) == MOST_NUMBERS
    counted = [part for part in found if part.left_out]
    for part in counted:
        assert part.left_out + len(part.parts) == len(leaves(part.formula))
    shown_counts = re.findall(r"^ *… \((\d+) more numbers\)$", repr(shown), re.MULTILINE)
    assert sorted(map(int, shown_counts)) == sorted(part.left_out for part in counted) != []
    assert len(made) < 20_000


def test_an_operation_without_a_formula_says_so():
    @operation(derivative=(lambda grad, output, x: grad,))
    def untold(x):
        return x * 1.0

    try:
        y = untold(trace([1.0], "x"))
        shown = repr(explain(named("z", y + 1), 0))
        assert "= untold[0] + 1" in shown
        assert "untold[0] = 1  (by untold, which has no formula)" in shown
        with pytest.raises(TraceError, match="untold has no formula"):
            explain(y, 0)
    finally:
        del RULES["untold"]


# Numbers


def test_small_numbers_and_typed_constants_are_shown_as_they_are():
    x = trace([1.2], "x")
    shown = explain(x / 1e-8, 0, depth=1)
    assert repr(shown).endswith("= 1.2 / 1e-8")
    assert r"\frac{1.2}{1 \cdot 10^{-8}}" in shown.latex()
    assert "0.044715" in repr(explain(0.044715 * x, 0, depth=1))
    assert "0.00001" in repr(explain(x + 1e-5, 0, depth=1))
    tiny = explain(named("y", x * 1e-6), 0, depth=1)
    assert repr(tiny).startswith("y[0] = 1.2e-6") and repr(tiny).endswith("1.2 · 1e-6")
    assert tiny.latex().endswith(r"&= 1.2 \cdot 10^{-6}\end{aligned}")
    assert r"{(1 \cdot 10^{-6})}^{2}" in explain(trace([1e-6], "x") ** 2, 0).latex()
    half = trace(np.array([1.0], np.float32), "x") * 0.1
    assert repr(explain(half, 0, depth=1)).endswith("= 1 · 0.1")


def test_infinities_have_their_sign_in_latex():
    hidden = trace([-np.inf, np.inf], "x") + 1
    assert explain(hidden, 0, depth=1).latex().count(r"-\infty") == 2
    assert r"-\infty" not in explain(hidden, 1, depth=1).latex()


@pytest.mark.parametrize("shift", [-1000.0, -700.0, 0.0, 700.0, 1000.0])
def test_the_weights_of_extreme_scores_are_worked_out(shift):
    scores = trace(np.array([[1.0, 3.0, 2.0], [0.0, 0.5, 0.25]]) + shift, "scores")
    mask = np.array([[True, False, True], [True, True, True]])
    weighers = (softmax, log_softmax, logsumexp)
    results = [f(scores) for f in weighers] + [f(scores, mask) for f in weighers]
    for one in (*results, shares(scores)):
        for place in np.ndindex(one.shape):
            shown = explain(one, *place, depth=1)
            assert value_of(shown.formula) == pytest.approx(one.value[place], rel=1e-12)


def test_the_largest_score_is_subtracted_only_where_it_must_be():
    near = repr(explain(softmax(trace([1.0, 3.0], "s")), 0, depth=1))
    assert near.splitlines()[1] == "  = exp(s[0]) / (exp(s[0]) + exp(s[1]))"
    far = repr(explain(softmax(trace([701.0, 703.0], "s")), 0, depth=1))
    assert far.splitlines()[1:] == [
        "  = exp(s[0] - s[1]) / (exp(s[0] - s[1]) + exp(s[1] - s[1]))",
        "  = exp(701 - 703) / (exp(701 - 703) + exp(703 - 703))",
    ]


# Names


def test_a_name_given_twice_is_numbered_as_in_steps():
    x = trace([[1.0, 2.0]], "x")
    first = named("scores", x * 2)
    second = named("scores", first + 1)
    both = named("both", first * second)
    text = repr(explain(both, 0, 1, depth=2))
    assert list(steps(both)) == ["x", "scores", "scores (2)", "both"]
    assert "= scores[0, 1] · scores (2)[0, 1]\n" in text
    assert "    scores (2)[0, 1] = 5\n      = scores[0, 1] + 1" in text
    assert r"\text{scores (2)}_{" in explain(both, 0, 1).latex()
    alone = named("alone", second + 1)
    assert "= scores[0, 1] + 1" in repr(explain(alone, 0, 1, depth=1))
    assert "= scores (2)[0, 1] + 1" in repr(explain(alone, 0, 1, depth=2))


def test_a_long_sum_is_shared_out_among_lines():
    x, W = trace(np.full((1, 6), 0.5), "x" * 12), trace(np.full((6, 1), 0.25), "W")
    page = explain(named("y", x @ W), 0, 0).latex()
    assert page.count(r"\\ &\quad + ") == 1  # the names; the numbers fit on one line
    assert page.count(r"\cdot") == 12
    short = explain(named("y", x[:, :2] @ W[:2]), 0, 0).latex()
    assert r"\quad" not in short


def test_arrays_that_end_alike_are_told_apart():
    with scope("norm"):
        left = named("output", trace([[1.0, 2.0]], "a") * 2)
    with scope("feed-forward"):
        right = named("output", trace([[3.0, 4.0]], "b") * 2)
    text = str(explain(named("residual", left + right), 0, 1, depth=2))
    assert "= norm / output[0, 1] + feed-forward / output[0, 1]" in text
    assert "    output[0, 1] = 8  (feed-forward)" in text


def test_an_array_is_told_apart_from_what_it_is_made_of():
    table = trace([[1.0, 2.0]], "embedding")
    with scope("encoder"):
        shown = explain(named("embedding", table * 3), 0, 1, depth=1)
    assert "encoder / embedding[0, 1] = 6" in str(shown)
    assert "= embedding[0, 1] · 3" in str(shown)
    assert r"\text{encoder / embedding}" in shown.latex()
    twice = str(explain(named("embedding", table * 3), 0, 1, depth=1))
    assert twice.startswith("embedding (2)[0, 1] = 6\n  = embedding[0, 1] · 3")


def test_parameters_are_written_as_the_paper_writes_them():
    x = trace([[1.0]], "x")
    for name, written in (
        ("W_Q", "W^{Q}_{"),
        ("b_1", "{b_{1}}_{"),
        ("grad_x", r"\text{grad\_x}"),
    ):
        parameter = trace([[2.0]], name)
        assert written in explain(named("y", x @ parameter), 0, 0).latex()
