"""T5's distances: sorted into buckets, each with a learned number for each head."""

import math

import numpy as np

from tfmath.arguments import callable_, whole
from tfmath.attention.dot_product import biased_attention
from tfmath.attention.positional import distances
from tfmath.attention.relative import by_head
from tfmath.errors import integer_array


def look_back_bucket(distance, n_buckets=32, max_distance=128):
    r"""Sort distances into buckets: near ones one by one, far ones ever more together.

    Parameters
    ----------
    distance : array of int
        How far before the query the key stands; below 0 counts as 0.
    n_buckets : int
        The first half of them hold one distance each, 0, 1, 2, …
    max_distance : int
        From here on all share the last bucket.

    Returns
    -------
    which : array of int, of the shape of `distance`

    Raises
    ------
    ValueError
        If there are fewer than 2 buckets, or `max_distance` is not above half of them.

    Notes
    -----
    The published function [1]_ with ``bidirectional=False``, which takes a logarithm where
    this one looks up where each bucket begins, see `bucket_starts`.

    References
    ----------
    .. [1] C. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified
       Text-to-Text Transformer", 2020; ``_relative_position_bucket`` of its code.

    Examples
    --------
    >>> look_back_bucket([-3, 0, 1, 2, 3, 4, 5, 6, 99], n_buckets=6, max_distance=6)
    array([0, 0, 1, 2, 3, 4, 5, 5, 5])
    """
    distance = integer_array("look_back_bucket", "distance", distance)
    starts = bucket_starts(n_buckets, max_distance)
    return np.searchsorted(starts, np.maximum(distance, 0), side="right") - 1


def two_way_bucket(distance, n_buckets=32, max_distance=128):
    """As `look_back_bucket` with half of the buckets, and the other half for what is ahead.

    Parameters
    ----------
    distance : array of int
        Below 0 is ahead.
    n_buckets : int
        Even, and 4 or more.
    max_distance : int
        As for `look_back_bucket`.

    Returns
    -------
    which : array of int, of the shape of `distance`

    Notes
    -----
    The published function with ``bidirectional=True``. The first bucket of the second half
    stays empty, for 0 is not ahead.

    Examples
    --------
    >>> two_way_bucket([2, 1, 0, -1, -2], n_buckets=6, max_distance=3)
    array([2, 1, 0, 4, 5])
    """
    distance = integer_array("two_way_bucket", "distance", distance)
    if whole("two_way_bucket", "n_buckets", n_buckets, least=4) % 2:
        raise ValueError(
            f"two_way_bucket: n_buckets is {n_buckets}; it must be even, a half each way."
        )
    half = n_buckets // 2
    return look_back_bucket(abs(distance), half, max_distance) + half * (distance < 0)


def bucket_starts(n_buckets=32, max_distance=128):
    r"""Say at which distance each bucket of `look_back_bucket` begins.

    .. math:: 0, 1, \dots, E - 1, \quad
              \left\lceil E\, (M / E)^{m / (B - E)} \right\rceil
              \quad \text{for } m = 0, 1, \dots, B - E - 1, \qquad E = \lfloor B / 2 \rfloor

    Parameters
    ----------
    n_buckets : int
        :math:`B`.
    max_distance : int
        :math:`M`.

    Returns
    -------
    starts : (n_buckets,) of int

    Examples
    --------
    Two of the four buckets are exact; the others begin at 2 and at 2 · √(8 / 2) = 4:

    >>> bucket_starts(n_buckets=4, max_distance=8)
    array([0, 1, 2, 4])
    """
    exact = whole("bucket_starts", "n_buckets", n_buckets, least=2) // 2
    whole("bucket_starts", "max_distance", max_distance, least=exact + 1)
    ratio, far = max_distance / exact, n_buckets - exact
    # Rounded first: 16 · 8^(2/3) is 64, and a last bit too much would make it 65.
    starts = [math.ceil(round(exact * ratio ** (m / far), 9)) for m in range(far)]
    return np.array([*range(exact), *starts])


def t5_attention(
    query, key, value, mask=None, by_bucket=None, bucket=two_way_bucket, scale=None
):
    r"""Attention with a learned number for each head and each bucket of distances.

    .. math:: s_{ij} = \frac{q_i k_j^\top}{\sqrt{d_k}} + t_{bucket(i - j)}

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`, with heads in front.
    by_bucket : (n_heads, n_buckets)
        :math:`t`: what is added to the scores.
    bucket : function
        ``(distance, n_buckets) -> which``; `look_back_bucket` where nobody looks ahead.
    scale : float, optional
        Of the products. T5 itself takes 1.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If `by_bucket` has not one row for each head.
    TypeError
        If there is no `by_bucket`.

    Steps
    -----
    products, scores, weights, output
        As in `attend`; the table's numbers are in the scores.

    Notes
    -----
    Section 2.1 of [1]_, where all layers share one table, (n_buckets, n_heads).

    References
    ----------
    .. [1] C. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified
       Text-to-Text Transformer", 2020.

    Examples
    --------
    One head, four buckets: here, back, an empty one, ahead. One step back gets ln 3.

    >>> query, key = np.zeros((1, 2, 1)), np.zeros((1, 2, 1))
    >>> value, table = np.array([[4.0], [0.0]]), np.log([[1.0, 3.0, 1.0, 1.0]])
    >>> t5_attention(query, key, value, by_bucket=table).round(12).tolist()
    [[[2.0], [3.0]]]
    """
    table = by_head("t5_attention", "by_bucket", by_bucket, query)
    callable_("t5_attention", "bucket", bucket, "such as two_way_bucket")
    place = bucket(distances(query, key), table.shape[-1])
    return biased_attention(query, key, value, mask, table[:, place], scale)
