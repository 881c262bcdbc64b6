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
from tfmath.tracing import steps

D, GAMES, STEPS = 8, 64, 300
LENGTHS, SEEDS = (8, 16, 32, 64), tuple(range(12))
LATER = 1500
LONGER = (16, 64, 256, 1024, 4096)
FIRST = len(SPECIALS)
"""The id of A; that of B follows. Id 0 is padding, whose answers do not count."""
GATES = {"input": 0, "forget": 1, "output": 3}
"""Which of the four blocks of columns in the tables of an LSTM belong to each gate."""


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


def opened_gates(length=64, seeds=SEEDS, n_steps=STEPS):
    """How far training opens the gates of the LSTM, and which of them it needs to be right.

    The gates stand as the game of one B and otherwise A's leaves them, at its last letter.
    To see which are needed, the tables of one kind of gates are set back to what they were
    before training, and the rest is left as it was learned.

    Parameters
    ----------
    length : int
    seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, kind of gates, the middle of its eight gates before training and after it;
        the share of right last answers as trained, and with these gates set back.

    Examples
    --------
    >>> rows = opened_gates(length=2, seeds=(0,), n_steps=1)
    >>> [row["gates"] for row in rows]
    ['input', 'forget', 'output']
    """
    length = whole("opened_gates", "length", length, least=1)
    n_steps = whole("opened_gates", "n_steps", n_steps, least=1)
    seeds = wholes("opened_gates", "seeds", seeds)
    rows = []
    for seed in seeds:
        first = _tables("LSTM", np.random.default_rng(seed))
        learned = _learned("LSTM", length, seed, n_steps)
        right = _answered("LSTM", learned, length)
        for gates in GATES:
            back = _set_back(learned, first, gates)
            rows.append({"seed": seed, "gates": gates})
            rows[-1] |= {"before": _middle(first, gates, length)}
            rows[-1] |= {"after": _middle(learned, gates, length), "right": right}
            rows[-1] |= {"set_back": _answered("LSTM", back, length)}
    return rows


def _middle(tables, gates, length):
    """The middle of the gates of one kind, after a B and then A's."""
    x = tables["embedding"][np.array([FIRST + 1] + [FIRST] * (length - 1))]
    found = steps(lstm(x, **traced(tables["cell"]))[0])
    return round(float(np.median(found[f"step {length} / {gates} gate"].value)), 3)


def _set_back(tables, first, gates):
    """The tables with those of one kind of gates as they were at first."""
    here = slice(GATES[gates] * D, (GATES[gates] + 1) * D)
    cell = {name: table.copy() for name, table in tables["cell"].items()}
    for name, table in cell.items():
        table[..., here] = first["cell"][name][..., here]
    return tables | {"cell": cell}


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
    expected = right_answers(_new_games(length))[:, -1]
    often = float(max(expected.mean(), 1 - expected.mean()))
    tables = _learned(player, length, seed, n_steps)
    return {"right": _answered(player, tables, length), "often": round(often, 4)}


def _new_games(length):
    return draw_games(np.random.default_rng(100), 8 * GAMES, length)


def _answered(player, tables, length):
    """The share of new games whose last answer is right."""
    letters = _new_games(length)
    answers = PLAYERS[player](tables, FIRST + letters)[:, -1].argmax(axis=-1) - FIRST
    return round(float((answers == right_answers(letters)[:, -1]).mean()), 4)


def _chain(player, length):
    """Products in a chain; a record of n² scores stops at 256 letters, the chain before."""
    counted = min(length, 256) if player == "Transformer" else length
    tables = traced(_tables(player, np.random.default_rng(0)))
    return longest_chain(PLAYERS[player](tables, np.full(counted, FIRST)))


def _time(player, length, turns):
    tables = _tables(player, np.random.default_rng(0))
    letters = np.full(length, FIRST)
    return seconds(lambda: PLAYERS[player](tables, letters), turns)
