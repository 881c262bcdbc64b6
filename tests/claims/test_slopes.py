"""What the chapter on slopes says, proved."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.too_small_a_nudge import test_too_small_a_nudge  # noqa: F401
from tfmath import encode, gradients, named, slope, softmax, toy, trace, transformer
from tfmath.learning.loss import cross_entropy
from tfmath.model.parameters import traced
from tfmath.parts.softmax import softmax_backward
from tfmath.practice.backwards import loss_after
from tfmath.show.graph import graph
from tfmath.show.slopes import areas
from tfmath.study.slope import slope as judge

CHAPTER = "13_slopes.ipynb"
DEFINITIONS = (
    "To mend a number one must know whether the model gets worse when it grows, and how "
    "fast.",
)


@pytest.fixture(scope="module")
def example():
    """Logits, what is wanted, and the loss."""
    read = encode("when you play game of thrones", toy.WORDS)
    written = encode("<start> you win or you".split(), toy.WORDS)
    wanted = encode("you win or you die".split(), toy.WORDS)
    logits = transformer(traced(toy.load(), toy.WORDS), read, written)
    return logits, wanted, named("loss", cross_entropy(logits, wanted))


@says(
    "At $p = 1$ the surprise is 0; as $p$ falls, it grows without end.",
    "The surprises of a sentence add up.",
    "A sentence is said word by word, so the probabilities of its words are *multiplied*; "
    "logarithms turn that into adding.",
    "The **loss** is the mean surprise over the five rows, called *cross-entropy*.",
)
def test_the_surprise(example):
    logits, wanted, loss = example
    p = softmax(logits.value)[range(5), wanted]
    np.testing.assert_allclose(-np.log(np.prod(p)), np.sum(-np.log(p)))
    np.testing.assert_allclose(loss.value, np.mean(-np.log(p)))
    falling = -np.log([1.0, 0.5, 0.1, 1e-9, 1e-300])
    assert falling[0] == 0 and (np.diff(falling) > 0).all() and falling[-1] > 600


@says(
    "Go to 6: it rises from 9 to 36, by 27 over 3 steps, so 9 a step.",
    "Go to 4: from 9 to 16, 7 a step.",
    "The smaller $h$, the nearer to 6.",
    "At any other $x$ the same lines give $2x$.",
    "Better than one point is one on each side, for then the bend, $h^2$, cancels:",
    "`slope` does that for any function, with $h = 0.00001$.",
)
def test_secants_and_the_tangent():
    rise = [((3 + h) ** 2 - 9) / h for h in (3, 1, 0.1, 0.01)]
    np.testing.assert_allclose(rise, [9, 7, 6.1, 6.01])
    for x in (-2.0, 0.0, 5.0):
        np.testing.assert_allclose(((x + 1e-3) ** 2 - (x - 1e-3) ** 2) / 2e-3, 2 * x)
    np.testing.assert_allclose(((3 + 2) ** 2 - (3 - 2) ** 2) / 4, 6)  # be h as large as 2
    assert slope is judge and judge.__defaults__ == (1e-5,)


@says(
    "**the slope of $e^x$ is $e^x$**.",
    "**the slope of $\\ln p$ is $1/p$**.",
    "So the surprise has the slope $-1/p$.",
    "The less probable the right word, the steeper:",
)
def test_two_more_slopes():
    for x in (0.05, 0.5, 1.0, 3.0):
        np.testing.assert_allclose(slope(np.exp, x), np.exp(x), rtol=1e-8)
        np.testing.assert_allclose(slope(np.log, x), 1 / x, rtol=1e-6)
    by_trying = [slope(lambda p: -np.log(p), p) for p in (0.1, 0.5, 1.0)]
    np.testing.assert_allclose(by_trying, [-10, -2, -1], rtol=1e-6)


def four():
    a, b, c, d = (trace(x, n) for x, n in zip([2, 3, -4, 5.0], "abcd", strict=True))
    total = named("total", named("product", a * b) + c)
    return named("loss", total * d), (a, b, c, d), total


@says(
    "It is 10.",
    "And all four should: their slopes are above 0.",
    "By each arrow stands a *factor*, the slope of that one step (×3: the product grows 3 "
    "times as fast as $a$; an $e^s$ would have ×$e^s$).",
    "The slope of the loss itself, 1, is **multiplied** by the factors along a path: "
    "$1 \\cdot 5 \\cdot 1 \\cdot 3 = 15$.",
    "One walk back gives all four: the 5 at *total* is worked out once, and $a$, $b$ and "
    "$c$ use it.",
)
def test_the_four_numbers():
    loss, numbers, total = four()
    found = [float(g) for g in gradients(loss, of=numbers)]
    assert found == [15, 10, 5, 2] and float(gradients(loss, of=total)) == 5
    by_trying = judge(lambda x: (x[0] * x[1] + x[2]) * x[3], np.array([2, 3, -4, 5.0]))
    np.testing.assert_allclose(found, by_trying)
    told = graph(loss, backward=True).alt
    for way in ("loss to total, times 5", "total to product, times 1", "to a, times 3"):
        assert way in told


@says(
    "A nudge takes both paths: $(3 + h)(3 + h)$ rises by $3h + 3h$, and by $h^2$, too "
    "small to count.",
    "So what comes along them is **added**: $3 + 3 = 6$.",
    "Multiply along a path, add where paths meet.",
    "**We can** say how fast a loss grows with every score: multiply along a path, add "
    "where paths meet.",
)
def test_paths(example):
    """The sum over all paths of the products of factors is the slope: a random graph."""
    x = trace(3.0, "x")
    assert float(gradients(x * x, of=x)) == 6
    rng = np.random.default_rng(0)
    for _ in range(5):
        nodes = [trace(v, f"x{i}") for i, v in enumerate(rng.uniform(0.5, 2, 3))]
        along = [1.0, 0.0, 0.0]  # for each number: the sum over all paths back to the first
        for i, j in [(0, 1), *rng.integers(-3, 0, (6, 2)), (-1, 0)]:
            left, right = nodes[i], nodes[j]
            along.append(float(right.value) * along[i] + float(left.value) * along[j])
            nodes.append(left * right)
        np.testing.assert_allclose(gradients(nodes[-1], of=nodes[0]), along[-1])


@says(
    "Softmax: $e^s$ is 2, 1, 1, their sum $Z$ is 4, the probabilities are $\\frac24, "
    "\\frac14, \\frac14$.",
    "Look at the three slopes: $\\frac24 - 1$, $\\frac14$, $\\frac14$.",
    "Through the exponentials each score gets $e^{s_j} / Z$, which is its probability "
    "$p_j$.",
    "The right word gets $-1$ besides, by the long wire.",
)
def test_the_surprise_as_a_graph():
    s = np.log([2.0, 1.0, 1.0])
    np.testing.assert_allclose(softmax(s), [0.5, 0.25, 0.25])
    by_trying = slope(lambda s: -np.log(softmax(s)[0]), s)
    np.testing.assert_allclose(by_trying, [-0.5, 0.25, 0.25], atol=1e-9)
    through = slope(lambda s: np.log(np.exp(s).sum()), s)
    np.testing.assert_allclose(through, softmax(s), atol=1e-9)
    first = [trace(x, name) for x, name in zip(s, "rst", strict=True)]
    total = np.exp(first[0]) + np.exp(first[1]) + np.exp(first[2])
    told = graph(named("surprise", np.log(total) - first[0]), backward=True).alt
    for part in ("r = 0.693 (slope −0.5)", "s = 0 (slope 0.25)", "t = 0 (slope 0.25)"):
        assert part in told
    assert "surprise to r, times −1" in told


@says(
    "In the loss each of our five rows counts a fifth, so there it is $(p - t) / 5$.",
    "Only that of *die*: its score should rise.",
    "All others should fall, some by too little to be seen; the most `<end>`, the wrong "
    "word that the model likes best.",
    "$p$ and $t$ both add up to 1, so the slopes of a row add up to 0.",
)
def test_said_minus_wanted(example):
    logits, wanted, loss = example
    found = gradients(loss, of=logits)
    by_trying = slope(lambda z: cross_entropy(z, wanted), logits.value)
    p, t = softmax(logits.value), np.eye(26)[wanted]
    np.testing.assert_allclose(found, (p - t) / 5, atol=1e-14)
    np.testing.assert_allclose(by_trying, (p - t) / 5, atol=1e-9)
    last, above = found[4], np.maximum(found, 0).sum(axis=1)
    np.testing.assert_allclose(above, -found[t == 1])  # two bars of one length
    assert ((found < 0) == (t == 1)).all()
    assert (last > 0).sum() == 25 and last[wanted[4]] < 0 and abs(last.sum()) < 1e-14
    assert last.argmax() == np.argsort(p[4])[-2] == toy.WORDS.index("<end>")
    assert (abs(last) < abs(last).max() / 1000).sum() >= 2  # of he and brings


@says(
    "Raise the score of *die* by 1: by its slope, $(p - 1)/5$, the loss should fall by "
    "0.0257.",
    "By less.",
    "As $p$ comes near 1, $p - t$ comes near 0: the curve goes flat, and what the other "
    "four rows cost remains.",
    "On a curve a slope keeps its promise near the point alone.",
    "Here a long step helps, but less than promised; among the 764 numbers it can do harm "
    "([Backwards through the machine](14_backwards_through_the_machine.ipynb) tries it).",
)
def test_what_a_slope_promises(example):
    logits, wanted, loss = example
    fast = gradients(loss, of=logits)[4, wanted[4]]
    assert round(fast, 4) == -0.0257

    def change(more):
        scores = logits.value.copy()
        scores[4, wanted[4]] += more
        p = softmax(scores)[range(5), wanted]
        return np.mean(-np.log(p)) - loss.value

    for more in (-2, -1, 0.1, 1, 4):
        assert change(more) > fast * more
    assert change(4) < change(1) < change(0.1) < 0  # a longer step helps more, if less
    assert loss_after(1) > loss.value > loss_after(0.1)  # all 764 at once
    kept = [change(more) / (fast * more) for more in (1e-3, 0.1, 1, 4)]
    assert 0.999 < kept[0] < 1 and (np.diff(kept) < 0).all() and kept[2] < 0.7
    others = -np.log(softmax(logits.value)[range(4), wanted[:4]]).sum() / 5
    np.testing.assert_allclose(loss.value + change(40), others)


@says(
    "To 0: adding the same to all scores moves no weight.",
    "A score reaches the loss through every weight, and paths add up.",
    "Of the terms with $[i = j]$ one is left, $c_j\\,p_j$:",
    "Blue and orange are equally large: the slopes add up to 0.",
    "The third weight costs 5, and still its score should rise: the average costs more.",
    "In the surprise this weight costs $-1/p$, the others 0: on average $p \\cdot "
    "(-\\frac1p) = -1$.",
    "So by the score of that word the slope is $p\\,(-\\frac1p + 1) = p - 1$, by another's "
    "$p_j\\,(0 + 1) = p_j$: *said minus wanted*, by a second road.",
)
def test_softmax_backwards():
    p, costs = np.array([0.5, 0.25, 0.25]), np.array([9.0, 1.0, 5.0])
    moves = np.diag(p) - np.outer(p, p)
    assert (moves != 0).all()
    np.testing.assert_allclose(softmax(np.log(p) + 7.0), p)
    np.testing.assert_allclose(moves @ np.ones(3), 0, atol=1e-15)
    np.testing.assert_allclose(np.ones(3) @ moves, 0, atol=1e-15)
    for j in range(3):  # the one term that is left, and the sum
        terms = [costs[i] * p[i] * ((i == j) - p[j]) for i in range(3)]
        np.testing.assert_allclose(sum(terms), costs[j] * p[j] - p[j] * (costs @ p))
    found = softmax_backward(costs, p)
    assert found.tolist() == [1.5, -1.25, -0.25] and costs @ p == 6 > costs[2] == 5
    told = areas(p, costs, "Each slope is an area.", "weight", "cost")
    drawn = [bar.get_width() * bar.get_height() for bar in told.figure.axes[0].patches[3:]]
    assert drawn == found.tolist() and sum(drawn) == 0
    np.testing.assert_allclose(found, slope(lambda s: costs @ softmax(s), np.log(p)))
    for said in (p, np.array([0.1, 0.2, 0.7])):
        by_trying = slope(lambda s: -np.log(softmax(s)[0]), np.log(said))
        costs = slope(lambda p: -np.log(p[0]), said)  # by the weights, each on its own
        np.testing.assert_allclose(costs, [-1 / said[0], 0, 0], rtol=1e-8)
        np.testing.assert_allclose(costs @ said, -1)
        np.testing.assert_allclose(softmax_backward(costs, said), said - [1, 0, 0])
        np.testing.assert_allclose(by_trying, said - [1, 0, 0], rtol=1e-8)


def steps_to_half(by_probability, p):
    """How many steps against the slope until a right word, at first at p, is at a half."""
    s = np.log([p, (1 - p) * 0.6, (1 - p) * 0.4])
    for step in range(1000):
        if (said := softmax(s))[0] >= 0.5:
            return step
        s = s - softmax_backward([by_probability(said[0]), 0, 0], said)


@says(
    "A milder loss is what is missing, squared: $(1 - p)^2$.",
    "There it costs $-2\\,(1 - p)$, so by the score its slope is $-2\\,p\\,(1 - p)^2$.",
    "The surprise: near $p = 0$ its slope is near −1.",
    "The square's is near 0: the softmax, with its factor $p$, lets little through, just "
    "where the model is wrong and sure.",
    "In the surprise, $-1/p$ makes up for it.",
)
def test_why_a_logarithm():
    for p in (1e-3, 0.1, 1 / 3, 0.9):
        s = np.log([p, (1 - p) * 0.6, (1 - p) * 0.4])
        by_square = slope(lambda s: (1 - softmax(s)[0]) ** 2, s)[0]
        np.testing.assert_allclose(by_square, -2 * p * (1 - p) ** 2, atol=1e-9)
        np.testing.assert_allclose(slope(lambda s: -np.log(softmax(s)[0]), s)[0], p - 1)
    assert abs(by_square) < 0.02 > 2 * 1e-3 * (1 - 1e-3) ** 2
    for p in (0.01, 0.001):  # the surprise does mend it sooner
        soon, late = (steps_to_half(f, p) for f in (lambda p: -1 / p, lambda p: 2 * p - 2))
        assert soon <= 5 and late >= 8 * soon


@says(
    "Wanted may also be shares $t_j$ that add up to 1: the surprises, weighted by them, "
    "are $\\ln Z - \\sum_j t_j s_j$, with slopes $p_j - t_j$ as before.",
    "Not both *you*: they are said more surely than was asked, and should *fall*.",
    "**A slope answers the question that is asked.**",
)
def test_another_wish(example):
    logits, wanted, _ = example
    shares = np.random.default_rng(0).dirichlet(np.ones(26), 5)
    asked = 0.9 * np.eye(26)[wanted] + 0.1 / 26
    for wish in (shares, asked):

        def surprise(scores, wish=wish):
            return -np.mean(np.sum(wish * np.log(softmax(scores)), axis=1))

        by_trying = slope(surprise, logits.value)
        said = softmax(logits.value)
        np.testing.assert_allclose(by_trying, (said - wish) / 5, atol=1e-9)
    by_right = (said - asked)[range(5), wanted]
    assert [toy.WORDS[i] for i in np.asarray(wanted)[by_right > 0]] == ["you", "you"]
    assert round(0.9 + 0.1 / 26, 3) == 0.904
