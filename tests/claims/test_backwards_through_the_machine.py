"""What the chapter on the way back says, proved."""

import numpy as np
import pytest
import torch

from tests.claims.claim import output, says
from tests.claims.no_transpose import ends
from tfmath import encode, gradients, named, slope, steps, toy, transformer
from tfmath.learning.loss import cross_entropy
from tfmath.learning.train import loss_and_gradients, make_batch
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import count, starting_values, traced
from tfmath.parts.standardize import standardize, standardize_backward
from tfmath.practice.backwards import loss_after
from tfmath.study.missing_transpose import SMOOTHED, WAYS, error_of_slope
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import backward, trace

CHAPTER = "14_backwards_through_the_machine.ipynb"
DEFINITIONS = (
    "From there we go down, to every table.",
    "For all numbers at once:",
    "The gradient by the key, a table of its shape, all the way from the gradient by the "
    "output.",
    "A word may come twice.",
)


@pytest.fixture(scope="module")
def loss():
    read = encode("when you play game of thrones", toy.WORDS)
    written = encode("<start> you win or you".split(), toy.WORDS)
    wanted = encode("you win or you die".split(), toy.WORDS)
    logits = transformer(traced(toy.load(), toy.WORDS), read, written)
    return named("loss", cross_entropy(logits, wanted))


# Why backwards --------------------------------------------------------------------------


@says(
    "Two products back for each one forwards, each with as many multiplications as that "
    "one: the walk costs about twice as much as the run, however many numbers there are.",
)
def test_the_way_back_costs_two_products_for_each(loss):
    assert output(CHAPTER, "bb14count").strip() == "23 products forwards, 46 back"
    found = backward(loss)
    for n_layers in (1, 2):
        rng = np.random.default_rng(n_layers)
        sizes = toy.shapes(9, 5, 2, d_k=4, d_v=3, d_ff=7, n_layers=n_layers)
        logits = transformer(traced(starting_values(rng, sizes)), [1, 2, 3], [4, 5])
        found = backward(named("loss", cross_entropy(logits, [6, 7])))
        forwards = sum(multiply_adds(logits).values())
        both = sum(multiply_adds(named("all", _joined(found))).values())
        assert both - forwards == 2 * forwards


def _joined(found):
    """One number that needs all the gradients."""
    total = 0.0
    for gradient in found.values():
        total = total + gradient.sum()
    return total


@says(
    "By trying, the 175 billion numbers of GPT-3 (Brown and others, 2020) would take 350 "
    "billion runs.",
)
def test_trying_takes_two_runs_a_number():
    assert 2 * 175 == 350 and 2 * count(toy.load()) == 1528
    assert output(CHAPTER, "bb14walk").splitlines()[1].startswith("1528 runs by trying")


# Rules ----------------------------------------------------------------------------------


@says(
    "Only $Y_{00}$, where it is multiplied by $X_{01} = 2$.",
    "Every column of $Y$.",
    "Three paths lead back to it, and they are added: $3\\cdot1 + 4\\cdot10 + 0\\cdot100 = "
    "43$.",
)
def test_who_uses_which_number():
    X, W = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0, 0.0], [5.0, 6.0, 1.0]])
    more = W.copy()
    more[1, 0] += 1
    assert (X @ more - X @ W).tolist() == [[2, 0, 0]]
    assert ([[2.0, 2.0]] @ W - X @ W).tolist() == [W[0].tolist()]
    assert 3 * 1 + 4 * 10 + 0 * 100 == 43


@says(
    "a lookup, `embedding[ids]` | each row back to its word; of a word that comes twice, "
    "both are added |",
    "All of it is *multiply along a path, add where paths meet*.",
)
def test_the_small_rules():
    rng = np.random.default_rng(2)
    x, g = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    gain, rows = trace(rng.normal(size=3), "gain"), trace(x, "x")
    found = gradients((rows * gain * g).sum(), of=[gain, rows])
    np.testing.assert_allclose(found[0], (x * g).sum(axis=0))
    np.testing.assert_array_equal(gradients(((rows + rows * 0) * g).sum(), of=rows), g)
    bent = gradients((np.maximum(rows, 0) * g).sum(), of=rows)
    np.testing.assert_array_equal(bent, np.where(x > 0, g, 0))
    beside = gradients((np.concatenate([rows, rows], axis=1)[:, :3] * g).sum(), of=rows)
    np.testing.assert_array_equal(beside, g)
    table = trace(rng.normal(size=(5, 3)), "table")
    looked = gradients((table[[2, 0, 2, 1]] * g).sum(), of=table)
    np.testing.assert_allclose(looked, [g[1], g[3], g[0] + g[2], [0] * 3, [0] * 3])


