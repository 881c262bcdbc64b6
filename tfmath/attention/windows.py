"""Attention to neighbours: a window that slides along, and a few words that see all."""

import numpy as np

from tfmath.arguments import whole
from tfmath.attention.pairs import attend_in_pairs, rows_of_one_text


def sliding_window_attention(
    query, key, value, mask=None, *, width, ahead=None, dilation=1, block=None
):
    r"""Let every query look at the keys at most `width` steps away.

    .. math:: \mathrm{softmax}\!\left(\frac{q_i K_{near}^\top}{\sqrt{d_k}}\right)
              V_{near}, \qquad near = \{j : i - width \le j \le i + ahead\}

    A window costs what it is wide, however long the text: n · width instead of n · n.

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`; a `padding_mask` keeps the cost linear. The
        last query stands at the last key, as with a cache.
    width : int
        How many steps back; 0 is "only at oneself". A window larger than the text is one
        that sees all of it.
    ahead : int, optional
        How many steps ahead; `width` if it is not given, 0 for writing.
    dilation : int
        How long a step is: with 3, every third word is seen, three times as far.
    block : int, optional
        How many queries are answered together; as many as a window holds, and 32 at least,
        if it is not given.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError
        As `scaled_dot_product_attention` does; also if there are more queries than keys.
    ValueError
        If `width` or `ahead` is below 0, `dilation` or `block` below 1.

    Steps
    -----
    block 1 / products, block 1 / scores, block 1 / weights, block 1 / output, block 2 / …
        From `attend`, for `block` queries each.
    output

    Notes
    -----
    Section 3.1 of [1]_, whose w counts both sides. Equal to full attention with
    `window_mask`. A block of queries meets the windows of all of them, so the products are
    up to twice those of the windows alone; with ``block=1`` there is none too many.

    References
    ----------
    .. [1] I. Beltagy et al., "Longformer: The Long-Document Transformer", 2020.

    Examples
    --------
    All scores are 0, so each row gets the mean of itself and of the one before:

    >>> zeros, value = np.zeros((4, 1)), np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> sliding_window_attention(zeros, zeros, value, width=1, ahead=0).tolist()
    [[1.0], [2.0], [4.0], [6.0]]
    """
    where = "sliding_window_attention"
    query, key, value, mask = rows_of_one_text(where, query, key, value, mask)
    sizes = _sizes(where, width, ahead, dilation, block)
    pairs = window_pairs(query.shape[-2], key.shape[-2], *sizes)
    return attend_in_pairs(query, key, value, mask, pairs, _near(*sizes[:3]))


def global_window_attention(
    query, key, value, mask=None, *, width, ahead=None, block=None, n_global=1
):
    r"""A sliding window, and the first words besides: they see all and are seen by all.

    .. math:: near = \{j : i - width \le j \le i + ahead\} \cup \{j < n_{global}\}

    So any two words are at most two steps apart, through a word that sees both.

    Parameters
    ----------
    query, key, value, mask, width, ahead, block
        As for `sliding_window_attention`; `ahead` holds for the window alone, so give a
        causal mask where nobody may look ahead.
    n_global : int
        How many words at the beginning see all; more than there are is all of them.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError, DtypeError, ValueError
        As `sliding_window_attention` does; also if `n_global` is below 0.

    Steps
    -----
    block 1 / …, block 2 / …, output
        As for `sliding_window_attention`; block 1 holds the global words, if there are any.

    Notes
    -----
    Sections 3.1 and 3.2 of [1]_; there the global words may stand anywhere, and have tables
    W_Q, W_K, W_V of their own. Equal to full attention with `global_window_mask`.

    References
    ----------
    .. [1] I. Beltagy et al., "Longformer: The Long-Document Transformer", 2020.

    Examples
    --------
    All scores are 0. The first row sees all four, the last itself and the first:

    >>> zeros, value = np.zeros((4, 1)), np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> global_window_attention(zeros, zeros, value, width=0).tolist()
    [[4.0], [2.0], [3.0], [4.0]]
    """
    where = "global_window_attention"
    query, key, value, mask = rows_of_one_text(where, query, key, value, mask)
    width, ahead, dilation, block = _sizes(where, width, ahead, 1, block)
    n_global = whole(where, "n_global", n_global)
    sizes = width, ahead, dilation, block, n_global
    pairs = window_pairs(query.shape[-2], key.shape[-2], *sizes)
    return attend_in_pairs(query, key, value, mask, pairs, _near(width, ahead, 1, n_global))


