"""What a decoder-only model costs: numbers, operations, bytes, from its configuration."""

from tfmath.arguments import whole
from tfmath.errors import ShapeError
from tfmath.study.scaling import attention_multiply_adds, multiply_adds, records
from tfmath.tracing import backward

PAPER_BASE = {
    "d_model": 512,
    "n_heads": 8,
    "d_k": 64,
    "d_v": 64,
    "d_ff": 2048,
    "n_layers": 6,
}
"""Table 3 of [1]_: 65 million numbers; 37,000 words. Table 2: 3.3e18 operations to train.

.. [1] A. Vaswani et al., "Attention Is All You Need", 2017.
"""

GPT_3 = {
    "d_model": 12288,
    "n_heads": 96,
    "d_k": 128,
    "d_v": 128,
    "d_ff": 49152,
    "n_layers": 96,
}
"""Table 2.1 of [1]_: 175 billion numbers, context 2048; 50,257 words, as in GPT-2.

Table D.1: trained on 300 billion words with 3.14e23 operations.

.. [1] T. B. Brown et al., "Language Models are Few-Shot Learners", 2020.
"""


def decoder_only_parameters(vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers=1):
    r"""How many numbers the model holds, for each part.

    .. math:: V d + L\,\bigl(2 h d (d_k + d_v) + 2 d\,d_{ff} + d + d_{ff} + 4 d\bigr)

    Parameters
    ----------
    vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers : int
        V, d, h, d_k, d_v, d_ff and L.

    Returns
    -------
    dict of str to int
        Post-norm, words tied, no biases in the attention, as in `shapes`.

    Examples
    --------
    With h d_k = h d_v = d and d_ff = 4 d, a layer has about 12 d² numbers:

    >>> decoder_only_parameters(24, 4, n_heads=1, d_k=4, d_v=4, d_ff=16)
    {'embedding': 96, 'attention': 64, 'feed-forward': 148, 'norms': 16}
    """
    sizes = dict(d_model=d_model, n_heads=n_heads, d_k=d_k, d_v=d_v)
    sizes |= dict(vocab_size=vocab_size, d_ff=d_ff, n_layers=n_layers)
    _check("decoder_only_parameters", sizes)
    return {
        "embedding": vocab_size * d_model,
        "attention": n_layers * 2 * n_heads * d_model * (d_k + d_v),
        "feed-forward": n_layers * (2 * d_model * d_ff + d_ff + d_model),
        "norms": n_layers * 4 * d_model,
    }


def decoder_only_multiply_adds(n, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers=1):
    r"""Multiply-adds of one run over n words, for each part.

    .. math:: 2 n h d (d_k + d_v) + h n^2 (d_k + d_v) + 2 n d\,d_{ff}

    in each layer, and n d V for the logits. One multiply-add is two operations (FLOPs).

    Parameters
    ----------
    n, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers : int

    Returns
    -------
    dict of str to int

    Notes
    -----
    The causal mask hides half of the scores, but they are computed all the same, here and
    in most libraries.

    Examples
    --------
    >>> decoder_only_multiply_adds(10, 24, 4, n_heads=1, d_k=4, d_v=4, d_ff=16)
    {'projections': 640, 'scores and mixtures': 800, 'feed-forward': 1280, 'logits': 960}
    """
    sizes = dict(d_model=d_model, n_heads=n_heads, d_k=d_k, d_v=d_v)
    others = dict(n=n, vocab_size=vocab_size, d_ff=d_ff, n_layers=n_layers)
    _check("decoder_only_multiply_adds", sizes | others)
    look = attention_multiply_adds(n, n, **sizes)
    return {
        "projections": n_layers * (look["query, key, value"] + look["W_O"]),
        "scores and mixtures": n_layers * (look["scores"] + look["weights @ value"]),
        "feed-forward": n_layers * 2 * n * d_model * d_ff,
        "logits": n * d_model * vocab_size,
    }


