"""The A/B game played by a recurrent network, an LSTM and a Transformer, ever longer."""

import numpy as np

from tfmath.arguments import whole, wholes
from tfmath.learning.train import Batch, train
from tfmath.model.layers import encoder
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import linear
from tfmath.parts.gated import lstm
from tfmath.parts.masks import causal_mask
from tfmath.parts.recurrent import recurrence
from tfmath.parts.text import SPECIALS
from tfmath.study.ab_game import draw_games, right_answers
from tfmath.study.costs import longest_chain
from tfmath.study.growth import seconds

D, GAMES, STEPS = 8, 64, 300
LENGTHS, SEEDS = (8, 16, 32, 64), tuple(range(12))
LATER = 1500
LONGER = (16, 64, 256, 1024, 4096)
FIRST = len(SPECIALS)
"""The id of A; that of B follows. Id 0 is padding, whose answers do not count."""


def ab_game(lengths=LENGTHS, seeds=SEEDS, n_steps=STEPS):
    """Train each player to give the last answer of a game, and try it on new games.

    Only the last answer is asked for, so what happened at the first letter must come
    through all others.

    Parameters
    ----------
    lengths, seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Player, length, seed, matrix products that wait for one another, share of the new
        games whose last answer is right, share of the most frequent answer.

    Examples
    --------
    >>> [row["player"] for row in ab_game(lengths=(2,), seeds=(0,), n_steps=1)]
    ['simple', 'LSTM', 'Transformer']
    """
    lengths = wholes("ab_game", "lengths", lengths, least=1)
    seeds = wholes("ab_game", "seeds", seeds)
    return [
        {"player": player, "length": length, "seed": seed}
        | {"chain": _chain(player, length)}
        | _tested(player, length, seed, n_steps)
        for player in PLAYERS
        for length in lengths
        for seed in seeds
    ]


def ab_game_later(lengths=(8,), seeds=SEEDS, n_steps=LATER):
    """Train the Transformer five times as long, and try it again.

    Parameters
    ----------
    lengths, seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Length, seed, share of the new games whose last answer is right, share of the most
        frequent answer.

    Examples
    --------
    >>> [row["seed"] for row in ab_game_later(lengths=(2,), seeds=(0, 3), n_steps=1)]
    [0, 3]
    """
    where = "ab_game_later"
    lengths = wholes(where, "lengths", lengths, least=1)
    seeds = wholes(where, "seeds", seeds)
    return [
        {"length": length, "seed": seed} | _tested("Transformer", length, seed, n_steps)
        for length in lengths
        for seed in seeds
    ]


def ab_game_time(lengths=LONGER, turns=5):
    """How long one game takes on one core, and how many products wait for one another.

    Parameters
    ----------
    lengths : sequence of int
    turns : int
        The fastest of so many counts.

    Returns
    -------
    rows : list of dict
        Player, length, seconds, products in a chain.

    Examples
    --------
    >>> rows = ab_game_time(lengths=(4, 8), turns=1)
    >>> [row["chain"] for row in rows if row["player"] == "LSTM"]
    [5, 9]
    """
    lengths = wholes("ab_game_time", "lengths", lengths, least=1)
    turns = whole("ab_game_time", "turns", turns, least=1)
    return [
        {"player": player, "length": n}
        | {"seconds": float(f"{_time(player, n, turns):.3g}"), "chain": _chain(player, n)}
        for player in PLAYERS
        for n in lengths
    ]


def _simple(tables, source, target=None, mask=None):
    """A player: ``(tables, letters, …) -> scores of the answers``, as `train` calls it."""
    states = recurrence(tables["embedding"][np.asarray(source)], **tables["cell"])
    return linear(states, **tables["output"])


def _lstm(tables, source, target=None, mask=None):
    states, _ = lstm(tables["embedding"][np.asarray(source)], **tables["cell"])
    return linear(states, **tables["output"])


def _transformer(tables, source, target=None, mask=None):
    """One layer that looks back; without positions, which the game does not need."""
    x = embed(source, tables["embedding"], encoding=None)
    mask = causal_mask(x.shape[-2])
    mask = mask[np.newaxis] if x.ndim > 2 else mask
    return linear(encoder(x, tables["encoder"], mask), **tables["output"])


PLAYERS = {"simple": _simple, "LSTM": _lstm, "Transformer": _transformer}


def _tables(player, rng):
    every = shapes(FIRST + 2, d_model=D, n_heads=2, d_k=4, d_v=4, d_ff=16)
    sizes = {"embedding": every["embedding"]}
    if player == "Transformer":
        sizes |= {n: size for n, size in every.items() if n.startswith("encoder")}
    else:
        width = D if player == "simple" else 4 * D
        sizes |= {f"cell / {n}": (D, width) for n in ("W_x", "W_h")}
        sizes |= {f"cell / {n}": (width,) for n in ("b_x", "b_h")}
    sizes |= {"output / W": (D, FIRST + 2), "output / b": (FIRST + 2,)}
    return starting_values(rng, sizes)


def _learned(player, length, seed, n_steps):
    rng = np.random.default_rng(seed)
    tables = _tables(player, rng)
    letters = draw_games(rng, GAMES, length)
    answers = np.zeros_like(letters)
    answers[:, -1] = FIRST + right_answers(letters)[:, -1]
    games = Batch(FIRST + letters, FIRST + letters, answers)
    for step in train(tables, games, n_steps, 0.02, model=PLAYERS[player]):
        tables = step.parameters
    return tables


def _tested(player, length, seed, n_steps):
    tables = _learned(player, length, seed, n_steps)
    letters = draw_games(np.random.default_rng(100), 8 * GAMES, length)
    expected = right_answers(letters)[:, -1]
    answers = PLAYERS[player](tables, FIRST + letters)[:, -1].argmax(axis=-1) - FIRST
    often = float(max(expected.mean(), 1 - expected.mean()))
    return {
        "right": round(float((answers == expected).mean()), 4),
        "often": round(often, 4),
    }


def _chain(player, length):
    """Products in a chain; a record of n² scores stops at 256 letters, the chain before."""
    counted = min(length, 256) if player == "Transformer" else length
    tables = traced(_tables(player, np.random.default_rng(0)))
    return longest_chain(PLAYERS[player](tables, np.full(counted, FIRST)))


def _time(player, length, turns):
    tables = _tables(player, np.random.default_rng(0))
    letters = np.full(length, FIRST)
    return seconds(lambda: PLAYERS[player](tables, letters), turns)
