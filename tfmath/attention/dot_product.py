"""Attention: every position takes a weighted average of what the others offer."""

import math

import numpy as np

from tfmath.arguments import number
from tfmath.attention.blocks import check_scores, in_blocks, is_many
from tfmath.errors import ShapeError, float_array, floats, rows_and_width, same_size
from tfmath.parts.masks import check_mask, one_meaning
from tfmath.parts.softmax import softmax, softmax_backward
from tfmath.tracing import Traced, named


def scaled_dot_product_attention(query, key, value, mask=None, scale=None):
    r"""Let every query take a weighted average of the values.

    .. math:: \mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(
              \frac{Q K^\top}{\sqrt{d_k}}\right) V

    A query that points the same way as a key gives that key's value a large weight.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
        :math:`Q`: what each position is looking for.
    key : (*batch, n_key, d_k)
        :math:`K`: what each position can be found by.
    value : (*batch, n_key, d_v)
        :math:`V`: what each position gives when it is found.
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` lets the query look at the key. Without a mask every query sees all keys.
    scale : float, optional
        What the products are multiplied by; :math:`1 / \sqrt{d_k}` if it is not given.

    Returns
    -------
    output : (*batch, n_query, d_v)
        For each query a mixture of the rows of `value`.

    Raises
    ------
    ShapeError
        If `query` and `key` differ in ``d_k``, `key` and `value` in ``n_key``, or `mask`
        does not broadcast to the scores; also if a mask of two axes stands beside a batch
        of just n_query, for then it could mean (batch, n_key) as well.
    DtypeError
        If `mask` is not of bool, or the numbers are not float32 or float64.

    Steps
    -----
    products
        :math:`Q K^\top`, (\*batch, n_query, n_key).
    scores
        The products, scaled.
    weights
        Their softmax: each row sums to 1.
    output
        The weights times the values.

    Notes
    -----
    Equation (1) of [1]_. A query that may look at nothing gets weights 0 and output 0; so
    does every query when there are no keys. ``nn.MultiheadAttention`` of PyTorch turns the
    mask around: there ``True`` *hides*. Many scores of plain arrays are never kept in one
    table, see `tfmath.attention.blocks`; a record keeps them all.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", 2017, section 3.2.1.

    Examples
    --------
    The query points along the first key, so most of the answer is the first value:

    >>> query = np.array([[2.0, 0.0]])
    >>> key = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> value = np.array([[10.0], [20.0]])
    >>> scaled_dot_product_attention(query, key, value).round(3)
    array([[11.956]])

    By hand: the scores are 2/√2 = 1.414 and 0, the weights 0.804 and 0.196.
    """
    scale = None if scale is None else number("attention", "scale", scale)
    return attend(*_checked(query, key, value, mask), mask, scale)


def attend(query, key, value, mask=None, scale=None):
    """The lines of `scaled_dot_product_attention`, for arguments that were checked.

    Arguments and result as for `scaled_dot_product_attention`; `scale` may also be learned,
    a table that broadcasts to the scores.

    Examples
    --------
    Both keys fit alike, so the two values are averaged:

    >>> attend(np.zeros((1, 2)), np.ones((2, 2)), np.array([[4.0], [0.0]])).tolist()
    [[2.0]]
    """
    query, key, value = _arrays("attend", query, key, value)
    if np.ndim(scale) == 0 and is_many(query, key, value, mask, scale):
        return in_blocks(attend, query, key, value, mask, scale=scale)
    check_scores(query, key)
    products = named("products", query @ np.swapaxes(key, -1, -2))
    scores = named("scores", scaled(products, query.shape[-1], scale))
    weights = named("weights", softmax(scores, mask))
    return named("output", weights @ value)


def biased_attention(query, key, value, mask=None, bias=0.0, scale=None):
    r"""`attend` with something added to the scores: how far apart two words are, say.

    .. math:: \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}} + B\right) V

    Relative positions, ALiBi and T5's table are this function with a bias of their own.

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`.
    bias : float, or array that broadcasts to (\*batch, n_query, n_key)
        :math:`B`; with heads one table a head, (n_heads, n_query, n_key). It takes the
        dtype of `query`.
    scale : float, optional
        Of the products alone; the bias is added as it is.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If `bias` does not broadcast to the scores.
    DtypeError
        If `bias` is a mask, of bool, or holds no numbers.

    Steps
    -----
    products, scores, weights, output
        As in `attend`; the bias is in the scores.

    Examples
    --------
    Both keys fit alike; a bias of ln 3 gives the first three times the second's weight:

    >>> query, key = np.zeros((1, 2)), np.ones((2, 2))
    >>> value, bias = np.array([[4.0], [0.0]]), np.log([[3.0, 1.0]])
    >>> biased_attention(query, key, value, bias=bias).round(12).tolist()
    [[3.0]]
    """
    query, key, value = _arrays("biased_attention", query, key, value)
    check_scores(query, key)
    products = named("products", query @ np.swapaxes(key, -1, -2))
    bias = _beside(products, "biased_attention", "bias", bias)
    bias = _fitting("biased_attention", "bias", bias, products)
    scores = named("scores", scaled(products, query.shape[-1], scale) + bias)
    weights = named("weights", softmax(scores, mask))
    return named("output", weights @ value)


