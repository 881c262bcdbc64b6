"""The file of tables: it loads whole or not at all, and is written whole or not at all."""

import errno
import os

import numpy as np
import pytest
from tables import filled

from tfmath.errors import NonFiniteError, ShapeError
from tfmath.model.files import check_place, load_csv, save_csv, write_whole
from tfmath.model.parameters import (
    flatten,
    rounded,
    shapes,
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
    "a word": (lambda a: cell(a, 2, 2, "two"), r"line 2: 'two' is no number"),
    "a formula": (lambda a: cell(a, 2, 2, "=1+1"), r"line 2: '=1\+1' is no number"),
    "Python's own writing": (lambda a: cell(a, 2, 2, "1_0"), r"line 2: '1_0' is no number"),
    "a space": (lambda a: cell(a, 2, 2, " 1"), r"line 2: ' 1' is no number"),
    "another script": (lambda a: cell(a, 2, 2, "１"), r"line 2: '１' is no number"),
    "a hexadecimal": (lambda a: cell(a, 2, 2, "0x1p3"), r"line 2: '0x1p3' is no number"),
    "a true": (lambda a: cell(a, 2, 2, "TRUE"), r"line 2: 'TRUE' is no number"),
    "another header": (
        lambda a: cell(a, 1, 1, "line"),
        r"line 1: the header should be table,row,0,1,… up to 6, got 'table,line,0",
    ),
    "columns exchanged": (
        lambda a: (cell(a, 1, 2, "1"), cell(a, 1, 3, "0")),
        r"line 1: the header should be",
    ),
    "no header": (lambda a: a.__delitem__(0), r"line 1: .* got 'embedding,<pad>,"),
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
    with pytest.raises(ValueError, match="is no number"):
        load_csv(path, SIZES)
    assert not (tmp_path / "proof").exists()


def test_numbers_may_be_written_as_spreadsheets_write_them(stored):
    path, _ = stored
    lines = path.read_text(encoding="utf-8").splitlines()
    for column, text in enumerate(["1", "-.5", "2.", "+3e-2", "4E+1"], 2):
        cell(lines, 2, column, text)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert load_csv(path, SIZES)[0]["embedding"][0].tolist() == [1, -0.5, 2, 0.03, 40]


def test_eleven_layers_keep_their_order(tmp_path):
    """Layer 10 comes after layer 9, and a file in another order is the same model."""
    sizes = shapes(4, d_model=2, n_heads=1, d_k=2, d_v=1, d_ff=3, n_layers=11)
    tables = flatten(filled(sizes))
    assert list(tables) == list(sizes)
    shuffled = {name: tables[name] for name in sorted(tables)}
    assert list(shuffled) != list(sizes)
    for number, order in enumerate([tables, shuffled]):
        save_csv(tmp_path / f"{number}.csv", unflatten(order), WORDS)
        loaded, _ = load_csv(tmp_path / f"{number}.csv", sizes)
        assert list(flatten(loaded)) == list(sizes)
        for name, table in flatten(loaded).items():
            np.testing.assert_array_equal(table, tables[name])


# Writing: whole or not at all


def test_a_full_disk_keeps_what_was_there(stored, monkeypatch):
    path, parameters = stored
    before = path.read_bytes()

    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for call in (
        lambda: save_csv(path, rounded(parameters), WORDS, overwrite=True),
        lambda: write_whole(path, "half"),
    ):
        with pytest.raises(OSError, match=r"small\.csv.* could not be written: No space"):
            call()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["small.csv"]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*names):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "small.csv", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_link_and_the_rights_of_a_file_stay(stored):
    path, parameters = stored
    path.chmod(0o640)
    (path.parent / "link.csv").symlink_to(path)
    save_csv(path.parent / "link.csv", rounded(parameters), WORDS, overwrite=True)
    assert (path.parent / "link.csv").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert load_csv(path, SIZES)[0]["embedding"][0, 0] * 10 % 1 == pytest.approx(
        0, abs=1e-9
    )


@pytest.mark.parametrize(
    "name, words",
    [
        ("small.csv", r"small\.csv exists; give --overwrite to replace it"),
        ("nowhere/new.csv", "there is no folder .*nowhere"),
        (".", "is a folder or a device"),
        ("/dev/null", "is a folder or a device"),
    ],
)
def test_a_place_is_looked_at_before(name, words, stored):
    place = os.path.join(stored[0].parent, name)
    with pytest.raises(OSError, match=words):
        check_place(place, way="--overwrite")
    assert [file.name for file in stored[0].parent.iterdir()] == ["small.csv"]


def test_a_place_is_no_open_file():
    for number in (0, 1, True):
        with pytest.raises(TypeError, match="it must be the path of a file"):
            load_csv(number, SIZES)


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    bad = {"norm": {"gain": np.array([1.0, np.nan])}}
    with pytest.raises(NonFiniteError, match=r"gain in parameters holds nan at \(1,"):
        save_csv(tmp_path / "bad.csv", bad, ())
    with pytest.raises(ShapeError, match=r"embedding \(2, 3\) .*words has 1"):
        save_csv(tmp_path / "bad.csv", {"embedding": np.ones((2, 3))}, ("you",))
    assert list(tmp_path.iterdir()) == []
