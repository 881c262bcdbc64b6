"""The key–value cache: what decoding may keep from one word to the next.

A new word changes nothing before it: the causal mask keeps every earlier row from seeing
it. So the keys and values of the words so far stay what they are, and those of the source
are never touched. Only the new word's own row has to be worked out.
"""

from typing import NamedTuple

import numpy as np

from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.errors import ShapeError
from tfmath.model.transformer import encode_source, last_norm, layers, think, word_scores
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import linear, relu
from tfmath.parts.norm import post_norm
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
    """
    if memory.ndim != 2:
        raise ShapeError(f"start_cache: memory {memory.shape} must be (n_source, d_model).")
    with scope("decoder"):
        source = {
            name: _keep(memory, layer["cross-attention"], f"{name} / cross-attention")
            for name, layer in layers(parameters["decoder"])
        }
    words = dict.fromkeys(source)
    return Cache(0, words, source, max_length)


def decode_next(parameters, words, cache, block=post_norm, activation=relu):
    """Read further words, one or several, and score what comes after each.

    Parameters
    ----------
    parameters : dict
        As for `transformer`.
    words : int, or (n,) of int
        Only the new ids: the first time ``<start>``, or a whole beginning; then one a call.
    cache : Cache
        From `start_cache`, then from the call before.
    block, activation
        As for `encoder_layer`.

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
    """
    words = np.atleast_1d(words)
    if words.ndim != 1:
        raise ShapeError(f"decode_next: words {words.shape} must be one row of ids, (n,).")
    length = _checked_length(words, cache)
    mask = np.tri(len(words), length, k=cache.length, dtype=bool)
    kept = {}
    with scope("decoder"):
        x = embed(words, parameters["embedding"], np.arange(cache.length, length))
        for name, layer in layers(parameters["decoder"]):
            with scope(name):
                known = cache.words[name], cache.source[name]
                x, kept[name] = _layer(x, layer, *known, mask, block, activation)
        x = last_norm(x, parameters["decoder"])
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
        ``block`` and ``activation``, as for `transformer`.
    """
    memory = encode_source(parameters, source, **variant)
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


def _layer(x, layer, words, source, mask, block, activation):
    """One decoder layer for the new rows, and the keys and values that it now keeps."""
    kept = [words]

    def look_back(x):
        kept[0] = _joined(words, _keep(x, layer["self-attention"], "self-attention"))
        return _attend("self-attention", x, layer, kept[0], mask)

    def look_at_source(x):
        return _attend("cross-attention", x, layer, source)

    x = block("norm 1", x, look_back, **layer["norm 1"])
    x = block("norm 2", x, look_at_source, **layer["norm 2"])
    return block("norm 3", x, think(layer, activation), **layer["norm 3"]), kept[0]


def _attend(where, x, layer, kept, mask=None):
    """Multi-head attention of new rows; the heads are the first axis."""
    tables = layer[where]
    with scope(where, "heads"):
        query = named("query", _projected(x, tables, "Q"))
        found = scaled_dot_product_attention(query, kept.key, kept.value, mask)
    with scope(where):
        heads = named("heads", np.concatenate(list(found), axis=-1))
        return named("output", linear(heads, tables["W_O"], tables.get("b_O")))


def _keep(rows, tables, where):
    with scope(where, "heads"):
        key = named("key", _projected(rows, tables, "K"))
        return Kept(key, named("value", _projected(rows, tables, "V")))


def _projected(rows, tables, letter):
    made = rows @ tables[f"W_{letter}"]
    bias = tables.get(f"b_{letter}")
    return made if bias is None else made + bias[:, np.newaxis, :]


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
