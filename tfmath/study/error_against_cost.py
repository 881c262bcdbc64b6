"""Cheaper attentions: what each leaves out, against what it costs."""

import math
from functools import partial

import numpy as np

from tfmath.arguments import whole, words
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import attend
from tfmath.attention.linear import linear_attention
from tfmath.attention.low_rank import low_rank_attention, pooling
from tfmath.attention.random_features import draw_directions, random_feature_attention
from tfmath.attention.windows import sliding_window_attention
from tfmath.errors import floats, same_size
from tfmath.parts.position import positional_encoding
from tfmath.study.buckets import bucket_attention
from tfmath.study.growth import peak_memory, seconds
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import trace

WIDTH, MIB, DRAWS = 64, 2**20, 5


def table_attention(query, key, value):
    """All scores in one table, however large, with as little else beside it as can be.

    Parameters
    ----------
    query, key : (*batch, n, d_k)
    value : (*batch, n, d_v)

    Returns
    -------
    output : (*batch, n, d_v)

    Notes
    -----
    In the number type that was given: `softmax` would go through float64, and take longer.

    Examples
    --------
    >>> table_attention(np.zeros((1, 2)), np.ones((2, 2)), np.array([[4.0], [0.0]]))
    array([[2.]])
    """
    query, key, value = floats("table_attention", query=query, key=key, value=value)
    grown = query / math.sqrt(query.shape[-1]) @ np.swapaxes(key, -1, -2)
    grown -= np.max(grown, axis=-1, keepdims=True)
    np.exp(grown, out=grown)
    return grown @ value / np.sum(grown, axis=-1, keepdims=True)


def window_in_place(query, key, value, width):
    """A window written as `table_attention` is: scores overwritten, in the type given.

    Parameters
    ----------
    query, key : (n, d_k)
    value : (n, d_v)
    width : int
        How many words are seen on either side.

    Returns
    -------
    output : (n, d_v)

    Examples
    --------
    >>> zeros, value = np.zeros((4, 1)), np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> window_in_place(zeros, zeros, value, width=1).tolist()
    [[2.0], [3.0], [5.0], [6.0]]
    """
    query, key, value = floats("window_in_place", query=query, key=key, value=value)
    width = whole("window_in_place", "width", width)
    for name, rows in (("key", key), ("value", value)):
        sizes = ("query", query), -2, (name, rows), -2, "n", "as the words are the same"
        same_size("window_in_place", *sizes)
    here, output = np.arange(len(key)), np.empty_like(value)
    for start in range(0, len(key), 2 * width + 1):
        some = here[start : start + 2 * width + 1]
        near = here[max(0, start - width) : some[-1] + width + 1]
        grown = query[some] / math.sqrt(query.shape[-1]) @ key[near].T
        grown[abs(some[:, np.newaxis] - near) > width] = -np.inf
        grown -= np.max(grown, axis=-1, keepdims=True)
        np.exp(grown, out=grown)
        output[some] = grown @ value[near] / np.sum(grown, axis=-1, keepdims=True)
    return output


def mean_attention(query, key, value):
    """The mean of all values for each query: what is left if the weights are all alike.

    Parameters
    ----------
    query, key : (*batch, n, d_k)
        Not looked at.
    value : (*batch, n, d_v)

    Returns
    -------
    output : (*batch, n, d_v)

    Examples
    --------
    >>> mean_attention(np.ones((2, 1)), np.ones((2, 1)), np.array([[4.0], [0.0]])).tolist()
    [[2.0], [2.0]]
    """
    value = floats("mean_attention", value=value)
    return np.mean(value, axis=-2, keepdims=True) + np.zeros_like(value)


def three_heads(n=1024, seed=0):
    """Three heads, each of another kind, as arrays of float32.

    Parameters
    ----------
    n : int
        How many words.
    seed : int

    Returns
    -------
    heads : dict of str to (query, key, value)
        "broad" looks at all words, at none much; "near" at its neighbours, by the rows of
        their places; "one word" at one partner anywhere.

    Examples
    --------
    >>> {name: query.shape for name, (query, _, _) in three_heads(8).items()}
    {'broad': (8, 64), 'near': (8, 64), 'one word': (8, 64)}
    """
    n = whole("three_heads", "n", n, least=1)
    rng = np.random.default_rng(whole("three_heads", "seed", seed))
    query, key, value = rng.normal(size=(3, n, WIDTH))
    place = 2 * positional_encoding(n, WIDTH)
    partner = key[rng.permutation(n)]
    made = {
        "broad": (0.4 * query, 0.4 * key, value),
        "near": (place, place, value),
        "one word": (partner, key, value),
    }
    return {name: tuple(np.float32(a) for a in three) for name, three in made.items()}


