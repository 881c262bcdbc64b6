"""What plain gradient descent learns first, and how it shakes, as the chapter says."""

import functools
import re

import numpy as np

from tests.claims.claim import output, says
from tests.claims.trained import BATCH, start
from tfmath import toy
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten, unflatten
from tfmath.study.ways_to_step import right_words

CHAPTER = "15_training.ipynb"
QUOTE = "you win or you die <end>"


@functools.cache
def run():
    """The tables, the loss and the slopes before each of 121 plain steps."""
    flat, found = flatten(start()), []
    for _ in range(121):
        loss, slopes = loss_and_gradients(unflatten(flat), BATCH)
        found.append((flat, loss, slopes))
        flat = stepped(flat, slopes, 0.13)
    return found


def stepped(flat, slopes, rate):
    return {name: flat[name] - rate * slopes[name] for name in flat}


@functools.cache
def probable():
    """For each quote its words, and their probabilities, a row a step."""
    found = [right_words(unflatten(flat)) for flat, _, _ in run()]
    return [
        ([word for word, _ in steps[0]], np.array([[p for _, p in step] for step in steps]))
        for steps in zip(*found, strict=True)
    ]


@says(
    "It learns `<end>` first, in all three quotes.",
    "Below, the plain rule is called so, with nothing left to chance.)",
)
def test_the_end_comes_first():
    for words, p in probable():
        sure = [
            np.argmax(p > 0.5, axis=0)[i] if p[-1, i] > 0.5 else 121
            for i in range(len(words))
        ]
        assert words[np.argmin(sure)] == "<end>" and sorted(sure)[1] - min(sure) > 10


@says("Pale stripes are leaps of the loss, where a shorter step would have lowered it.")
def test_the_loss_leaps():
    losses, leaps = [loss for _, loss, _ in run()], 0
    for (flat, loss, slopes), after in zip(run(), losses[1:], strict=False):
        if after > loss + 0.1:
            leaps += 1
            shorter = stepped(flat, slopes, 0.02)
            assert loss_and_gradients(unflatten(shorter), BATCH)[0] < loss
    assert leaps > 5
    words = np.concatenate([p for _, p in probable()], axis=1)
    for top in (36, 61, 79):  # a stripe: paler than what is left and right of it
        beside = np.minimum(words[top - 4], words[top + 4])
        assert losses[top] > losses[top - 4] + 0.3
        assert words[top].mean() < 0.8 * beside.mean()
        assert (words[top] < beside).sum() > 8 and words.shape[1] == 15


@says(
    "The quote is right (bold) at step 83, stammered at 84, right at 85.",
    "A lower loss, a worse text?",
)
def test_a_text_that_changes_from_step_to_step():
    shown = re.findall(r"step (\d+): ([\d.]+), ([^;\n]*)", output(CHAPTER, "tr-texts"))
    losses = {int(n): float(loss) for n, loss, _ in shown}
    texts = {int(n): text.rstrip(".") for n, _, text in shown}
    assert {n for n, text in texts.items() if text == QUOTE} == {83, 85, 120}
    assert set(texts[84].split()) == {"you"} and losses[85] < losses[84] < losses[83]
    for n in (83, 84, 85):
        written = toy.finish(unflatten(run()[n][0]), toy.PAIRS[1][0])
        assert " ".join(word for word, _ in written) == texts[n]


@says(
    "Its first *you* and *win*, from step 80 to 95: whenever one darkens, the other pales.",
    "A step too long throws the machine from wall to wall of a valley; the next section "
    "shows one.",
)
def test_from_wall_to_wall():
    words, p = probable()[1]
    assert words[:2] == ["you", "win"]
    you, win = np.diff(p[80:96, :2], axis=0).T
    assert (you * win < 0).all() and (you > 0).any() and (you < 0).any()
    arrows = [
        np.concatenate([slopes[name].ravel() for name in flat]) for flat, _, slopes in run()
    ]
    turned = [a @ b < 0 for a, b in zip(arrows[78:], arrows[79:], strict=False)]
    assert np.mean(turned) > 0.9
