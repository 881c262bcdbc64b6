"""Random features: a softmax estimated by products, so that n² is gone for it as well."""

import math

import numpy as np

from tfmath.arguments import flag, generator, whole
from tfmath.attention.fitting import matched_rows
from tfmath.attention.sums import by_sums, is_the_same_for_all, without_hidden
from tfmath.errors import ShapeError, floats, rows_and_width, same_size
from tfmath.parts.softmax import softmax
from tfmath.tracing import named


def positive_features(x, directions):
    r"""Random features whose products are :math:`e^{q \cdot k}`, on average.

    .. math:: \phi(x)_i = \frac{1}{\sqrt m}\, e^{w_i \cdot x - |x|^2 / 2}

    Parameters
    ----------
    x : (*batch, n, d)
        Queries or keys.
    directions : (m, d)
        :math:`w_1 … w_m`, from `draw_directions`.

    Returns
    -------
    features : (*batch, n, m)
        All above 0.

    Raises
    ------
    ShapeError
        If `directions` has no row, or not as many columns as `x`.

    Notes
    -----
    Equation (5) and lemma 1 of [1]_. Why it is right on average: for a w drawn from the
    standard normal distribution, :math:`E\,e^{w \cdot z} = e^{|z|^2 / 2}`. Take z = q + k;
    what is left of :math:`|q + k|^2 / 2` beside the squares of q and of k is q · k.

    References
    ----------
    .. [1] K. Choromanski et al., "Rethinking Attention with Performers", 2021, section 2.3.

    Examples
    --------
    One direction, 1. For x = 0 the feature is e⁰, for x = 2 it is e^(2 − 2), for x = 1 it
    is e^(1 − 1/2) = 1.649:

    >>> positive_features([[0.0], [2.0], [1.0]], [[1.0]]).round(3).tolist()
    [[1.0], [1.0], [1.649]]
    """
    x, directions = _fitting("positive_features", "x", x, directions)
    return np.exp(_exponents(x, directions)) / math.sqrt(directions.shape[-2])


