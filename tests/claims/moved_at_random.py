"""Whether the trained model moves by places as *Positions* says a table can, proved."""

import numpy as np

from tests.claims.claim import says
from tfmath import positional_encoding, toy
from tfmath.model.parameters import starting_values


@says(
    "Our model does no more than that: of a move like $R_{-3}$ its tables show no more "
    "than tables drawn at random.",
)
def test_our_model_does_not_move():
    """How much of what two places give to a score hangs on their difference alone."""
    drawn = [starting_values(np.random.default_rng(seed), toy.SIZES) for seed in range(200)]
    at_random = np.quantile([by_difference(tables) for tables in drawn], [0.1, 0.9])
    ours = by_difference(toy.load())
    assert (at_random[0] < ours).all() and (ours < at_random[1]).all()
    place = positional_encoding(6, 4)
    assert by_difference_alone(place @ place.T) > 0.99  # a table that does show it


def by_difference(tables):
    place, found = positional_encoding(6, 5), []
    for stack in ("encoder", "decoder"):
        own = tables[stack]["layer 1"]["self-attention"]
        scores = place @ own["W_Q"] @ np.swapaxes(place @ own["W_K"], 1, 2)
        found += [by_difference_alone(of_head) for of_head in scores]
    return np.array(found)


def by_difference_alone(scores):
    """The part of a square table's variance that is one number for each diagonal."""
    scores = scores - scores.mean(axis=1, keepdims=True)
    rest = [np.diagonal(scores, k) - np.diagonal(scores, k).mean() for k in range(-5, 6)]
    return 1 - np.sum(np.concatenate(rest) ** 2) / np.sum(scores**2)
