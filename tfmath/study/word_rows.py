"""What a table of words knows: rows erased, exchanged, and measured in models anew."""

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes, words
from tfmath.errors import UnknownWordError, part
from tfmath.model.names import tables_of
from tfmath.model.parameters import starting_values
from tfmath.model.transformer import transformer
from tfmath.parts.text import END, SPECIALS, START, encode

SEEDS = range(1, 13)
"""Of twelve other starts: the toy model itself begins from seed 0."""

QUOTE = toy.PAIRS[1]
WRITTEN = frozenset(w for _, text in toy.PAIRS for w in text.split()) | {SPECIALS[END]}
"""The words that the toy model writes."""


def without_words(parameters, erased):
    """The model's tables with the rows of some words set to 0.

    Parameters
    ----------
    parameters : dict
    erased : sequence of str

    Returns
    -------
    parameters : dict
        The others are as they were.

    Raises
    ------
    UnknownWordError
        If a word is not one of the toy model's.

    Examples
    --------
    >>> tables = without_words(toy.load(), ["when"])
    >>> tables["embedding"][8].tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    tables_of("without_words", parameters)
    erased = words("without_words", "erased", erased)
    if unknown := [word for word in erased if word not in toy.WORDS]:
        raise UnknownWordError(f"without_words: the model does not know {unknown[0]!r}.")
    table = np.array(part("without_words", parameters, "embedding"))
    table[[toy.WORDS.index(word) for word in erased]] = 0
    return {**parameters, "embedding": table}


def exchanges(parameters):
    """In the quote of the thrones, each word exchanged for each other one.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes.

    Returns
    -------
    rows : list of dict
        The word, the other, how far its row is, and whether the quote still stands: whether
        at each of its places the right word has the highest score.

    Examples
    --------
    >>> rows = exchanges(toy.load())
    >>> len(rows), rows[0]["word"], rows[0]["other"], rows[0]["stands"]
    (132, 'when', 'i', True)
    """
    tables_of("exchanges", parameters, toy.SIZES)
    table, read = np.asarray(parameters["embedding"]), QUOTE[0].split()
    return [
        _exchange(parameters, table, read, place, other)
        for place in range(len(read))
        for other in toy.WORDS[len(SPECIALS) :]
        if other != read[place]
    ]


def _exchange(parameters, table, read, place, other):
    text = " ".join([*read[:place], other, *read[place + 1 :]])
    one, two = (table[toy.WORDS.index(word)] for word in (read[place], other))
    distance = float(np.sqrt(((one - two) ** 2).sum()))
    stands = _stands(parameters, text)
    return {"word": read[place], "other": other, "distance": distance, "stands": stands}


def _stands(parameters, text):
    """Whether the end of the quote follows the text, word by word."""
    written = encode([SPECIALS[START], *QUOTE[1].split(), SPECIALS[END]], toy.WORDS)
    logits = transformer(parameters, encode(text, toy.WORDS), written[:-1])
    return bool((logits.argmax(axis=-1) == written[1:]).all())


def word_rows(seeds=SEEDS, steps=500):
    """What the rows of the toy model say, and those of others, trained but not rounded.

    Parameters
    ----------
    seeds : sequence of int
        Of the models that are trained anew.
    steps : int
        How long they are trained.

    Returns
    -------
    rows : list of dict
        The model, the lowest probability with which it recites, the shortest row of a word
        that it writes, the longest of the others; how many words name themselves, and how
        many of those that are written; for how many of the six words of the quote the
        nearest one does no harm; and whether all but "you" can be erased.

    Examples
    --------
    >>> word_rows(seeds=())[0]["named"]
    12
    """
    seeds = wholes("word_rows", "seeds", seeds)
    rows = [_row("the toy model", toy.load())]
    for seed in seeds:
        *_, last = toy.train_toy(np.random.default_rng(seed), steps, rounded_steps=0)
        rows.append(_row(f"seed {seed}", last.parameters))
    return rows


def _row(model, tables):
    table = tables["embedding"]
    lengths = np.sqrt((table**2).sum(axis=1))
    writes = np.array([word in WRITTEN for word in toy.WORDS])
    best = (table @ table.T).argmax(axis=1) == np.arange(len(table))
    others = [word for word in QUOTE[0].split() if word != "you"]
    return {
        "model": model,
        "lowest": round(toy.recites(tables), 3),
        "shortest_written": round(float(lengths[writes].min()), 3),
        "longest_read": round(float(lengths[~writes].max()), 3),
        "named": int(best.sum()),
        "written_named": int(best[writes].sum()),
        "nearest_harmless": sum(row["stands"] for row in nearest_of(exchanges(tables))),
        "erased_harmless": int(_stands(without_words(tables, others), QUOTE[0])),
    }


def row_lengths(seed=0, steps=500, every=10):
    """How long the row of each word is, while the toy model is trained once more.

    Parameters
    ----------
    seed : int
        0 is that of the toy model itself.
    steps, every : int
        How long it is trained, without rounding, and how often it is asked.

    Returns
    -------
    rows : list of dict
        How many steps, and the length of the row of each of the 26 words.

    Examples
    --------
    >>> before, after = row_lengths(steps=1, every=1)
    >>> before["step"], before["storm"], after["step"], after["storm"]
    (0, 1.02, 1, 1.02)
    """
    seed = whole("row_lengths", "seed", seed)
    steps = whole("row_lengths", "steps", steps, least=1)
    every = whole("row_lengths", "every", every, least=1)
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    rows = [{"step": 0, **_lengths(start)}]
    trained = toy.train_toy(np.random.default_rng(seed), steps, rounded_steps=0)
    for step in trained:
        if step.number % every == 0:
            rows.append({"step": step.number, **_lengths(step.parameters)})
    return rows


def _lengths(tables):
    length = np.sqrt((tables["embedding"] ** 2).sum(axis=1))
    return {w: round(float(x), 2) for w, x in zip(toy.WORDS, length, strict=True)}


def nearest_of(rows):
    """Of the exchanges, for each word the one with the nearest row.

    Parameters
    ----------
    rows : list of dict
        As of `exchanges`.

    Returns
    -------
    rows : list of dict

    Examples
    --------
    >>> near, far = {"word": "a", "distance": 1}, {"word": "a", "distance": 2}
    >>> nearest_of([far, near])
    [{'word': 'a', 'distance': 1}]
    """
    words_read = dict.fromkeys(row["word"] for row in rows)
    own = ([row for row in rows if row["word"] == word] for word in words_read)
    return [min(found, key=lambda row: row["distance"]) for found in own]


def by_word(rows):
    """The exchanges of each word: the distances, and for each whether the quote stands.

    Parameters
    ----------
    rows : list of dict
        As of `exchanges`.

    Returns
    -------
    dict of str to (list of float, list of bool)

    Examples
    --------
    >>> by_word([{"word": "a", "distance": 1.5, "stands": True}])
    {'a': ([1.5], [True])}
    """
    found = {}
    for row in rows:
        distances, stand = found.setdefault(row["word"], ([], []))
        distances.append(row["distance"])
        stand.append(row["stands"])
    return found