def draw_directions(rng, n_features, d_k, orthogonal=True):
    """Draw the directions of `positive_features`.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_features : int
        m, 1 or more: the more, the nearer.
    d_k : int
        The width of queries and keys.
    orthogonal : bool
        Whether each d_k of them stand at right angles: as random as before, each by itself,
        but they never point the same way, and so the estimate varies less.

    Returns
    -------
    directions : (n_features, d_k)

    Raises
    ------
    ValueError
        If `n_features` or `d_k` is below 1: nothing could be estimated.

    Notes
    -----
    Section 2.4 of the paper that `positive_features` names. The lengths are drawn as those
    of normal rows are.

    Examples
    --------
    >>> w = draw_directions(np.random.default_rng(0), n_features=2, d_k=2)
    >>> w.shape, bool(abs((w[0] * w[1]).sum()) < 1e-12)
    ((2, 2), True)
    """
    generator("draw_directions", rng)
    n_features = whole("draw_directions", "n_features", n_features, least=1)
    d_k = whole("draw_directions", "d_k", d_k, least=1)
    normal = rng.normal(size=(n_features, d_k))
    if not flag("draw_directions", "orthogonal", orthogonal):
        return normal
    lengths = np.linalg.norm(normal, axis=-1, keepdims=True)
    return lengths * _right_angles(rng, -(-n_features // d_k), d_k)[:n_features]


def random_feature_attention(query, key, value, mask=None, directions=None):
    r"""Estimate softmax attention by products of positive random features.

    .. math:: y_i = \frac{\phi(q_i) \sum_j \phi(k_j)^\top v_j}
                         {\phi(q_i) \sum_j \phi(k_j)^\top}

    with :math:`\phi` from `positive_features`, of rows divided by :math:`\sqrt[4]{d_k}`.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` may look. If it is the same for every query, such as a `padding_mask`, the
        sums leave out the hidden keys. Any other, a causal one too, needs all n² estimated
        scores; for a long text without them see the notes.
    directions : (m, d_k), or (n_heads, m, d_k)
        From `draw_directions`; they take the dtype of `query`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If `directions` is not given, has no row, or the arrays do not fit.

    Steps
    -----
    query features, key features
        Scaled so that none overflows; the scale cancels.
    sums, totals
        What all queries share, if the mask lets them.
    scores, weights
        Otherwise: estimates of the plain scores, and their softmax.
    output
        A mixture of the values for each query.

    Notes
    -----
    FAVOR+ of the Performer [1]_. Over a long text with nobody looking ahead it is
    `causal_linear_attention` with ``features=partial(positive_features, directions=…)``, of
    queries and keys that were divided by the fourth root of d_k.

    References
    ----------
    .. [1] K. Choromanski et al., "Rethinking Attention with Performers", 2021.

    Examples
    --------
    The keys are alike, so the two values are averaged, whatever the directions:

    >>> directions = draw_directions(np.random.default_rng(0), n_features=3, d_k=1)
    >>> random_feature_attention(
    ...     [[2.0]], [[1.0], [1.0]], [[4.0], [0.0]], directions=directions
    ... ).round(12).tolist()
    [[2.0]]
    """
    where = "random_feature_attention"
    query, key, value, mask = matched_rows(where, query, key, value, mask)
    root = query.shape[-1] ** 0.25
    query, directions = _fitting(where, "query", query / root, directions)
    query = _exponents(query, directions)
    key = _exponents(without_hidden(key, mask) / root, directions)
    if not is_the_same_for_all(mask):
        return _by_pairs(query, key, value, mask, directions.shape[-2])
    query = named("query features", np.exp(query - _top(query, axis=-1)))
    key = named("key features", np.exp(key - _top(key, axis=(-2, -1))))
    return by_sums(query, without_hidden(key, mask), value)


def _fitting(where, name, x, directions):
    x = floats(where, **{name: x})
    if directions is None:
        raise ShapeError(
            f"{where}: directions is None; it must be (m, d_k), from draw_directions."
        )
    directions = floats(where, x, directions=directions)
    rows_and_width(where, **{name: x, "directions": directions})
    pair = (name, x), -1, ("directions", directions), -1
    same_size(where, *pair, "d_k", "to take dot products")
    if not directions.shape[-2]:
        raise ShapeError(
            f"{where}: directions {directions.shape} has no features; 1 or more are needed."
        )
    same = directions.dtype == x.dtype
    return x, directions if same else directions.astype(x.dtype)


def _exponents(x, directions):
    half = np.sum(x * x, axis=-1, keepdims=True) / 2
    return x @ np.swapaxes(directions, -1, -2) - half


def _top(exponents, axis):
    """The largest, which is taken away from all so that nothing overflows."""
    return np.max(exponents, axis=axis, keepdims=True) if exponents.size else 0.0


def _by_pairs(query, key, value, mask, n_features):
    """All scores, estimated: what is hidden differs from query to query."""
    above, beside = _top(query, axis=-1), _top(key, axis=-1)
    query = named("query features", np.exp(query - above))
    key = named("key features", np.exp(key - beside))
    products = query @ np.swapaxes(key, -1, -2)
    least = np.array(np.finfo(products.dtype).tiny, products.dtype)
    logs = np.log(np.maximum(products, least)) - math.log(n_features)
    scores = named("scores", logs + above + np.swapaxes(beside, -1, -2))
    weights = named("weights", softmax(scores, mask))
    return named("output", weights @ value)


def _right_angles(rng, n_blocks, d):
    """Rows of length 1, each d of them at right angles, and any turn of them as likely."""
    turned, triangles = np.linalg.qr(rng.normal(size=(n_blocks, d, d)))
    signs = np.sign(np.diagonal(triangles, axis1=-2, axis2=-1))
    return np.swapaxes(turned * signs[:, np.newaxis], -1, -2).reshape(-1, d)
