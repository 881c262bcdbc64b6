"""Attention that looks at few: only the products that are needed are made."""

from functools import partial

import numpy as np

from tfmath.arguments import whole
from tfmath.attention.pairs import (
    attend_and_total,
    attend_in_pairs,
    merged,
    rows_of_one_text,
)
from tfmath.attention.patterns import (
    block_pairs,
    checked_layout,
    fixed_pairs,
    in_stretch,
)
from tfmath.attention.windows import sliding_window_attention, window_pairs
from tfmath.errors import axes, floats
from tfmath.tracing import scope


def strided_attention(query, key, value, mask=None, *, stride):
    r"""Let every query look at the last few words, and at every `stride`-th before them.

    .. math:: seen = \{j : 0 \le i - j \le stride\}
              \cup \{j \le i : (i - j) \bmod stride = 0\}

    With a stride of √n each word sees about 2 √n words, and any word is two steps away.

    Parameters
    ----------
    query, key, value, mask
        As for `sliding_window_attention`.
    stride : int
        The paper's l. One larger than the text is causal attention.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError
        As `sliding_window_attention` does.
    ValueError
        If `stride` is below 1.

    Steps
    -----
    near / block 1 / …, far / block 1 / …
        The last words, and those a multiple of the stride away: all words with the same
        remainder are one block.
    near / block 1 / totals, …
        The logarithm of the sum of e^score.
    shares
        How much near and far count: the softmax of their totals.
    output
        The two together, from `merged`.

    Notes
    -----
    Section 4.3 of [1]_, where the two patterns may also belong to different heads. Causal,
    as there. Equal to full attention with `strided_mask`.

    References
    ----------
    .. [1] R. Child et al., "Generating Long Sequences with Sparse Transformers", 2019.

    Examples
    --------
    All scores are 0. The last row sees 6, 5 and 4, and then every second, 2 and 0:

    >>> zeros, value = np.zeros((7, 1)), np.arange(7.0)[:, np.newaxis]
    >>> strided_attention(zeros, zeros, value, stride=2).round(3).ravel().tolist()
    [0.0, 0.5, 1.0, 2.0, 2.25, 3.25, 3.4]
    """
    where = "strided_attention"
    query, key, value, mask = rows_of_one_text(where, query, key, value, mask)
    stride = whole(where, "stride", stride, least=1)
    n_query, n_key = query.shape[-2], key.shape[-2]
    near = window_pairs(n_query, n_key, stride, 0, 1, max(stride, 32))
    far = window_pairs(n_query, n_key, n_key, 0, stride, max(n_query, 1))
    with scope("near"):
        rows = query, key, value, mask, near, lambda i, j: (i >= j) & (i - j <= stride)
        near = attend_in_pairs(*rows, attention=attend_and_total)
    with scope("far"):
        rows = query, key, value, mask, far, lambda i, j: i - j > stride
        far = attend_in_pairs(*rows, attention=attend_and_total)
    return merged(near, far)


def fixed_attention(query, key, value, mask=None, *, stride, n_summary=1):
    r"""Let every query look at its own stretch of words, and at the ends of those before.

    .. math:: seen = \{j \le i : \lfloor j / stride \rfloor = \lfloor i / stride \rfloor\}
              \cup \{j \le i : j \bmod stride \ge stride - n_{summary}\}

    The last words of each stretch must carry on what was in it.

    Parameters
    ----------
    query, key, value, mask
        As for `sliding_window_attention`.
    stride : int
        How long a stretch is, the paper's l.
    n_summary : int
        How many words at the end of each are seen by all that come later, the paper's c.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError
        As `sliding_window_attention` does.
    ValueError
        If `stride` is below 1, or `n_summary` not between 1 and `stride`.

    Steps
    -----
    block 1 / products, block 1 / scores, block 1 / weights, block 1 / output, block 2 / …
        From `attend`, a block for each stretch.
    output

    Notes
    -----
    Section 4.3 of [1]_. Causal, as there. Equal to full attention with `fixed_mask`.

    References
    ----------
    .. [1] R. Child et al., "Generating Long Sequences with Sparse Transformers", 2019.

    Examples
    --------
    All scores are 0. The last row sees itself, and the ends of two stretches, 1 and 3:

    >>> zeros, value = np.zeros((5, 1)), np.arange(5.0)[:, np.newaxis]
    >>> fixed_attention(zeros, zeros, value, stride=2).round(3).ravel().tolist()
    [0.0, 0.5, 1.5, 2.0, 2.667]
    """
    where = "fixed_attention"
    query, key, value, mask = rows_of_one_text(where, query, key, value, mask)
    stride = whole(where, "stride", stride, least=1)
    n_summary = whole(where, "n_summary", n_summary, least=1, most=stride)
    pairs = fixed_pairs(query.shape[-2], key.shape[-2], stride, n_summary)
    own = partial(in_stretch, stride=stride, n_summary=n_summary)
    return attend_in_pairs(query, key, value, mask, pairs, own)


