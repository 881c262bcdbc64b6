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
    "Adam is first, but momentum at *its* best rate comes close: 0.0328 against 0.0186.",
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
    "Momentum at 0.16 ends nowhere: now and then its slopes are huge, and throw it far "
    "away."
)
def test_momentum_too_fast():
    assert min(RACE["momentum"][0.16]) > 1.9
    _, slopes = loss_and_gradients(start(), BATCH)
    before, flat = clip_gradients(slopes, 1.0)[1], flatten(start())
    state, lengths = start_state(flat), []
    for _ in range(40):
        _, slopes = loss_and_gradients(unflatten(flat), BATCH)
        lengths.append(clip_gradients(slopes, 1.0)[1])
        flat, state = momentum(flat, slopes, state, 0.16)
    assert max(lengths) > 5 * before


@says(
    "By hand: (6, 8) has the length 10; clipped to 5 it is (3, 4).",
    "The direction stays.",
)
def test_clipping_by_hand():
    clipped, length = clip_gradients({"w": np.array([6.0, 8.0])}, 5.0)
    assert length == 10
    np.testing.assert_allclose(clipped["w"], [3, 4], rtol=1e-6)


@says(
    "At 0.16, where it was thrown about, clipped momentum now ends at 0.0022, below Adam's "
    "best by a factor of 8.",
    '"Adam is the best" is not what this race says.',
    "Rather: Adam needs little care, and with some care others win.",
)
def test_clipped():
    clipped = medians("momentum, clipped")
    assert min(clipped, key=clipped.get) == 0.16 and clipped[0.16] == 0.0022
    assert round(min(medians("Adam").values()) / clipped[0.16]) == 8
    good = sum(max(runs) < 0.5 for runs in RACE["momentum, clipped"].values())
    assert good < 3


# Helps ----------------------------------------------------------------------------------


@says(
    "None of them, from any of the five starts (lowest panel).",
    "At a rate eight times as large (middle) warm-up with decay helps a little.",
    "And at the top stands clipping, once more.",
    "They hold a model back, from haste or from learning by heart; ours is so small that "
    "it needs neither.",
)
def test_helps():
    lowest = ENDS["Adam, rate 0.02"]
    plain = np.array(lowest.pop("nothing"))
    assert len(lowest) == 4 and all(
        (np.array(runs) > plain).all() for runs in lowest.values()
    )
    fast = {what: np.median(runs) for what, runs in ENDS["Adam, rate 0.16"].items()}
    assert min(fast, key=fast.get) == "warm-up, decay"
    assert plain.max() < 0.1 < fast["warm-up, decay"] < fast["nothing"]
    assert ENDS["momentum, rate 0.16"]["clipping"] == RACE["momentum, clipped"][0.16]
