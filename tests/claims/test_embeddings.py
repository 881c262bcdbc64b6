"""What the chapter on embeddings says, proved."""

import itertools

import numpy as np
import torch

from tests.claims.claim import output, says
from tfmath import encode, gradients, lookup, named, one_hot, toy, trace
from tfmath.model.parameters import starting_values
from tfmath.show.plane import at_angles
from tfmath.study.scaling import transformer_multiply_adds

CHAPTER = "02_embeddings.ipynb"
DEFINITIONS = ("**An id is only a name.",)

E = toy.load()["embedding"]
SENTENCE = "when you play game of thrones"
IDS = encode(SENTENCE, toy.WORDS)


@says(
    "Six words have become six ids: 8, 9, 10, 12, 13, 14.",
    "(The numbers in it are those of the model's table, made √5 times as large;",
    "Each word became its row of $E$; a row is called an embedding, too.",
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
    "It is 34, and in `left @ right` it was 22.",
    "Longer rows go on in the same way: third by third, fourth by fourth, … So not all "
    "tables fit: a row on the left must be as long as a column above.",
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
    "Each of the 6 · 5 numbers is a sum of 26 products, and in 25 of them the number of "
    "the one-hot row is 0.",
    "That work can be saved: `lookup` just reads the rows, as PyTorch's `nn.Embedding` "
    "does, and gets exactly the same numbers.",
    "**Looking up is a matrix product, done without the work.**",
    "both `you` of the sentence got the same row. An embedding does not know *where* a "
    "word stands.",
)
def test_looking_up():
    hot = one_hot(IDS, 26)
    assert ((hot == 0).sum(axis=1) == 25).all()
    np.testing.assert_array_equal(lookup(IDS, E), hot @ E)
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(E))(torch.tensor(IDS))
    np.testing.assert_array_equal(theirs.numpy(), hot @ E)
    rows = lookup(encode("you win or you die", toy.WORDS), E)
    np.testing.assert_array_equal(rows[0], rows[3])


