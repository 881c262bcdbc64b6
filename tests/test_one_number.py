"""One number erased: what is stored, measured again, and told by the model itself."""

import numpy as np
import pytest

from tfmath import toy, trace
from tfmath.errors import DtypeError, ShapeError, TraceError
from tfmath.model.names import flatten, unflatten
from tfmath.study.measured import measured
from tfmath.study.one_number import one_number, quotes_lost, with_only

FEW = ["decoder / layer 1 / norm 3 / gain", "decoder / layer 1 / norm 3 / bias"]


def test_the_stored_rows_are_of_all_numbers_in_their_order():
    stored, flat = measured("one_number"), flatten(toy.load())
    assert stored["number"] == np.concatenate([np.ravel(t) for t in flat.values()]).tolist()
    assert stored["table"] == [name for name, table in flat.items() for _ in table.flat]


def test_two_tables_once_more():
    stored = measured("one_number")
    rows = zip(*(stored[key] for key in ("table", "number", "lost")), strict=True)
    again = [tuple(row.values()) for row in one_number(FEW)]
    assert again == [row for row in rows if row[0] in FEW]
    assert {lost for *_, lost in again} == {0, 1, 2, 3}


def test_a_quote_is_lost_when_the_model_writes_another():
    """The model itself, word by word, which reads what it has written."""
    flat = flatten(toy.load())
    for place, number in enumerate(flat[FEW[0]]):
        gain = np.where(np.arange(5) == place, 0, flat[FEW[0]])
        tables = unflatten(flat | {FEW[0]: gain})
        written = [[w for w, _ in toy.finish(tables, read)] for read, _ in toy.PAIRS]
        right = [[*target.split(), "<end>"] for _, target in toy.PAIRS]
        wrong = sum(a != b for a, b in zip(written, right, strict=True))
        assert number and quotes_lost(tables) == wrong


def test_with_only_keeps_each_number_in_its_place():
    flat = flatten(toy.load())
    row = np.concatenate([np.ravel(t) for t in flat.values()])
    kept = np.arange(764) % 3 == 0
    found = flatten(with_only(toy.load(), kept.tolist()))
    left = np.concatenate([np.ravel(t) for t in found.values()])
    assert left.tolist() == np.where(kept, row, 0).tolist()
    assert {n: t.shape for n, t in found.items()} == {n: t.shape for n, t in flat.items()}


@pytest.mark.parametrize(
    "kept, error, match",
    [
        ([True, False], ShapeError, "with_only: kept has the shape .2,.; one answer"),
        ([1, 0, 1], DtypeError, "with_only: kept needs true and false, got int64"),
        (trace([1.0], "kept"), TraceError, "with_only: kept is traced"),
    ],
)
def test_answers_that_do_not_fit(kept, error, match):
    with pytest.raises(error, match=match):
        with_only({"norm": {"gain": [1.0, 2.0, 3.0]}}, kept)


def test_a_table_that_is_not_there_is_told():
    with pytest.raises(
        ValueError, match="one_number: no table is 'embeding'; did you mean"
    ):
        one_number(["embeding"])
