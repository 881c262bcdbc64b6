"""What the first chapter says, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.model.names import flatten, unflatten
from tfmath.model.sublayers import think
from tfmath.parts.activation import relu
from tfmath.parts.norm import layer_norm
from tfmath.show import table
from tfmath.show.every_number import every_number
from tfmath.show.layout import Heat
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
    "They begin with five for each word, and have one decimal, so that you can compute on "
    "paper.",
)
def test_the_numbers():
    found = numbers(toy.load())
    assert found.size == 764
    assert next(iter(flatten(toy.load()).items()))[1].shape == (len(toy.WORDS), 5)
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


def erased(places):
    """What the three quotes become when the numbers at those places are 0."""
    tables, left = flatten(toy.load()), np.where(places, 0, numbers(toy.load()))
    ends = np.cumsum([table.size for table in tables.values()])[:-1]
    cut = zip(tables.items(), np.split(left, ends), strict=True)
    parameters = unflatten({n: part.reshape(t.shape) for (n, t), part in cut})
    return [written(parameters, read)[:-1] == right.split() for read, right in toy.PAIRS]


@says(
    "141 numbers can go, and it still writes all three quotes; with 95 more, all are lost.",
    "We tried twenty times, and this quote was lost each time.",
    "Small numbers count for less, but not for nothing.",
)
def test_what_is_erased():
    found, rng = numbers(toy.load()), np.random.default_rng(0)
    small, more = (np.abs(found) <= size for size in (0.1, 0.2))
    assert (small & (found != 0)).sum() == 141 and (more & ~small).sum() == 95
    assert erased(small) == [True] * 3 and erased(more) == [False] * 3
    for _ in range(20):
        drawn = rng.choice(np.flatnonzero(~small), 141, replace=False)
        assert not erased(np.isin(np.arange(found.size), drawn))[1]


@says("Each square is one of them: the stronger the colour, the farther from 0.")
def test_a_square_for_each():
    heats = every_number(toy.load(), toy.WORDS).page.of(Heat)
    squares = [len(row) for heat in heats for row in heat.colours]
    assert sum(squares) == 764 + len(("above 0", "below 0"))


@says("It had the largest of the 26 scores in the last row, row 4:")
@says("The five numbers that the decoder has made, each times one of the five")
@says("With a larger `depth` you come down to the 764 numbers, the words and their places.")
def test_the_answer_itself():
    record = toy.worked_example()
    last, made = record["logits"].value[4], record["decoder / layer 1 / norm 3 / output"]
    own = toy.load()["embedding"][toy.WORDS.index("die")]
    assert last.argmax() == toy.WORDS.index("die") and len(last) == 26 and len(own) == 5
    np.testing.assert_allclose(last.max(), sum(made.value[4] * own), rtol=1e-12)
    given = {n for n, step in record.items() if not step.inputs} - set(flatten(toy.load()))
    stacks = ("encoder", "decoder")
    told = {f"{stack} / {what}" for stack in stacks for what in ("ids", "position")}
    assert given == {*told, "target mask"}


@says("What the machine knows is little, too: turn the beginning around.")
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


@says("The word's own number, −0.1 among the *five words* above, made larger")
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
