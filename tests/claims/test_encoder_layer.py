"""What the chapter on the encoder layer says, proved."""

import functools

import numpy as np
import pytest
import torch

from tests.claims.claim import says
from tests.claims.trained_anew import (  # noqa: F401  (tests, run from here)
    test_trained_anew_with_one_layer,
    test_trained_anew_with_six_layers,
    test_without_sums_all_places_are_one,
)
from tests.claims.twelve_layers import (  # noqa: F401
    norm_first,
    sample_norm,
    test_how_sharply_they_look,
    test_sizes,
)
from tfmath import encode, feed_forward, gelu, toy
from tfmath.model.names import flatten
from tfmath.model.transformer import encode_source
from tfmath.parts.norm import layer_norm, pre_norm, standardize
from tfmath.study.averaging import spreads
from tfmath.study.crossed_out import (
    _only_at,
    crossed_out,
    silenced,
    surprise,
    without_norm,
)
from tfmath.study.leak import who_notices

CHAPTER = "10_encoder_layer.ipynb"
DEFINITIONS = (
    "The loss is the mean surprise at the right word, over all three quotes.",
    "Now all five norms at once (the decoder has three), or all sums of both stacks.",
    "And both networks with another bend, or with none:",
    "We trained anew, from three starts, 400 steps at the rate 0.005: without all sums, "
    "all norms (gain and bias stay), or both networks (hidden numbers are 0).",
    "Then the wire of the sums, on the left, passes by all boxes:",
    "Some rows that it is tried on are nearly constant, some constant.",
)

SOURCE = encode("when you play game of thrones", toy.WORDS)
RIGHT = [right for _, right in toy.PAIRS]
ROW = np.array([4.0, 6.0, 7.0, 8.0, 10.0])
LAYER = "encoder / layer 1 / "


def written(**variant):
    texts = [[w for w, _ in toy.finish(toy.load(), r, **variant)] for r, _ in toy.PAIRS]
    return [" ".join(word for word in text if word != "<end>") for text in texts]


# The layer ------------------------------------------------------------------------------


@says(
    "Read the drawing from below: six words, each a row of five numbers.",
    "The layer does not replace its input by what attention says; it *adds* the two:",
)
def test_the_sum():
    record = toy.worked_example()
    x = record["encoder / input"].value
    said = record[LAYER + "self-attention / output"].value
    assert x.shape == (6, 5)
    np.testing.assert_array_equal(record[LAYER + "norm 1 / residual"].value, x + said)


@says(
    "The mean of the squares, 20 / 5 = 4, is the *variance* $\\sigma^2$, its root is 2.",
    "Its mean is 7, the deviations are (−3, −1, 0, 1, 3), their squares add up to 20.",
    "It comes out as zeros.",
)
def test_the_norm_by_hand():
    away = ROW - 7
    assert ROW.mean() == 7 and away.tolist() == [-3, -1, 0, 1, 3] and away @ away == 20
    assert ROW.var() == 4 and ROW.std() == 2
    np.testing.assert_allclose(standardize(ROW, epsilon=0.0), away / 2)
    assert standardize(np.full(5, 7.0)).tolist() == [0] * 5


@says(
    "Nothing, in three decimals: **standardizing forgets how high a row lies and how far "
    "it spreads, and keeps its pattern**.",
    "(Its length becomes $\\sqrt5$.)",
)
def test_what_standardizing_forgets():
    for row in np.random.default_rng(3).normal(size=(50, 7)):
        same = standardize(row, epsilon=0.0)
        for other in (row + 100, 10 * row, 0.001 * row - 5):
            np.testing.assert_allclose(standardize(other, epsilon=0.0), same, atol=1e-9)
        moved = (standardize(10 * row) - standardize(row)).round(3)
        assert np.abs(moved).max() <= 0.001
    rows = [standardize(other).round(3).tolist() for other in (ROW, ROW + 100, 10 * ROW)]
    assert rows[0] == rows[1] == rows[2]
    lengths = [np.linalg.norm(standardize(other)) for other in (ROW, ROW + 100, 10 * ROW)]
    np.testing.assert_allclose(lengths, np.sqrt(5), rtol=1e-5)
    assert np.any(standardize(0.001 * ROW).round(3) != rows[0])  # there ε is not small


