"""What the first chapter says, proved."""

from collections import Counter

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.model.names import flatten, unflatten
from tfmath.model.sublayers import think
from tfmath.parts.activation import relu
from tfmath.parts.norm import layer_norm
from tfmath.parts.softmax import softmax
from tfmath.show import table
from tfmath.show.every_number import every_number
from tfmath.show.layout import Heat, Label
from tfmath.show.machine import toy_machine
from tfmath.study.measured import measured

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
    "**A machine of 764 numbers reads the beginning of a sentence and writes its end.",
    "130 + 3 · 140 + 2 · 82 + 5 · 10 = 764. They begin with five for each word (and for "
    "three signs;",
    "and have one decimal, so that you can compute on paper.",
    "Beside each part stands how many it has.",
)
def test_the_numbers():
    found = numbers(toy.load())
    assert found.size == 764
    assert next(iter(flatten(toy.load()).items()))[1].shape == (len(toy.WORDS), 5)
    assert all(number == round(number, 1) for number in found.tolist())
    drawn = [label.text for label in every_number(toy.load(), toy.WORDS).page.of(Label)]
    counts = Counter(int(text.split(": ")[1]) for text in drawn if ": " in text)
    assert counts == {130: 1, 140: 3, 82: 2, 10: 5}
    assert 130 + 3 * 140 + 2 * 82 + 5 * 10 == 764 and len(toy.SPECIALS) == 3


@says(
    "It was trained on three quotes.",
    "It was shown three sentences and nothing else; what it writes after others, nobody "
    "chose.",
)
def test_what_it_was_shown():
    assert len(toy.PAIRS) == 3 and BEGINNING.replace("game", "the game") not in dict(
        toy.PAIRS
    )
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


def with_only(places):
    """The model whose other numbers are 0."""
    tables, left = flatten(toy.load()), np.where(places, numbers(toy.load()), 0)
    ends = np.cumsum([table.size for table in tables.values()])[:-1]
    cut = zip(tables.items(), np.split(left, ends), strict=True)
    return unflatten({name: part.reshape(table.shape) for (name, table), part in cut})


def kept(places):
    """Which of the three quotes it writes with those numbers alone."""
    found = [written(with_only(places), read) for read, _ in toy.PAIRS]
    pairs = zip(found, RIGHT, strict=True)
    return [words == [*right.split(), "<end>"] for words, right in pairs]


def each_alone():
    """Of each number its table, itself, and how many quotes are lost without it."""
    found = measured("one_number")
    return np.array(found["table"]), np.array(found["number"]), np.array(found["lost"])


@says(
    "`writes(kept)` puts 0 in the place of all numbers but those that are `kept`, and lets "
    "the machine finish the quote.",
    "141 numbers can go, and it still writes all three quotes; with 95 more, all are lost.",
    "(It breaks off after eight words.)",
)
def test_what_is_erased():
    found = np.abs(numbers(toy.load()))
    small, more = found <= 0.1, (found > 0.1) & (found <= 0.2)
    assert (small & (found != 0)).sum() == 141 and more.sum() == 95
    assert kept(~small) == [True] * 3 and kept(~small & ~more) == [False] * 3
    told = [" ".join(written(with_only(found > size))) for size in (0.1, 0.2)]
    assert [line.split(": ")[2] for line in lines("c10")] == told
    assert len(told[1].split()) == toy.LONGEST == 8


def lines(cell):
    """What a folded cell says below its first line."""
    return output(CHAPTER, cell).strip().splitlines()[1:]


@says("We erased each of the 698 that are not 0 *alone*, and put it back.")
@says(
    "85, one in eight. None is among the 236 small ones, and none among the 82 of the "
    "encoder's feed-forward.",
    "Of the twelve words that it reads and never writes, one alone has such a number.",
)
def test_which_are_needed_alone():
    """The stored rows are those of today's numbers; some once more by `toy.finish`."""
    table, number, lost = each_alone()
    assert number.tolist() == numbers(toy.load()).tolist()
    assert (number != 0).sum() == 698 and (lost > 0).sum() == 85 and round(698 / 85) == 8
    assert abs(number[lost > 0]).min() == 0.3 and (lost[number == 0] == 0).all()
    assert ((abs(number) <= 0.2) & (number != 0)).sum() == 236
    assert not lost[[name.startswith(ENCODER_FEED) for name in table]].any()
    of_word = lost[table == "embedding"].reshape(-1, 5).any(axis=1)
    read, wrote = (set(" ".join(side).split()) for side in zip(*toy.PAIRS, strict=True))
    has = {word: of_word[toy.WORDS.index(word)] for word in read - wrote}
    assert len(has) == 12 and [word for word, one in has.items() if one] == ["and"]
    for place in (*np.flatnonzero(lost)[::30], *np.flatnonzero(lost == 0)[::200]):
        assert kept(np.arange(764) != place).count(False) == lost[place]


ENCODER_FEED = "encoder / layer 1 / feed-forward"


