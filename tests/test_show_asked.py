"""Tables and explanations asked oddly: copies, empty axes, arguments that are none."""

import re

import numpy as np
import pytest

import tfmath
from tfmath import trace
from tfmath.attention.positional import distances, places
from tfmath.errors import DtypeError, ShapeError
from tfmath.show import explain, formulas, table
from tfmath.show.figures import bars, heat_map, heat_maps, points
from tfmath.show.words import product_as_l
from tfmath.tracing.formula import Terms
from tfmath.witness.receipt import receipt


def test_a_table_keeps_what_it_was_given():
    a = np.array([[0.25, 0.75]])
    shown = table(a)
    a[0, 0] = 5
    assert shown.numbers[0, 0] == 0.25 and "5" not in repr(shown).split()
    several = np.zeros((2, 1, 1))
    tables = table(several)
    several[:] = 5
    assert [t.numbers.item() for t in tables] == [0, 0]


def test_a_table_says_what_it_cannot_take():
    for given, kind, message in (
        ({"decimals": -1}, ValueError, "decimals is -1; .* from 0 to 99"),
        ({"decimals": 1.5}, TypeError, "decimals is 1.5"),
        ({"decimals": True}, TypeError, "decimals is True"),
        ({"title": 5}, TypeError, "title is 5; it must be a str"),
    ):
        with pytest.raises(kind, match=f"table: {message}"):
            table(np.ones((2, 2)), **given)
    with pytest.raises(ShapeError, match="table: the rows of array differ"):
        table([[1], [2, 3]])
    for none in ({"W": np.ones(2)}, None, 5.0):
        with pytest.raises(
            ShapeError, match="table: array is (a dict|None|5.0); .*to four"
        ):
            table(none)
    with pytest.raises(ShapeError, match=r"table: array is of shape \(\); .*to four axes"):
        table(np.array(5.0))


def test_a_picture_of_a_masked_array_would_show_what_is_masked():
    hidden = np.ma.masked_array([[0.25, 0.75]], [[False, True]])
    calls = {
        "heat_map": lambda array: heat_map(array, "t"),
        "heat_maps?": lambda array: heat_maps([array, array], "t", "ab"),
        "bars": lambda array: bars("ab", array[0], "t", "y"),
        "points": lambda array: points(array, "a", "t", "x", "y"),
    }
    for name, call in calls.items():
        with pytest.raises(
            DtypeError, match=rf"{name}: .* is a masked array.*\.filled\(0\)"
        ):
            call(hidden)
        assert call(hidden.filled(0)).alt  # control
    with pytest.raises(DtypeError, match="picture: array is a masked array"):
        product_as_l(hidden, np.ones((2, 1)), "t")
    with pytest.raises(ShapeError, match="heat_map: the rows of array differ in length"):
        heat_map([[1], [2, 3]], "t")


def test_tables_without_rows_or_without_tables():
    assert table(np.ones((2, 0, 3))).frame().shape == (0, 3)
    assert table(np.ones((2, 3, 0))).frame().shape == (6, 0)
    with pytest.raises(ShapeError, match="there is no table"):
        table(np.ones((0, 2, 3))).frame()


def test_a_place_is_a_number_or_a_word():
    x = trace([[1.0, 2.0], [3.0, 4.0]], "x")
    for place in (True, np.True_, 1.0, None, [0]):
        with pytest.raises(
            ValueError, match="explain: place .* on axis 0 is no whole number"
        ):
            explain(x, place, 0)
    for depth in (True, 1.5, None):
        with pytest.raises(TypeError, match="explain: depth is"):
            explain(x, 0, 0, depth=depth)
    first = np.argsort(x[0])[0]
    assert explain(x, np.int8(1), first).index == (1, 0)


@pytest.mark.parametrize("spread", [np.std, np.var])
@pytest.mark.parametrize("numbers", ["drawn", "equal", "holes"])
def test_a_sum_that_many_numbers_ask_for_is_added_up_once(spread, numbers, monkeypatch):
    x = np.random.default_rng(0).normal(size=(300, 300))
    x = {"drawn": x, "equal": np.ones_like(x), "holes": np.where(x > 0, x, np.nan)}[numbers]
    counted, real = [], Terms.numbers
    monkeypatch.setattr(Terms, "numbers", lambda self: counted.append(1) or real(self))
    explain(spread(trace(x, "x")))
    assert len(counted) <= 2 and (counted or numbers == "equal")


def test_few_of_many_are_looked_at_closely():
    sizes = np.random.default_rng(0).normal(size=100_000)
    near = formulas._near_the_top(sizes, 7, 5.0)
    assert set(np.argsort(sizes)[-7:]) <= set(near) and len(near) < 20
    tied = np.array([1.0, 1 - 1e-12, 0.5, 1 + 1e-12, 1.0, np.nan])
    assert formulas._near_the_top(tied, 2, 1.0).tolist() == [0, 1, 3, 4, 5]
    assert formulas._largest("sum", tied, 3).tolist() == [0, 1, 5]


def test_the_receipt_names_the_package_that_runs(monkeypatch):
    monkeypatch.setattr(tfmath, "__version__", "9.8.7")
    assert re.search(r"^tfmath +9\.8\.7$", receipt(), re.MULTILINE)


def test_distances_are_between_rows():
    x = np.ones((3, 4))
    for wrong in (5, None, np.ones(3), "abc"):
        with pytest.raises(ShapeError, match=r"distances: query .* needs two axes"):
            distances(wrong, x)
        with pytest.raises(ShapeError, match=r"places: key .* needs two axes"):
            places(x, wrong)
    assert distances(x.tolist(), trace(x, "x")).tolist() == [
        [0, -1, -2],
        [1, 0, -1],
        [2, 1, 0],
    ]
