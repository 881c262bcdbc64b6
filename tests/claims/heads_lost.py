"""What the chapter on many heads says of heads that are lost or never were, proved."""

import numpy as np

from tests.claims.claim import output, says
from tests.claims.trained import BATCH, start
from tfmath import toy
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten, unflatten
from tfmath.study.crossed_out import crossed_out
from tfmath.study.measured import measured
from tfmath.study.one_wide_head import ALIKE, BLEU, TRAINED, WISHES, one_softmax


def written(tables, **variant):
    texts = [[w for w, _ in toy.finish(tables, read, **variant)] for read, _ in toy.PAIRS]
    return [" ".join(w for w in text if w != "<end>") for text in texts]


@says(
    "And our quotes are too easy: trained anew, one wide head learns all three, and so do "
    "two heads that look at everybody alike.",
)
def test_all_learn_all_three():
    """One wide head, two heads, and two that cannot choose; ours without its weights."""
    columns = measured("one_or_two")
    assert columns["right"] == [3] * 15
    assert columns["heads"] == [kind for kind in TRAINED for _ in range(5)]
    losses = np.median(np.reshape(columns["loss"], (3, 5)), axis=1)
    assert np.ptp(losses) < 0.01
    rights = [right for _, right in toy.PAIRS]
    for variant in ({"attention": one_softmax, "cross_attention": one_softmax}, ALIKE):
        ours = written(toy.load(), **variant)
        assert not any(text == right for text, right in zip(ours, rights, strict=True))


@says(
    "**One wide head stays near 1, on the flat line: one wish granted, the other hardly.**",
    "Two heads grant both.",
    "With two, half as wide, which hold as many numbers?",
)
def test_two_wishes_trained():
    columns = measured("two_wishes")
    assert columns["heads"] == [kind for kind in WISHES for _ in range(5)]
    one, two = np.split(np.transpose([columns["of_first"], columns["of_second"]]), 2)
    assert (np.abs(one.sum(axis=1) - 1) < 0.03).all() and (one.min(axis=1) < 0.05).all()
    assert (one.max(axis=1) > 0.95).all() and not two.any()
    sizes = {h * (24 * k + 12 * k + 13 * v) + h * v * 2 for h, k, v in WISHES.values()}
    assert len(sizes) == 1


@says(
    "To lose head 2: the loss (the mean surprise at the right word, over all quotes) is "
    "larger with head 1 alone than with neither.",
    "**Half an answer can be worse than none.**",
    "It is no rule: in five models trained anew, of three attentions each, to lose one "
    "head (the one missed more) is worse than to lose both in 2 of 15.",
)
def test_half_is_worse_than_nothing():
    parts = ["nothing", "its head 2", "the encoder's attention"]
    whole, half, none = (row["loss"] for row in crossed_out(toy.load(), parts))
    assert whole < none < half
    assert [f"{loss:.2f}" for loss in (whole, half, none)] == ["0.12", "2.76", "2.37"]
    assert "2.76" in output("08_many_heads.ipynb", "c40")
    anew = {name: np.array(column) for name, column in measured("half_or_none").items()}
    half = np.maximum(anew["without 1"], anew["without 2"])
    worse = half > anew["without both"]
    assert len(half) == 15 and worse.sum() == 2


@says(
    "Heads differ because they *start* apart: two that start with the same numbers, "
    "rows of $W^O$ included, get the same slopes and stay twins.",
)
def test_twins_stay_twins():
    """The same slopes, so the same step; if their rows of W_O differ, they part."""
    flat = flatten(start())
    read = [name for name in flat if name.endswith(("W_Q", "W_K", "W_V"))]
    write = [name for name in flat if name.endswith("W_O")]
    flat |= {name: np.stack([flat[name][0]] * 2) for name in read}
    assert not any(np.allclose(*slopes(flat)[name], atol=1e-12) for name in read)
    flat |= {name: np.concatenate([np.split(flat[name], 2)[0]] * 2) for name in write}
    for name in read + write:
        np.testing.assert_allclose(*slopes(flat)[name], rtol=0, atol=1e-12)


def slopes(flat):
    """By every table, those of the two heads apart."""
    _, found = loss_and_gradients(unflatten(flat), BATCH)
    return {n: np.split(s, 2) if n.endswith("W_O") else s for n, s in found.items()}


@says("One wide head is worst, 8 and 16 are best; with 32 the mark falls again.")
def test_the_papers_marks():
    assert min(BLEU, key=BLEU.get) == 1
    assert [h for h in BLEU if BLEU[h] == max(BLEU.values())] == [8, 16] and BLEU[32] < 25.8
