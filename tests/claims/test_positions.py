"""What the chapter on positions says, proved."""

import itertools
import math

import numpy as np

from tests.claims.claim import output, says
from tests.claims.without_places import (  # noqa: F401
    test_a_narrow_head_moves_as_many_clocks_as_fit,
    test_blocks_down_the_diagonal,
    test_four_parts,
    test_sums,
    test_trained_without_places,
)
from tfmath import multi_head_attention, positional_encoding, toy
from tfmath import scaled_dot_product_attention as attention
from tfmath.parts.position import rotation, wavelengths
from tfmath.study.crossed_out import crossed_out

CHAPTER = "04_positions.ipynb"
DEFINITIONS = ("A place should fit itself best.",)

TABLES = toy.load()
SIX, RIGHT = toy.PAIRS[1][0].split(), [*toy.PAIRS[1][1].split(), "<end>"]


def finish(words, **variant):
    return toy.finish(TABLES, " ".join(words), **variant)


@says(
    "So far a word's row is the same wherever it stands.",
    "The very same rows: attention alone cannot tell who loves and who is loved.",
    "**Permute the words, and the outputs permute.**",
)
def test_permuted():
    rng, tables = np.random.default_rng(1), TABLES["encoder"]["layer 1"]["self-attention"]
    for n in (3, 6):
        rows, order = rng.normal(size=(n, 5)), rng.permutation(n)
        moved = rows[order]
        alone = attention(moved, moved, moved), attention(rows, rows, rows)[order]
        many = [multi_head_attention(x, x, x, **tables) for x in (moved, rows)]
        np.testing.assert_allclose(*alone, atol=1e-14)
        np.testing.assert_allclose(many[0], many[1][order], atol=1e-13)


@says(
    "Without places both orders get the same answer.",
)
def test_crossed_out():
    answers = [finish(words, encoding=None) for words in (SIX, SIX[::-1])]
    assert [w for w, _ in answers[0]] == [w for w, _ in answers[1]] != RIGHT
    p, q = ([p for _, p in answer] for answer in answers)
    np.testing.assert_allclose(p, q, atol=1e-13)
    assert finish(SIX) != finish(SIX[::-1]) and [w for w, _ in finish(SIX)] == RIGHT
    (row,) = crossed_out(TABLES, ["positions"])
    assert all(row[read] != right for read, right in toy.PAIRS)


# The index, digits, clocks --------------------------------------------------------------


@says(
    "On the left of the drawing no number is above 5.",
    "**It says nothing of nearness.**",
    "But place 1 fits itself with $1 \\cdot 1 = 1$, and place 5 *better*, with $1 \\cdot 5 "
    "= 5$; and place 0 fits all alike, with 0.",
)
def test_the_index():
    drawn = toy.worked_example()["encoder / scaled embedding"].value
    assert 4 < np.abs(drawn).max() < 5  # √5 times a row: what the place is added to
    index = np.arange(6)
    products = np.outer(index, index)
    assert products[1, 1] == 1 < products[1, 5] == 5 and not products[0].any()
    assert (products.argmax(axis=1)[1:] == 5).all()  # each fits the last place best


