"""An explanation must give, when worked out, exactly the number it explains."""

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
from tfmath.show import explain
from tfmath.tracing import backward, operation, scope, steps
from tfmath.tracing.formula import value_of


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


def test_an_operation_without_a_formula_says_so():
    @operation(derivative=(lambda grad, output, x: grad,))
    def untold(x):
        return x * 1.0

    y = untold(trace([1.0], "x"))
    shown = repr(explain(named("z", y + 1), 0))
    assert "= untold[0] + 1" in shown
    assert "untold[0] = 1  (by untold, which has no formula)" in shown
    with pytest.raises(TraceError, match="untold has no formula"):
        explain(y, 0)


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


def test_comparisons_are_said_with_their_signs():
    x = trace([1.2, -3.0], "x")
    shown = explain(x + 1 >= 0, 1, depth=1)
    assert repr(shown) == "greater_equal[1] = no\n  = x[1] + 1 ≥ 0\n  = -3 + 1 ≥ 0"
    assert shown.latex().endswith(r"-3 + 1 \ge 0 \\ &= \text{no}\end{aligned}")
    between = explain(np.logical_and(x > 0, x < 2), 0, depth=1)
    assert "= logical_and(x[0] > 0, x[0] < 2)" in repr(between)
    for one in (x > 0, x <= 1.2, x == -3, x != -3, ~(x > 0), (x > 0) & (x < 2)):
        for place in range(2):
            formula = explain(one, place, depth=1).formula
            assert value_of(formula) == one.value[place]


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
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    for one in (*results, grown / grown.sum(axis=1, keepdims=True)):
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
