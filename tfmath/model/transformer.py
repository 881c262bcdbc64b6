"""The whole Transformer: from the ids of two sentences to a score for every next word."""

import numpy as np

from tfmath.arguments import number
from tfmath.attention.dot_product import attend
from tfmath.errors import ShapeError, as_array, floats, integer_array
from tfmath.model.layers import decoder, encoder
from tfmath.model.stacks import OF_SOURCE, VARIANTS, check_model, only
from tfmath.model.sublayers import handed
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import linear
from tfmath.parts.masks import causal_mask
from tfmath.parts.position import positional_encoding
from tfmath.tracing import constant, named, scope
from tfmath.tracing.names import full_name


def encode_source(
    parameters,
    source,
    source_mask=None,
    encoding=positional_encoding,
    scale=None,
    **variant,
):
    """From the ids of a sentence to the encoder's output, one row a word.

    Parameters
    ----------
    parameters, source, source_mask
        As for `transformer`.
    encoding, scale
        As for `embed`.
    **variant
        As for `encoder`.

    Returns
    -------
    memory : (*batch, n_source, d_model)

    Steps
    -----
    encoder / …
        What `embed` and `encoder` record.

    Examples
    --------
    >>> from tfmath import toy
    >>> encode_source(toy.load(), [3, 4, 5]).shape
    (3, 5)
    """
    check_model("encode_source", parameters, "embedding", "encoder")
    only("encode_source", "the encoder", variant, "variants", OF_SOURCE)
    with scope("encoder"):
        x = embedded(parameters, source, None, encoding, scale)
        return encoder(x, parameters["encoder"], source_mask, **variant)


def decode_target(
    parameters,
    target,
    memory,
    source_mask=None,
    target_mask=None,
    encoding=positional_encoding,
    scale=None,
    **variant,
):
    """From the words so far, and the encoder's output, to a score for every next word.

    Parameters
    ----------
    parameters, target
        As for `transformer`.
    memory : (*batch, n_source, d_model)
        From `encode_source`.
    source_mask, target_mask
        As for `transformer`.
    encoding, scale
        As for `embed`.
    **variant
        As for `decoder`.

    Returns
    -------
    logits : (*batch, n_target, vocab_size)

    Steps
    -----
    decoder / …
        What `embed` and `decoder` record.
    logits
        The scores of all words.

    Examples
    --------
    The toy model has read the beginning of a quote. What is best after ``<start>``?

    >>> from tfmath import toy
    >>> from tfmath.parts.text import START, encode
    >>> memory = encode_source(toy.load(), encode("i drink and", toy.WORDS))
    >>> toy.WORDS[decode_target(toy.load(), [START], memory)[-1].argmax()]
    'i'
    """
    check_model("decode_target", parameters, "embedding", "decoder")
    only("decode_target", "the model", variant, "variants", VARIANTS)
    mask = _looking_back(target) if target_mask is None else target_mask
    with scope("decoder"):
        x = embedded(parameters, target, None, encoding, scale)
        x = decoder(x, memory, parameters["decoder"], mask, source_mask, **variant)
    return named("logits", word_scores(x, parameters))


