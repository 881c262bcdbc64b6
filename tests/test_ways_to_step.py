"""Ways to step: what is stored is what is measured, and the pictures say it."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.train import make_batch, train
from tfmath.model.names import flatten
from tfmath.model.parameters import starting_values
from tfmath.show import downhill
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.ways_to_step import HELPS, MOVES, RATES, helped, rates, trained_by

RACE, HELPED = measured("rates"), measured("helped")


def stored(columns, **wanted):
    rows = [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    return [row for row in rows if wanted.items() <= row.items()]


def test_a_run_of_the_race_is_the_stored_one():
    (row,) = rates(["Adam"], seeds=[3], among=[0.02])
    (kept,) = stored(RACE, move="Adam", rate=0.02, seed=3)
    assert row == kept | {"loss": pytest.approx(kept["loss"], rel=0.02)}


def test_a_run_with_help_is_the_stored_one():
    group = "Adam, rate 0.02"
    row = next(row for row in helped([group], seeds=[1]) if row["with"] == "weight decay")
    (kept,) = stored(HELPED, group=group, seed=1, **{"with": "weight decay"})
    assert row == kept | {"loss": pytest.approx(kept["loss"], rel=0.02)}


def test_all_runs_are_stored():
    wanted = {
        (move, rate, seed) for move in MOVES for rate in RATES[move] for seed in range(5)
    }
    assert set(zip(RACE["move"], RACE["rate"], RACE["seed"], strict=True)) == wanted
    asked = {(g, what, seed) for g in HELPS for what in HELPS[g] for seed in range(5)}
    assert set(zip(HELPED["group"], HELPED["with"], HELPED["seed"], strict=True)) == asked


def test_what_is_trained_is_what_train_gives_and_what_bursts_is_infinite():
    start = starting_values(np.random.default_rng(4), toy.SIZES)
    *_, last = train(start, make_batch(toy.PAIRS, toy.WORDS), 2, 0.3, **MOVES["SGD"])
    found = flatten(trained_by(4, 2, learning_rate=0.3, **MOVES["SGD"]))
    for name, table in flatten(last.parameters).items():
        np.testing.assert_array_equal(found[name], table)
    (row,) = rates(["SGD"], seeds=[4], steps=2, among=[0.3])
    assert row["loss"] == round(surprise(last.parameters), 4)
    (burst,) = rates(["SGD"], seeds=[0], steps=3, among=[1e160])
    assert burst["loss"] == np.inf


def test_dropout_is_drawn_by_the_seed():
    one, same, none = (trained_by(0, 1, dropped=p)["embedding"] for p in (0.5, 0.5, 0.0))
    assert (one == same).all() and (one != none).any()


# Pictures -------------------------------------------------------------------------------


def pictures():
    walks = {"slow": [0.0, 0.6, 1.08], "at once": [0.0, 3.0]}
    flat = {"SGD": np.array([[-10.0, 2.0], [-9.1, -1.6]]), "other": np.ones((2, 2))}
    return {
        "valley": downhill.valley(lambda w: (w - 3) ** 2, walks, "Down."),
        "paths": downhill.paths(lambda a, b: a**2 / 2 + 10 * b**2, flat, "Down."),
        "rates": downhill.over_rates(RACE, "Down."),
        "helped": downhill.helped(HELPED, "Down."),
    }


def test_a_picture_fits_the_page_and_says_its_finding():
    for picture in pictures().values():
        width, height = picture.figure.get_size_inches()
        assert width <= 6 and height <= 4 and picture.alt.startswith("Down. ")


def test_the_numbers_drawn_are_those_measured():
    (ax,) = pictures()["rates"].figure.axes
    lines = {line.get_label(): line for line in ax.lines if line.get_label()[0] != "_"}
    for move, line in lines.items():
        for rate, height in zip(*line.get_data(), strict=True):
            runs = [min(row["loss"], 10) for row in stored(RACE, move=move, rate=rate)]
            assert height == np.median(runs)
    assert list(lines) == list(MOVES)
    assert "SGD least 0.32 at 0.16" in pictures()["rates"].alt


def test_each_help_has_its_dots():
    panels = pictures()["helped"].figure.axes
    for ax, group in zip(panels, HELPS, strict=True):
        assert [text.get_text() for text in ax.get_yticklabels()] == list(HELPS[group])
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        for line, what in zip(dots, HELPS[group], strict=True):
            rows = stored(HELPED, group=group, **{"with": what})
            assert list(line.get_xdata()) == [min(row["loss"], 10) for row in rows]


def test_a_walk_is_drawn_where_it_went():
    valley, paths = pictures()["valley"].figure.axes, pictures()["paths"].figure.axes
    dots = valley[0].lines[1]
    np.testing.assert_allclose(dots.get_xdata(), [0, 0.6, 1.08])
    np.testing.assert_allclose(dots.get_ydata(), (dots.get_xdata() - 3) ** 2)
    assert paths[0].lines[0].get_xydata().tolist() == [[-10, 2], [-9.1, -1.6]]
    assert paths[0].lines[0].get_color() == downhill.LOOKS["SGD"][0]
    assert paths[0].get_aspect() == 1 and "loss at the end 67.0" in paths[0].get_title(
        "left"
    )
    assert "loss 67.0; other ends at 1, 1, loss 10.5" in pictures()["paths"].alt
