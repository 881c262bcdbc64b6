"""What the chapter on cheaper attention says of its examination, proved."""

import itertools

import numpy as np

from tests.claims.cheaper_measured import rows
from tests.claims.claim import says
from tfmath.attention.linear import elu_plus_one, linear_attention
from tfmath.study.examination import answers, candidates, examined, notes
from tfmath.study.feature_trials import expected_spread

LOOKS = rows("examination_looks")


def worst(column="right"):
    """The least of three seeds, for each attention and width."""
    found = {}
    for row in rows("examination"):
        found.setdefault((row["attention"], row["width"]), []).append(row[column])
    assert {len(shares) for shares in found.values()} == {3}
    return {key: min(shares) for key, shares in found.items()}


@says(
    "Row = the name asked for, column = the name looked at; beneath, the share of right "
    "answers, the worst of three seeds.",
    "Two mixtures, not drawn, are made before anyone asks: at best they find 0.40.",
    "Guessing is right in 1/8.",
)
def test_who_passes_the_examination():
    found = worst()
    assert {width for _, width in found} == set(range(2, 9))
    linear = [found["linear", width] for width in range(2, 9)]
    assert linear == sorted(linear) and linear[-1] > 0.99
    assert [f"{linear[width - 2]:.2f}" for width in (4, 6)] == ["0.59", "0.94"]
    assert all(found["plain", width] == 1 for width in range(2, 9))
    least = [row["right"] for row in rows("examination") if row["attention"][:3] == "low"]
    assert f"{max(least):.2f}" == "0.40"
    shown = {(row["attention"], row["width"]): row["right"] for row in LOOKS}
    redrawn = {
        ("64, redrawn", width): worst("another_draw")[name, width]
        for name, width in found
        if name == "64 random features"
    }
    assert len(shown) == 20 and "low rank: 2 mixtures" not in dict(shown)
    assert all(right == (found | redrawn)[head] for head, right in shown.items())
    longer = examined(linear_attention, 4, seed=0, n_steps=1200)
    *given, answer = notes(np.random.default_rng(100), 1000)
    assert (answers(longer, linear_attention, *given).argmax(axis=1) == answer).mean() < 0.7


@says(
    "**Linear attention has a feature for each number of a key: with four, every row of "
    "weights is a mixture of the same four rows.**",
    "Each of the four sums to 1, and no share of a mixture is above 1.",
    "So the diagonal sums to 4 at most, on average $4/8$ (in general $m/n$).",
    "The *most* weight is not enough, since letters may be alike and add up: with six "
    "every name gets it, and 0.94 are found.",
)
def test_no_more_than_the_rank_comes_to_the_names_asked_for():
    most = {}
    for width, seed in itertools.product((4, 6, 8), range(2)):
        tables = examined(linear_attention, width, seed, n_steps=400)
        weights = linear_attention(tables["asked"], tables["name"], np.eye(8))
        asked, name = (elu_plus_one(tables[table]) for table in ("asked", "name"))
        assert name.shape == (8, width)
        rows_of = (name / name.sum(axis=0)).T  # one for each feature
        shares = asked * name.sum(axis=0)
        shares /= shares.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(shares @ rows_of, weights, atol=1e-9)
        np.testing.assert_allclose(rows_of.sum(axis=1), 1)
        assert (shares <= 1).all() and np.linalg.matrix_rank(weights) == width
        assert np.trace(weights) <= width  # each of the sums is no more than its row's
        wins = (weights.argmax(axis=1) == np.arange(8)).sum()
        most[width] = [*most.get(width, []), int(wins)]
    assert most[6] == most[8] == [8, 8] and max(most[4]) < 8
    assert f"{worst()['linear', 6]:.2f}" == "0.94" and worst()["linear", 8] > 0.99


def drawn(name, width):
    """The weights of the picture, as a table."""
    chosen = [row for row in LOOKS if (row["attention"], row["width"]) == (name, width)]
    return np.array([[row[f"name {i}"] for i in range(8)] for row in chosen])