@says(
    "Yet erase those 236 together, or those 82 "
    "([The whole Transformer](12_the_whole_transformer.ipynb) does), and quotes are lost; "
    "and the 85 alone write no quote.",
    "A number that can go is not a number that does nothing.",
)
def test_what_is_needed_together():
    table, number, lost = each_alone()
    feed = np.array([name.startswith(ENCODER_FEED) for name in table])
    assert feed.sum() == 82 and kept(~feed) == [True, True, False]
    assert kept(abs(number) > 0.2) == kept(lost > 0) == [False] * 3


@says(
    "Every score is such a sum. Here are all 26, each with its five terms:",
    "Take away the blue, and `or` wins.",
    "Number 4 of `die`, 1.8, is its only one among the 85.",
)
def test_the_terms_of_each_score():
    """Number 4 is blue: the largest terms of all. Erased alone, its 1.8 costs the quote."""
    record, own = toy.worked_example(), toy.load()["embedding"]
    terms = record["decoder / layer 1 / norm 3 / output"].value[4] * own
    np.testing.assert_allclose(terms.sum(axis=1), record["logits"].value[4], rtol=1e-12)
    die = toy.WORDS.index("die")
    assert abs(terms).sum(axis=0).argmax() == terms[die].argmax() == 4
    assert terms[:, 4].argmax() == die and own[die, 4] == 1.8
    assert toy.WORDS[terms[:, :4].sum(axis=1).argmax()] == "or"
    table, _, lost = each_alone()
    of_die = lost[table == "embedding"].reshape(-1, 5)[die]
    assert np.flatnonzero(of_die).tolist() == [4]


@says("Each square is one of them: the stronger the colour, the farther from 0.")
def test_a_square_for_each():
    heats = every_number(toy.load(), toy.WORDS).page.of(Heat)
    squares = [len(row) for heat in heats for row in heat.colours]
    assert sum(squares) == 764 + len(("above 0", "below 0"))


@says(
    "The last row of the logits is row 4, that of the second `you`.",
    "It has a score for each word; the largest is written.",
    "this one becomes 0.872.)",
)
@says("The five numbers that the decoder has made, each times one of the five")
@says("With a larger `depth` you come down to the 764 numbers, the words and their places.")
def test_the_answer_itself():
    record = toy.worked_example()
    last, made = record["logits"].value[4], record["decoder / layer 1 / norm 3 / output"]
    own = toy.load()["embedding"][toy.WORDS.index("die")]
    assert record["logits"].labels[0][1:] == ("you", "win", "or", "you")
    assert round(float(softmax(last).max()), 3) == 0.872
    assert last.argmax() == toy.WORDS.index("die") and len(last) == 26 and len(own) == 5
    np.testing.assert_allclose(last.max(), sum(made.value[4] * own), rtol=1e-12)
    given = {n for n, step in record.items() if not step.inputs} - set(flatten(toy.load()))
    stacks = ("encoder", "decoder")
    told = {f"{stack} / {what}" for stack in stacks for what in ("ids", "position")}
    assert given == {*told, "target mask"}


def between(word, parameters=None):
    """What it writes with a word more between `play` and `game`."""
    text = BEGINNING.replace("game", f"{word} game")
    return " ".join(written(parameters or toy.load(), text))


@says(
    "The senseless word does no harm, the right one does.",
    "In the drawing of the 764 numbers `drink` is pale, and so are ten more of the twelve "
    "that it never writes: they can stand there, too.",
)
def test_a_word_between():
    """The row of `the`, but a fifth as long, does no harm either."""
    assert lines("c12") == [f"{word}: {between(word)}" for word in ("drink", "the")]
    lengths = np.linalg.norm(toy.load()["embedding"], axis=1)
    read, wrote = (set(" ".join(side).split()) for side in zip(*toy.PAIRS, strict=True))
    pale = {w for w in read - wrote if lengths[toy.WORDS.index(w)] < 0.65}
    assert "drink" in pale and len(pale) == 11 and len(read - wrote) == 12
    assert min(lengths[[toy.WORDS.index(w) for w in wrote]]) > 1.5
    right = f"{RIGHT[1]} <end>"
    assert {word for word in read - wrote if between(word) == right} == pale
    smaller = toy.load()
    smaller["embedding"][toy.WORDS.index("drink")] = toy.load()["embedding"][THE] / 5
    assert between("the") != right == between("drink", smaller)


THE = toy.WORDS.index("the")


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


@says("The word's own number, −0.1 among the *five words* above, times 2.236")
def test_where_a_number_comes_from():
    record = toy.worked_example()
    own, place = record["encoder / scaled embedding"].value[2, 1], -0.416
    assert own == -0.1 * np.sqrt(5)
    assert round(own + place, 3) == round(record["encoder / input"].value[2, 1], 3) == -0.64


@says(
    "We divide by their sum, 4; where weights add up to 1, as above, that changes nothing:",
    "One value 8 and three values 4 have this average, too.",
    "Without the weights the claim is false:",
)
def test_the_average():
    assert np.average([8, 4], weights=[1, 3]) == np.mean([8, 4, 4, 4]) == 5
    assert np.mean([8, 4]) != 5 and np.average([8, 4], weights=[1 / 4, 3 / 4]) == 5
    assert output(CHAPTER, "c31").strip() == "False"
