"""The key–value cache: what decoding may keep from one word to the next.

A new word changes nothing before it: the causal mask keeps every earlier row from seeing
it. So the keys and values of the words so far stay what they are, and those of the source
are never touched. Only the new word's own row has to be worked out.
"""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import instance, whole
from tfmath.decoding.kept import check_keeping, kept_of, rows_and_kept
from tfmath.errors import ShapeError, floats, is_sound, known_sound, whole_numbers
from tfmath.model.names import flatten
from tfmath.model.stacks import VARIANTS, check_model, layers, only
from tfmath.model.sublayers import last_norm
from tfmath.model.transformer import embedded, encode_source, word_scores
from tfmath.parts.norm import layer_norm
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax
from tfmath.tracing import Traced, named, scope


class Cache(NamedTuple):
    """What is kept between two words; a new one is made for every word.

    Attributes
    ----------
    length : int
        How many words were read.
    words : dict of str to Kept
        For each decoder layer, what its self-attention kept of them.
    source : dict of str to Kept
        For each decoder layer, what its cross-attention kept of the encoder's output.
    max_length : int or None
        The most words there may be.
    tables : tuple of array
        Those that were found sound, and are not looked through again for every word.
    """

    length: int
    words: dict
    source: dict
    max_length: int | None = None
    tables: tuple = ()


def start_cache(parameters, memory, max_length=None):
    """What is known before the first word: keys and values of the source, once for all.

    Parameters
    ----------
    parameters : dict
        As for `transformer`.
    memory : (n_source, d_model)
        The encoder's output, from `encode_source`. One sentence, no batch.
    max_length : int, optional
        How many words the decoder may read, for example the rows of a learned table of
        positions. Sines go on for ever.

    Returns
    -------
    cache : Cache
        Of no words; nothing will change it. The tables are looked through here, once for
        all words: leave them as they are.

    Raises
    ------
    ShapeError
        If `memory` is not of one sentence.
    MissingError
        If a part of the decoder is not there.

    Steps
    -----
    decoder / layer 1 / cross-attention / heads / key, … / value
        And so for each layer.

    Examples
    --------
    Three words of the source; the toy model's two heads keep a key of 4 numbers for each:

    >>> from tfmath import toy
    >>> from tfmath.parts.text import encode
    >>> memory = encode_source(toy.load(), encode("i drink and", toy.WORDS))
    >>> cache = start_cache(toy.load(), memory)
    >>> cache.length, cache.source["layer 1"].key.shape
    (0, (2, 3, 4))
    """
    memory = floats("start_cache", memory=memory)
    if memory.ndim != 2:
        raise ShapeError(f"start_cache: memory {memory.shape} must be (n_source, d_model).")
    if max_length is not None:
        whole("start_cache", "max_length", max_length, least=1)
    check_model("start_cache", parameters, "decoder")
    source = {}
    with scope("decoder"):
        for name, layer in layers(parameters["decoder"], "start_cache"):
            with scope(name):
                check_keeping("start_cache", layer)
                with scope("cross-attention"):
                    source[name] = kept_of(memory, layer["cross-attention"])
    words = dict.fromkeys(source)
    tables = tuple(filter(is_sound, flatten(parameters).values()))
    return Cache(0, words, source, max_length, tables)