@says(
    "Then each of the five columns gets a scale $\\gamma$, the *gain*, and a centre "
    "$\\beta$, the *bias*; both are learned.",
    "In the model (*deviation* is the root; mean and deviation have one column, 0):",
)
def test_gain_and_bias():
    tables, record = flatten(toy.load()), toy.worked_example()
    for name in ("gain", "bias"):
        table = tables[LAYER + f"norm 1 / {name}"]
        assert table.shape == (5,) and len(set(table.tolist())) > 1
    rows = record[LAYER + "norm 1 / residual"].value
    root = np.sqrt(rows.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(record[LAYER + "norm 1 / deviation"].value, root)
    before, after = (
        record[LAYER + f"norm 1 / {n}"].value[1] for n in ("normalized", "output")
    )
    assert before[1] < before[4] and after[1] > after[4]  # as the drawing's title says


@says(
    "No matrix alone can do that: whatever it makes of 3, of −3 it makes minus as much.",
    "Without a bend a network can do no more than one matrix: two matrices in a row are "
    "one.",
)
def test_matrices():
    rng = np.random.default_rng(5)
    x, A, B = rng.normal(size=(6, 4)), rng.normal(size=(4, 9)), rng.normal(size=(9, 4))
    np.testing.assert_array_equal(-x @ A, -(x @ A))
    b_1, b_2 = rng.normal(size=9), rng.normal(size=4)
    straight = feed_forward(x, A, b_1, B, b_2, activation=lambda z: z)
    np.testing.assert_allclose(straight, x @ (A @ B) + (b_1 @ B + b_2), atol=1e-12)
    bent = feed_forward(np.array([[-3.0], [3.0]]), [[1.0, -1.0]], [0, 0], [[1], [1]], [0])
    assert bent.tolist() == [[3], [3]]


@says(
    "A [dictionary](05_a_soft_dictionary.ipynb) again: the columns of $W_1$ are keys, the "
    "rows of $W_2$ values (Geva et al., 2021).",
    "If $h_j = x \\cdot k_j + b_j$ is positive, value $j$ is added $h_j$ times.",
    "No softmax: each drawer opens by itself.",
)
def test_the_network_is_a_dictionary():
    record, tables = toy.worked_example(), toy.load()["encoder"]["layer 1"]["feed-forward"]
    keys, values = tables["W_1"].T, tables["W_2"]
    hidden = record[LAYER + "feed-forward / hidden"].value
    for x, h, out in zip(
        record[LAYER + "norm 1 / output"].value,
        hidden,
        record[LAYER + "feed-forward / output"].value,
        strict=True,
    ):
        fits = [x @ k + b for k, b in zip(keys, tables["b_1"], strict=True)]
        added = sum(f * v for f, v in zip(fits, values, strict=True) if f > 0)
        np.testing.assert_allclose(added + tables["b_2"], out, atol=1e-12)
        np.testing.assert_allclose(np.maximum(fits, 0), h, atol=1e-12)  # key by key
    assert SOURCE[2] == toy.WORDS.index("play") and (hidden[2] > 0).sum() == 2
    assert hidden.shape == (6, 7)


@says(
    "One: the changed word's own.",
    "In this layer words meet in attention, and nowhere else.",
    "**Missing:** it reads, but writes nothing.",
)
def test_where_words_meet():
    def noticed(tables):
        return who_notices(lambda ids: encode_source(tables, ids), SOURCE, 26)

    deaf = silenced(toy.load(), LAYER + "self-attention / W_O")
    assert noticed(toy.load()).all()
    assert encode_source(toy.load(), SOURCE).shape == (6, 5)  # rows, and no word
    np.testing.assert_array_equal(noticed(deaf), np.eye(6, dtype=bool))
    words, network = toy.load()["embedding"], toy.load()["encoder"]["layer 1"]
    for part in (
        standardize,
        functools.partial(layer_norm, **network["norm 1"]),
        functools.partial(feed_forward, **network["feed-forward"]),
    ):
        own = who_notices(lambda ids, part=part: part(words[ids]), SOURCE, 26)
        np.testing.assert_array_equal(own, np.eye(6, dtype=bool))


# The trained model without a part -------------------------------------------------------


@says(
    "A single norm is missed least, the second sum most.",
    "A norm of the encoder is hardly missed; all five make the loss more than sixty times "
    "as large.",
)
def test_which_part_is_missed():
    parts = ["attention", "feed-forward", "sum 1", "sum 2", "norm 1", "norm 2"]
    tried = ["nothing", "the norms", *[f"the encoder's {part}" for part in parts]]
    whole, norms, *rows = (row["loss"] for row in crossed_out(toy.load(), tried))
    loss = dict(zip(parts, rows, strict=True))
    assert sorted(loss, key=loss.get)[:2] == ["norm 2", "norm 1"]
    assert max(loss, key=loss.get) == "sum 2" and loss["norm 1"] < whole + 0.03
    alone = {f"{stack} / layer 1 / norm 1": 0 for stack in ("encoder", "decoder")}
    for place in alone:
        tables, variant = _only_at(place, without_norm)(toy.load())
        alone[place] = surprise(tables, **variant)
    assert list(alone.values())[0] == pytest.approx(loss["norm 1"], rel=1e-12)
    assert norms > 60 * whole and 10 * whole < alone["decoder / layer 1 / norm 1"] < norms


@says(
    "The rounder bend does hardly any harm.",
)
def test_the_bend():
    assert written(activation=lambda z: z) != RIGHT
    assert written(activation=gelu) == RIGHT
    assert surprise(toy.load(), activation=gelu) < surprise(toy.load()) + 0.02


# Why the sum ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apart():
    """Seed by seed, without the sum and with it, a norm behind each attention."""
    x = toy.worked_example()["encoder / input"].value
    joins = (lambda x, a: standardize(a), lambda x, a: standardize(x + a))
    found = [[spreads(x, join, 60, seed) for seed in range(10)] for join in joins]
    return np.array(found)


@says(
    "Averages of averages of averages (Dong et al., 2021): without the sum, after three "
    "attentions these rows agree to a thousandth.",
    "(So they do in 186 of 200 draws, and after five in all.)",
    "It is the averaging: rows that look at themselves alone are far apart after three, in "
    "all 200 draws.",
    "With a norm behind it the sum *slows* this down, and does not prevent it.",
    "With the norm first it is slower still: the sum grows, so each new average weighs "
    "less.",
    "After 60 they differ in all 200 draws.",
)
def test_averages(apart):
    without, with_sum = apart
    assert without[0, 3] < 0.001 < with_sum[:, 12].min()
    assert with_sum[:, 60].max() < 0.001
    x = toy.worked_example()["encoder / input"].value
    draws = [spreads(x, lambda x, a: standardize(a), 5, seed) for seed in range(200)]
    alike = (np.array(draws) < 0.001).sum(axis=0)
    assert (alike[3], alike[5]) == (186, 200)
    found = norm_first(x, after=(1, 12, 60, 240))
    near, sizes, shares = np.moveaxis(np.array(found), 1, 0)  # a row for each moment
    assert near[2].min() > 0.1 > 0.001 > with_sum[:, 60].max()
    assert near[2].min() > 0.1 and 0.4 < np.median(near[3]) / np.median(near[2]) < 0.6
    assert np.all(np.diff(np.median(sizes, axis=1)) > 0) and np.all(sizes[2] > sizes[0])
    assert np.all(np.diff(np.median(shares, axis=1)) < 0)
    for seed in range(200):  # W_V alone, and no other row is looked at
        tables = np.random.default_rng(seed).normal(0, 1 / np.sqrt(5), size=(3, 3, 5, 5))
        rows = functools.reduce(lambda rows, W: standardize(rows @ W[2]), tables, x)
        assert np.ptp(rows, axis=0).max() > 0.4


# Small differences ----------------------------------------------------------------------


@says(
    "Our model, trained with $d$, gets $d - 1 = 4$ in all five norms: each standardized "
    "number becomes $\\sqrt{4/5}$ times as large.",
    "As pre-norm it does not.",
    "With $d - 1$ it does, and the other two quotes as well: the words hide it.",
    "What shows it is a second way to compute the same number, such as PyTorch's "
    "`LayerNorm`.",
    "At 512 columns the factor is 0.999.",
)
def test_the_sample_s_deviation():
    assert written(block=sample_norm) == RIGHT
    assert all(a != b for a, b in zip(written(block=pre_norm), RIGHT, strict=True))
    x = np.random.default_rng(1).normal(size=(4, 5))
    ours = standardize(x, epsilon=0.0)
    wrong = sample_norm("norm", x, lambda x: 0 * x, np.ones(5), np.zeros(5))
    np.testing.assert_allclose(wrong, np.sqrt(4 / 5) * ours)
    theirs = torch.nn.LayerNorm(5, elementwise_affine=False)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(standardize(x), theirs, atol=1e-12)
    assert np.abs(wrong - theirs).max() > 0.05
    assert round(np.sqrt(511 / 512), 3) == 0.999
    assert len([name for name in flatten(toy.load()) if name.endswith("gain")]) == 5


@says(
    "The ε shows in rows whose numbers are almost equal.",
    "At σ = 0.001 the root with ε inside is more than three times σ: the row comes out "
    "small.",
    "With ε outside it comes out at full size: noise, as loud as a word.",
)
def test_epsilon():
    shape = np.array([-1.5, -0.5, 0.0, 0.5, 1.5])
    assert shape.mean() == 0 and shape.var() == 1
    assert 3 < np.sqrt(0.001**2 + 1e-5) / 0.001 < 4
    assert standardize(0.001 * shape).max() < 0.5 < 1.4 < (0.0015 / (0.001 + 1e-5))
    np.testing.assert_allclose(standardize(shape), shape / (1 + 1e-5), atol=1e-5)
    sizes = [standardize(size * shape).max() for size in (1, 0.1, 0.01, 1e-3, 1e-4, 1e-5)]
    assert all(np.diff(sizes) < 0) and sizes[-1] < 0.01
