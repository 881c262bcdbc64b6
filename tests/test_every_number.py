"""All numbers of a model as squares."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.errors import DtypeError, ShapeError
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values
from tfmath.show.every_number import every_number
from tfmath.show.layout import WIDTH, Heat, Label


def squares(drawn):
    """Of each square its colour and whether it is below zero, without the legend."""
    heats = drawn.page.of(Heat)[:-2]
    rows = [
        zip(*pair, strict=True)
        for heat in heats
        for pair in zip(heat.colours, heat.below_zero, strict=True)
    ]
    return [square for row in rows for square in row]


def test_there_is_a_square_for_each_number_white_where_it_is_0():
    numbers = np.concatenate([np.ravel(t) for t in flatten(toy.load()).values()])
    drawn = squares(every_number(toy.load(), toy.WORDS))
    assert len(drawn) == numbers.size == 764
    assert sum(colour == "#ffffff" for colour, _ in drawn) == (numbers == 0).sum()
    assert sum(below for _, below in drawn) == (numbers < 0).sum()


def test_one_scale_for_all_tables():
    """A number has the same colour in whatever table it stands."""
    drawn = squares(every_number(toy.load(), toy.WORDS))
    assert len(set(drawn)) <= len(
        set(np.concatenate([np.ravel(t) for t in flatten(toy.load()).values()]).tolist())
    )
    halved = {n: t / 2 for n, t in flatten(toy.load()).items()}
    assert squares(every_number(unflatten(halved), toy.WORDS)) == drawn


def test_only_some_are_drawn_in_their_places_and_counted():
    numbers = np.concatenate([np.ravel(t) for t in flatten(toy.load()).values()])
    large = abs(numbers) > 1
    drawn = every_number(toy.load(), toy.WORDS, only=large.tolist())
    zeros = {n: np.where(abs(t) > 1, t, 0) for n, t in flatten(toy.load()).items()}
    assert squares(drawn) == squares(every_number(unflatten(zeros), toy.WORDS))
    titles = [t.text.split(": ") for t in drawn.page.of(Label) if ": " in t.text]
    assert sum(int(count) for _, count in titles) == large.sum()
    assert ["embedding", str((abs(toy.load()["embedding"]) > 1).sum())] in titles
    assert str(large.sum()) == drawn.alt.split()[0]


def test_only_needs_an_answer_for_each_number():
    with pytest.raises(ShapeError, match="only has the shape .* of the 764 numbers"):
        every_number(toy.load(), toy.WORDS, only=[True] * 3)
    with pytest.raises(DtypeError, match="only needs true and false, got int64"):
        every_number(toy.load(), toy.WORDS, only=[1] * 764)


@pytest.mark.parametrize("d_ff", [7, 12])
def test_every_word_stands_beside_its_row_and_nothing_leaves_the_page(d_ff):
    tables = toy.load()
    if d_ff != 7:
        sizes = shapes(26, d_model=5, n_heads=1, d_k=4, d_v=3, d_ff=d_ff)
        tables = starting_values(np.random.default_rng(0), sizes)
    page = every_number(tables, toy.WORDS).page
    assert set(toy.WORDS) <= {label.text for label in page.of(Label)}
    assert all(h.x + h.w <= WIDTH and h.y + h.h <= page.h for h in page.of(Heat))
    heats = page.of(Heat)
    for i, one in enumerate(heats):
        for other in heats[:i]:
            beside = one.x >= other.x + other.w or other.x >= one.x + one.w
            assert beside or one.y >= other.y + other.h or other.y >= one.y + one.h


def test_a_word_too_few_is_told():
    with pytest.raises(ShapeError, match="every_number: 25 words for 26 rows"):
        every_number(toy.load(), toy.WORDS[1:])
