"""Low rank: n keys are mixed into a few, and the queries meet only those."""

import numpy as np

from tfmath.arguments import whole
from tfmath.attention.dot_product import attend
from tfmath.attention.fitting import matched_rows
from tfmath.attention.sums import is_the_same_for_all, without_hidden
from tfmath.errors import ShapeError, floats
from tfmath.tracing import named


def low_rank_attention(query, key, value, mask=None, E=None, F=None):
    r"""Mix the keys and the values along the sentence, then attend to the mixtures.

    .. math:: \mathrm{softmax}\!\left(\frac{Q\,(E K)^\top}{\sqrt{d_k}}\right) F V

    E and F turn n rows into k, so there are n · k scores instead of n · n.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)
    value : (*batch, n_key, d_v)
    mask : (*batch, 1, n_key) of bool, optional
        A `padding_mask`: hidden rows do not get into any mixture. A mixture of hidden rows
        alone is hidden.
    E : (k, n) or (n_heads, k, n), optional
        How the keys are mixed; learned. With n_key below n its first columns are used.
        Without E it is plain attention: so one ``attention=low_rank_attention`` serves a
        model of which some layers have an E and others none.
    F : (k, n) or (n_heads, k, n), optional
        How the values are mixed; without it as the keys are.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If n_key is more than E or F have columns, or the arrays do not fit otherwise.
    ValueError
        If the mask differs from query to query, as a causal one does: a mixture holds later
        words as well, and can not be hidden in part.

    Steps
    -----
    mixed keys, mixed values
        :math:`E K` and :math:`F V`, k rows each.
    products, scores, weights, output
        From `attend`.

    Notes
    -----
    Linformer, equation (7) of [1]_. With the identity for E and F it is plain attention.

    References
    ----------
    .. [1] S. Wang et al., "Linformer: Self-Attention with Linear Complexity", 2020,
       section 4.

    Examples
    --------
    Four keys become two, the sums of neighbours. The query is 0, so both weigh 1/2:

    >>> E = [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    >>> key, value = np.ones((4, 1)), [[1.0], [2.0], [3.0], [4.0]]
    >>> low_rank_attention([[0.0]], key, value, E=E).tolist()
    [[5.0]]
    """
    if E is None:
        return attend(query, key, value, mask)
    where = "low_rank_attention"
    query, key, value, mask = matched_rows(where, query, key, value, mask)
    if not is_the_same_for_all(mask):
        raise ValueError(
            f"{where}: the mask must hide the same keys from every query, (*batch, 1, "
            "n_key): a mixture of keys holds later words too, so none may be hidden from "
            "one query alone. Use another attention= where a causal mask is needed."
        )
    E = floats(where, query, E=E)
    F = E if F is None else floats(where, query, F=F)
    E, F = (_columns(name, t, key) for name, t in (("E", E), ("F", F)))
    mixes = _anything_in(E, F, mask)
    key = named("mixed keys", E @ without_hidden(key, mask))
    value = named("mixed values", F @ without_hidden(value, mask))
    return attend(query, key, value, mixes)


def pooling(n, k):
    """A table that mixes neighbours: the means of k stretches of nearly equal length.

    Parameters
    ----------
    n : int
        How many rows there are.
    k : int
        How many are to be made of them, at most n.

    Returns
    -------
    E : (k, n)

    Examples
    --------
    >>> pooling(5, 2)
    array([[0.5       , 0.5       , 0.        , 0.        , 0.        ],
           [0.        , 0.        , 0.33333333, 0.33333333, 0.33333333]])
    """
    n = whole("pooling", "n", n, least=1)
    k = whole("pooling", "k", k, least=1, most=n)
    of_column = np.searchsorted(np.arange(1, k) * n // k, np.arange(n), side="right")
    picked = of_column == np.arange(k)[:, np.newaxis]
    return picked / picked.sum(axis=1, keepdims=True)


def _columns(name, table, key):
    n_key = key.shape[-2]
    if table.ndim < 2 or not 0 < table.shape[-2] or table.shape[-1] < n_key:
        raise ShapeError(
            f"low_rank_attention: {name} {table.shape} must be (k, n) or (n_heads, k, n), "
            f"k 1 or more, with a column for each of the {n_key} rows of key {key.shape}."
        )
    return table[..., :n_key]


def _anything_in(E, F, mask):
    """Which mixtures hold a row that may be seen, (…, 1, k); None if all do."""
    used = (getattr(E, "value", E) != 0) | (getattr(F, "value", F) != 0)
    if mask is not None:
        used = used & np.atleast_2d(getattr(mask, "value", mask))[..., -1:, :]
    mixes = used.any(axis=-1)[..., np.newaxis, :]
    return None if mixes.all() else mixes
