"""Attention without a softmax: its products can be taken in another order, without n²."""

import numpy as np

from tfmath.arguments import callable_, whole
from tfmath.attention.fitting import matched_rows
from tfmath.attention.sums import by_sums, is_the_same_for_all, share, without_hidden
from tfmath.errors import ShapeError, float_array, floats, rows_and_width, same_size
from tfmath.tracing import Traced, named

BLOCK = 64
"""How many rows `causal_linear_attention` takes at once: a small table of pairs."""


def elu_plus_one(x):
    r"""Features above 0: :math:`x + 1` from 0 on, :math:`e^x` below.

    Parameters
    ----------
    x : (*batch, n, d)

    Returns
    -------
    features : (*batch, n, d)

    Examples
    --------
    >>> elu_plus_one(np.array([3.0, 0.0, -np.log(2)])).round(12).tolist()
    [4.0, 1.0, 0.5]
    """
    x = floats("elu_plus_one", x=x)
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def linear_attention(query, key, value, mask=None, features=elu_plus_one):
    r"""Weigh the values by products of features, and add up over the keys only once.

    .. math:: y_i = \frac{\phi(q_i) \sum_j \phi(k_j)^\top v_j}
                         {\phi(q_i) \sum_j \phi(k_j)^\top}

    Plain attention has :math:`e^{q_i k_j / \sqrt{d_k}}` in the place of
    :math:`\phi(q_i)\,\phi(k_j)^\top`. Without the exponential the sums over j are the same
    for every query: one small table instead of n² weights.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` may look. If it is the same for every query, such as a `padding_mask`, the
        sums leave out the hidden keys. A causal one, alone or with padding, is followed by
        `causal_linear_attention` where there are many rows. Any other needs all n² weights.
    features : function
        :math:`\phi`, ``(*batch, n, d_k) -> (*batch, n, m)``, nowhere below 0.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If the three or the mask do not fit each other.
    DtypeError
        If `mask` is not of bool, or the numbers are not float32 or float64.

    Steps
    -----
    query features, key features
        :math:`\phi` of each row.
    sums, totals
        The two sums over the keys, (m, d_v) and (1, m): what all queries share.
    scores, weights
        Instead of these, if the mask differs from query to query.
    output
        A mixture of the values for each query.

    Notes
    -----
    Equations (4) and (5) of [1]_; there, as here, nothing is divided by √d_k. A query that
    may look at nothing gets zeros.

    References
    ----------
    .. [1] A. Katharopoulos et al., "Transformers are RNNs: Fast Autoregressive Transformers
       with Linear Attention", 2020, section 3.2.

    Examples
    --------
    Features of one number each: 2 for the query, 1 and 3 for the keys. The sums are
    1 · 8 + 3 · 4 = 20 and 1 + 3 = 4; the query takes both twice, and 40 / 8 = 5:

    >>> query, key, value = [[1.0]], [[0.0], [2.0]], [[8.0], [4.0]]
    >>> linear_attention(query, key, value).tolist()
    [[5.0]]
    """
    where = "linear_attention"
    query, key, value, mask = _featured(where, query, key, value, mask, features)
    if is_the_same_for_all(mask):
        return by_sums(query, without_hidden(key, mask), value)
    if key.shape[-2] > BLOCK and _is_causal(mask, query, key):
        return _running(query, without_hidden(key, mask[..., -1:, :]), value, BLOCK)
    return _by_pairs(query, key, value, mask)


def causal_linear_attention(
    query, key, value, mask=None, features=elu_plus_one, block=BLOCK
):
    r"""`linear_attention` in which nobody looks ahead, some rows at a time.

    The sums of the blocks before are kept; only inside a block there is a table of pairs.
    So time and memory grow as n, never as n².

    Parameters
    ----------
    query, key : (*batch, n, d_k)
    value : (*batch, n, d_v)
    mask : (*batch, 1, n) of bool, optional
        A `padding_mask`; the future is hidden anyway.
    features : function
        As for `linear_attention`.
    block : int
        How many rows at a time: 1 is `recurrent_attention`, n is one table of all pairs.

    Returns
    -------
    output : (*batch, n, d_v)

    Raises
    ------
    ShapeError
        If there are not as many queries as keys, or they do not fit otherwise.
    ValueError
        If `block` is below 1, or the mask differs from query to query.

    Steps
    -----
    query features, key features, output
        As in `linear_attention`; the sums of the blocks have no names.

    Examples
    --------
    Features 1, 1, 1: the running mean.

    >>> same, value = np.zeros((3, 1)), [[6.0], [0.0], [3.0]]
    >>> causal_linear_attention(same, same, value, block=2).tolist()
    [[6.0], [3.0], [3.0]]
    """
    where = "causal_linear_attention"
    block = whole(where, "block", block, least=1)
    query, key, value, mask = _featured(where, query, key, value, mask, features)
    _as_many(where, query, key)
    if not is_the_same_for_all(mask):
        raise ValueError(
            f"{where}: mask must be one row for all queries, (*batch, 1, n), such as "
            "padding_mask gives; the future is hidden anyway."
        )
    return named("output", _running(query, without_hidden(key, mask), value, block))


