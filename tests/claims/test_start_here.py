"""What the first chapter says, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import rounded
from tfmath.model.sublayers import think
from tfmath.parts.activation import relu
from tfmath.parts.norm import layer_norm
from tfmath.show import table
from tfmath.show.machine import toy_machine

CHAPTER = "00_start_here.ipynb"
DEFINITIONS = (
    "`assert` seals it: it says nothing when its claim is true, and stops when it is "
    "false.",
    "`answer = None` is no mistake, it is just open.",
)

RIGHT = [right for _, right in toy.PAIRS]
BEGINNING = "when you play game of thrones"


def written(parameters, text=BEGINNING):
    return [word for word, _ in toy.finish(parameters, text)]


def numbers(parameters):
    return np.concatenate([np.ravel(table) for table in flatten(parameters).values()])


def weights():
    return toy.worked_example()["encoder / layer 1 / self-attention / heads / weights"]


@says(
    "It consists of 764 numbers.",
    "(Rows and columns are counted from 0, as Python does.) All of them have one decimal, "
    "so that you can compute with them on paper.",
)
def test_the_numbers():
    found = numbers(toy.load())
    assert found.size == 764
    assert all(number == round(number, 1) for number in found.tolist())


@says("It was trained on three quotes.", "Three sentences are what it was shown.")
def test_what_it_was_shown():
    assert len(toy.PAIRS) == 3
    assert all(
        written(toy.load(), read) == [*right.split(), "<end>"] for read, right in toy.PAIRS
    )


@says('Our beginning drops one "the"')
def test_the_word_that_is_dropped():
    quote = "when you play the game of thrones".split()
    quote.remove("the")
    assert " ".join(quote) == BEGINNING


@says(
    "Words become rows of five numbers",
    "a score for each of 26 words, in each row. The last row chooses the next word.",
    "**Right, the decoder** reads what is written so far: `<start>` and four words.",
)
def test_the_drawing():
    record, drawn = toy.worked_example(), toy_machine().alt
    assert record["encoder / input"].shape == (6, 5)
    assert record["logits"].shape == (5, 26)
    assert toy.WORDS[record["logits"].value[-1].argmax()] == "die"
    assert 'decoder reads "<start> you win or you"' in drawn


@says("**Feed-forward** and **norm:** each row is worked on by itself")
def test_who_works_alone():
    """One row of the input changed: of a norm's output the same row changes alone."""
    record = toy.worked_example()
    layer = toy.load()["encoder"]["layer 1"]
    x = record["encoder / layer 1 / norm 1 / residual"].value
    for part in (think(layer, relu), lambda rows: layer_norm(rows, **layer["norm 1"])):
        changed = np.array(x)
        changed[2] += np.arange(5)
        moved = np.any(part(changed) != part(x), axis=1)
        assert moved.tolist() == [False, False, True, False, False, False]


@says(
    "It still runs, and writes nonsense.",
    "Most of its numbers have become 0: what is small is not unimportant.",
)
def test_whole_numbers():
    coarse = rounded(toy.load(), 0)
    texts = [written(coarse, read) for read, _ in toy.PAIRS]
    assert all(
        right.split() not in (text, text[:-1])
        for text, right in zip(texts, RIGHT, strict=True)
    )
    assert (numbers(toy.load()) == 0).sum() == 66
    assert (numbers(coarse) == 0).sum() == 526 > 764 / 2


@says("Most of its numbers have become 0: what is small is not unimportant.")
def test_the_small_numbers_alone():
    """Those of at most 0.5 erased, the others left as they are: no quote is written."""
    small = {n: np.where(np.abs(t) <= 0.5, 0, t) for n, t in flatten(toy.load()).items()}
    for read, right in toy.PAIRS:
        assert written(unflatten(small), read)[:-1] != right.split()


@says("And what the machine knows is little: turn the beginning around.")
def test_turned_around():
    turned = " ".join(reversed(BEGINNING.split()))
    assert written(toy.load(), turned) == ["i", "<end>"]


@says("Read: `thrones` looks at `you` with weight 0.574, at `when` with 0.206.")
def test_who_thrones_looks_at():
    row = dict(zip(BEGINNING.split(), weights().value[0][-1].round(3), strict=True))
    assert (row["you"], row["when"]) == (0.574, 0.206)


@says(
    "The weights of a word add up to 1.",
    "Printed numbers are rounded, mostly to three decimals, so they may add up to 0.999 or "
    "1.001; the machine computes with about 16 digits.",
)
def test_sums():
    one_head = weights().value[0]
    np.testing.assert_allclose(one_head.sum(axis=1), 1, rtol=0, atol=1e-15)
    printed = one_head.round(3).sum(axis=1).round(3)
    assert {0.999, 1.001} <= set(printed.tolist())
    assert "0.333" in str(table([1 / 3])) and 15 <= -np.log10(np.finfo(float).eps) <= 16


@says("The word's own number, −0.1 in the table above, made larger")
def test_where_a_number_comes_from():
    record = toy.worked_example()
    own, place = record["encoder / scaled embedding"].value[2, 1], -0.416
    assert own == -0.1 * np.sqrt(5)
    assert round(own + place, 3) == round(record["encoder / input"].value[2, 1], 3) == -0.64


@says(
    "One value 8 and three values 4 have this average, too.",
    "Without the weights the claim is false:",
)
def test_the_average():
    assert np.average([8, 4], weights=[1, 3]) == np.mean([8, 4, 4, 4]) == 5
    assert np.mean([8, 4]) != 5
    assert output(CHAPTER, "c31").strip() == "False"