def training_flops(forward):
    """Floating-point operations of one step of training: there, and twice that back.

    Parameters
    ----------
    forward : int
        Multiply-adds of the way there. Each product y = x W needs two on the way back, one
        for the gradient by x and one for the gradient by W, with as many multiply-adds.

    Returns
    -------
    int
        2 · 3 · `forward`.

    Examples
    --------
    >>> training_flops(10)
    60
    """
    return 2 * 3 * whole("training_flops", "forward", forward)


def counted_both_ways(loss):
    """Multiply-adds of the matrix products in a record, on the way there and on both ways.

    Parameters
    ----------
    loss : Traced, one number

    Returns
    -------
    forward, both : int

    Examples
    --------
    A product of (2, 3) by (3, 4) there; (2, 4) by (4, 3) and (3, 2) by (2, 4) back:

    >>> import numpy as np
    >>> from tfmath.tracing import trace
    >>> x, W = trace(np.ones((2, 3)), "x"), trace(np.ones((3, 4)), "W")
    >>> counted_both_ways((x @ W).sum())
    (24, 72)
    """
    records("counted_both_ways", [loss], "loss")
    if loss.size != 1:
        raise ShapeError(f"counted_both_ways: loss {loss.shape} must be one number.")
    forward = sum(multiply_adds(loss).values())
    return forward, sum(multiply_adds(loss, *backward(loss).values()).values())


def crossings(d_model, n_heads, d_k, d_v, d_ff):
    r"""From how many words on a layer's attention takes more than its feed-forward.

    .. math:: h n^2 (d_k + d_v) = 2 n d\,d_{ff} \iff
              n = \frac{2 d\,d_{ff}}{h (d_k + d_v)}

    and with its projections 2 d words sooner.

    Parameters
    ----------
    d_model, n_heads, d_k, d_v, d_ff : int
        Of at least 1.

    Returns
    -------
    dict of str to float
        The n at which "scores and mixtures" alone, and the "whole attention", equal the
        feed-forward; 0 where the projections alone take more.

    Examples
    --------
    With h d_k = h d_v = d and d_ff = 4 d, at 4 d and at 2 d:

    >>> crossings(d_model=512, n_heads=8, d_k=64, d_v=64, d_ff=2048)
    {'scores and mixtures': 2048.0, 'whole attention': 1024.0}
    """
    sizes = dict(d_model=d_model, n_heads=n_heads, d_k=d_k, d_v=d_v, d_ff=d_ff)
    for name, size in sizes.items():
        whole("crossings", name, size, least=1)
    n = 2 * d_model * d_ff / (n_heads * (d_k + d_v))
    return {"scores and mixtures": n, "whole attention": max(n - 2 * d_model, 0.0)}


def decoder_only_bytes(n, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers=1, each=4):
    """What must be held in memory, in bytes, for training on one text or for writing.

    Parameters
    ----------
    n, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers : int
    each : int
        Bytes of one number: 4 in float32.

    Returns
    -------
    dict of str to int
        "tables"; "gradients", as many; "averages", the two that Adam keeps of each;
        "n × n", what a record keeps of each head: products, scores and weights;
        "keys and values", what writing keeps, see `tfmath.decoding.cache`.

    Examples
    --------
    >>> found = decoder_only_bytes(10, 24, 4, n_heads=1, d_k=4, d_v=4, d_ff=16)
    >>> found["tables"], found["averages"], found["n × n"]
    (1296, 2592, 1200)
    """
    sizes = dict(d_model=d_model, n_heads=n_heads, d_k=d_k, d_v=d_v)
    sizes |= dict(vocab_size=vocab_size, d_ff=d_ff, n_layers=n_layers)
    _check("decoder_only_bytes", sizes | {"n": n, "each": each})
    tables = each * sum(decoder_only_parameters(**sizes).values())
    return {
        "tables": tables,
        "gradients": tables,
        "averages": 2 * tables,
        "n × n": 3 * n_layers * n_heads * n * n * each,
        "keys and values": n_layers * n_heads * n * (d_k + d_v) * each,
    }


def _check(where, sizes):
    for name, size in sizes.items():
        whole(where, name, size)
