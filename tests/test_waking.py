"""Some queries teach, and all are asked in the end."""

import numpy as np
import pytest

from tfmath.study.measured import measured
from tfmath.study.sleeping import (
    TEACHERS,
    _start,
    _taught,
    _tried,
    draw_lookups,
    slope_lengths,
    woken,
)
from tfmath.tracing import gradients


def test_rows_are_measured_again():
    columns = measured("woken")
    stored = [
        dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)
    ]
    rows = woken(rates=[0.03], seeds=[1])  # larger steps: other numbers on other processors
    assert len(rows) == 4 and all(row in stored for row in rows)


def test_who_does_not_teach_leaves_no_slope():
    """The loss of the sleepers and that of the awake are together that of all."""
    rng = np.random.default_rng(3)
    tables, lookups = _start(rng, 64), draw_lookups(rng, 40)
    parts = [_tried(tables, lookups, 1.0, who)[0] for who in TEACHERS]
    whole, *halves = (gradients(loss)["W_Q"] for loss in parts)
    assert all(np.abs(half).max() > 0 for half in halves)
    np.testing.assert_allclose(whole, sum(halves), atol=1e-12)


def test_divided_enough_nobody_sleeps_and_sleepers_teach_nothing():
    lookups = draw_lookups(np.random.default_rng(4), 30)
    tables = _start(np.random.default_rng(5), 16)
    query = lookups.rows[np.arange(30), lookups.asked][:, np.newaxis] @ tables["W_Q"]
    assert slope_lengths(query, lookups.rows @ tables["W_K"], 4).min() > 0.02
    loss, _ = _tried(tables, lookups, 4.0, "the sleepers")
    assert not gradients(loss)["W_Q"].any()


def test_no_step_leaves_the_tables_as_they_start():
    tables = _taught("all", 16.0, 1, seed=6, steps=0)
    started = _start(np.random.default_rng(6), 256)
    assert all(np.array_equal(tables[name], started[name]) for name in ("W_Q", "W_K"))


@pytest.mark.parametrize(
    "wrong, says",
    [({"rates": [0]}, "learning_rate is 0"), ({"steps": 0}, "steps is 0")],
)
def test_what_does_not_fit_is_told(wrong, says):
    with pytest.raises(ValueError, match=says):
        woken(**{"rates": [1], "seeds": [0], **wrong})
