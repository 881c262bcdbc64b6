"""Ways to step: what is stored is what is measured, and the pictures say it."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.names import flatten
from tfmath.model.parameters import starting_values
from tfmath.show import downhill, runs
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.ways_to_step import (
    HELPS,
    MOVES,
    RATES,
    SEEDS,
    followed,
    helped,
    rates,
    right_words,
    trained_by,
)

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
    (row,) = helped(["weight decay"], seeds=[1], among=[0.02])
    (kept,) = stored(HELPED, rate=0.02, seed=1, **{"with": "weight decay"})
    assert row == kept | {"loss": pytest.approx(kept["loss"], rel=0.02)}


def test_all_runs_are_stored():
    wanted = {
        (move, rate, seed) for move in MOVES for rate in RATES[move] for seed in SEEDS
    }
    assert set(zip(RACE["move"], RACE["rate"], RACE["seed"], strict=True)) == wanted
    asked = {(w, rate, seed) for w in HELPS for rate in RATES["Adam"] for seed in SEEDS}
    assert set(zip(HELPED["with"], HELPED["rate"], HELPED["seed"], strict=True)) == asked


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


def test_a_help_is_given_the_rate_it_is_asked_for():
    """Warm-up takes a thirtieth of it in the first step; the others all of it."""
    for what, of in HELPS.items():
        rate = of(0.3)["learning_rate"]
        if "warm-up" in what:
            assert rate(1) == pytest.approx(0.01) and rate(30) == pytest.approx(0.3)
            assert rate(120) == pytest.approx(0.15 if "decay" in what else 0.3)
        else:
            assert rate == 0.3


def test_dropout_is_drawn_by_the_seed():
    one, same, none = (trained_by(0, 1, dropped=p)["embedding"] for p in (0.5, 0.5, 0.0))
    assert (one == same).all() and (one != none).any()


def test_what_is_followed_is_what_train_gives():
    start, batch = (
        starting_values(np.random.default_rng(1), toy.SIZES),
        make_batch(toy.PAIRS, toy.WORDS),
    )
    losses = [step.loss for step in train(start, batch, 3, 0.04)]
    run = followed(1, steps=3)
    assert run["loss"][:3] == losses and len(run["loss"]) == len(run["length"]) == 4
    _, slopes = loss_and_gradients(start, batch)
    squares = sum(np.sum(table**2) for table in slopes.values())
    assert run["length"][0] == pytest.approx(np.sqrt(squares)) and run["length"][0] > 1
    clipped = [step.loss for step in train(start, batch, 3, 0.04, max_norm=1.0)]
    assert followed(1, steps=2, shortened=range(2))["loss"] == clipped
    all_long = followed(5, steps=3)  # all arrows are longer than 1
    other = followed(5, steps=3, shortened=[1])
    assert min(all_long["length"]) > 1 and other["length"][:2] == all_long["length"][:2]
    assert other["loss"][:2] == all_long["loss"][:2]
    assert other["loss"][2] != all_long["loss"][2]


@pytest.mark.parametrize(
    ("way", "named"),
    [
        (lambda: rates(["adam"]), "rates: moves holds 'adam'; did you mean 'Adam'"),
        (
            lambda: helped(["warmup"]),
            "helped: helps holds 'warmup'; did you mean 'warm-up'",
        ),
    ],
)
def test_a_way_or_a_help_that_is_not_there_is_named(way, named):
    with pytest.raises(ValueError, match=named):
        way()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": "x"}, "followed: rate is 'x'"),
        ({"rate": 0}, "followed: rate is 0"),
        ({"steps": 2, "shortened": [1, 3]}, "followed: shortened has 3, after 2 steps"),
    ],
)
def test_what_cannot_be_followed_is_named(wrong, said):
    with pytest.raises((TypeError, ValueError)) as refused:
        followed(0, **wrong)
    assert str(refused.value).startswith(said)


# Pictures -------------------------------------------------------------------------------


LEAP = {
    "plain": {"loss": [4.0, 2.0, 3.0], "length": [1.0, 30.0, 2.0]},
    "shorter": {"loss": [4.0, 2.0, 0.5], "length": [1.0, 30.0, 0.5]},
}

WORDS = [
    [[("you", 0.1), ("win", 0.2)], [("<end>", 0.3)]],
    [[("you", 0.9), ("win", 0.4)], [("<end>", 0.8)]],
]


def pictures():
    walks = {"slow": [0.0, 0.6, 1.08], "at once": [0.0, 3.0]}
    flat = {"SGD": np.array([[-10.0, 2.0], [-9.1, -1.6]]), "other": np.ones((2, 2))}
    return {
        "valley": downhill.valley(lambda w: (w - 3) ** 2, walks, "Down."),
        "paths": downhill.paths(lambda a, b: a**2 / 2 + 10 * b**2, flat, "Down."),
        "rates": downhill.over_rates(RACE, "Down."),
        "helped": downhill.helped(HELPED, RACE, "Down."),
        "gone wrong": runs.gone_wrong(LEAP, "Down."),
        "few": runs.few_and_many(HELPED, RACE, 5, "Down."),
        "words": runs.word_by_word(WORDS, "Down."),
        "told": downhill.told(
            [4.0, 3.0, 1.0], {0: "he he", 2: "he wins"}, "Down.", "he wins"
        ),
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
    assert "SGD least 0.184 at 0.32" in pictures()["rates"].alt


def test_each_panel_has_its_ways_to_step():
    panels = [["momentum", "momentum, clipped"], ["Adam"]]
    axes = downhill.over_rates(RACE, "Down.", *panels).figure.axes
    for ax, names in zip(axes, panels, strict=True):
        named = [line for line in ax.lines if line.get_label()[0] != "_"]
        assert [line.get_label() for line in named] == names
        rates = {rate for line in named for rate in line.get_xdata()}
        assert list(ax.get_xticks()) == sorted(rates)
    assert axes[0].get_ylim() == axes[1].get_ylim()


def test_a_leap_is_drawn_over_the_steps():
    loss, length = pictures()["gone wrong"].figure.axes
    for ax, key in ((loss, "loss"), (length, "length")):
        for line, run in zip(ax.lines, LEAP.values(), strict=True):
            assert list(line.get_ydata()) == run[key]
    assert loss.get_ylabel() == "loss" and length.get_ylabel() == "length of all slopes"
    said = (
        "plain: slopes longest, 30, after 1 steps, the loss then up to 3.00, at the end 3;"
    )
    assert said in pictures()["gone wrong"].alt


def test_few_starts_and_many():
    (ax,) = pictures()["few"].figure.axes
    lines = dict(zip(["Adam alone", *HELPS], ax.lines, strict=True))
    for name, line in lines.items():
        named = {"move": "Adam"} if name == "Adam alone" else {"with": name}
        columns = RACE if name == "Adam alone" else HELPED
        for n, end in zip((5, 15), line.get_ydata(), strict=True):
            runs = [
                [row["loss"] for row in stored(columns, rate=rate, **named)][:n]
                for rate in RATES["Adam"]
            ]
            assert end == min(map(np.median, runs))
    heights = sorted(text.get_position()[1] for text in ax.texts)
    assert len(heights) == 7 and min(np.divide(heights[1:], heights[:-1])) > 1.2
    (bold,) = (text.get_text() for text in ax.texts if text.get_weight() == "bold")
    assert bold.startswith("warm-up ")


def test_each_help_has_its_dots_beside_adam_alone():
    panels = pictures()["helped"].figure.axes
    names = list(HELPS)
    assert [ax.get_title() for ax in panels] == names
    for ax, what in zip(panels, names, strict=True):
        *_, alone = ax.lines[:8]
        *dots, middle = ax.lines[8:]
        assert alone.get_color() == downhill.LOOKS["Adam"][0]
        assert alone.get_ydata()[3] == 0.0067 and len(dots) == 7
        for rate, line, height in zip(RATES["Adam"], dots, middle.get_ydata(), strict=True):
            rows = stored(HELPED, rate=rate, **{"with": what})
            runs = [min(row["loss"], 10) for row in rows]
            assert list(line.get_ydata()) == runs and height == np.median(runs)
            np.testing.assert_allclose(line.get_xdata(), 1.08 * rate)
    assert "Adam alone least 0.0067 at 0.04, runs 0.0036 to 0.385" in (
        pictures()["helped"].alt
    )


def test_a_text_stands_at_its_step():
    (ax,) = pictures()["told"].figure.axes
    assert list(ax.lines[0].get_ydata()) == [4, 3, 1]
    texts = {text.get_text(): text for text in ax.texts}
    assert [text.get_position()[0] for text in texts.values()] == [1, 3]
    weights = {said: text.get_weight() for said, text in texts.items()}
    assert weights == {"0: he he": "normal", "2: he wins": "bold"}
    assert "step 2: 1.00, he wins" in pictures()["told"].alt


def test_each_right_word_has_a_row():
    picture = pictures()["words"]
    (ax,) = picture.figure.axes
    first, second = (image.get_array().tolist() for image in ax.images)
    assert first == [[0.1, 0.9], [0.2, 0.4]] and second == [[0.3, 0.8]]
    rows = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert rows == {"you  0.90": 0.5, "win  0.40": 1.5, "<end>  0.80": pytest.approx(3.1)}
    for image, top in zip(ax.images, (0, 2.6), strict=True):
        assert image.get_extent()[3] == top and image.get_clim() == (0, 1)
        assert image.get_extent()[:2] == [-0.5, len(WORDS) - 0.5]
        assert sum(image.cmap(0.9)) < sum(image.cmap(0.1)), "the more probable, the darker"
    assert "you 0.90, win 0.40; <end> 0.80." in picture.alt


def test_right_words_are_those_that_a_good_model_writes():
    found = right_words(toy.load())
    for quote, (read, _) in zip(found, toy.PAIRS, strict=True):
        written = toy.finish(toy.load(), read)
        assert [word for word, _ in quote] == [word for word, _ in written]
        probable = [[p for _, p in words] for words in (quote, written)]
        np.testing.assert_allclose(*probable)
    start = starting_values(np.random.default_rng(1), toy.SIZES)
    p = [p for quote in right_words(start) for _, p in quote]
    assert -np.mean(np.log(p)) == pytest.approx(surprise(start))


def test_square_panels_stand_side_by_side():
    walks = {name: np.ones((2, 2)) for name in ("SGD", "Adam")}
    square = downhill.paths(lambda a, b: a + b, walks, "Down.", reach=(0, 2))
    assert {ax.get_xlim() for ax in square.figure.axes} == {(0, 2)}
    assert {ax.get_ylim() for ax in square.figure.axes} == {(0, 2)}
    first, second = (ax.get_subplotspec() for ax in square.figure.axes)
    assert first.rowspan == second.rowspan and first.colspan != second.colspan


def test_a_walk_is_drawn_where_it_went():
    valley, paths = pictures()["valley"].figure.axes, pictures()["paths"].figure.axes
    dots = valley[0].lines[1]
    np.testing.assert_allclose(dots.get_xdata(), [0, 0.6, 1.08])
    np.testing.assert_allclose(dots.get_ydata(), (dots.get_xdata() - 3) ** 2)
    assert paths[0].lines[1].get_xydata().tolist() == [[-10, 2], [-9.1, -1.6]]
    assert paths[0].lines[1].get_color() == downhill.LOOKS["SGD"][0]
    assert paths[0].get_aspect() == 1 and "loss at the end 67.00" in paths[0].get_title(
        "left"
    )
    assert "loss 67.00; other ends at 1, 1, loss 10.50" in pictures()["paths"].alt