@says(
    "Count the 1s in the columns of the one-hot table.",
    "That of `you` has two: its row is used twice.",
    "That of `storm` has none.",
    "Learning asks this question of each number ([Slopes](13_slopes.ipynb)), and where "
    "the answer is 0, there is nothing to learn.",
    "So by reading alone, a word's row learns only from sentences that contain the word.",
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
    ones = one_hot(ids, 26).sum(axis=0)
    np.testing.assert_array_equal(sums, np.repeat(ones[:, None], 5, axis=1))
    rows = lookup(ids, table)
    other = gradients(named("other", (rows * rows * rows).sum()))["E"]
    read = np.isin(np.arange(26), ids)
    assert not other[~read].any() and other[read].any(axis=1).all()
    assert output(CHAPTER, "c20").splitlines()[1:4] == ["win 1", "you 2", "storm 0"]


@says(
    "Some rows are strong, others nearly white, and two pairs are equal: `of` and `won't`, "
    "`thrones` and `out`.",
)
def test_strong_white_and_equal_rows():
    lengths = np.linalg.norm(E, axis=1)
    assert (lengths < lengths.max() / 6).sum() == 7 < (lengths > lengths.max() / 2).sum()
    equal = {
        frozenset((toy.WORDS[i], toy.WORDS[j]))
        for i, j in itertools.combinations(range(26), 2)
        if (E[i] == E[j]).all()
    }
    assert equal == {frozenset(("of", "won't")), frozenset(("thrones", "out"))}


@says("A table begins with numbers drawn by chance, around 0.")
def test_a_table_begins_as_chance():
    """Of the tables drawn with twenty seeds, one alone looks like the trained one."""
    drawn = [
        starting_values(np.random.default_rng(seed), toy.SIZES)["embedding"]
        for seed in range(20)
    ]
    alike = [np.corrcoef(start.ravel(), E.ravel())[0, 1] for start in drawn]
    assert alike[0] > 0.5 and max(alike[1:]) < 0.2
    assert abs(np.mean(drawn)) < 0.02 and abs(np.mean(np.array(drawn) > 0) - 0.5) < 0.02


@says(
    "Our rows have 5 numbers",
    "for (3, 4) it is $\\sqrt{3^2 + 4^2} = 5$.",
    "$E$ has 37,000 · 512 = 18,944,000 numbers.",
    "pieces of GPT-2 (Radford et al., 2019): 617,558,016 numbers.",
)
def test_sizes_of_tables():
    assert np.hypot(3, 4) == 5 and E.shape[1] == 5
    assert 37000 * 512 == 18944000 and 50257 * 12288 == 617558016


def cosines(rng, d, n=400, kind="normal"):
    one, other = rows_of(rng, d, kind, n)
    return (one * other).sum(axis=1)


@says(
    "In a row 1 long the $d$ squares add up to 1, and as all columns are drawn alike, each "
    "is $1/d$ on average.",
    "The sign of $pq$ is a coin, too, so on average only the squares are left.",
    "each square is $1/d \\cdot 1/d$ on average, so the mean square of the cosine is "
    "$d \\cdot 1/d^2 = 1/d$.",
    "Straight: ten times the width always divides the spread by √10. **For such rows the "
    "spread is 1/√width.**",
    "With 5 numbers, chance alone gives about one pair in six a cosine of a half or more "
    "(blue); with 12,288, a cosine of a half is no accident.",
)
def test_right_angles():
    """With coins for signs and columns alike, whatever the sizes; else not."""
    rng = np.random.default_rng(7)
    for d in (5, 50, 500):
        for kind in ("normal", "uniform", "wild"):
            one, other = rows_of(rng, d, kind)
            assert abs((one[:, : d // 2] ** 2).sum(axis=1).mean() - (d // 2) / d) < 0.01
            assert abs((one**2 * other**2).mean() * d**2 - 1) < 0.06
            assert abs(cosines(rng, d, 10000, kind).std() * np.sqrt(d) - 1) < 0.03
    for kind in ("one column large", "no coins"):
        assert abs(cosines(rng, 64, 10000, kind).std() * np.sqrt(64) - 1) > 0.5
    assert abs((cosines(rng, 5, 20000) >= 0.5).mean() - 5 / 32) < 0.01
    told = output(CHAPTER, "c43")
    assert "width 5: 65 of 400 at 0.5" in told and round(400 / 65) == 6
    assert "width 12288: 0 of 400" in told and np.abs(cosines(rng, 12288)).max() < 0.05


def rows_of(rng, d, kind, n=10000):
    """Two tables of rows, each row 1 long."""
    rows = {
        "normal": lambda: rng.normal(size=(2, n, d)),
        "uniform": lambda: rng.uniform(-1, 1, (2, n, d)),
        "wild": lambda: rng.standard_t(2, (2, n, d)),
        "one column large": lambda: (
            rng.normal(size=(2, n, d)) * 100.0 ** (np.arange(d) < 1)
        ),
        "no coins": lambda: rng.random((2, n, d)),
    }[kind]()
    return rows / np.sqrt((rows**2).sum(axis=-1, keepdims=True))


@says(
    "The cosine is the dot product, a sum of $d$ products with coins for signs: plus and "
    "minus nearly cancel.",
    "$(p + q)^2 = p^2 + q^2 + 2pq$.",
)
def test_coins():
    """All signs: only the squares are left on average; most of a long sum cancels."""
    rng, left = np.random.default_rng(9), []
    for d in (2, 4, 16):
        signs = np.array(list(itertools.product((1, -1), repeat=d)))
        sizes = rng.random(d)
        sums = signs @ sizes
        np.testing.assert_allclose((sums**2).mean(), (sizes**2).sum())
        assert (signs.T @ signs == len(signs) * np.eye(d)).all()
        left.append(np.abs(signs.sum(axis=1) / d).mean())
    assert left == sorted(left, reverse=True) and left[-1] < 0.2


@says(
    "All are drawn 1 long, each pair turned so that its first row is the black arrow: then "
    "the second's tip stands above its cosine.",
    "$(a_i - b_i)^2 = a_i^2 + b_i^2 - 2 a_i b_i$, and $a - b$ leads from tip to tip. By "
    "Pythagoras its squares add up to those of $a$ and $b$: the dot product must be 0.",
)
def test_a_tip_stands_above_its_cosine():
    """Turned flat, in the axes of the first row and of what of the second is across it."""
    rng = np.random.default_rng(6)
    for d in (2, 5, 64):
        a, b = (row / np.linalg.norm(row) for row in rng.normal(size=(2, d)))
        across = b - (a @ b) * a
        tip = a @ b, b @ across / np.linalg.norm(across)
        np.testing.assert_allclose([np.hypot(*tip), a @ across], [1, 0], atol=1e-12)
        fan = at_angles({"it": [tip[0]]}, "It turns.", 0.5).figure.axes[0]
        drawn = [line.get_xydata()[0] for line in fan.lines if len(line.get_xydata())]
        np.testing.assert_allclose(drawn, [tip], atol=1e-12)
        for one, other in ((a, b), (a, across)):
            sides = (one**2).sum() + (other**2).sum() - 2 * one @ other
            np.testing.assert_allclose(((one - other) ** 2).sum(), sides)


@says(
    "That is what width is good for: **room** for words that should not look alike.",
    "Two arrows can stand at right angles in a plane, three in space, and no more than 512 "
    "in rows of 512.",
    "Draw 2000 rows of 512 by chance: about four for each number of a row, as in GPT-3.",
    "Of their two million cosines, how far from 0 is the farthest?",
    "At 0.22: no angle is more than 13° from a right one, though only 512 rows can stand "
    "so exactly.",
    "With 5 numbers some rows point almost the same way.",
    "So a wide table has room for far more words than it has columns.",
)
def test_room():
    """Rows at right angles are independent, and d columns have a rank of d at most."""
    told = output(CHAPTER, "e2a0000e")
    assert "width 512: at most 0.22 from 0, 13° from a right angle" in told
    assert np.degrees(np.arcsin(0.224)) < 13
    assert round(2000 / 512) == round(50257 / 12288) == 4 and 2000 * 1999 // 2 == 1999000
    for d in (2, 3, 512):
        assert (np.eye(d) @ np.eye(d).T == np.eye(d)).all()
    for seed in range(5):
        for d, low, high in ((5, 0.99, 1), (512, 0.2, 0.25)):
            rows = np.random.default_rng(seed).normal(size=(2000, d))
            assert np.linalg.matrix_rank(rows) == d
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            met = np.triu(rows @ rows.T, 1)
            assert low < np.abs(met).max() < high and (d > 5 or met.max() > low)


@says(
    "About ¾, an angle of 41°, and the wider, the nearer. No number is negative, so all "
    "arrows point into the same corner, and any two words look related.",
    "A product of two such numbers is ½ · ½ = ¼ on average, a square ⅓, as a pyramid is ⅓ "
    "of its box.",
    "In long rows the averages decide, and ¼ : ⅓ = ¾.",
)
def test_the_corner():
    """(1/2)² over 1/3 is the limit; around 0 the mean is 0."""
    rng = np.random.default_rng(8)
    one, other = rng.random((2, 200000))
    assert abs((one * other).mean() - 1 / 4) < 0.002 > abs((one**2).mean() - 1 / 3)
    limit, off = (1 / 2) ** 2 / (1 / 3), []
    assert limit == 3 / 4 and round(np.degrees(np.arccos(limit))) == 41
    for d in (1, 2, 3, 5, 16, 512):
        found = cosines(rng, d, 20000, "no coins")
        off.append(found.mean() - limit)
        assert found.min() > 0 and abs(cosines(rng, d, 20000).mean()) < 0.03
    assert off == sorted(off, reverse=True) and 0 < off[-1] < 0.001 < 0.01 < off[3]
