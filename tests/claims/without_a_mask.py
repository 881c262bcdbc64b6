"""What the chapter on masks says about training without one, proved."""

from functools import partial

import numpy as np

from tests.claims.claim import says
from tfmath import toy
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.softmax import log_softmax
from tfmath.study.cheating import DICE
from tfmath.study.leak import who_notices
from tfmath.study.measured import measured


def runs():
    stored = measured("cheating")
    found = {name: np.array(column) for name, column in stored.items()}
    ends = found["step"] == 300
    hows = ("with the mask", "without")
    return [{k: v[ends & (found["trained"] == h)] for k, v in found.items()} for h in hows]


@says(
    "In training neither: both losses fall, side by side, because three quotes can be "
    "learnt by heart either way.",
    "But the second has learnt them with the future in sight, and leans on it.",
    "With the future hidden, it gets better for some 40 steps, then worse: this start ends "
    "above a model that gives each of the 26 words the same chance: a word of chance $p$ "
    "surprises by $\\ln(1/p)$, and $\\ln 26$ is about 3.26.",
    "The honest ones write 60 of 60 quotes, the cheats two.",
)
def test_the_cheat():
    honest, cheat = runs()
    assert honest["seed"].tolist() == cheat["seed"].tolist() == list(range(20))
    assert max(honest["hidden"][0], cheat["seeing"][0]) < 0.01
    assert (honest["hidden"] < 0.3).all() and (cheat["seeing"] < 0.3).all()
    assert honest["right"].sum() == 3 * 20 and cheat["right"].sum() == 2
    assert cheat["right"][1] == 1 and cheat["writes"][1] == "you win or you die"
    worse = cheat["hidden"] > np.log(26)
    assert worse[0] and round(np.log(26), 2) == 3.26
    assert (cheat["hidden"] > 20 * cheat["seeing"]).all()  # it leans on the future
    stored = measured("cheating")
    path = [
        (step, loss)
        for seed, how, step, loss in zip(
            *(stored[k] for k in ("seed", "trained", "step", "hidden")), strict=True
        )
        if (seed, how) == (0, "without")
    ]
    lowest = min(path, key=lambda one: one[1])
    assert lowest[0] == 40 and path[-1][1] > path[0][1] > 2 * lowest[1]
    np.testing.assert_allclose(-log_softmax(np.zeros(26)), np.log(26))


@says(
    "Do the cheats copy the word to come?",
    "Hardly: exchange it, in sight, for each of the 22 other words, and they say the new "
    "word about one time in ninety, and the quote's word nearly three times in four.",
)
def test_by_heart():
    found = {name: np.array(column) for name, column in measured("exchanged").items()}
    asked = found["new"] + found["quote"] + found["another"]
    assert found["seed"].tolist() == [*range(20)] and (asked == 12 * 22).all()
    new, quote = (found[name].sum() / asked.sum() for name in ("new", "quote"))
    assert 1 / 95 < new < 1 / 85 and 0.7 < quote < 0.75
    assert (found["quote"] > 10 * found["new"]).all()  # each of them, not in the mean


@says(
    "A guess is right one time in eight, about 45 of the 360.",
    "We trained it without a mask on sentences that *nobody* can guess, each word drawn by "
    "chance from eight.",
    "It predicts dice: *this* one must be looking.",
    "(How well it has learnt to look in 600 steps is luck: the start, the dice, even how "
    "the machine rounds.) With the words hidden, all five are back at guessing.",
)
def test_dice():
    found = {name: np.array(column) for name, column in measured("dice").items()}
    end, spread = found["step"] == 600, np.sqrt(360 * 1 / 8 * 7 / 8)
    assert len(DICE) == len({*DICE}) == 8 and found["seed"][end].tolist() == [*range(5)]
    assert (found["seeing"][end] > 45 + 10 * spread).all()
    assert found["seeing"][end].max() == 360 > 2 * found["seeing"][end].min()
    assert (abs(found["hidden"][end] - 45) < 2 * spread).all()
    assert (found["seeing"][found["step"] == 1] < 45 + 3 * spread).all()


@says(
    "And one cheat it does not see, a **forgotten shift**: each row is asked for the word "
    "that it *reads*, not for the next.",
    "No mask forbids that.",
    "We trained five so on dice, with the causal mask: not one leak, and 360 of 360 fresh "
    'words "right".',
    "29 to 41 of 360, no more than guessing gives.",
    "Nobody can know dice: they find what the leak test does not.",
)
def test_the_forgotten_shift():
    found = {name: np.array(column) for name, column in measured("unshifted").items()}
    assert found["seed"].tolist() == [*range(5)] and not found["leaks"].any()
    assert (found["read"] == 360).all() and (found["loss"] < 0.005).all()
    assert [found["next"].min(), found["next"].max()] == [29, 41]
    assert (found["next"] < 45).all()  # one in eight
    plain, ids = toy.load(), np.arange(3, 8)
    memory = encode_source(plain, ids)
    for allowed in range(2**5):  # a row notices what it reads, whatever mask there is
        mask = np.diag([allowed >> i & 1 == 1 for i in range(5)])
        rows = partial(decode_target, plain, memory=memory, target_mask=mask)
        assert (who_notices(rows, ids, 26) == np.eye(5, dtype=bool)).all()
