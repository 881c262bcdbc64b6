"""What was measured once, since it takes minutes, and how to measure it again."""

import csv
import importlib
import io

from tfmath.arguments import instance, nearest
from tfmath.model.files import check_place, write_whole
from tfmath.parts.data import data_path

EXPERIMENTS = {
    "growth": "tfmath.study.growth:growth",
    "fading": "tfmath.study.fading:fading",
    "alignment": "tfmath.study.alignment:alignment",
    "hidden_places": "tfmath.study.alignment:hidden_places",
    "last_heard": "tfmath.study.last_heard:last_heard",
    "whispered": "tfmath.study.last_heard:whispered",
    "two_ways": "tfmath.study.two_ways:two_ways",
    "backwards": "tfmath.study.alignment:backwards",
    "slow_to_learn": "tfmath.study.slow_to_learn:slow_to_learn",
    "in_order": "tfmath.study.slow_to_learn:in_order",
    "ab_game": "tfmath.study.ab_race:ab_game",
    "ab_game_later": "tfmath.study.ab_race:ab_game_later",
    "opened_gates": "tfmath.study.ab_race:opened_gates",
    "ab_game_time": "tfmath.study.ab_race:ab_game_time",
    "one_word": "tfmath.study.one_word:one_word",
    "one_number": "tfmath.study.one_number:one_number",
    "word_rows": "tfmath.study.word_rows:word_rows",
    "two_tables": "tfmath.study.two_tables:two_tables",
    "four_ways": "tfmath.study.two_tables:four_ways",
    "row_lengths": "tfmath.study.word_rows:row_lengths",
    "roots": "tfmath.study.sleeping:roots",
    "woken": "tfmath.study.sleeping:woken",
    "one_or_two": "tfmath.study.one_wide_head:one_or_two",
    "half_or_none": "tfmath.study.one_wide_head:half_or_none",
    "two_wishes": "tfmath.study.one_wide_head:two_wishes",
    "cheaper": "tfmath.study.error_against_cost:against_cost",
    "cheaper_growth": "tfmath.study.error_against_cost:growing",
    "cheaper_trained": "tfmath.study.other_attentions:trained_anew",
    "cheaper_features": "tfmath.study.feature_trials:feature_trials",
    "examination": "tfmath.study.examination:examination",
    "examination_looks": "tfmath.study.examination:looks",
    "scaling": "tfmath.study.scaling_runs:all_runs",
    "scaling_larger": "tfmath.study.beyond:larger_runs",
    "scaling_longer": "tfmath.study.beyond:longer_runs",
    "lengths": "tfmath.study.lengths:lengths",
    "lookback": "tfmath.study.lookback:lookback",
    "clocks": "tfmath.study.lookback:clocks",
    "by_place": "tfmath.study.lookback:by_place",
    "head_weights": "tfmath.study.lookback:head_weights",
    "outvoted": "tfmath.study.lookback:outvoted",
    "longer": "tfmath.study.lookback:longer",
    "missing_transpose": "tfmath.study.missing_transpose:missing_transpose",
    "held_still": "tfmath.study.held_still:held_still",
    "questions": "tfmath.study.held_still:questions",
    "cheating": "tfmath.study.cheating:cheating",
    "exchanged": "tfmath.study.cheating:exchanged",
    "dice": "tfmath.study.cheating:dice",
    "unshifted": "tfmath.study.cheating:unshifted",
    "trained_without": "tfmath.study.trained_without:trained_without",
    "stopped_clocks": "tfmath.study.what_if:stopped_clocks",
    "any_start": "tfmath.study.what_if:any_start",
    "two_layers": "tfmath.study.what_if:two_layers",
    "lies": "tfmath.witness.forger:smallest_lies",
    "growing": "tfmath.witness.growing:growing",
    "two_copies": "tfmath.witness.two_copies:two_copies",
    "rates": "tfmath.study.ways_to_step:rates",
    "helped": "tfmath.study.ways_to_step:helped",
}
"""The function behind each name: it gives a list of rows, dicts with the same keys."""


def measured(name):
    """Read what an experiment measured when it was last run.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`. ``python -m tfmath measure NAME`` runs it again.

    Returns
    -------
    columns : dict of str to list
        Numbers where a column holds nothing else, otherwise words.

    Raises
    ------
    ValueError
        If no experiment has that name.

    Examples
    --------
    >>> sorted(measured("growth"))
    ['MB', 'seconds', 'size', 'varied', 'what']
    """
    _known("measured", name)
    with open(data_path(f"measured/{name}.csv"), encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = list(csv.DictReader(lines))
    return {key: _numbers([row[key] for row in rows]) for key in rows[0]}


def _known(where, name):
    instance(where, "name", name, str, f"one of {', '.join(EXPERIMENTS)}")
    if name not in EXPERIMENTS:
        raise ValueError(
            f"{where}: no experiment has the name {name!r}{nearest(name, EXPERIMENTS)}"
        )


def _numbers(texts):
    for kind in (int, float):
        try:
            return [kind(text) for text in texts]
        except ValueError:
            continue
    return texts


def measure(name, path, overwrite=False):
    """Run an experiment and write its rows into a file.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    path : path of the CSV file
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    rows : list of dict

    Raises
    ------
    ValueError
        If no experiment has that name.
    FileExistsError
        If the file exists and `overwrite` is False; nothing is run then.

    Examples
    --------
    >>> measure("groth", "growth.csv")
    Traceback (most recent call last):
    ValueError: measure: no experiment has the name 'groth'; did you mean 'growth'?
    """
    _known("measure", name)
    place = check_place(path, overwrite)
    module, function = EXPERIMENTS[name].split(":")
    rows = getattr(importlib.import_module(module), function)()
    write_whole(place, _text(name, rows))
    return rows


def _text(name, rows):
    text = io.StringIO(newline="")
    text.write(f"# python -m tfmath measure {name}\n")
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()