def scaled(products, d_k, scale=None):
    """Products divided by √d_k, or times another `scale`.

    Parameters
    ----------
    products : (*batch, n_query, n_key)
    d_k : int
    scale : float, optional
        It takes the dtype of the products.

    Returns
    -------
    scores : (*batch, n_query, n_key)

    Examples
    --------
    >>> scaled(np.array([6.0]), d_k=4).tolist(), scaled(np.array([6.0]), 4, 0.5).tolist()
    ([3.0], [3.0])
    """
    if scale is None:
        return products / math.sqrt(d_k)
    scale = _beside(products, "attention", "scale", scale)
    return products * _fitting("attention", "scale", scale, products)


def scaled_dot_product_attention_backward(
    grad_output, query, key, value, weights, scale=None
):
    r"""From the gradient by the output to the gradients by query, key and value.

    .. math:: \frac{\partial L}{\partial V} = W^\top G, \qquad
              \frac{\partial L}{\partial Q} = \frac{G_s K}{\sqrt{d_k}}, \qquad
              \frac{\partial L}{\partial K} = \frac{G_s^\top Q}{\sqrt{d_k}}

    :math:`G` is the gradient by the output, :math:`W` the weights, and :math:`G_s` the
    gradient by the scores, from `softmax_backward`.

    Parameters
    ----------
    grad_output : (*batch, n_query, d_v)
    query, key, value
        As they were given to `scaled_dot_product_attention`, with one and the same batch.
    weights : (*batch, n_query, n_key)
        As they came out. A hidden weight is 0, so the mask is not needed again.
    scale : float, optional
        As it was given.

    Returns
    -------
    grad_query, grad_key, grad_value
        Each of the shape of what it belongs to.

    Steps
    -----
    grad_weights, grad_value, grad_scores, grad_query, grad_key

    Notes
    -----
    Attention is no single step of a record, since its scores and weights must stay visible.
    The record undoes it step by step, and comes to these same numbers.

    Examples
    --------
    Two keys share the weight. The first value is larger, so a growing query gains, and both
    values pass half of what they gain:

    >>> query, key = np.array([[0.0]]), np.array([[1.0], [-1.0]])
    >>> value, weights = np.array([[4.0], [0.0]]), np.array([[0.5, 0.5]])
    >>> grads = scaled_dot_product_attention_backward(
    ...     np.array([[1.0]]), query, key, value, weights
    ... )
    >>> [grad.ravel().tolist() for grad in grads]
    [[2.0], [0.0, 0.0], [0.5, 0.5]]
    """
    # output = weights @ value
    grad_weights = named("grad_weights", grad_output @ np.swapaxes(value, -1, -2))
    grad_value = named("grad_value", np.swapaxes(weights, -1, -2) @ grad_output)
    # weights = softmax(scores, mask)
    grad_scores = named("grad_scores", softmax_backward(grad_weights, weights))
    # scores = products / √d_k
    grad_products = scaled(grad_scores, query.shape[-1], scale)
    # products = query @ key.T
    grad_query = named("grad_query", grad_products @ key)
    grad_key = named("grad_key", np.swapaxes(grad_products, -1, -2) @ query)
    return grad_query, grad_key, grad_value


def _arrays(where, query, key, value):
    rows = {"query": query, "key": key, "value": value}
    rows = {n: float_array(where, n, a, rows.values()) for n, a in rows.items()}
    if any(array.ndim < 2 for array in rows.values()):
        rows_and_width(where, **rows)
    return rows.values()


def _beside(products, where, name, numbers):
    """A number, or a table of numbers, of the dtype of the products: they decide it."""
    numbers = float_array(where, name, numbers)
    if numbers.dtype != products.dtype:
        numbers = numbers.astype(products.dtype)
    alone = numbers.ndim == 0 and not isinstance(numbers, Traced)
    return float(numbers) if alone else numbers


def _fitting(where, name, numbers, scores):
    """The numbers, if they broadcast to the scores without enlarging them."""
    if isinstance(numbers, float):
        return numbers
    try:
        fits = np.broadcast_shapes(numbers.shape, scores.shape) == scores.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{where}: {name} {numbers.shape} must broadcast to the scores, "
            f"(*batch, n_query, n_key) = {scores.shape}."
        )
    return numbers


def _checked(query, key, value, mask):
    query, key, value = floats("attention", query=query, key=key, value=value)
    rows_and_width("attention", query=query, key=key, value=value)
    same_size(
        "attention", ("query", query), -1, ("key", key), -1, "d_k", "to take dot products"
    )
    same_size(
        "attention", ("key", key), -2, ("value", value), -2, "n_key", "one value a key"
    )
    if query.shape[-1] == 0:
        raise ShapeError(
            f"attention: query {query.shape} has d_k = 0; it must be 1 or more."
        )
    if mask is not None:
        batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        check_mask(mask, (*batch, query.shape[-2], key.shape[-2]))
        one_meaning("attention", mask, batch, query.shape[-2])
    return query, key, value
