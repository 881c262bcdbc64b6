"""The tables: names, sizes, start, and a file that loads whole or not at all."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import filled

from tfmath.model.files import load_csv, save_csv
from tfmath.model.parameters import (
    count,
    flatten,
    rounded,
    shapes,
    starting_values,
    traced,
    unflatten,
)

SIZES = shapes(4, d_model=5, n_heads=2, d_k=3, d_v=1, d_ff=7)
WORDS = ("<pad>", "you", "win", "die")


@pytest.fixture
def stored(tmp_path):
    """A file of small tables, and the tables."""
    parameters = filled(SIZES, seed=3)
    save_csv(tmp_path / "small.csv", parameters, WORDS)
    return tmp_path / "small.csv", parameters


def test_names_and_sizes():
    assert list(SIZES)[:3] == [
        "embedding",
        "encoder / layer 1 / self-attention / W_Q",
        "encoder / layer 1 / self-attention / W_K",
    ]
    assert SIZES["decoder / layer 1 / cross-attention / W_O"] == (2, 5)
    assert not [name for name in SIZES if "b_Q" in name or name.startswith("output")]
    more = shapes(4, 5, 2, 3, 1, 7, n_layers=2, biases=True, tied=False, final_norm=True)
    assert more["encoder / layer 2 / self-attention / b_V"] == (2, 1)
    assert more["decoder / norm / gain"] == (5,) and more["output / W"] == (5, 4)


def test_counting_by_hand():
    """An attention has 2·5·3 + 2·5·3 + 2·5·1 + 2·5 = 80; a feed-forward 2·35 + 12 = 82."""
    norm, attention, feed_forward = 10, 80, 82
    encoder, decoder = attention + feed_forward + 2 * norm, 2 * attention + 82 + 3 * norm
    assert count(filled(SIZES)) == 4 * 5 + encoder + decoder


names = st.text("ab 1", min_size=1, max_size=3)


@given(
    st.recursive(
        st.integers(), lambda t: st.dictionaries(names, t, min_size=1), max_leaves=9
    ).filter(lambda tree: isinstance(tree, dict))
)
def test_flattening_can_be_undone(tree):
    flat = flatten(tree)
    assert unflatten(flat) == tree
    assert not any(isinstance(part, dict) for part in flat.values())


def test_starting_values():
    sizes = shapes(50, 40, 2, 30, 20, 60, biases=True)
    start = flatten(starting_values(np.random.default_rng(0), sizes))
    assert {name: table.shape for name, table in start.items()} == sizes
    for name, table in start.items():
        last = name.split(" / ")[-1]
        if last == "gain":
            assert (table == 1).all()
        elif last.startswith("b"):
            assert (table == 0).all()
        else:
            variance = 1 / 40 if name == "embedding" else 2 / sum(table.shape[-2:])
            assert table.std() == pytest.approx(math.sqrt(variance), rel=0.15), name
    again = flatten(starting_values(np.random.default_rng(0), sizes, np.float32))
    for name, table in again.items():
        np.testing.assert_array_equal(table, start[name].astype(np.float32), strict=True)


def test_tracing_keeps_names_and_words():
    tables = traced(filled(SIZES), WORDS)
    assert {name: table.name for name, table in flatten(tables).items()} == {
        name: name for name in SIZES
    }
    assert tables["embedding"].labels == (WORDS, None)


def test_rounding_leaves_no_minus_zero():
    table = rounded({"W": np.array([-0.04, 0.26, -1.25])})["W"]
    assert table.tolist() == [0.0, 0.3, -1.2]
    assert not np.signbit(table[0])


# The file


def test_what_is_saved_is_loaded_to_the_last_bit(stored):
    path, parameters = stored
    loaded, words = load_csv(path, SIZES)
    assert words == WORDS
    for name, table in flatten(loaded).items():
        np.testing.assert_array_equal(table, flatten(parameters)[name], strict=True)
    assert flatten(loaded).keys() == SIZES.keys()


def test_a_spreadsheet_may_have_saved_it_again(stored):
    """With a byte-order mark, its own line ends, and no empty cells at the end of a row."""
    path, parameters = stored
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\r\n".join(line.rstrip(",") for line in lines) + "\r\n\r\n"
    path.write_bytes(text.encode("utf-8-sig"))
    loaded, _ = load_csv(path, SIZES)
    np.testing.assert_array_equal(loaded["embedding"], parameters["embedding"])


def test_a_file_that_is_there_is_kept(stored):
    path, parameters = stored
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"small\.csv exists; give overwrite=True"):
        save_csv(path, parameters, WORDS)
    assert path.read_bytes() == before
    save_csv(path, rounded(parameters), WORDS, overwrite=True)
    assert path.read_bytes() != before


def edit(lines, number, old, new):
    """Line `number`, counted from 1, with `old` replaced."""
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)


def cell(lines, number, column, new):
    cells = lines[number - 1].split(",")
    cells[column] = new
    lines[number - 1] = ",".join(cells)


def without(lines, word):
    lines[:] = [line for line in lines if word not in line]


SPOILED = {
    "cut short": (lambda a: a.__delitem__(slice(-1, None)), r"norm 3 / bias' is missing"),
    "cut in a row": (
        lambda a: a.append("".join(a.pop())[:40]),
        r"line 139: .*needs 5 .* got 1",
    ),
    "only a header": (lambda a: a.__delitem__(slice(1, None)), r"'embedding' is missing"),
    "empty": (lambda a: a.clear(), r"'embedding' is missing"),
    "a table missing": (
        lambda a: without(a, "norm 1 / gain"),
        r"norm 1 / gain' is missing",
    ),
    "a row missing": (
        lambda a: a.__delitem__(8),
        r"line 9: .*W_Q.*'head 1 row 3'.*'head 1 row 4'",
    ),
    "rows exchanged": (
        lambda a: a.__setitem__(slice(6, 8), a[7:5:-1]),
        r"line 7: .*'head 1 row 2'",
    ),
    "a row too many": (
        lambda a: a.append(a[-1]),
        r"norm 3 / bias \(5,\) has no further row",
    ),
    "an unknown table": (lambda a: edit(a, 3, "embedding", "W_X"), r"line 3: .*'W_X'"),
    "a number missing": (
        lambda a: cell(a, 3, 4, ""),
        r"line 3: embedding needs 5 .* got 4",
    ),
    "a number too many": (lambda a: cell(a, 6, 5, "1"), r"line 6: .*W_Q needs 3 .* got 4"),
    "moved by a column": (
        lambda a: (cell(a, 6, 5, a[5].split(",")[2]), cell(a, 6, 2, "")),
        r"line 6: .*W_Q needs 3",
    ),
    "a word": (lambda a: cell(a, 2, 2, "two"), r"line 2: .*'two'.*not all numbers"),
    "a formula": (lambda a: cell(a, 2, 2, "=1+1"), r"line 2: .*not all numbers"),
    "not a number": (lambda a: cell(a, 2, 2, "nan"), r"line 2: embedding .*not finite"),
    "infinite": (lambda a: cell(a, 2, 2, "-inf"), r"line 2: embedding .*not finite"),
    "too large": (lambda a: cell(a, 2, 2, "1e999"), r"line 2: embedding .*not finite"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_file_is_refused_with_its_line(name, stored):
    path, _ = stored
    spoil, words = SPOILED[name]
    lines = path.read_text(encoding="utf-8").splitlines()
    spoil(lines)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(ValueError, match=words) as caught:
        load_csv(path, SIZES)
    assert str(path) in str(caught.value)


def test_a_file_cut_at_any_byte_is_refused(stored):
    """Also inside the last number, where what is left still looks like one."""
    path, _ = stored
    whole = path.read_bytes()
    for end in [*range(1, len(whole), 97), *range(len(whole) - 60, len(whole))]:
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError):
            load_csv(path, SIZES)


def test_a_file_of_another_model_is_refused(stored):
    path, _ = stored
    with pytest.raises(ValueError, match=r"line 2: embedding needs 6 numbers a row, got 5"):
        load_csv(path, shapes(4, d_model=6, n_heads=2, d_k=3, d_v=1, d_ff=7))
    with pytest.raises(ValueError, match=r"embedding \(5, 5\) needs 5 rows, found 4"):
        load_csv(path, shapes(5, d_model=5, n_heads=2, d_k=3, d_v=1, d_ff=7))


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_csv(tmp_path / "nothing.csv", SIZES)
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01" * 9)
    with pytest.raises(ValueError):
        load_csv(tmp_path / "bytes.csv", SIZES)


def test_nothing_in_a_file_is_ever_run(stored, tmp_path):
    """Text stays text: no pickle, no formula, no evaluation."""
    path, _ = stored
    lines = path.read_text(encoding="utf-8").splitlines()
    cell(lines, 2, 2, f"open(r'{tmp_path / 'proof'}'; 'w')")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not all numbers"):
        load_csv(path, SIZES)
    assert not (tmp_path / "proof").exists()
