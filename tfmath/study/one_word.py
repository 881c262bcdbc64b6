"""What one more word in what is read does to the toy model, and to others trained anew."""

import numpy as np

from tfmath import toy
from tfmath.arguments import instance, nearest, whole, wholes
from tfmath.decoding.search import greedy
from tfmath.model.names import tables_of
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.softmax import log_softmax
from tfmath.parts.text import END, START, encode

READ, RIGHT = toy.PAIRS[1]
PLACES = range(len(READ.split()) + 1)
SEEDS = tuple(range(8))


def with_word(parameters, word, place, heard=True, met=True):
    """What the model writes for the second quote with a word more in what is read.

    Parameters
    ----------
    parameters : dict
    word : str
        One of `toy.WORDS`.
    place : int
        Where it stands; 0 is before all others, 6 is at the end.
    heard : bool
        Whether the decoder may look at it.
    met : bool
        Whether the words of the source may. With neither, it only moves them by a place.

    Returns
    -------
    written : str

    Raises
    ------
    ValueError
        If the word is not in the vocabulary.

    Examples
    --------
    >>> with_word(toy.load(), "the", 3)
    'you brings the he brings brings brings the'
    >>> with_word(toy.load(), "the", 3, heard=False)
    'you win or you die'
    """
    tables_of("with_word", parameters)
    instance("with_word", "word", word, str, "a str")
    if word not in toy.WORDS:
        raise ValueError(f"with_word: there is no word {word!r}{nearest(word, toy.WORDS)}")
    place = whole("with_word", "place", place, most=PLACES[-1])
    source = np.insert(encode(READ, toy.WORDS), place, toy.WORDS.index(word))
    others = (np.arange(len(source)) != place)[np.newaxis]
    return _written(parameters, source, others | bool(heard), others | bool(met))


def _written(parameters, source, mask, source_mask):
    memory = encode_source(parameters, source, source_mask)

    def step(ids):
        logits = decode_target(parameters, np.array(ids), memory, source_mask=mask)
        return log_softmax(logits[-1])

    ids = [i for i in greedy(step, START, END, toy.LONGEST).ids[1:] if i != END]
    return " ".join(toy.WORDS[i] for i in ids)


def one_word(seeds=SEEDS, steps=500, rounded_steps=700):
    """Whether "the" does harm in the toy model, and in others trained as it was.

    Parameters
    ----------
    seeds : sequence of int
        Of the models that are trained anew.
    steps, rounded_steps : int
        As for `toy.train_toy`.

    Returns
    -------
    rows : list of dict
        The model, the lowest probability with which it recites, at how many of the seven
        places "the" does harm; at how many if the decoder does not hear it; and at how many
        if nobody does.

    Examples
    --------
    >>> one_word(seeds=())[0]["harm"]
    6
    """
    seeds = wholes("one_word", "seeds", seeds)
    rows = [_row("the toy model", toy.load())]
    for seed in seeds:
        *_, last = toy.train_toy(np.random.default_rng(seed), steps, rounded_steps)
        rows.append(_row(f"seed {seed}", toy.final(last)))
    return rows


def _row(model, tables):
    lowest = round(toy.recites(tables), 3)
    harm = {"harm": _harm(tables), "harm_unheard": _harm(tables, heard=False)}
    alone = _harm(tables, heard=False, met=False)
    return {"model": model, "lowest": lowest, **harm, "harm_by_moving": alone}


def _harm(tables, **who):
    return sum(with_word(tables, "the", place, **who) != RIGHT for place in PLACES)
