"""What the chapter on the encoder layer says, proved."""

import functools

import numpy as np
import pytest
import torch

from tests.claims.claim import output, says
from tfmath import encode, encoder_layer, feed_forward, gelu, gradients, named, toy, trace
from tfmath.model.names import flatten
from tfmath.model.parameters import shapes, starting_values
from tfmath.model.transformer import encode_source
from tfmath.parts.norm import layer_norm, post_norm, pre_norm, standardize
from tfmath.study.averaging import spreads
from tfmath.study.crossed_out import crossed_out, silenced, surprise, without_sum
from tfmath.study.leak import who_notices

CHAPTER = "10_encoder_layer.ipynb"
DEFINITIONS = (
    "The sums and the norms go in all five places, the decoder's too; attention and "
    "network are the encoder's alone.",
    "The loss is the mean surprise at the right word, over all three quotes.",
    "Keep the networks, but take out their bend, in encoder and decoder; or put 0 for all "
    "hidden numbers:",
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
    "Below: six words, each a row of five numbers.",
    "The layer does not replace its input by what attention says; it *adds* the two:",
)
def test_the_sum():
    record = toy.worked_example()
    x = record["encoder / input"].value
    said = record[LAYER + "self-attention / output"].value
    assert x.shape == (6, 5)
    np.testing.assert_array_equal(record[LAYER + "norm 1 / residual"].value, x + said)


@says(
    "The mean of the squares, 1, is the *variance*.",
    "Its mean is 7, the deviations are (−3, −1, 0, 1, 3), their squares add up to 20.",
    "It comes out as zeros.",
)
def test_the_norm_by_hand():
    np.testing.assert_allclose(standardize([1.0, 3.0], epsilon=0.0), [-1, 1])
    away = ROW - 7
    assert ROW.mean() == 7 and away.tolist() == [-3, -1, 0, 1, 3] and away @ away == 20
    np.testing.assert_allclose(standardize(ROW, epsilon=0.0), away / 2)
    assert standardize(np.full(5, 7.0)).tolist() == [0] * 5