def block_sparse_attention(query, key, value, mask=None, *, layout, block):
    r"""Let blocks of queries look at blocks of keys, those that a small table chooses.

    .. math:: seen = \{j : layout_{\lfloor i / block \rfloor, \lfloor j / block \rfloor}\}

    Parameters
    ----------
    query, key, value, mask
        As for `sliding_window_attention`.
    layout : (n_blocks, n_blocks) of bool
        Row = the block that looks, column = the block looked at. It may be larger than the
        text.
    block : int
        How many words stand in a block; the last may have fewer.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError
        As `sliding_window_attention` does; also if `layout` has no row or column for one of
        the blocks, or is not of bool.
    ValueError
        If `block` is below 1.

    Steps
    -----
    block 1 / products, block 1 / scores, block 1 / weights, block 1 / output, block 2 / …
        From `attend`, for each block of queries.
    output

    Notes
    -----
    As in [1]_, section 5. Equal to full attention with `block_mask`.

    References
    ----------
    .. [1] R. Child et al., "Generating Long Sequences with Sparse Transformers", 2019.

    Examples
    --------
    All scores are 0. The first two rows see the last two, which see themselves:

    >>> zeros, value = np.zeros((4, 1)), np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> layout = np.array([[False, True], [False, True]])
    >>> block_sparse_attention(zeros, zeros, value, layout=layout, block=2).ravel().tolist()
    [6.0, 6.0, 6.0, 6.0]
    """
    where = "block_sparse_attention"
    query, key, value, mask = rows_of_one_text(where, query, key, value, mask)
    block = whole(where, "block", block, least=1)
    layout = checked_layout(where, layout, -(-key.shape[-2] // block))
    pairs = block_pairs(query.shape[-2], key.shape[-2], layout, block)
    return attend_in_pairs(query, key, value, mask, pairs, _all)


def restricted_attention(x, window):
    r"""Let each row attend to itself and to the rows just before it, and to no other.

    .. math:: y_t = \mathrm{softmax}\!\left(\frac{x_t N_t^\top}{\sqrt d}\right) N_t,
              \qquad N_t = (x_{t - window + 1}, \dots, x_t)

    `sliding_window_attention` of rows to themselves, with not one product too many.

    Parameters
    ----------
    x : (n, d)
    window : int
        How many rows one looks at, itself included: the paper's r.

    Returns
    -------
    (n, d)

    Steps
    -----
    block 1 / products, block 1 / scores, block 1 / weights, block 1 / output, block 2 / …
        As in `sliding_window_attention`, a block for each row.
    output

    Examples
    --------
    With a window of 1 each row sees only itself:

    >>> restricted_attention(np.array([[1.0], [2.0], [4.0]]), 1).tolist()
    [[1.0], [2.0], [4.0]]
    """
    x = floats("restricted_attention", x=x)
    axes("restricted_attention", 2, x=x)
    window = whole("restricted_attention", "window", window, least=1)
    if not x.size:
        return x
    return sliding_window_attention(x, x, x, width=window - 1, ahead=0, block=1)


def _all(i, j):
    return np.ones(np.broadcast_shapes(i.shape, j.shape), bool)