def methods(n=1024, seed=0):
    """Every method with its settings, as functions of query, key, value.

    Parameters
    ----------
    n : int
        How many words, 256 or more: so many mixtures are made of them.
    seed : int
        Of the random directions.

    Returns
    -------
    methods : dict of (str, int) to function
        The setting is a width, or how many buckets, mixtures or features; 0 if none.

    Examples
    --------
    >>> sorted({name for name, _ in methods(256)})[:3]
    ['block by block', 'buckets', 'linear']
    """
    n, seed = whole("methods", "n", n, least=256), whole("methods", "seed", seed)
    drawn = draw_directions(np.random.default_rng(seed), 1024, WIDTH)
    found = {("one table", 0): table_attention, ("block by block", 0): blockwise_attention}
    found |= {("mean", 0): mean_attention, ("linear", 0): linear_attention}
    for width in (8, 32, 128):
        found["window", width] = partial(sliding_window_attention, width=width)
    for k in (16, 8, 4):  # the fewer, the more words in each
        found["buckets", k] = partial(bucket_attention, directions=drawn[: k // 2])
    for k in (16, 64, 256):
        found["low rank", k] = partial(low_rank_attention, E=pooling(n, k))
    features = random_feature_attention
    for m in (64, 256, 1024):
        found["random features", m] = partial(features, directions=drawn[:m])
    return found


def relative_error(found, expected):
    """How far off, as a share of what was expected: 1 is as bad as answering 0.

    Parameters
    ----------
    found, expected : (n, d)

    Returns
    -------
    float

    Examples
    --------
    >>> relative_error([[3.0, 3.0]], [[3.0, 4.0]])
    0.2
    """
    found, expected = floats("relative_error", found=found, expected=expected)
    for axis in range(expected.ndim):
        sizes = ("found", found), axis, ("expected", expected), axis, "size", "to compare"
        same_size("relative_error", *sizes)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def multiply_adds_of(attention, query, key, value):
    """The multiply-adds of all matrix products, counted in the record.

    Parameters
    ----------
    attention : function
    query, key, value : (n, d)

    Returns
    -------
    int

    Examples
    --------
    >>> multiply_adds_of(attend, *np.zeros((3, 4, 3)))  # 4 · 4 · 3 to look, and to mix
    96
    """
    if attention is table_attention:
        attention = attend  # the same products, none of them overwritten
    traced = (trace(a, n) for n, a in zip("qkv", (query, key, value), strict=True))
    return sum(multiply_adds(attention(*traced)).values())


def against_cost(n=1024, turns=7, names=None):
    """Error, multiply-adds, time and memory of every method on every kind of head.

    Parameters
    ----------
    n : int
    turns : int
        Of which the shortest time is kept. Of what is drawn the middle one of five counts.
    names : sequence of str, optional
        Of `methods`; all of them if not given.

    Returns
    -------
    rows : list of dict

    Examples
    --------
    >>> rows = against_cost(n=256, turns=1, names=["one table"])
    >>> [(row["head"], row["multiply_adds"]) for row in rows]
    [('broad', 8388608), ('near', 8388608), ('one word', 8388608)]
    """
    rows, known = [], sorted({name for name, _ in methods(n)})
    names = known if names is None else words("against_cost", "names", names, known)
    for name, attention in methods(n).items():
        for head, arrays in three_heads(n).items() if name[0] in names else ():
            row = {"head": head, "method": name[0], "setting": name[1]}
            error, row["multiply_adds"] = _error_and_cost(n, name, arrays)
            row |= _time_and_room(partial(attention, *arrays), turns)
            rows.append(row | {"error": round(error, 4)})
    return rows


def _time_and_room(call, turns):
    time, room = seconds(call, turns), peak_memory(call) / MIB
    return {"seconds": round(time, 5), "MiB": round(room, 2)}


def _error_and_cost(n, name, arrays):
    draws = DRAWS if name[0] in ("random features", "buckets") else 1
    drawn = [methods(n, seed)[name] for seed in range(draws)]
    errors = [relative_error(f(*arrays), table_attention(*arrays)) for f in drawn]
    products = [multiply_adds_of(f, *arrays) for f in drawn]
    sorting = n * WIDTH * name[1] if name[0] == "buckets" else 0  # no part of the output
    return float(np.median(errors)), int(np.median(products)) + sorting


def growing(sizes=(512, 1024, 2048, 4096, 8192, 16384), most=8192, turns=9):
    """Time and memory of some methods as the text grows.

    Parameters
    ----------
    sizes : sequence of int
    most : int
        The longest text for which all scores are made in one table.
    turns : int

    Returns
    -------
    rows : list of dict

    Examples
    --------
    >>> [row["n"] for row in growing(sizes=[256], turns=1)]
    [256, 256, 256, 256, 256, 256]
    """
    rows = []
    for n in sizes:
        known = methods(n) | {("window in place", 32): partial(window_in_place, width=32)}
        names = [("one table", 0)] * (n <= most) + [("block by block", 0), ("window", 32)]
        names += [("window in place", 32), ("low rank", 64), ("linear", 0)]
        for name in names:
            measured = _time_and_room(partial(known[name], *three_heads(n)["broad"]), turns)
            rows.append({"method": name[0], "setting": name[1], "n": n} | measured)
    return rows
