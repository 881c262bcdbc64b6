"""Some queries meet some keys: what every attention that looks at few is made of."""

import numpy as np

from tfmath.attention.dot_product import attend, scaled
from tfmath.attention.fitting import matched_rows
from tfmath.errors import ShapeError
from tfmath.parts.softmax import logsumexp, softmax
from tfmath.tracing import named, scope


def attend_in_pairs(query, key, value, mask, pairs, may_look, attention=attend):
    """Attention of some queries at a time, each with the keys that one of them may see.

    Products are made for these pairs alone. What is left over in a pair is hidden.

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`, checked.
    pairs : list of (queries, keys)
        The places of each, a range or a row of int; every query stands in one pair. Places
        are counted as in `places`: the last query stands at the last key.
    may_look : function
        ``(i, j) -> bool``: whether the query at place i may look at the key at place j.
    attention : function
        Of query, key, value, mask: `attend`, or `attend_and_total`.

    Returns
    -------
    output : (*batch, n_query, d_v)
        What `attention` gave, one pair after the other, in the order of the queries.

    Steps
    -----
    block 1 / products, block 1 / scores, block 1 / weights, block 1 / output, block 2 / …
        Of the pairs.
    output

    Examples
    --------
    Two queries, of which each may see the key at its own place:

    >>> rows, pairs = np.array([[1.0], [2.0]]), [(range(0, 1), range(1)), ([1], [1])]
    >>> attend_in_pairs(rows, rows, rows, None, pairs, lambda i, j: i == j).tolist()
    [[1.0], [2.0]]
    """
    offset = key.shape[-2] - query.shape[-2]
    found, mask = [], _two_axes(mask)
    for number, (queries, keys) in enumerate(pairs, 1):
        queries, keys = np.asarray(queries), np.asarray(keys)
        allowed = may_look(queries[:, np.newaxis], keys)
        here, there = _index(queries - offset), _index(keys)
        if mask is not None:
            allowed = np.logical_and(_part(mask, here, there), allowed)
        some = query[..., here, :], key[..., there, :], value[..., there, :]
        with scope(f"block {number}"):
            found.append(attention(*some, allowed))
    queries = np.concatenate([np.asarray(queries) for queries, _ in pairs])
    return named("output", _in_order(np.concatenate(found, axis=-2), queries))


def rows_of_one_text(where, query, key, value, mask):
    """As `matched_rows`, for queries that are the last words of the text of the keys.

    Parameters
    ----------
    where : str
        How messages begin.
    query, key, value, mask
        As for `matched_rows`.

    Returns
    -------
    query, key, value, mask

    Raises
    ------
    ShapeError
        If there are more queries than keys, or something else does not fit.

    Examples
    --------
    >>> rows_of_one_text("here", [[1.0], [2.0]], [[3.0]], [[4.0]], None)
    Traceback (most recent call last):
    ...
    tfmath.errors.ShapeError: here: 2 queries (query) stand beside 1 keys (key); places
    are those of one text, whose last words ask, so there can be at most as many
    queries as keys.
    """
    query, key, value, mask = matched_rows(where, query, key, value, mask)
    n_query, n_key = query.shape[-2], key.shape[-2]
    if n_query > n_key:
        raise ShapeError(
            f"{where}: {n_query} queries (query) stand beside {n_key} keys (key); places "
            "are those of one text, whose last words ask, so there can be at most as many "
            "queries as keys."
        )
    return query, key, value, mask


def attend_and_total(query, key, value, mask=None):
    r"""What `attend` finds, with one column more: the logarithm of all that it added up.

    Parameters
    ----------
    query, key, value, mask
        As for `attend`.

    Returns
    -------
    (*batch, n_query, d_v + 1)
        The last column is ln Σ e^score; with it `merged` can join what two of them found.

    Steps
    -----
    products, scores, weights, output
        As in `attend`.
    totals
        The last column, (\*batch, n_query, 1).

    Examples
    --------
    Two scores of 0: the sum of e^0 is 2, and ln 2 = 0.693.

    >>> query, key, value = np.zeros((1, 2)), np.ones((2, 2)), np.array([[4.0], [0.0]])
    >>> attend_and_total(query, key, value).round(3).tolist()
    [[2.0, 0.693]]
    """
    products = named("products", query @ np.swapaxes(key, -1, -2))
    scores = named("scores", scaled(products, query.shape[-1]))
    weights = named("weights", softmax(scores, mask))
    output = named("output", weights @ value)
    totals = named("totals", logsumexp(scores, mask)[..., np.newaxis])
    return np.concatenate([output, totals], axis=-1)


def merged(*found):
    r"""What one attention to all keys finds, from attentions to parts of them.

    .. math:: o = \frac{Z_1 o_1 + Z_2 o_2 + \dots}{Z_1 + Z_2 + \dots}, \qquad
              Z_p = \sum_{j \in p} e^{s_j}

    The parts share no key. Each counts by the sum of its e^score, and those shares are the
    softmax of the sums' logarithms.

    Parameters
    ----------
    *found : (*batch, n_query, d_v + 1)
        From `attend_and_total`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    shares
        How much each part counts: the softmax of their totals.
    output

    Examples
    --------
    One key with e^score 3 and value 8, one with 1 and value 4: (3 · 8 + 1 · 4) / 4.

    >>> merged(np.array([[8.0, np.log(3)]]), np.array([[4.0, 0.0]])).round(12).tolist()
    [[7.0]]
    """
    logs = np.concatenate([part[..., -1:] for part in found], axis=-1)
    shares = named("shares", softmax(logs))
    parts = [shares[..., n : n + 1] * part[..., :-1] for n, part in enumerate(found)]
    return named("output", sum(parts[1:], parts[0]))


def _two_axes(mask):
    if mask is None or mask.ndim > 1:
        return mask
    return mask.reshape((1,) * (2 - mask.ndim) + mask.shape)


def _part(mask, here, there):
    """The rows and columns of a mask, which may have 1 where the scores have a size."""
    rows = here if mask.shape[-2] > 1 else slice(None)
    part = mask[..., rows, :]
    return part[..., there] if mask.shape[-1] > 1 else part


def _index(places):
    """Places in equal steps as a slice, which copies nothing."""
    if not places.size:
        return slice(0, 0)
    step = places[1] - places[0] if places.size > 1 else 1
    evenly = step > 0 and bool((np.diff(places) == step).all())
    return slice(int(places[0]), int(places[-1]) + 1, int(step)) if evenly else places


def _in_order(output, queries):
    order = np.argsort(queries)
    return output if bool((order == np.arange(len(order))).all()) else output[..., order, :]
