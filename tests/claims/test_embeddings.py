"""What the chapter on embeddings says, proved."""

import numpy as np
import torch

from tests.claims.claim import output, says
from tfmath import encode, gradients, lookup, named, one_hot, toy, trace
from tfmath.study.scaling import transformer_multiply_adds

CHAPTER = "02_embeddings.ipynb"
DEFINITIONS = ("**An id is only a name.",)

E = toy.load()["embedding"]
SENTENCE = "when you play game of thrones"
IDS = encode(SENTENCE, toy.WORDS)


@says(
    "Six words have become six ids: 8, 9, 10, 12, 13, 14.",
    "(The numbers in it are those of the model's table, made √5 times as large;",
    "Each word became its row of $E$.",
)
def test_the_box():
    assert IDS.tolist() == [8, 9, 10, 12, 13, 14] and E.shape == (26, 5)
    scaled = toy.worked_example()["encoder / scaled embedding"].value
    np.testing.assert_allclose(scaled, np.sqrt(5) * E[IDS], atol=1e-15)
    np.testing.assert_array_equal(one_hot(IDS, 26) @ E, E[IDS])


@says(
    "The work of a Transformer is mostly one operation, the **matrix product**, in which "
    "two tables make a third."
)
def test_products_are_most_of_the_work():
    """Of all numbers that are made: a product's cost is many times that of a sum."""
    record = toy.worked_example()
    products = transformer_multiply_adds(
        n_source=6, n_target=5, vocab_size=26, d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7
    )
    others = sum(record[name].size for name in record if record[name].inputs)
    assert sum(products.values()) > 2 * others


@says(
    "$$1 \\cdot 6 + 2 \\cdot 8 = 22$$",
    "Which table stands on the left matters.",
    "And not all tables fit: a row on the left must be as long as a column above.",
)
def test_products():
    left, right = np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 8]])
    product = [
        [sum(left[i, k] * right[k, j] for k in (0, 1)) for j in (0, 1)] for i in (0, 1)
    ]
    assert (left @ right).tolist() == product and product[0][1] == 22
    assert (left @ right != right @ left).all() and (right @ left)[0, 1] == 34
    for rows, columns in ((2, 3), (3, 2), (5, 4)):
        try:
            fits = (np.ones((4, rows)) @ np.ones((columns, 6))).shape == (4, 6)
        except ValueError:
            fits = False
        assert fits == (rows == columns)


@says(
    "**one-hot row × table = a row of the table.**",
    "The average of two rows: (3 + 5)/2 and (1 + 9)/2.",
)
def test_a_row_is_picked():
    rng = np.random.default_rng(2)
    for n, d in ((3, 2), (7, 4)):
        table = rng.normal(size=(n, d))
        np.testing.assert_array_equal(np.eye(n) @ table, table)
    small = np.array([[3, 1], [7, 2], [5, 9]])
    assert (np.array([0.5, 0, 0.5]) @ small).tolist() == [(3 + 5) / 2, (1 + 9) / 2]


@says(
    "Each of the 6 · 5 numbers is a sum of 26 products, and 25 of them are products with "
    "0.",
    "That work can be saved: `lookup` just reads the rows, as PyTorch's `nn.Embedding` "
    "does, and gets exactly the same numbers.",
    "**Looking up is a matrix product, done without the work.**",
)
def test_looking_up():
    hot = one_hot(IDS, 26)
    assert ((hot == 0).sum(axis=1) == 25).all()
    np.testing.assert_array_equal(lookup(IDS, E), hot @ E)
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(E))(torch.tensor(IDS))
    np.testing.assert_array_equal(theirs.numpy(), hot @ E)


@says(
    "`you` is read twice: 2.",
    "`storm` is not read at all: 0.",
    "Learning asks this question of each number ([Slopes](13_slopes.ipynb)), and "
    "leaves alone what moves nothing.",
    "So, as far as reading goes, a word's row learns only from sentences that contain the "
    "word.",
)
def test_what_moves_the_sum():
    """The slopes of any function of what was looked up, not of the sum alone."""
    ids = encode("you win or you die", toy.WORDS)
    table = trace(E, "E")
    sums = gradients(named("sum", lookup(ids, table).sum()))["E"]
    assert {w: sums[toy.WORDS.index(w), 0] for w in ("win", "you", "storm")} == {
        "win": 1,
        "you": 2,
        "storm": 0,
    }
    rows = lookup(ids, table)
    other = gradients(named("other", (rows * rows * rows).sum()))["E"]
    read = np.isin(np.arange(26), ids)
    assert not other[~read].any() and other[read].any(axis=1).all()
    assert output(CHAPTER, "c20").splitlines()[1:] == ["win 1", "you 2", "storm 0"]


@says(
    "both `you` of the sentence got the same row. An embedding does not know *where* a "
    "word stands.",
)
def test_no_places():
    rows = lookup(encode("you win or you die", toy.WORDS), E)
    np.testing.assert_array_equal(rows[0], rows[3])


@says(
    "one filled by chance, with numbers as large on average, and the trained one.",
    "In B, the trained one. By chance, in A, no row is nearly white.",
)
def test_rows_of_chance():
    """Nearly white: shorter than a sixth of the longest."""
    chance = np.random.default_rng(3).normal(0, np.sqrt((E**2).mean()), E.shape)
    for table, white in ((E, 7), (chance, 0)):
        length = np.sqrt((table**2).sum(axis=1))
        assert (length < length.max() / 6).sum() == white
    assert 0.8 < (chance**2).mean() / (E**2).mean() < 1.25


def cosines(rng, d, n=400, draw="normal"):
    one, other = rng.normal(size=(2, n, d)) if draw == "normal" else rng.random((2, n, d))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / lengths


@says(
    "**the spread is about 1/√width.**",
    "With 5 numbers, chance alone often gives a cosine of a half or more.",
    "With 12288 it gives almost exactly a right angle, so there a cosine of a half is no "
    "accident.",
)
def test_right_angles():
    rng = np.random.default_rng(7)
    for d in (5, 64, 512):
        assert abs(cosines(rng, d, 20000).std() * np.sqrt(d) - 1) < 0.03
    assert (np.abs(cosines(rng, 5, 2000)) >= 0.5).mean() > 0.25
    assert np.abs(cosines(rng, 12288)).max() < 0.05


@says(
    "A surprise: about ¾, however wide. No number is negative, so all arrows point into "
    "the same corner, and any two words look related.",
)
def test_the_corner():
    """(1/2)² over 1/3 is the limit; around 0 the mean is 0."""
    rng = np.random.default_rng(8)
    for d in (5, 512):
        found = cosines(rng, d, 2000, "uniform")
        assert abs(found.mean() - (1 / 2) ** 2 / (1 / 3)) < 0.04 and found.min() > 0
        assert abs(cosines(rng, d, 2000).mean()) < 0.04


@says("Our rows have 5 numbers", "The *length* of (3, 4) is $\\sqrt{3^2 + 4^2} = 5$.")
def test_lengths():
    assert np.hypot(3, 4) == 5 and E.shape[1] == 5