@says(
    "Three decimals show no change.",
    "**standardizing forgets how high a row lies and how far it spreads, and keeps its "
    "pattern**.",
    "(Exactly so without the ε.)",
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
    assert np.any(standardize(0.001 * ROW).round(3) != rows[0])  # there ε is not small


@says(
    "Then each of the five columns gets a scale $\\gamma$, the *gain*, and a centre "
    "$\\beta$, the *bias*; both are learned.",
    "*Deviation* is the root.",
)
def test_gain_and_bias():
    tables, record = flatten(toy.load()), toy.worked_example()
    for name in ("gain", "bias"):
        table = tables[LAYER + f"norm 1 / {name}"]
        assert table.shape == (5,) and len(set(table.tolist())) > 1
    rows = record[LAYER + "norm 1 / residual"].value
    root = np.sqrt(rows.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(record[LAYER + "norm 1 / deviation"].value, root)


@says(
    "No matrix alone can do that: whatever it makes of 3, of −3 it makes minus as much.",
    "What it can compute then, one matrix can: two matrices in a row are one.",
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
    "The network: without it this quote is still right, and the loss rises from 0.12 to "
    "0.31."
)
def test_which_part_is_needed_least():
    parts = ["the sums", "the norms", "the encoder's attention"]
    *others, network = crossed_out(
        toy.load(), [*parts, "nothing", "the encoder's feed-forward"]
    )
    (*broken, whole) = others
    assert all(row["loss"] > network["loss"] for row in broken)
    read, right = toy.PAIRS[1]
    assert network[read] == right and all(row[read] != right for row in broken)
    assert (round(whole["loss"], 2), round(network["loss"], 2)) == (0.12, 0.31)


@says(
    "Without its bend a network is no better than one that is silent.",
    "The rounder bend does hardly any harm, though the model was never trained with it.",
)
def test_the_bend():
    networks = [
        f"{stack} / layer 1 / feed-forward / {table}"
        for stack in ("encoder", "decoder")
        for table in ("W_2", "b_2")
    ]
    straight = surprise(toy.load(), activation=lambda z: z)
    assert straight > surprise(toy.load(), activation=lambda z: 0 * z)
    assert straight > surprise(silenced(toy.load(), *networks))
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
    "Averages of averages of averages: without the sum, after three attentions the rows "
    "agree to a thousandth.",
    "The sum *slows* this down; it does not prevent it.",
    "After 60 they agree with the sum, too.",
)
def test_averages(apart):
    without, with_sum = apart
    assert without[:, 3].max() < 0.001 < with_sum[:, 12].min()
    assert with_sum[:, 60].max() < 0.001
    assert "with the sum: 0.000002" in output(CHAPTER, "c11")


def through(block, width=64, seed=0, n_layers=12):
    """All slopes from the first row at the beginning to the first number at the end."""
    rng = np.random.default_rng(seed)
    half = width // 2
    sizes = shapes(26, width, 2, d_k=half, d_v=half, d_ff=4 * width, n_layers=n_layers)
    rows = trace(rng.normal(size=(6, width)), "input")
    for layer in starting_values(rng, sizes)["encoder"].values():
        rows = encoder_layer(rows, layer, block=block)
    slope = np.abs(gradients(named("end", rows[0, 0]))["input"][0]).max()
    return slope, np.sqrt((rows.value**2).mean())


@pytest.fixture(scope="module")
def slopes():
    """The largest slope and the size of the rows: a block, a seed, the two."""
    blocks = (without_sum, post_norm, pre_norm)
    return np.array([[through(block, seed=s) for s in range(5)] for block in blocks])


@says(
    "But with a norm around it about a tenth comes through, and with no sum at all not "
    "much less.",
    "Where the sum is left alone, the slope stays near 1: from the end back to the "
    "beginning there is a path of sums alone.",
)
def test_slopes(slopes):
    alone, post, pre = np.median(slopes[..., 0], axis=1)
    assert 0.05 < post < 0.2 and post / 2 < alone < 2 * post
    assert 0.5 < slopes[2, :, 0].min() and slopes[2, :, 0].max() < 2
    assert slopes[:2, :, 0].max() < slopes[2, :, 0].min()


@says("With 24 layers it is the same.")
def test_slopes_of_a_deeper_stack():
    blocks, seeds = (without_sum, post_norm, pre_norm), range(3)
    found = [[through(block, 64, s, 24)[0] for s in seeds] for block in blocks]
    alone, post, pre = np.median(found, axis=1)
    assert 0.05 < post < 0.2 and post / 2 < alone < 2 * post and 0.5 < pre < 2


@says("Their rows grow, so they get one more norm at the very end.")
def test_pre_norm_grows(slopes):
    size = slopes[..., 1]
    np.testing.assert_allclose(size[:2], 1, atol=1e-3)  # gain 1, bias 0: by construction
    assert size[2].min() > 1.5


@says("(We took 64 columns, because with six chance decides.)")
def test_chance_decides_with_six_columns():
    order = {through(post_norm, 6, s)[0] < through(pre_norm, 6, s)[0] for s in (0, 12)}
    assert order == {True, False}


@says("Once a model is trained, the two cannot be exchanged:")
def test_exchanged():
    assert all(a != b for a, b in zip(written(block=pre_norm), RIGHT, strict=True))
    assert surprise(toy.load(), block=pre_norm) > 10


# Small differences ----------------------------------------------------------------------


def sample_norm(where, x, sublayer, gain, bias):
    x = x + sublayer(x)
    away = x - x.mean(axis=-1, keepdims=True)
    return away / np.std(x, axis=-1, ddof=1, keepdims=True) * gain + bias


@says(
    "Our model, trained with $d$, gets $d - 1 = 4$ in all five norms: each standardized "
    "number becomes $\\sqrt{4/5}$ times as large.",
    "It does, and the other two quotes as well.",
    "As the words stay right, nobody notices.",
    "What notices is a second way to compute the same number, such as PyTorch's "
    "`LayerNorm`.",
    "At 512 columns the factor is 0.999.",
)
def test_the_sample_s_deviation():
    assert written(block=sample_norm) == RIGHT
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
    "Inside, a row that says almost nothing stays small.",
    "Outside, at σ = 0.001, it comes out at full size: noise, as loud as a word.",
)
def test_epsilon():
    shape = np.array([-1.5, -0.5, 0.0, 0.5, 1.5])
    assert shape.mean() == 0 and shape.var() == 1
    assert standardize(0.001 * shape).max() < 0.5 < 1.4 < (0.0015 / (0.001 + 1e-5))
    assert standardize(1e-5 * shape).max() < 0.01
