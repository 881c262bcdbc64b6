"""The chapter on attention before the Transformer: who learns the A/B game soon."""

import itertools
import math

import pandas as pd

from tests.claims.claim import says
from tfmath.study import ab_race
from tfmath.study.measured import measured


def frame(name):
    return pd.DataFrame(measured(name))


@says(
    "Each learns from 64 games for 300 steps, from twelve seeds; of 512 new games the "
    "last answer counts.",
    "**Two things are sure: the simple cell falls, from twelve to one; and at 64 letters "
    "both others are ahead of it.**",
    "The LSTM falls as well, from 12 to 8.",
    "Whether the Transformer does, 11, 10, 7, 10, twelve runs cannot tell.",
    "After 1500 steps all Transformers win at 8: the picture says who learns *soon*, not "
    "who can.",
)
def test_the_race():
    race = frame("ab_game")
    race["perfect"] = race.right == 1
    wins = race.groupby(["player", "length"]).perfect.sum().unstack()
    assert (ab_race.GAMES, ab_race.STEPS, len(ab_race.SEEDS)) == (64, 300, 12)
    simple, lstm, other = (wins.loc[name].tolist() for name in ab_race.PLAYERS)
    assert (simple, lstm, other) == ([12, 8, 4, 1], [12, 12, 9, 8], [11, 10, 7, 10])
    assert fisher(12, 1) < 0.001 and fisher(8, 1) < 0.01 and fisher(10, 1) < 0.001
    assert trend(simple) < 1e-5 and 2 * trend(lstm) < 0.02  # two players were tried
    assert trend(other) > 0.3 and trend([9, 9, 9, 9]) == 1
    assert min(fisher(*pair) for pair in itertools.combinations(other, 2)) > 0.05
    later = frame("ab_game_later")
    assert ab_race.LATER == 1500 and set(later.length) == {8}
    assert len(later) == 12 and (later.right == 1).all()


def fisher(a, b, n=12):
    """How likely a split of all wins at least as uneven is, if both win alike often."""
    ways = [math.comb(n, k) * math.comb(n, a + b - k) for k in range(min(n, a + b) + 1)]
    return sum(w for w in ways if w <= ways[a]) / sum(ways)


def trend(wins, n=12):
    """How likely so strong a rise or fall along the row is, if all win alike often."""

    def slope(row):
        return abs(sum((2 * i - len(row) + 1) * k for i, k in enumerate(row)))

    every = itertools.product(range(n + 1), repeat=len(wins))
    ways = {
        row: math.prod(math.comb(n, k) for k in row)
        for row in every
        if sum(row) == sum(wins)
    }
    uneven = sum(w for row, w in ways.items() if slope(row) >= slope(wins))
    return uneven / sum(ways.values())
