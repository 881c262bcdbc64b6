"""How far a word's row may move, how short it may become, until a quote is lost."""

import math

import numpy as np

from tfmath import toy
from tfmath.arguments import instance, number
from tfmath.errors import UnknownWordError
from tfmath.model.layers import encoder
from tfmath.model.names import tables_of
from tfmath.model.transformer import decode_target, transformer
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import softmax
from tfmath.parts.text import END, SPECIALS, START, encode
from tfmath.study.word_rows import QUOTE, WRITTEN

REACH = {"x": (-0.5, 2.1, 53), "y": (-0.5, 0.7, 25)}
"""From where, to where, and how many points, along both axes of a `row_map`."""


def row_map(parameters, word, right, above, reach=REACH):
    """By how much the quote stands, wherever in a plane the row of a word may be.

    The plane goes through three rows: that of the word, at (0, 0), another on its right,
    and a third above. Distances in it are those of the rows.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes.
    word : str
        One of those that are read in the quote of the thrones.
    right, above : str
    reach : dict
        See `REACH`.

    Returns
    -------
    x, y : (n,), (m,)
    lead : (m, n)
        By how much the right word's score is above the next, at the place in the quote
        where it is least: above 0 the quote stands.
    at : dict of str to (float, float)
        Where the three words are.

    Raises
    ------
    UnknownWordError
        If a word is not one of the toy model's, or `word` is not in the quote.
    ValueError
        If the three rows lie on one line: many planes go through it.

    Examples
    --------
    >>> few = {"x": (0, 2, 3), "y": (-1, 1, 3)}
    >>> x, y, lead, at = row_map(toy.load(), "play", "brings", "of", few)
    >>> (lead > 0).tolist()
    [[True, True, False], [True, True, True], [False, False, False]]
    >>> [round(number, 2) for number in at["brings"]]
    [1.75, 0.0]
    """
    tables_of("row_map", parameters, toy.SIZES)
    here, there, third = (
        _row(parameters, name, each)
        for name, each in {"word": word, "right": right, "above": above}.items()
    )
    if word not in QUOTE[0].split():
        raise UnknownWordError(f"row_map: {word!r} does not stand in {QUOTE[0]!r}.")
    length = math.dist(there, here)
    along = (there - here) / (length or 1.0)
    up = third - here - (third - here) @ along * along
    height = math.hypot(*up)
    if min(length, height) < 1e-9:
        raise ValueError(
            f"row_map: the rows of {word!r}, {right!r} and {above!r} lie on one line."
        )
    x, y = (np.linspace(*reach[axis]) for axis in "xy")
    rows = here + x[:, np.newaxis] * along + y[:, np.newaxis, np.newaxis] * up / height
    at = {word: (0.0, 0.0), right: (length, 0.0), above: ((third - here) @ along, height)}
    return x, y, _lead(parameters, word, rows), at


def _row(parameters, name, word):
    instance("row_map", name, word, str, "a str")
    if word not in toy.WORDS:
        raise UnknownWordError(f"row_map: {name}: the model does not know {word!r}.")
    return np.asarray(parameters["embedding"])[toy.WORDS.index(word)]


def _lead(parameters, word, rows):
    """By how much the quote stands with each of the rows in the place of a word's."""
    table = np.asarray(parameters["embedding"])
    read = np.tile(table[encode(QUOTE[0], toy.WORDS)], (*rows.shape[:-1], 1, 1))
    read[..., QUOTE[0].split().index(word), :] = rows
    n, d = read.shape[-2:]
    memory = encoder(read * math.sqrt(d) + positional_encoding(n, d), parameters["encoder"])
    ids = encode([SPECIALS[START], *QUOTE[1].split(), SPECIALS[END]], toy.WORDS)
    target = np.broadcast_to(ids[:-1], (*rows.shape[:-1], len(ids) - 1))
    logits = decode_target(parameters, target, memory)
    right = np.eye(len(table), dtype=bool)[ids[1:]]
    best = np.where(right, -np.inf, logits).max(axis=-1)
    return (logits[..., right] - best).min(axis=-1)


def shortest_rows(parameters):
    """How short the row of each written word may become, where scores are worked out.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes.

    Returns
    -------
    dict of str to (float, float)
        For each word that is written, from the shortest row to the longest: the length
        below which another word has a higher score at some place, and its own length.
        Infinite where no length would do: the word's score is not above 0, another's is.

    Examples
    --------
    >>> shortest, own = shortest_rows(toy.load())["die"]
    >>> round(shortest, 2), round(own, 2)
    (0.66, 2.0)
    """
    tables_of("shortest_rows", parameters, toy.SIZES)
    length = np.sqrt((np.asarray(parameters["embedding"]) ** 2).sum(axis=1))
    share = {word: 0.0 for word in sorted(WRITTEN, key=lambda w: length[_id(w)])}
    for scores, i in _places(parameters):
        least = _least_share(scores[i], np.delete(scores, i).max())
        share[toy.WORDS[i]] = max(share[toy.WORDS[i]], least)
    return {w: (s * float(length[_id(w)]), float(length[_id(w)])) for w, s in share.items()}


def _least_share(score, best):
    """With what share of its row a word's score is still as high as the others' best."""
    if score > 0:
        return float(best / score)
    return math.inf if best > 0 else 0.0


def _places(parameters):
    """All scores at each place of the three quotes, and the id of the right word."""
    for read, text in toy.PAIRS:
        right = encode([SPECIALS[START], *text.split(), SPECIALS[END]], toy.WORDS)
        logits = transformer(parameters, encode(read, toy.WORDS), right[:-1])
        yield from zip(np.array(logits), right[1:].tolist(), strict=True)


def shorter(parameters, share):
    """How probable each right word is, if its row is shorter where scores are worked out.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes.
    share : float
        The row's length, as a share of its own: 1 leaves it as it is.

    Returns
    -------
    list of (str, float)
        For each of the 15 places of the three quotes, the word and its probability.

    Examples
    --------
    >>> [round(dict(shorter(toy.load(), share))["die"], 3) for share in (1, 0.5)]
    [0.872, 0.246]
    """
    tables_of("shorter", parameters, toy.SIZES)
    number("shorter", "share", share)
    found = []
    for scores, i in _places(parameters):
        scores[i] *= share
        found.append((toy.WORDS[i], float(softmax(scores)[i])))
    return found


def _id(word):
    return toy.WORDS.index(word)
