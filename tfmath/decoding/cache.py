"""The key–value cache: what decoding may keep from one word to the next.

A new word changes nothing before it: the causal mask keeps every earlier row from seeing
it. So the keys and values of the words so far stay what they are, and those of the source
are never touched. Only the new word's own row has to be worked out.
"""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import instance, whole
from tfmath.attention.dot_product import attend
from tfmath.attention.heads import PROJECTIONS, asked, look, offered
from tfmath.errors import ShapeError, floats, part, whole_numbers
from tfmath.model.layers import decoder_blocks, last_norm
from tfmath.model.stacks import check_decoder_layer, check_parts, layers
from tfmath.model.transformer import embedded, encode_source, word_scores
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax
from tfmath.tracing import named, scope


class Kept(NamedTuple):
    """The keys and values of one attention.

    Attributes
    ----------
    key : (n_heads, n, d_k)
    value : (n_heads, n, d_v)
    """

    key: np.ndarray
    value: np.ndarray


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
    """

    length: int
    words: dict
    source: dict
    max_length: int | None = None


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
        Of no words; nothing will change it.

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
    with scope("decoder"):
        source = {}
        for name, layer in layers(
            part("start_cache", parameters, "decoder"), "start_cache"
        ):
            check_decoder_layer("start_cache", layer)
            with scope(name, "cross-attention"):
                source[name] = _offered(memory, layer["cross-attention"])
    words = dict.fromkeys(source)
    return Cache(0, words, source, max_length)


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
    check_parts("decode_next", parameters, "embedding", "decoder")
    instance("decode_next", "cache", cache, Cache, "a Cache, from start_cache")
    words = np.atleast_1d(whole_numbers("decode_next", "words", words))
    if words.ndim != 1:
        raise ShapeError(f"decode_next: words {words.shape} must be one row of ids, (n,).")
    length = _checked_length(words, cache)
    mask = np.tri(len(words), length, k=cache.length, dtype=bool)
    kept = {}
    with scope("decoder"):
        places = np.arange(cache.length, length)
        x = embedded(parameters, words, places, encoding, scale)
        for name, layer in layers(parameters["decoder"], "decode_next"):
            with scope(name):
                known = cache.words[name], cache.source[name]
                x, kept[name] = _layer(x, layer, *known, mask, **variant)
        x = last_norm(x, parameters["decoder"], norm)
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
        From the ids so far, ``<start>`` first, to (vocab_size,).

    Examples
    --------
    >>> from tfmath import toy
    >>> from tfmath.parts.text import START, encode
    >>> step = next_word(toy.load(), encode("i drink and", toy.WORDS))
    >>> toy.WORDS[step([START]).argmax()]
    'i'
    """
    own = {name: part for name, part in variant.items() if name != "cross_attention"}
    memory = encode_source(parameters, source, **own)
    known = {(): (None, start_cache(parameters, memory, max_length))}

    def step(ids):
        ids = tuple(ids)
        for end in range(1, len(ids) + 1):
            if ids[:end] not in known:
                _, cache = known[ids[: end - 1]]
                logits, cache = decode_next(parameters, ids[end - 1], cache, **variant)
                known[ids[:end]] = log_softmax(logits)[-1], cache
        return known[ids][0]

    return step


def _layer(
    x,
    layer,
    words,
    source,
    mask,
    block=post_norm,
    activation=relu,
    attention=attend,
    cross_attention=attend,
):
    """One decoder layer for the new rows, and the keys and values that it now keeps."""
    kept = [words]

    def looks_back(x):
        tables = layer["self-attention"]
        with scope("self-attention"):
            query, new = asked(x, tables["W_Q"], tables.get("b_Q")), _offered(x, tables)
            kept[0] = _joined(words, new)
            return _look(query, kept[0], tables, mask, attention)

    def looks_over(x):
        tables = layer["cross-attention"]
        with scope("cross-attention"):
            query = asked(x, tables["W_Q"], tables.get("b_Q"))
            return _look(query, source, tables, None, cross_attention)

    x = decoder_blocks(x, layer, looks_back, looks_over, block, activation)
    return x, kept[0]


def _look(query, kept, tables, mask, attention):
    own = {name: table for name, table in tables.items() if name not in PROJECTIONS}
    found = (query, *kept, tables["W_O"], tables.get("b_O"), mask, attention)
    return look(*found, **own)


def _offered(rows, tables):
    biases, n_heads = (tables.get("b_K"), tables.get("b_V")), len(tables["W_Q"])
    return Kept(*offered(rows, rows, tables["W_K"], tables["W_V"], *biases, n_heads))


def _joined(old, new):
    if old is None:
        return new
    return Kept(*(np.concatenate([a, b], axis=-2) for a, b in zip(old, new, strict=True)))


def _checked_length(words, cache):
    length = cache.length + len(words)
    if cache.max_length is not None and length > cache.max_length:
        raise ValueError(
            f"decode_next: {len(words)} words after {cache.length} make {length}; "
            f"max_length is {cache.max_length}."
        )
    return length