@says("Here names pair up: who asks for one looks at both.")
def test_with_four_numbers_the_names_pair_up():
    weights = drawn("linear", 4)
    partner = np.where(np.eye(8), 0, weights).argmax(axis=1)
    assert (partner[partner] == np.arange(8)).all() and set(partner) == set(range(8))
    both = np.array([np.diag(weights), weights[np.arange(8), partner]])
    assert both.min() > 0.4 and (weights.sum(axis=1) - both.sum(axis=0)).max() < 0.2
    again = examined(linear_attention, 4, seed=0, n_steps=400)
    fresh = linear_attention(again["asked"], again["name"], np.eye(8))
    np.testing.assert_allclose(fresh, weights, atol=0.01)


@says("**More than half is enough**; with eight that is the average.")
def test_more_than_half_is_never_outvoted():
    assert np.diag(drawn("linear", 8)).mean() > 0.5 > np.diag(drawn("linear", 6)).mean()
    rng = np.random.default_rng(0)
    rest = rng.dirichlet(np.full(7, 0.2), size=1000) * rng.uniform(0, 0.5, size=(1000, 1))
    others = np.zeros((1000, 8))
    np.add.at(others, (np.arange(1000)[:, None], rng.integers(8, size=(1000, 7))), rest)
    assert (others.max(axis=1) < 1 - rest.sum(axis=1)).all()
    angles = np.linspace(0, np.pi / 2, 8)  # two features, and all names get the most
    weights = np.cos(angles[:, None] - angles)
    weights /= weights.sum(axis=1, keepdims=True)
    assert (weights.argmax(axis=1) == np.arange(8)).all() and np.diag(weights).max() < 0.5
    names, letters, asked, answer = notes(rng, 1000)
    shares = np.zeros((1000, 8))
    each = weights[asked[:, None], names]
    np.add.at(shares, (np.arange(1000)[:, None], letters), each)
    assert (shares.argmax(axis=1) == answer).mean() < 0.5


@says("The mean can only name the most frequent letter, which finds 0.32.")
def test_the_mean_finds_what_the_most_frequent_letter_does():
    letters, answer = notes(np.random.default_rng(0), 100_000)[1::2]
    counts = np.eye(8)[letters].sum(axis=1)
    frequent = (counts.max(axis=1) / 8).mean()  # the answer is any of the eight letters
    assert f"{frequent:.2f}" == "0.32" == f"{worst()['all weights alike', 4]:.2f}"
    named = (counts.argmax(axis=1) == answer).mean()
    assert abs(named - frequent) < 4 * np.sqrt(frequent / 100_000)
    right = [row["right"] for row in rows("examination", attention="all weights alike")]
    assert max(abs(np.array(right) - frequent)) < 3 * np.sqrt(frequent / 1000)


@says(
    "64 random features pass, with vectors far from short (two wide, $|q+k|^2$ is mostly "
    "above 40): the head has learned this one draw.",
    "Asked with another, the worst find 0.46 to 0.66.",
)
def test_random_features_pass_by_the_draw_that_was_learned():
    found, other = worst(), worst("another_draw")
    passed = [found["64 random features", width] for width in range(2, 9)]
    again = [other["64 random features", width] for width in range(2, 9)]
    assert min(passed) > 0.98
    assert [f"{share:.2f}" for share in (min(again), max(again))] == ["0.46", "0.66"]
    attention = candidates(4)["64 random features"]
    for seed in range(2):
        tables = examined(attention, 4, seed, n_steps=400)
        asked, name = (tables[n] / 4**0.25 for n in ("asked", "name"))
        pairs = zip(asked, name, strict=True)
        assert min(expected_spread(64, q, k) for q, k in pairs) > 2  # twice the number
        two = examined(candidates(2)["64 random features"], 2, seed, n_steps=400)
        together = (two["asked"] + two["name"]) / 2**0.25
        assert ((together**2).sum(axis=1) > 40).sum() > 8 / 2
