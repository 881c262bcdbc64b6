"""What the chapter on training says of a fair race and of helps, by the stored runs."""

import numpy as np

from tests.claims.claim import says
from tests.claims.trained import BATCH, ENDS, RACE, medians, start
from tfmath.learning.optimize import clip_gradients, momentum, start_state
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten, unflatten

# The race -------------------------------------------------------------------------------


@says(
    "SGD is last.",
    "Adam is first; momentum at *its* best rate comes close: 0.0328 against 0.0186.",
)
def test_each_at_its_best():
    best = {move: min(medians(move).values()) for move in RACE}
    assert best["Adam"] < best["momentum"] < best["SGD"] / 5
    assert (best["momentum"], best["Adam"]) == (0.0328, 0.0186)


@says(
    "What sets Adam apart is what it forgives: at three of its rates all five runs end "
    "below 0.5; with momentum at one, and with SGD at one."
)
def test_what_is_forgiven():
    good = {
        move: sum(max(runs) < 0.5 for runs in rates.values())
        for move, rates in RACE.items()
    }
    assert (good["Adam"], good["momentum"], good["SGD"]) == (3, 1, 1)
    for rates in RACE.values():
        at = np.array(list(rates))
        assert len(at) == 7 and np.allclose(at[1:] / at[:-1], 2)


@says(
    "Momentum at 0.16 ends nowhere.",
    "From start 0 its slopes, together, stay shorter than 2 for 19 steps; then, too fast, "
    "it lands where they are longer than 6, and they throw it farther.",
    "(With momentum at 0.16, from start 0, the clip acts in 31 of the 100 steps.)",
)
def test_momentum_too_fast():
    assert min(RACE["momentum"][0.16]) > 1.9
    losses, lengths = followed(40)
    assert max(lengths[:19]) < 1.5 and lengths[20] > 6
    assert losses[18] < 1.3 < max(losses[21:23]) / 1.5  # lands there, thrown farther
    assert sum(length > 1 for length in followed(100, 1.0)[1]) == 31


def followed(n, max_norm=1e9):
    """The loss and the length of all slopes before each step of momentum at 0.16."""
    flat, found = flatten(start()), []
    state = start_state(flat)
    for _ in range(n):
        loss, slopes = loss_and_gradients(unflatten(flat), BATCH)
        slopes, length = clip_gradients(slopes, max_norm)
        found.append((loss, length))
        flat, state = momentum(flat, slopes, state, 0.16)
    return list(zip(*found, strict=True))


@says(
    "By hand: (6, 8) has the length 10; clipped to 5 it is (3, 4).",
    "The direction stays.",
)
def test_clipping_by_hand():
    clipped, length = clip_gradients({"w": np.array([6.0, 8.0])}, 5.0)
    assert length == 10
    np.testing.assert_allclose(clipped["w"], [3, 4], rtol=1e-6)


@says(
    "Both, and each about fifteenfold at its best: momentum ends at 0.0022, Adam at "
    "0.0013, and both can now take a larger rate.",
    "See how a comparison goes wrong: *clipped* momentum beats *unclipped* Adam by a "
    "factor of 8.",
    "With the same care for both they end about level, and Adam still forgives more: three "
    "rates, against two.",
)
def test_clipped():
    best, at, good = {}, {}, {}
    for move in RACE:
        middle = medians(move)
        at[move] = min(middle, key=middle.get)
        best[move] = middle[at[move]]
        good[move] = sum(max(runs) < 0.5 for runs in RACE[move].values())
    fair = {move: best[f"{move}, clipped"] for move in ("momentum", "Adam")}
    assert fair == {"momentum": 0.0022, "Adam": 0.0013}
    for move in fair:
        assert 14 < best[move] / fair[move] < 16
        assert at[f"{move}, clipped"] > at[move]
    assert round(best["Adam"] / fair["momentum"]) == 8
    assert (good["Adam, clipped"], good["momentum, clipped"]) == (3, 2)


# Helps ----------------------------------------------------------------------------------


@says(
    "None of them, from any of the five starts (lowest panel).",
    "At a rate eight times as large (middle) warm-up with decay helps a little; clipping, "
    "which did much at 0.08, is no longer enough.",
    "At the top stands momentum, clipped.",
    "They hold a model back: from haste, but 0.02 is below Adam's best rate; or from "
    "learning by heart, but that is what we want here.",
    "With label smoothing pencil and paper suffice: what it aims at, 0.9 + 0.1/26 for the "
    "right word, has itself the loss 0.10.",
)
def test_helps():
    lowest = ENDS["Adam, rate 0.02"]
    plain = np.array(lowest.pop("nothing"))
    assert len(lowest) == 4 and all(
        (np.array(runs) > plain).all() for runs in lowest.values()
    )
    goal = -np.log(0.9 + 0.1 / 26)
    assert round(goal, 2) == 0.1 < min(lowest["label smoothing"])
    adams, clipped = medians("Adam"), medians("Adam, clipped")
    assert min(adams, key=adams.get) > 0.02
    assert clipped[0.08] < adams[0.08] / 50 and clipped[0.16] > 0.9 * adams[0.16]
    fast = {what: np.median(runs) for what, runs in ENDS["Adam, rate 0.16"].items()}
    assert min(fast, key=fast.get) == "warm-up, decay"
    assert plain.max() < 0.1 < fast["warm-up, decay"] < fast["nothing"]
    assert ENDS["momentum, rate 0.16"]["clipping"] == RACE["momentum, clipped"][0.16]
