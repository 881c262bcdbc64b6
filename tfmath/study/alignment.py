"""Where a recurrent decoder looks, and what it can do without looking."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import items, whole, wholes
from tfmath.attention.luong import general_attention
from tfmath.learning.train import Batch, make_batch, train
from tfmath.model.files import load_csv
from tfmath.model.parameters import rounded, starting_values, traced
from tfmath.model.recurrent import fixed_context, recurrent_shapes, sequence_to_sequence
from tfmath.parts.data import data_path
from tfmath.parts.text import END, SPECIALS, START, encode
from tfmath.tracing import steps

SIZES = recurrent_shapes(len(toy.WORDS), d_model=5, d=6, general=True)
"""The tables of the model in ``data/recurrent.csv``: 862 numbers of one decimal."""
LETTERS, WIDTH = 8, 16
GAMES, STEPS = 512, 200
LENGTHS = (2, 4, 6, 8, 10, 12)
SEEDS = (0, 1, 2)
MODELS = tuple(range(13))
"""Seeds of the models that write eight letters backwards, and are looked into."""


def train_quotes(rng, n_steps=500, n_rounded=700):
    """Train a recurrent model with attention on the three quotes, to one decimal.

    ``save_csv("recurrent.csv", train_quotes(np.random.default_rng(0)), toy.WORDS)`` wrote
    ``data/recurrent.csv``.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_steps, n_rounded : int
        Steps of Adam without and with rounding.

    Returns
    -------
    parameters : dict

    Examples
    --------
    >>> tables = train_quotes(np.random.default_rng(0), n_steps=1, n_rounded=1)
    >>> sorted(tables)
    ['attention', 'decoder', 'embedding', 'encoder', 'mixed', 'output']
    """
    batch, tables = make_batch(toy.PAIRS, toy.WORDS), starting_values(rng, SIZES)
    model = {"model": sequence_to_sequence, "attention": general_attention}
    plain = train(tables, batch, n_steps, 0.02, label_smoothing=0.1, **model)
    for step in plain:
        tables = step.parameters
    for step in train(tables, batch, n_rounded, 0.01, 0.1, decimals=1, **model):
        tables = step.parameters
    return rounded(tables, 1)


def trained():
    """The tables of ``data/recurrent.csv``, which recite the three quotes.

    Returns
    -------
    parameters : dict

    Examples
    --------
    >>> said, weights = recite(trained(), *toy.PAIRS[0])
    >>> " ".join(said)
    'i know things <end>'
    """
    return load_csv(data_path("recurrent.csv"), SIZES)[0]


def recite(tables, source, target):
    """What is written after each word of the target, and where the model looks.

    Parameters
    ----------
    tables : dict
    source, target : str
        Words of the quotes; the target is what came before, without ``<start>``.

    Returns
    -------
    words : list of str
        One more than there are in the target.
    weights : (n_words, n_source)

    Examples
    --------
    >>> words, weights = recite(trained(), "when you play game of thrones", "you win or")
    >>> words, weights.shape
    (['you', 'win', 'or', 'you'], (4, 6))
    """
    read, written = (encode(text, toy.WORDS) for text in (source, target))
    ids, weights = _looking(tables, read, [START, *written])
    return [toy.WORDS[i] for i in ids], weights


def backwards_games(rng, n_games, length):
    """Rows of letters, to be written from the last to the first.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_games, length : int

    Returns
    -------
    batch : Batch
        Letters have the ids 3, 4, …; each answer is the source, turned round.

    Examples
    --------
    >>> games = backwards_games(np.random.default_rng(0), n_games=1, length=3)
    >>> (games.source[0, ::-1] == games.following[0]).all()
    np.True_
    """
    n_games = whole("backwards_games", "n_games", n_games, least=1)
    length = whole("backwards_games", "length", length, least=1)
    source = rng.integers(3, 3 + LETTERS, (n_games, length))
    following = source[:, ::-1]
    start = np.full((n_games, 1), START)
    return Batch(source, np.concatenate([start, following[:, :-1]], axis=1), following)


def backwards(lengths=LENGTHS, seeds=SEEDS, n_steps=STEPS):
    """How many letters are right, with attention and with one fixed context.

    Two models of the same sizes learn to write letters backwards, and are tried on games
    that they have not seen.

    Parameters
    ----------
    lengths, seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Context, length, seed, the share of the letters that are right.

    Examples
    --------
    >>> rows = backwards(lengths=(2,), seeds=(0,), n_steps=1)
    >>> [row["context"] for row in rows]
    ['attention', 'fixed']
    """
    lengths = wholes("backwards", "lengths", lengths, least=1)
    seeds = wholes("backwards", "seeds", seeds)
    rows = []
    for context, length, seed in itertools.product(CONTEXTS, lengths, seeds):
        tables = _learned(context, length, seed, n_steps)
        right = float(_right(tables, CONTEXTS[context], length).mean())
        rows.append({"context": context, "length": length, "seed": seed})
        rows[-1]["right"] = round(right, 4)
    return rows


def alignment(seeds=SEEDS, n_steps=(500, 700)):
    """The weights of attention at the second quote, for models from several seeds.

    Parameters
    ----------
    seeds : sequence of int
    n_steps : (int, int)
        Steps of training without and with rounding.

    Returns
    -------
    rows : list of dict
        Seed, which word is written, whether that is the right one, which is looked at, the
        weight.

    Examples
    --------
    >>> rows = alignment(seeds=(0,), n_steps=(1, 1))
    >>> len(rows) == 6 * 6
    True
    """
    seeds = wholes("alignment", "seeds", seeds)
    plain, decimal = items("alignment", "n_steps", n_steps, "two whole numbers")
    read, written = (encode(text, toy.WORDS) for text in toy.PAIRS[1])
    rows = []
    for seed in seeds:
        tables = train_quotes(np.random.default_rng(seed), plain, decimal)
        ids, weights = _looking(tables, read, [START, *written])
        right = [int(i) for i in ids == [*written, END]]
        rows += [
            {"seed": seed, "written": i, "right": right[i], "read": j}
            | {"weight": round(float(weight), 4)}
            for (i, j), weight in np.ndenumerate(weights)
        ]
    return rows


def hidden_places(seeds=MODELS, length=8, n_steps=STEPS):
    """What hiding one place from each letter costs, in letters written backwards.

    While letter i is written, from the last on, one place of the source is hidden from it:
    that where the letter stands, or that which comes after it.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, what is hidden, the share of the letters that are right; the first letter to
        be written, after which none comes, is not counted.

    Examples
    --------
    >>> rows = hidden_places(seeds=(0,), length=3, n_steps=1)
    >>> [row["hidden"] for row in rows]
    ['nothing', "the letter's place", 'the place after it']
    """
    seeds = wholes("hidden_places", "seeds", seeds)
    length = whole("hidden_places", "length", length, least=2)
    rows = []
    for seed in seeds:
        tables = _learned("attention", length, seed, n_steps)
        for name, after in {
            "nothing": length,
            "the letter's place": 0,
            "the place after it": 1,
        }.items():
            right = round(_right(tables, _hiding(after), length)[1:].mean(), 4)
            rows.append({"seed": seed, "hidden": name, "right": float(right)})
    return rows


def _hiding(after):
    """Attention that hides from letter i the place so many `after` that of its letter."""

    def attention(query, key, value, mask=None, *, W):
        n = query.shape[-2]
        seen = np.arange(n) != n - 1 - np.arange(n)[:, np.newaxis] + after
        return general_attention(query, key, value, seen, W=W)

    return attention


CONTEXTS = {"attention": general_attention, "fixed": fixed_context}


def _sizes(context):
    general = context == "attention"
    return recurrent_shapes(len(SPECIALS) + LETTERS, WIDTH, WIDTH, general=general)


def _learned(context, length, seed, n_steps, new_games=backwards_games):
    rng = np.random.default_rng(seed)
    tables, games = starting_values(rng, _sizes(context)), new_games(rng, GAMES, length)
    model = {"model": sequence_to_sequence, "attention": CONTEXTS[context]}
    for step in train(tables, games, n_steps, 0.02, **model):
        tables = step.parameters
    return tables


def _right(tables, attention, length, new_games=backwards_games):
    """The share of new games in which each letter is right, (length,)."""
    games = new_games(np.random.default_rng(100), GAMES, length)
    ways = {"attention": attention}
    logits = sequence_to_sequence(tables, games.source, games.target, **ways)
    return (logits.argmax(axis=-1) == games.following).mean(axis=0)


def _looking(tables, source, target):
    """Which ids a model writes, and the weights of its attention."""
    model = sequence_to_sequence(
        traced(tables), source, target, attention=general_attention
    )
    return model.value.argmax(axis=-1), steps(model)["attention / weights"].value