@says(
    "None.",
    'Even the row of "storm", which occurs nowhere here, is pushed, about as much as a row '
    "in the middle.",
)
def test_every_word_is_pushed(loss):
    found = gradients(loss)["embedding"]
    assert not (found == 0).all(axis=1).any()
    largest = np.abs(found).max(axis=1)
    assert 0.85 < largest[toy.WORDS.index("storm")] / np.median(largest) < 1.15


@says(
    "Two things cannot change $\\hat x$: moving the whole row, and stretching it.",
    "So what $g$ says about these two is taken out; and the wider a row is spread "
    "($\\sigma$), the less a nudge moves $\\hat x$:",
    "Their sum is 0: moving the whole row gains nothing.",
)
def test_the_norm():
    rng = np.random.default_rng(6)
    for _ in range(20):
        x, g = rng.normal(size=(2, 6))
        normed = standardize(x, epsilon=0.0)
        for same in (x + 3, 4 * x):
            np.testing.assert_allclose(standardize(same, epsilon=0.0), normed, atol=1e-12)
        found = standardize_backward(g, normed, x, epsilon=0.0)
        by_trying = slope(lambda x, g=g: g @ standardize(x, epsilon=0.0), x)
        np.testing.assert_allclose(found, by_trying, atol=1e-7)
        by_formula = (g - g.mean() - normed * (g * normed).mean()) / x.std()
        np.testing.assert_allclose(found, by_formula, atol=1e-12)
        assert abs(found.sum()) < 1e-12 and abs(found @ x) < 1e-10
        wide = standardize_backward(g, normed, 2 * x, epsilon=0.0)
        np.testing.assert_allclose(wide, found / 2, atol=1e-12)
    row, g = np.array([1.0, 1, 5, 5]), np.array([8.0, 0, 0, 0])
    normed = standardize(row, epsilon=0.0)
    assert normed.tolist() == [-1, -1, 1, 1]
    assert standardize_backward(g, normed, row, epsilon=0.0).tolist() == [2, -2, 0, 0]


@says(
    "And the loss cares for the first number alone, yet the second moves too: lowering it "
    "lowers the mean and widens the row, and both lift the first number of $\\hat x$.",
    "Lowering the third lowers the mean as well, but narrows the row; here the two cancel.",
)
def test_why_the_second_moves_and_the_third_does_not():
    row = np.array([1.0, 1, 5, 5])

    def effects(i):
        by_mean = slope(lambda x: (row[0] - x.mean()) / row.std(), row)[i]
        by_width = slope(lambda x: (row[0] - row.mean()) / x.std(), row)[i]
        return np.round([by_mean, by_width], 6).tolist()

    assert effects(1) == [-0.125, -0.125]  # lowering it: up by both
    assert effects(2) == [-0.125, 0.125]


# A mistake ------------------------------------------------------------------------------


@says(
    "Three judges, all with the same $G$, each with a way of its own from there.",
    "(A mistake in $G$ itself would have shown among the 764.)",
    "All agree, to ten decimals.",
)
def test_the_judges(loss):
    found, record = gradients(loss), steps(loss)
    part = "encoder / layer 1 / self-attention / "
    read, heads = record["encoder / input"].value, part + "heads / "
    for error, agrees in ((1, True), (1.001, False)):
        weights = record[heads + "weights"].value[0]
        by_value = read.T @ weights.T @ (error * found[heads + "output"][0])
        assert np.allclose(by_value, found[part + "W_V"][0], rtol=0, atol=1e-8) == agrees
    assert output(CHAPTER, "c40").count("yes") == 9
    assert not torch.nn.functional.scaled_dot_product_attention.__module__.startswith("tf")


@says(
    "In self-attention there are as many queries as keys, so the table is square, and no "
    "shape tells.",
    "With other sizes, as in cross-attention, it would have stopped with an error: that is "
    "why sizes differ, wherever they may, in the tests of this project.",
)
def test_no_shape_tells():
    assert "shape yes yes yes" in " ".join(output(CHAPTER, "c46").split())
    assert "slope agrees yes no yes" in " ".join(output(CHAPTER, "c46").split())
    scores, query = np.zeros((5, 6)), np.zeros((5, 3))
    with pytest.raises(ValueError, match="matmul"):
        scores @ query


