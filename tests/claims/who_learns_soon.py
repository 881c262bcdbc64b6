"""The chapter on attention before the Transformer: who learns the A/B game soon."""

import itertools
import math
import time

import numpy as np
import pandas as pd

from tests.claims.claim import says
from tfmath.model.parameters import traced
from tfmath.study import ab_race
from tfmath.study.ab_game import right_answers
from tfmath.study.measured import measured
from tfmath.study.scaling import multiply_adds


def frame(name):
    return pd.DataFrame(measured(name))


@says(
    "Each learns from 64 games for 300 steps, from twelve seeds; of 512 new games the "
    "last answer counts.",
    "**Three things are sure: the simple cell falls, 12, 8, 4, 1; the LSTM, 12, 12, 9, 8; "
    "and at 64 letters both others are ahead of the simple cell.**",
    "(At 64 letters always to say B is right in 64 of 100.)",
    "(The LSTM's two ends alone would leave it open.) Whether the Transformer falls, 11, "
    "10, 7, 10, twelve runs cannot tell.",
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
    assert fisher(12, 8) > 0.05  # so it is the row of four that makes it sure
    assert trend(other) > 0.3 and trend([9, 9, 9, 9]) == 1
    assert min(fisher(*pair) for pair in itertools.combinations(other, 2)) > 0.05
    answers = right_answers(ab_race._new_games(64))[:, -1]
    assert round(100 * answers.mean()) == 64  # 1 is B
    later = frame("ab_game_later")  # its miss at 8 is of steps, not of the length
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


@says(
    "**So a thousand workers could work at once.** On one core, at 64 letters, the "
    "Transformer does three times the LSTM's work in about a quarter of its time: Python "
    "pays for each turn of the LSTM's loop.",
    "With 256 games a turn the LSTM is through first.",
)
def test_one_core_and_more_work():
    work = {}
    for player in ("LSTM", "Transformer"):
        tables = traced(ab_race._tables(player, np.random.default_rng(0)))
        answers = ab_race.PLAYERS[player](tables, np.full(64, ab_race.FIRST))
        counted = multiply_adds(answers)
        work[player] = sum(counted.values()) - counted["output"]  # the layer alone
    assert work["Transformer"] == 3 * work["LSTM"]
    times = frame("ab_game_time").query("length == 64").set_index("player").seconds
    assert 0.2 < times["Transformer"] / times["LSTM"] < 0.3
    assert timed("Transformer", 1) < timed("LSTM", 1)  # it is the turns that are paid for:
    assert timed("LSTM", 256) < timed("Transformer", 256)  # as many turns, more in each


def timed(player, games):
    """Seconds for so many games of 64 letters at once: the best of several tries."""
    tables = ab_race._tables(player, np.random.default_rng(0))
    letters, tries = np.full((games, 64), ab_race.FIRST), []
    for _ in range(7):
        begin = time.perf_counter()
        ab_race.PLAYERS[player](tables, letters)
        tries.append(time.perf_counter() - begin)
    return min(tries)


@says(
    "Training opens all the LSTM's gates: after a B and 63 A's the middle one of each "
    "kind, about half open before, stands above 80 parts of 100 in all twelve runs.",
    "Without its trained forget gates no winner makes fewer mistakes than to say B always, "
    "185.",
    "With their old output gates six of eight still win; with their old input gates one, "
    "though three more make three mistakes at most.",
    "Open forget gates do not suffice: the four that did not win have them wider open than "
    "any winner.",
)
def test_which_gates_the_winners_need():
    rows = frame("opened_gates")
    forget = rows.query("gates == 'forget'").set_index("seed")
    assert len(forget) == 12 and rows.before.between(0.4, 0.6).all()
    assert rows.after.min() > 0.8 and (rows.groupby("gates").size() == 12).all()
    winners = rows.query("right == 1").pivot(
        index="seed", columns="gates", values="set_back"
    )
    (often,) = set(frame("ab_game").query("length == 64").often)
    exact = 512 * (1 - winners)  # of four decimals of the share, so nearly whole
    missed = exact.round()
    assert len(winners) == 8 and (abs(exact - missed) < 0.03).to_numpy().all()
    assert missed.forget.min() == round(512 * (1 - often)) == 185
    assert (missed == 0).sum().to_dict() == {"forget": 0, "input": 1, "output": 6}
    assert missed.input.between(1, 3).sum() == 3
    lost = forget.query("right < 1").after
    assert len(lost) == 4 and lost.min() > forget.query("right == 1").after.max()