@says(
    "Three columns tell eight places apart, and no number is larger than 1.",
    "Look down the columns: the ones change at every step, the twos half as often, the "
    "fours half as often again.",
    "**Each column is slower than the one before by the same factor**",
)
def test_digits():
    digits = np.array([[int(d) for d in f"{place:03b}"] for place in range(16 // 2)])
    assert len({tuple(row) for row in digits.tolist()}) == 8 and digits.max() == 1
    long = np.array([[int(d) for d in f"{place:06b}"] for place in range(64)])
    changes = (np.diff(long, axis=0) != 0).sum(axis=0)[::-1]
    assert changes.tolist() == [63, 31, 15, 7, 3, 1]
    for d in (4, 6, 64):
        factors = np.array(wavelengths(d)[1:]) / np.array(wavelengths(d)[:-1])
        np.testing.assert_allclose(factors, 10000 ** (2 / d))
    assert round(wavelengths(4)[1] / wavelengths(4)[0]) == 100


@says(
    "Place 44: seven turns are $7 \\cdot 2\\pi$, almost exactly 44.",
    "So we take a second, slower hand, which tells 44 from 0, and a third.",
    "A power, so that each clock is slower than the one before by the same factor: with "
    "$d = 8$, by 10.",
)
def test_forty_four():
    assert abs(7 * 2 * math.pi - 44) < 0.02
    hands = np.stack([np.sin(np.arange(61)), np.cos(np.arange(61))], axis=1)
    assert 1 + (hands[1:] @ hands[0]).argmax() == 44
    second = 44 / 10000 ** (2 / 5)
    assert math.cos(second) < 0.5  # more than a sixth of a turn from the top
    np.testing.assert_allclose(np.divide(wavelengths(8)[1:], wavelengths(8)[:-1]), 10)
    angle = 3 / 10000 ** (2 / 5)
    assert (round(angle, 4), round(math.sin(angle), 3)) == (0.0754, 0.075)


@says(
    "Our $d = 5$ is odd: three sines, two cosines.",
    "Of the last hand we know only how far it points to the right: less than 0.004,",
    "In six words the columns 2 to 4 barely move: our slow clocks need 250 and about "
    "10,000 places for a turn.",
)
def test_our_table():
    table = positional_encoding(6, 5)
    angles = np.outer(np.arange(6), [1, 1, 1e4**-0.4, 1e4**-0.4, 1e4**-0.8])
    wanted = np.where(np.arange(5) % 2 == 0, np.sin(angles), np.cos(angles))
    np.testing.assert_allclose(table, wanted, atol=1e-15)
    assert 0.003 < table[:, 4].max() < 0.004
    spread = np.ptp(table, axis=0)
    assert spread[:2].min() > 1.5 and spread[2:].max() < 0.13
    assert round(wavelengths(5)[1]) == 250 and round(wavelengths(5)[2], -2) == 10000


def nearest(rows):
    """Two rows of a table that lie nearest to each other, and how far that is."""
    apart = np.linalg.norm(rows[:, np.newaxis] - rows, axis=-1)
    apart += np.where(np.eye(len(rows)), np.inf, 0)
    return np.unravel_index(apart.argmin(), apart.shape), apart.min()


@says(
    "The stripes on the right are hands that hardly move: sine near 0, white, and cosine "
    "near 1, blue. (Here no two places lie nearer than 1.17; with one hand, 0 and 44 lie "
    "0.02 apart.)",
)
def test_sixty_places():
    (one, other), apart = nearest(positional_encoding(60, 2))
    assert abs(one - other) == 44 and 0 < apart < 0.02
    assert 1.17 < nearest(positional_encoding(60, 32))[1] < 1.18
    still = positional_encoding(60, 32)[:, 24:]
    assert still[:, ::2].max() < 0.1 and still[:, 1::2].min() > 0.99


# Distance and the law -------------------------------------------------------------------


@says(
    "They lie on top of each other. In each pair $\\sin a \\sin b + \\cos a \\cos b = "
    "\\cos(a - b)$: only the *difference* is left. The largest value, 256, a 1 from each "
    "pair, is at distance 0; at every step it falls, to 144 at 30.",
    "And left and right are mirror images, for $\\cos(-x) = \\cos x$: three words back "
    "looks like three words ahead. **Up to distance 43 these products tell how far, but "
    "not which came first.**",
    "(With our five columns not even that: place 6 fits place 0 better than place 1 does, "
    "after almost a full turn.)",
)
def test_distance():
    wide, steps = positional_encoding(91, 512), np.arange(-30, 31)
    both = np.array([wide[p + steps] @ wide[p] for p in (30, 45, 60)])
    np.testing.assert_allclose(both[1:], both[[0, 0]], atol=1e-12)
    np.testing.assert_allclose(both, both[:, ::-1], atol=1e-12)
    near = both[:, 30:]
    pairs = range(256)
    cosines = [sum(math.cos(k / 10000 ** (i / 256)) for i in pairs) for k in range(31)]
    np.testing.assert_allclose(near[0], cosines, atol=1e-12)
    assert round(near[0, 0]) == 256 and round(near[0, 30]) == 144
    far = positional_encoding(45, 512) @ positional_encoding(1, 512)[0]
    falls = (np.diff(far) < 0).tolist()
    assert falls == [True] * 43 + [False] and (np.diff(near[0]) < 0).all()
    five = positional_encoding(9, 5)
    fits = five @ five[0]
    assert (round(fits[6], 2), round(fits[1], 2)) == (1.95, 1.54) and fits[1:].argmax() == 5


@says(
    "A table of four whole numbers does that to any hand, as row times table:",
    "The sector leads from the hand to where it stands three places on.",
    "The `assert` tries 57 places at once: row $p$ times $R_3$ is row $p + 3$.",
    "(With our five columns it holds for the four in pairs.)",
    "Three places to the left, wherever there are three: row 10 fits place 7. So, of "
    'places alone, "three back" is a single product. (Each slanting stripe has one colour: '
    "only the difference counts.) **One learned table can tell before from after, at every "
    "place alike.**",
    "(The plain index can do that, too, if a column of ones stands beside it: $(p, 1)$ "
    "times the table with the rows $(1, 0)$ and $(-3, 1)$ is $(p - 3, 1)$.",
)
def test_rotations():
    quarter = np.array([[0, -1], [1, 0]])
    for a in np.random.default_rng(2).uniform(0, 7, 20):
        hand = np.array([math.sin(a), math.cos(a)])
        after = [math.sin(a + math.pi / 2), math.cos(a + math.pi / 2)]
        np.testing.assert_allclose(hand @ quarter, after, atol=1e-14)
    four = positional_encoding(60, 4, 100)
    assert len(four[:-3]) == 57
    for k in (3, -3):
        low, high = max(0, -k), 60 - max(0, k)
        np.testing.assert_allclose(
            four[low:high] @ rotation(k, 4, 100), four[low + k : high + k], atol=1e-14
        )
    ours = positional_encoding(60, 5)
    np.testing.assert_allclose(ours[:-3, :4] @ rotation(3, 5), ours[3:, :4], atol=1e-14)
    wide = positional_encoding(31, 512)
    fits = wide @ rotation(-3, 512) @ wide.T
    stripes = [np.ptp(np.diagonal(fits, k)) for k in range(-30, 31)]
    assert fits[10].argmax() == 7 and max(stripes) < 1e-11
    assert (fits.argmax(axis=1)[3:] == np.arange(28)).all()  # wherever it stands
    assert (fits[:, 0][6:] < fits.max(axis=1)[6:] - 1).all()
    before, after = fits[10, 10 - 3], fits[10, 10 + 3]
    assert before - after > 8  # without the table the two are equal
    for p in (0, 5, 44):
        assert (np.array([p, 1]) @ [[1, 0], [-3, 1]]).tolist() == [p - 3, 1]


@says(
    "B's columns 0 and 1 do not run at one speed, and its place 1 fits place 2 better than "
    "itself. But it starts with 0, 1, 0, 1, …, stays between −1 and 1, and raises no "
    "error.",
    "The law alone lets four of five pass, even zeros! The start alone lets the bug pass. "
    "Together they catch all four wrong ones.",
    "That is no luck: the start says what row 0 is, and the law makes each later row of "
    "the one before.",
    "**Start row and law determine the whole table**, if its width is even, and a test of "
    "both cannot be fooled by any other table.",
    "(With an odd width the law does not see the last sine: compare that with $\\sin$ "
    "itself.)",
)
def test_start_and_law():
    right, j = positional_encoding(30, 8), np.arange(8)
    angles = np.arange(30)[:, np.newaxis] / 10000 ** (2 * j / 8)
    bug = np.where(j % 2 == 0, np.sin(angles), np.cos(angles))
    later = positional_encoding(np.arange(30) + 1, 8)
    tables = (right, bug, 0 * right, 2 * right, later)
    law = [np.abs(t[:-1] @ rotation(1, 8) - t[1:]).max() < 1e-13 for t in tables]
    start = [np.allclose(t[0], [0, 1] * 4) for t in tables]
    assert law == [True, False, True, True, True]
    assert start == [True, True, False, False, False]
    row, built = np.array([0.0, 1.0] * 4), []
    for _ in range(30):
        built.append(row)
        row = row @ rotation(1, 8)
    np.testing.assert_allclose(built, right, atol=1e-13)
    odd, stopped = positional_encoding(30, 5), positional_encoding(30, 5)
    stopped[:, 4] = 0  # the last sine never moves: start and law do not see it
    assert (stopped[0] == odd[0]).all() and not np.allclose(stopped, odd)
    assert np.allclose(stopped[:-1, :4] @ rotation(1, 5), stopped[1:, :4])
    pairs = [t[:, 0] ** 2 + t[:, 1] ** 2 for t in (right, bug)]
    assert np.allclose(pairs[0], 1) and not np.allclose(pairs[1], 1)
    assert bug[1] @ bug[2] > bug[1] @ bug[1] + 0.04
    assert np.abs(bug).max() <= 1 and output(CHAPTER, "c54").count("no") == 4


# In the model ---------------------------------------------------------------------------


@says(
    "They differ: **the machine can know which word came first, because the same word has "
    "another row at another place.**",
)
def test_two_rows():
    record = toy.worked_example()
    words = record["decoder / input"].labels[0]
    assert [place for place, word in enumerate(words) if word == "you"] == [1, 4]
    rows = record["decoder / input"].value
    assert np.abs(rows[1] - rows[4]).max() > 1
    lover, loved = np.array([[1, 0], [0, 1], [3, 1]]), np.array([[3, 1], [0, 1], [1, 0]])
    here, there = (people + positional_encoding(3, 2) for people in (lover, loved))
    i, me = attention(here, here, here)[0], attention(there, there, there)[2]
    assert np.abs(i - me).max() > 0.4


@says(
    "In the six words of our model any two can change places: 15 ways.",
    "Ten of 15 keep the quote. The numbers do change: with the first two words exchanged, "
    "the second `you` falls from 0.917 to 0.784. Places make order *visible*; a model need "
    "not use it. In training, ours saw each text in one order alone.",
)
def test_exchanged_words():
    kept = []
    for one, other in itertools.combinations(range(6), 2):
        words = list(SIX)
        words[one], words[other] = words[other], words[one]
        kept.append([w for w, _ in finish(words)] == RIGHT)
    assert (len(kept), sum(kept)) == (15, 10)
    texts = [sorted(text.split()) for text, _ in toy.PAIRS]
    assert all(texts.count(text) == 1 for text in texts)
    before, after = (finish(words)[3] for words in (SIX, ["you", "when", *SIX[2:]]))
    assert [(w, round(p, 3)) for w, p in (before, after)] == [
        ("you", 0.917),
        ("you", 0.784),
    ]