def transformer(
    parameters,
    source,
    target,
    source_mask=None,
    target_mask=None,
    cross_attention=attend,
    **variant,
):
    """The whole model: a source and the words so far in, a score for every next word out.

    Parameters
    ----------
    parameters : dict
        ``"embedding"`` (vocab_size, d_model), ``"encoder"`` and ``"decoder"`` as for
        `encoder` and `decoder`. With ``"output"``, a dict of ``W`` (d_model, vocab_size)
        and perhaps ``b``, words are scored by a table of their own; without it by the
        embedding. With ``"position"`` (max_length, d_model), places have learned rows.
    source : (*batch, n_source) of int
    target : (*batch, n_target) of int
        Begins with the id of ``<start>``.
    source_mask : (*batch, n_target or 1, n_source) of bool, optional
        ``True`` may look; see `padding_mask`.
    target_mask : (*batch, n_target, n_target) of bool, optional
        By default the `causal_mask`.
    cross_attention : function
        As for `decoder_layer`.
    **variant
        What is built otherwise, handed down to where it acts: ``block``, ``activation`` and
        ``attention`` of every layer (`encoder_layer`), the stacks' last ``norm``,
        ``encoding`` and ``scale`` of the words (`embed`).

    Returns
    -------
    logits : (*batch, n_target, vocab_size)
        Row i scores the word after target word i.

    Raises
    ------
    ValueError
        For an empty sentence, or an id outside the vocabulary.
    KeyError
        If a part, or a table in it, is missing; the message names its place.
    TypeError
        For a part, a table or a variant that nothing takes, such as a misspelt one.

    Steps
    -----
    source mask, target mask
        If there are any.
    encoder / …, decoder / …
        What `embed` and the layers record.
    logits
        The scores of all words.

    Notes
    -----
    Figure 1 of "Attention Is All You Need" [1]_, without dropout.

    References
    ----------
    .. [1] A. Vaswani et al., 2017.

    Examples
    --------
    The toy model reads "i drink and". After each of ``<start>``, "i", "know", its best is:

    >>> from tfmath import toy
    >>> from tfmath.parts.text import encode
    >>> source = encode("i drink and", toy.WORDS)
    >>> target = encode(["<start>", "i", "know"], toy.WORDS)
    >>> logits = transformer(toy.load(), source, target)
    >>> [toy.WORDS[best] for best in logits.argmax(axis=-1)]
    ['i', 'know', 'things']
    """
    check_model("transformer", parameters, "embedding", "encoder", "decoder")
    only("transformer", "the model", variant, "variants", VARIANTS)
    mask = _looking_back(target) if target_mask is None else target_mask
    source_mask = _given("source mask", source_mask, parameters)
    memory = encode_source(parameters, source, source_mask, **variant)
    variant |= {"cross_attention": cross_attention}
    mask = _given("target mask", mask, parameters)
    return decode_target(parameters, target, memory, source_mask, mask, **variant)


def word_scores(x, parameters):
    """Logits: the dot product of each row with each word's row, or a table of its own.

    Parameters
    ----------
    x : (*batch, n, d_model)
    parameters : dict
        ``"embedding"`` (vocab_size, d_model), or ``"output"``, as for `transformer`.

    Returns
    -------
    logits : (*batch, n, vocab_size)

    Raises
    ------
    ShapeError
        If rows and words differ in d_model.

    Examples
    --------
    >>> word_scores([[1.0, 2.0]], {"embedding": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]})
    array([[1., 2., 3.]])
    """
    if "output" in parameters:
        return handed(full_name("output"), parameters["output"], linear, x)
    x, table = floats("word_scores", x=x, embedding=parameters["embedding"])
    if x.shape[-1] != table.shape[-1]:
        raise ShapeError(
            f"word_scores: rows {x.shape} and words {table.shape} differ in d_model."
        )
    return x @ np.swapaxes(table, -1, -2)


def embedded(parameters, ids, positions, encoding, scale):
    """The rows of words at their places; with places of their own if they are learned.

    Parameters
    ----------
    parameters : dict
        ``"embedding"``, and perhaps ``"position"`` (max_length, d_model), which takes the
        place of `encoding`.
    ids, positions, encoding, scale
        As for `embed`.

    Returns
    -------
    input : (*batch, n, d_model)

    Examples
    --------
    >>> tables = {"embedding": [[1.0, 2.0], [3.0, 4.0]], "position": [[10.0, 20.0]]}
    >>> embedded(tables, [1], None, positional_encoding, scale=1.0).tolist()
    [[13.0, 24.0]]
    """
    encoding = parameters.get("position", encoding)
    scale = None if scale is None else number("embed", "scale", scale)
    return embed(ids, parameters["embedding"], positions, encoding, scale)


def _looking_back(target):
    """The causal mask, the same for every sentence of a batch."""
    target = integer_array("decode_target", "target", target)
    mask = causal_mask(target.shape[-1] if target.ndim else 0)
    return mask[np.newaxis] if target.ndim > 1 else mask


def _given(name, mask, parameters):
    if mask is None:
        return None
    mask = as_array("transformer", name, mask)
    return constant(name, mask, beside=parameters["embedding"])