@says(
    "We trained the toy model from ten random starts, 300 steps each: with the right way "
    "back, and with this one in every self-attention.",
    "All twenty write all three quotes.",
    "On four seeds the *wrong* way back ends with the lower loss.",
    "Eight of the ten wrong ones end where right ones end, too; only seeds 1 and 6 stand "
    "out.",
    "And after 1000 steps these two have caught up: one is below the right way's loss, one "
    "just above.",
)
def test_training_hardly_notices():
    right, wrong = ends()
    assert right["seed"].tolist() == wrong["seed"].tolist() == list(range(10))
    assert set(right["right"]) == set(wrong["right"]) == {3}
    assert (wrong["loss"] < right["loss"]).sum() == 4
    low, high = right["loss"].min(), right["loss"].max()
    out = (wrong["loss"] < low) | (wrong["loss"] > high)
    assert wrong["seed"][out].tolist() == [1, 6]
    assert {"right", "missing"} < set(WAYS) and right["loss"].min() > 0.626
    right, wrong = ends(step=1000)
    assert right["seed"].tolist() == wrong["seed"].tolist() == [1, 6]
    above = wrong["loss"] - right["loss"]
    assert (np.abs(above) < 0.003).all() and above[0] < 0 < above[1]


@says(
    "Ten of ten, at once, before a single step.",
    "So a loss that falls proves nothing about the gradient; every gradient of this course "
    "is held against its slope.",
)
def test_the_slope_notices():
    right, *wrong = ends(*WAYS)
    assert (right["off"] < 1e-4).all() and all((w["off"] > 0.5).all() for w in wrong)
    batch = make_batch(toy.PAIRS, toy.WORDS)
    start = starting_values(np.random.default_rng(77), toy.SIZES)  # a start not stored
    assert error_of_slope(start, batch, **WAYS["missing"]) > 0.5


@says(
    "Why does training get by without this gradient?",
    "We also put 0 in its place: on all ten starts the three quotes come.",
    "With its sign turned round, on eight of ten.",
    "At the start the keys' tables hold less than 2 % of the sum of all slopes squared; "
    "the rest makes up for them.",
)
def test_the_rest_makes_up_for_the_keys():
    zero, turned = ends("zero", "turned")
    assert len(zero["seed"]) == len(turned["seed"]) == 10
    assert (zero["right"] == 3).sum() == 10 and (turned["right"] == 3).sum() == 8
    batch = make_batch(toy.PAIRS, toy.WORDS)
    for seed in range(10):
        start = starting_values(np.random.default_rng(seed), toy.SIZES)
        _, found = loss_and_gradients(start, batch, **SMOOTHED)
        squares = {name: np.sum(slopes**2) for name, slopes in found.items()}
        keys = sum(v for n, v in squares.items() if n.endswith("self-attention / W_K"))
        assert keys < 0.02 * sum(squares.values())


# Printed, and a step --------------------------------------------------------------------


@says(
    "These are the lines that we wrote by hand.",
)
def test_the_printed_way_back():
    said = output(CHAPTER, "c50")
    back = ("grad_weights = grad_output @ V.T", "grad_V = weights.T @ grad_output")
    for line in (*back, "grad_Q = grad_products @ K", "grad_K = (Q.T @ grad_products).T"):
        assert line in said


@says(
    "The smallest rate lowers it nearly as promised, 0.1 by three quarters of what it "
    "promised.",
    "A rate of 1 promises a loss below 0, which cannot be; in truth it grows.",
    "The promise holds for small steps and breaks for large ones: a gradient is true where "
    "it was taken, and only near it.",
)
def test_a_step_downhill(loss):
    grads, before = gradients(loss), float(loss.value)
    square = sum(np.sum(grads[name] ** 2) for name in flatten(toy.load()))
    for rate, least in ((0.001, 0.99), (0.01, 0.97), (0.1, 0.75)):
        assert least < (before - loss_after(rate)) / (rate * square) < 1.01
    assert (before - loss_after(0.1)) / (0.1 * square) < 0.78
    assert before - square < 0 and loss_after(1) > before < loss_after(10)
    moved = {n: table - grads[n] for n, table in flatten(toy.load()).items()}
    read = encode("when you play game of thrones", toy.WORDS)
    written = encode("<start> you win or you".split(), toy.WORDS)
    wanted = encode("you win or you die".split(), toy.WORDS)
    there = cross_entropy(transformer(traced(unflatten(moved)), read, written), wanted)
    now = gradients(there, of=steps(there)["embedding"])
    cosine = np.sum(now * grads["embedding"]) / np.linalg.norm(now)
    assert cosine / np.linalg.norm(grads["embedding"]) < 0.9  # another slope, elsewhere
