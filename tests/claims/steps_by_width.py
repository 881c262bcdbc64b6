"""How far a step moves a score, and the fastest rate, at three widths, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath import gradients
from tfmath.learning.optimize import adam, sgd, start_state
from tfmath.study.measured import measured
from tfmath.study.sleeping import _start, _taught, _tried, at_best_rate, draw_lookups


@says(
    "For each width and each divisor we took the fastest of ten learning rates (how far a "
    "step goes), on average over three starts.",
    "**A surprise: it learns.**",
    "Still, even at its best rate, the wider the query, the longer it takes; divided, wide "
    "queries learn a little *faster*.",
    "And by the whole width it goes as fast as by the root!",
    "Dividing by $d_k$ learns as fast.",
    "So does dividing by nothing, if $W^Q$ starts $\\sqrt{d_k}$ times smaller: the scores "
    "at the start are the same as with the root.",
    "**With the root the same rate is the fastest at every width**, of those we tried, and "
    "from a tenth to 3 the curves lie almost on each other; at 10 the narrowest fails.",
    "With Adam ([Training](15_training.ipynb)), whose steps do not grow with the slope, of "
    "four rates 0.03 is the fastest at every width with the root, and 0.1 with $d_k$: "
    "there both keep their rate.",
    "(We widened queries and keys only.",
)
def test_what_was_measured():
    """With plain steps, and with Adam."""
    columns = measured("roots")
    assert len(set(columns["seed"])) == 3
    sgd = set(columns["rate"]) - {0.003}  # that one is Adam's
    assert len(sgd) == 10
    small = "nothing, small start"
    for optimizer in ("sgd", "adam"):
        best = at_best_rate(columns, optimizer)
        steps = {name: [s for s, _ in found] for name, found in best.items()}
        rates = {name: [r for _, r in found] for name, found in best.items()}
        assert steps["nothing"] == sorted(steps["nothing"]) and max(steps["nothing"]) < 100
        for name in ("√d_k", "d_k", small):
            assert steps[name][0] > max(steps[name][1:]) and max(steps[name]) < 30
        for name in ("d_k", small):
            assert np.subtract(steps[name], steps["√d_k"]).max() <= 3
        assert len(set(rates["√d_k"])) == 1
        assert rates[small][0] > rates[small][1] > rates[small][2]
        assert min(rates["d_k"]) > max(rates["√d_k"])
        if optimizer == "sgd":  # none stands at an end of what was tried
            inside = sum(rates.values(), [])
            assert min(sgd) < min(inside) and max(inside) < max(sgd)
            assert rates["d_k"] == [10, 30, 100]
        else:
            assert rates["√d_k"] == [0.03] * 3 and rates["d_k"] == [0.1] * 3
            assert columns["optimizer"].count("adam") == 3 * 4 * 4 * 3
    assert _start(np.random.default_rng(0), 64)["W_Q"].shape == (16, 64)  # 16 stays
    root = by_rate("√d_k")
    for rate in (0.1, 0.3, 1.0, 3.0):
        assert max(root[rate]) < 1.3 * min(root[rate])
    assert root[10][0] == 300 and max(root[10][1:]) < 30
    rng = np.random.default_rng
    small, whole = (_start(rng(0), 64, start) for start in (1 / 8, 1.0))
    (query, key), (asked, keys) = (made(t, draw_lookups(rng(1))) for t in (small, whole))
    np.testing.assert_allclose(
        query @ key.swapaxes(1, 2), asked @ keys.swapaxes(1, 2) / 8, rtol=1e-9, atol=1e-12
    )


@says(
    "The root sets the scores of the start only; training lets them grow.",
    "That is for plain steps.",
)
@pytest.mark.parametrize("rate", [0.3, 1, 3])
def test_scores_grow_in_training(rate):
    """By plain steps as by Adam's, of which a tenfold slope makes the same."""
    tried = draw_lookups(np.random.default_rng(99), 500)

    def spread(steps):
        query, key = made(_taught("all", 16.0, rate, 0, steps), tried)
        return np.std(query @ key.swapaxes(1, 2) / 16)

    assert 0.9 < spread(0) < 1.2 and spread(150) > 2.5
    tables = {"W": np.zeros(3)}
    slopes = {"W": np.array([0.1, -2.0, 30.0])}
    tenfold = {"W": 10 * slopes["W"]}
    once, ten = (adam(tables, s, start_state(tables), rate)[0] for s in (slopes, tenfold))
    np.testing.assert_allclose(once["W"], ten["W"], rtol=1e-5)
    assert (sgd(tables, tenfold, rate)["W"] != sgd(tables, slopes, rate)["W"]).all()


def by_rate(name):
    """Steps at each rate of SGD, on average over the starts, for the three widths."""
    found, steps = measured("roots"), {}
    columns = [found[c] for c in ("divided by", "optimizer", "rate", "d_k", "steps")]
    for way, optimizer, rate, width, taken in zip(*columns, strict=True):
        if (way, optimizer) == (name, "sgd"):
            steps.setdefault(rate, {}).setdefault(width, []).append(taken)
    return {
        rate: [np.mean(three) for three in widths.values()]
        for rate, widths in steps.items()
    }


@says(
    "Divided by $d_k$ a step moves less, the wider the key, and the fastest rate rises "
    "from 10 to 100.",
    "After a small start it moves more, and the fastest falls from 0.3 to 0.03.",
)
def test_how_the_fastest_rate_moves():
    best = at_best_rate(measured("roots"), "sgd")
    rates = {name: [rate for _, rate in found] for name, found in best.items()}
    assert rates["d_k"] == [10, 30, 100] and rates["nothing, small start"] == [
        0.3,
        0.1,
        0.03,
    ]


@says(
    "A plain step (rate times slope) moves the query by some $t\\, k / c$ along a key $k$ "
    "($t$ grows with the rate, and with how much the loss minds that score), and that "
    "key's score by $$\\frac{t\\, k \\cdot k}{c^2} \\approx t \\cdot "
    "\\frac{d_k}{c^2}$$ for $k \\cdot k$ sums $d_k$ squares, each 1 on average.",
    "3. A plain step of training moves a score by about $t \\cdot d_k / c^2$: with "
    "$c = \\sqrt{d_k}$ alike at every width.",
)
@pytest.mark.parametrize("seed", [0, 1])
def test_how_far_one_step_moves_the_scores(seed):
    def far(d_k, divisor, start):
        rng = np.random.default_rng(seed)
        tables, taught = _start(rng, d_k, start), draw_lookups(rng, 500)
        slopes = gradients(_tried(tables, taught, divisor)[0])
        moved = {name: table - 1e-3 * slopes[name] for name, table in tables.items()}
        both = [made(t, taught) for t in (tables, moved)]
        before, after = (q @ k.swapaxes(1, 2) / divisor for q, k in both)
        return np.sqrt(np.mean((after - before) ** 2))

    small = [far(d_k, 1.0, d_k**-0.5) for d_k in (16, 64, 256)]
    root = [far(d_k, math.sqrt(d_k), 1.0) for d_k in (16, 64, 256)]
    assert small[1] > 2 * small[0] and small[2] > 2 * small[1]
    assert max(root) < 2 * min(root)
    width = [far(d_k, d_k, 1.0) for d_k in (16, 64, 256)]
    assert width[0] > 2 * width[1] and width[1] > 2 * width[2]


def made(tables, tried):
    every = np.arange(len(tried.rows))
    asked = tried.rows[every, tried.asked][:, np.newaxis]
    return asked @ tables["W_Q"], tried.rows @ tables["W_K"]