def decode_next(
    parameters,
    words,
    cache,
    encoding=positional_encoding,
    scale=None,
    norm=layer_norm,
    **variant,
):
    """Read further words, one or several, and score what comes after each.

    Parameters
    ----------
    parameters : dict
        As for `transformer`.
    words : int, or (n,) of int
        Only the new ids: the first time ``<start>``, or a whole beginning; then one a call.
    cache : Cache
        From `start_cache`, then from the call before.
    encoding, scale, norm, **variant
        As for `transformer`. An `attention` meets new queries and all keys so far: the last
        query stands at the last key.

    Returns
    -------
    logits : (n, vocab_size)
        Equal, to rounding, to the last n rows of `decode_target` over all words so far.
    cache : Cache
        For the next call; the old one still serves, as the beginning of another text.

    Raises
    ------
    ValueError
        If there would be more words than the cache's `max_length`.

    Steps
    -----
    decoder / …, logits
        As those of `decode_target`, for the new rows; the keys and values joined to the
        kept ones have no names.

    Examples
    --------
    One word, then two at once. After each the toy model's favourite is:

    >>> from tfmath import toy
    >>> from tfmath.parts.text import START, encode
    >>> tables = toy.load()
    >>> memory = encode_source(tables, encode("i drink and", toy.WORDS))
    >>> logits, cache = decode_next(tables, START, start_cache(tables, memory))
    >>> [toy.WORDS[best] for best in logits.argmax(axis=-1)]
    ['i']
    >>> logits, cache = decode_next(tables, encode("i know", toy.WORDS), cache)
    >>> [toy.WORDS[best] for best in logits.argmax(axis=-1)], cache.length
    (['know', 'things'], 3)
    """
    check_model("decode_next", parameters, "embedding", "decoder")
    only("decode_next", "the model", variant, "variants", VARIANTS)
    instance("decode_next", "cache", cache, Cache, "a Cache, from start_cache")
    words = np.atleast_1d(whole_numbers("decode_next", "words", words))
    if words.ndim != 1:
        raise ShapeError(f"decode_next: words {words.shape} must be one row of ids, (n,).")
    length = _checked_length(words, cache)
    mask = np.tri(len(words), length, k=cache.length, dtype=bool)
    kept = {}
    with known_sound(cache.tables), scope("decoder"):
        places = np.arange(cache.length, length)
        x = embedded(parameters, words, places, encoding, scale)
        for name, layer in layers(parameters["decoder"], "decode_next"):
            with scope(name):
                known = cache.words[name], cache.source[name]
                x, kept[name] = rows_and_kept(x, layer, *known, mask, **variant)
        x = last_norm(x, parameters["decoder"], norm)
    with known_sound(cache.tables):
        logits = named("logits", word_scores(x, parameters))
    return logits, cache._replace(length=length, words=kept)


def next_word(parameters, source, max_length=None, **variant):
    """The function ``step(ids) -> log-probabilities`` for decoding, with a cache.

    It remembers every beginning it has seen, so that greedy, sampling and beam search ask
    as they do without a cache: a new text costs only its new words.

    Parameters
    ----------
    parameters : dict
    source : (n_source,) of int
    max_length : int, optional
        As for `start_cache`.
    **variant
        As for `transformer`.

    Returns
    -------
    step : function
        From the ids so far, ``<start>`` first, to (vocab_size,). What it gives is yours: to
        change it changes nothing of what the step remembers.

    Raises
    ------
    ValueError
        By the step: if its ids are no row of one or more.
    DtypeError
        By the step: if they are no whole numbers.

    Steps
    -----
    encoder / …, decoder / …, logits
        As in `transformer`, if the tables are traced; of each word but once.

    Examples
    --------
    >>> from tfmath import toy
    >>> from tfmath.parts.text import START, encode
    >>> step = next_word(toy.load(), encode("i drink and", toy.WORDS))
    >>> toy.WORDS[step([START]).argmax()]
    'i'
    """
    only("next_word", "the model", variant, "variants", VARIANTS)
    own = {name: part for name, part in variant.items() if name != "cross_attention"}
    memory = encode_source(parameters, source, **own)
    known = {(): (None, start_cache(parameters, memory, max_length))}

    def step(ids):
        ids = _one_row(ids)
        for end in range(1, len(ids) + 1):
            if ids[:end] not in known:
                _, cache = known[ids[: end - 1]]
                logits, cache = decode_next(parameters, ids[end - 1], cache, **variant)
                known[ids[:end]] = log_softmax(logits)[-1], cache
        log_p = known[ids][0]
        return log_p if isinstance(log_p, Traced) else log_p.copy()

    return step


def _one_row(ids):
    """The ids so far, as a tuple of int: 1.0 and True would be found under 1."""
    ids = whole_numbers("next_word", "ids", ids)
    if ids.ndim != 1 or not ids.size:
        raise ShapeError(f"next_word: ids {ids.shape} must be a row of one id or more.")
    return tuple(ids.tolist())


def _checked_length(words, cache):
    length = cache.length + len(words)
    if cache.max_length is not None and length > cache.max_length:
        raise ValueError(
            f"decode_next: {len(words)} words after {cache.length} make {length}; "
            f"max_length is {cache.max_length}."
        )
    return length