def window_mask(n, width, ahead=None, dilation=1):
    """The mask with which full attention is `sliding_window_attention`.

    Parameters
    ----------
    n : int
        How many positions.
    width, ahead, dilation : int
        As for `sliding_window_attention`.

    Returns
    -------
    mask : (n, n) of bool

    Examples
    --------
    Every second word, two of them back:

    >>> window_mask(5, width=2, ahead=0, dilation=2).astype(int)
    array([[1, 0, 0, 0, 0],
           [0, 1, 0, 0, 0],
           [1, 0, 1, 0, 0],
           [0, 1, 0, 1, 0],
           [1, 0, 1, 0, 1]])
    """
    here = np.arange(whole("window_mask", "n", n))
    sizes = _sizes("window_mask", width, ahead, dilation, None)
    return _near(*sizes[:3])(here[:, np.newaxis], here)


def global_window_mask(n, width, n_global=1, ahead=None):
    """The mask with which full attention is `global_window_attention`.

    Parameters
    ----------
    n : int
        How many positions.
    width, n_global, ahead : int
        As for `global_window_attention`.

    Returns
    -------
    mask : (n, n) of bool

    Examples
    --------
    >>> global_window_mask(5, width=1).astype(int)
    array([[1, 1, 1, 1, 1],
           [1, 1, 1, 0, 0],
           [1, 1, 1, 1, 0],
           [1, 0, 1, 1, 1],
           [1, 0, 0, 1, 1]])
    """
    here = np.arange(whole("global_window_mask", "n", n))
    width, ahead, _, _ = _sizes("global_window_mask", width, ahead, 1, None)
    n_global = whole("global_window_mask", "n_global", n_global)
    return _near(width, ahead, 1, n_global)(here[:, np.newaxis], here)


def window_pairs(n_query, n_key, width, ahead, dilation, block, n_global=0):
    """Which queries meet which keys: each block of queries all keys of its windows.

    With a dilation d the text falls into d texts, of every d-th word, and each has windows
    of its own.

    Parameters
    ----------
    n_query, n_key : int
        The last query stands at the last key.
    width, ahead, dilation, block, n_global : int
        As for `sliding_window_attention` and `global_window_attention`.

    Returns
    -------
    pairs : list of (queries, keys)
        Ranges, or rows of int, for `attend_in_pairs`.

    Examples
    --------
    >>> window_pairs(4, 4, width=1, ahead=0, dilation=1, block=2)
    [(range(0, 2), range(0, 2)), (range(2, 4), range(1, 4))]
    """
    here, pairs = range(n_key - n_query, n_key), []
    seers = here[: max(0, n_global - here.start)]  # the first words see all
    if seers:
        pairs.append((seers, range(n_key)))
    here = here[len(seers) :]
    for first in range(min(dilation, len(here))):
        queries = here[first::dilation]
        for start in range(0, len(queries), block):
            some = queries[start : start + block]
            low = max(some[0] - width * dilation, some[0] % dilation)
            keys = range(low, min(some[-1] + ahead * dilation + 1, n_key), dilation)
            seen = np.union1d(range(min(n_global, n_key)), keys).astype(int)
            pairs.append((some, seen if n_global else keys))
    return pairs or [(here, range(0))]


def _near(width, ahead, dilation, n_global=0):
    def may_look(i, j):
        distance = i - j
        near = (distance <= width * dilation) & (-distance <= ahead * dilation)
        return near & (distance % dilation == 0) | (i < n_global) | (j < n_global)

    return may_look


def _sizes(where, width, ahead, dilation, block):
    """Checked; where nothing is given, as far ahead as back, a window's keys in a block."""
    width = whole(where, "width", width)
    ahead = width if ahead is None else whole(where, "ahead", ahead)
    dilation = whole(where, "dilation", dilation, least=1)
    block = max(width + ahead, 32) if block is None else block
    return width, ahead, dilation, whole(where, "block", block, least=1)