def recurrent_attention(query, key, value, features=elu_plus_one):
    r"""`linear_attention` as a recurrent network: one row after the other, and a state.

    .. math:: S_t = S_{t-1} + \phi(k_t)^\top v_t, \qquad z_t = z_{t-1} + \phi(k_t), \qquad
              y_t = \frac{\phi(q_t)\, S_t}{\phi(q_t)\, z_t^\top}

    Parameters
    ----------
    query, key : (*batch, n, d_k)
    value : (*batch, n, d_v)
    features : function
        As for `linear_attention`.

    Returns
    -------
    output : (*batch, n, d_v)
        What `causal_linear_attention` gives as well.

    Raises
    ------
    ShapeError
        If there are not as many queries as keys, or they do not fit otherwise.

    Steps
    -----
    query features, key features, output
        As in `linear_attention`; the states have no names.

    Notes
    -----
    Equations (16) to (20) of the paper that `linear_attention` names. The state does not
    grow: m · d_v + m numbers, however many words were read.

    Examples
    --------
    >>> same, value = np.zeros((3, 1)), [[6.0], [0.0], [3.0]]
    >>> recurrent_attention(same, same, value).tolist()
    [[6.0], [3.0], [3.0]]
    """
    where = "recurrent_attention"
    query, key, value, _ = _featured(where, query, key, value, None, features)
    _as_many(where, query, key)
    sums, totals, found = 0.0, 0.0, [query[..., :0, :1] * value[..., :0, :]]
    for t in range(key.shape[-2]):
        q, k, v = (rows[..., t : t + 1, :] for rows in (query, key, value))
        sums = sums + np.swapaxes(k, -1, -2) @ v
        totals = totals + k
        found.append(share(q @ sums, q @ np.swapaxes(totals, -1, -2)))
    return named("output", np.concatenate(found, axis=-2))


def _featured(where, query, key, value, mask, features):
    callable_(where, "features", features, "such as elu_plus_one")
    query, key, value, mask = matched_rows(where, query, key, value, mask)
    query = named("query features", _of_rows(where, "query", query, features))
    key = named("key features", _of_rows(where, "key", key, features))
    same_size(where, ("features of query", query), -1, ("of key", key), -1, "m", "one φ")
    return query, key, value, mask


def _of_rows(where, name, rows, features):
    """What φ makes of some rows: an array of as many."""
    made = f"features({name})"
    found = float_array(where, made, features(rows))
    rows_and_width(where, **{made: found})
    same_size(where, (made, found), -2, (name, rows), -2, f"n_{name}", "a row each")
    return found


def _as_many(where, query, key):
    if query.shape[-2] != key.shape[-2]:
        raise ShapeError(
            f"{where}: there must be as many queries as keys, for each looks back from its "
            f"own place.\n  query {query.shape}\n  key   {key.shape}"
        )


def _is_causal(mask, query, key):
    """Whether it hides the future, and besides the same keys from all; none is traced."""
    if Traced in map(type, (mask, query, key)) or query.shape[-2] != key.shape[-2]:
        return False
    return bool((mask == mask[..., -1:, :] & np.tri(mask.shape[-1], dtype=bool)).all())


def _running(query, key, value, block):
    sums, totals, found = 0.0, 0.0, [query[..., :0, :1] * value[..., :0, :]]
    for first in range(0, key.shape[-2], block):
        part = slice(first, first + block)
        q, k, v = (rows[..., part, :] for rows in (query, key, value))
        back = np.tri(k.shape[-2], dtype=bool)
        pairs = np.where(back, q @ np.swapaxes(k, -1, -2), np.zeros((), k.dtype))
        here = np.sum(pairs, axis=-1, keepdims=True)
        if first:
            found.append(share(q @ sums + pairs @ v, q @ totals + here))
        else:
            found.append(share(pairs @ v, here))
        sums = sums + np.swapaxes(k, -1, -2) @ v
        totals = totals + np.sum(np.swapaxes(k, -1, -2), axis=-1, keepdims=True)
    return np.concatenate(found, axis=-2)


def _by_pairs(query, key, value, mask):
    products = query @ np.swapaxes(key, -1, -2)
    scores = named("scores", np.where(mask, products, np.zeros((), products.dtype)))
    weights = named("weights", share(scores, np.sum(scores, axis=-1, keepdims=True)))
    return named("output", weights @ value)
