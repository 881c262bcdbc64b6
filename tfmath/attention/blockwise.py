"""Exact attention of any length in little memory: a running maximum and a running sum."""

import numpy as np

from tfmath.arguments import number, whole
from tfmath.attention.blocks import in_blocks
from tfmath.attention.dot_product import attend, scaled
from tfmath.attention.fitting import matched_rows
from tfmath.attention.sums import share
from tfmath.errors import NonFiniteError
from tfmath.tracing import Traced, named, scope

ROWS, BLOCK = 256, 512
"""How many queries meet how many keys: a table that a processor keeps at hand."""


def blockwise_attention(query, key, value, mask=None, block=BLOCK, scale=None):
    r"""The numbers of `scaled_dot_product_attention`, without ever a table of all scores.

    .. math:: m' = \max(m, s_1, s_2, \dots), \qquad
              z' = z e^{m - m'} + \sum_j e^{s_j - m'}, \qquad
              o' = o e^{m - m'} + \sum_j e^{s_j - m'} v_j

    A query meets the keys block by block and keeps three things: the largest score so far,
    m; the sum z of all e^(score − m); the sum o of the values times those. When a larger
    score turns up, both sums shrink as if it had been the largest from the beginning. In
    the end the output is o / z.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` lets the query look at the key.
    block : int
        How many keys at a time; one larger than the text is the whole text.
    scale : float, optional
        What the products are multiplied by; :math:`1 / \sqrt{d_k}` if it is not given.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError
        As `scaled_dot_product_attention` does.
    ValueError
        If `block` is below 1.
    NonFiniteError
        If a product of a query and a key is too large for its number type.

    Steps
    -----
    block 1 / scores, block 1 / top, block 1 / total, block 1 / sums, block 2 / …
        What is kept after each block of keys: m, z and o. Hidden scores are −∞.
    output

    Notes
    -----
    The running maximum and sum are those of [1]_, attention by them [2]_ [3]_.

    Of the attentions here that compare every query with every key, this is the fast one for
    plain arrays of float32. Beside the two products most of the time goes into the
    exponentials: here they are taken in float32, while `softmax` takes them in float64 and
    is a little more exact. A table is small enough to stay at hand in the processor, and
    keys that no query of a block may see are left out. A record keeps every block, with
    all queries.

    References
    ----------
    .. [1] M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax", 2018.
    .. [2] M. Rabe and C. Staats, "Self-attention Does Not Need O(n²) Memory", 2021.
    .. [3] T. Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with
       IO-Awareness", 2022.

    Examples
    --------
    The scores are ln 1, ln 2 and ln 5, one a block, so e^score is 1, 2, 5. The sum of all,
    divided by the largest so far: 1, then 1/2 + 1, then 1.5 · 2/5 + 1 = 1.6.

    >>> query, key = np.array([[1.0]]), np.log([[1.0], [2.0], [5.0]])
    >>> value = np.array([[8.0], [16.0], [0.0]])
    >>> blockwise_attention(query, key, value, block=1).round(12).tolist()
    [[5.0]]

    All at once: (1 · 8 + 2 · 16 + 5 · 0) / 8.
    """
    where = "blockwise_attention"
    query, key, value, mask = matched_rows(where, query, key, value, mask)
    block = whole(where, "block", block, least=1)
    scale = None if scale is None else number(where, "scale", scale)
    if Traced in map(type, (query, key, value, mask)):
        return running_attention(query, key, value, mask, block, scale)
    options = {"rows": ROWS, "block": block, "scale": scale}
    return in_blocks(running_attention, query, key, value, mask, **options)


def running_attention(query, key, value, mask=None, block=BLOCK, scale=None):
    """The lines of `blockwise_attention`, for all queries at once.

    Arguments and result as for `blockwise_attention`.

    Examples
    --------
    >>> running_attention(np.zeros((1, 2)), np.ones((2, 2)), np.array([[4.0], [0.0]]))
    array([[2.]])
    """
    if not key.shape[-2]:
        return attend(query, key, value)
    query, found = scaled(query, query.shape[-1], scale), NOTHING
    for first in range(0, key.shape[-2], block):
        keys = slice(first, first + block)
        allowed = None if mask is None else _columns(mask, keys)
        with scope(f"block {first // block + 1}"):
            scores = query @ np.swapaxes(key[..., keys, :], -1, -2)
            found = taken_in(*found, scores, value[..., keys, :], allowed)
    _, total, sums = found
    return named("output", share(sums, total))


NOTHING = -np.inf, 0.0, 0.0
"""The largest score, the sum of e^score and that of the values, before any key was seen."""


def taken_in(top, total, sums, scores, value, allowed=None):
    r"""The running maximum and the two running sums, after some more keys.

    Parameters
    ----------
    top, total : (*batch, n_query, 1), or numbers
        :math:`m` and :math:`z` so far.
    sums : (*batch, n_query, d_v), or a number
        :math:`o` so far.
    scores : (*batch, n_query, n_key)
        Of the new keys.
    value : (*batch, n_key, d_v)
    allowed : (*batch, n_query, n_key) of bool, optional

    Returns
    -------
    top, total, sums
        :math:`m'`, :math:`z'` and :math:`o'`.

    Raises
    ------
    NonFiniteError
        If a score is too large for its number type.

    Steps
    -----
    scores, top, total, sums
        Of the new keys, and so far.

    Examples
    --------
    After a score of 0 with the value 6 comes ln 2 with the value 8. The largest is ln 2
    now: 1 shrinks to 1/2, 6 to 3.

    >>> new = taken_in(0.0, 1.0, 6.0, np.log([[2.0]]), np.array([[8.0]]))
    >>> [round(part.item(), 3) for part in new]
    [0.693, 1.5, 11.0]
    """
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    scores, before = named("scores", scores), top
    top = named("top", np.maximum(before, np.max(scores, axis=-1, keepdims=True)))
    _check(top)
    level = top if allowed is None else np.where(top > -np.inf, top, 0.0)  # or nothing seen
    grown, shrink = _exp(scores - level), np.exp(before - level)
    total = named("total", total * shrink + np.sum(grown, axis=-1, keepdims=True))
    return top, total, named("sums", sums * shrink + grown @ value)


def _exp(new):
    """e^x; plain numbers in place, for one more table would cost a tenth of the time."""
    return np.exp(new) if isinstance(new, Traced) else np.exp(new, out=new)


def _columns(mask, keys):
    """The part of a mask for some keys; None where a plain one hides nothing."""
    part = mask[..., keys] if mask.shape[-1] > 1 else mask
    return None if isinstance(part, np.ndarray) and part.all() else part


def _check(top):
    if not np.all(getattr(top, "value", top) < np.inf):
        raise NonFiniteError(
            "blockwise_attention: the product of a query and a key is too large for its "
            "number type; use smaller numbers, or float64."
        )
