"""Reading what came before: a state kept from row to row, or a window that slides."""

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import ShapeError, axes, floats, one_number_each, same_size
from tfmath.parts.feed_forward import affine
from tfmath.parts.masks import check_mask
from tfmath.tracing import Traced, labelled, named, scope


def recurrence(x, W_x, W_h, b_x=None, b_h=None, start=None, mask=None):
    r"""Read the rows one by one, and keep a state: the simple recurrent network.

    .. math:: h_t = \tanh(x_t W_x + b_x + h_{t-1} W_h + b_h)

    Parameters
    ----------
    x : (*batch, n, d_in)
    W_x : (d_in, d)
    W_h : (d, d)
    b_x, b_h : (d,), optional
    start : (*batch, d), optional
        :math:`h_0`, the state before the first row; zeros if it is not given.
    mask : (*batch, n) of bool, optional
        ``True`` reads the row; at ``False``, padding, the state stays as it was.

    Returns
    -------
    states : (*batch, n, d)
        The state after each row.

    Raises
    ------
    ShapeError
        If tables, biases, `start` or `mask` do not fit the rows.

    Steps
    -----
    step t / state
        :math:`h_t`, for t = 1, 2, …
    states
        All of them, one row each.

    Notes
    -----
    ``torch.nn.RNN``, whose tables are the transposes of these, and whose two biases only
    ever act as their sum. The network of [1]_ had the bend of `tfmath.parts.gated.sigmoid`.

    References
    ----------
    .. [1] J. L. Elman, "Finding Structure in Time", 1990.

    Examples
    --------
    What is not new fades: 1, then half of it, bent by tanh.

    >>> x = np.array([[1.0], [0.0]])
    >>> recurrence(x, np.ones((1, 1)), np.full((1, 1), 0.5)).round(3).tolist()
    [[0.762], [0.363]]
    """
    x, tables = fitted_cell("recurrence", ("d",), x, W_x, W_h, b_x, b_h)
    W_x, W_h, b_x, b_h = tables
    start = first_state("recurrence", "start", start, x, W_h)

    def cell(heard, state):
        return (named("state", np.tanh(heard + affine(state, W_h, b_h))),)

    (states,) = one_by_one("recurrence", cell, affine(x, W_x, b_x), (start,), mask)
    return named("states", states)


def convolution(x, W, dilation=1):
    r"""Each row from itself and rows before it.

    .. math:: y_t = \sum_j x_{t - j \cdot \mathrm{dilation}}\, W_j

    Parameters
    ----------
    x : (*batch, n, d_in)
    W : (kernel, d_in, d)
    dilation : int
        The distance between the rows taken in; 1 takes neighbours.

    Returns
    -------
    (*batch, n, d)
        Rows before the first count as zeros.

    Examples
    --------
    >>> convolution(np.array([[1.0], [2.0], [4.0]]), np.ones((2, 1, 1))).tolist()
    [[1.0], [3.0], [6.0]]
    """
    x, W = floats("convolution", x=x, W=W)
    _check_rows("convolution", x)
    axes("convolution", 3, W=W)
    same_size("convolution", ("x", x), -1, ("W", W), 1, "d_in", "row by column")
    whole("convolution", "the kernel of W", len(W), least=1)
    dilation = whole("convolution", "dilation", dilation, least=1)
    n, before = x.shape[-2], (len(W) - 1) * dilation
    filled = np.zeros((*x.shape[:-2], before, x.shape[-1]), x.dtype)
    padded = np.concatenate([filled, x], axis=-2)
    starts = [before - j * dilation for j in range(len(W))]
    return sum(padded[..., s : s + n, :] @ W[j] for j, s in enumerate(starts))


def one_by_one(where, cell, heard, start, mask=None):
    """Carry a state, or several, from row to row.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    cell : function
        ``(heard, *states) -> states``: of one row, each (\\*batch, width).
    heard : (*batch, n, width)
        What `cell` hears of each row: one product for all rows, before the first step.
    start : tuple of (*batch, d)
    mask : (*batch, n) of bool, optional
        At ``False`` the states stay as they were.

    Returns
    -------
    states : tuple of (*batch, n, d)
        As many as there are in `start`.

    Examples
    --------
    A state that adds up what it hears; the third row is padding:

    >>> rows, zero = np.array([[1.0], [2.0], [4.0]]), np.zeros(1)
    >>> mask = np.array([True, True, False])
    >>> add = lambda heard, state: (state + heard,)
    >>> one_by_one("here", add, rows, (zero,), mask)[0].tolist()
    [[1.0], [3.0], [3.0]]
    """
    n, states, kept = heard.shape[-2], start, []
    if mask is not None:
        mask = np.broadcast_to(check_mask(mask, heard.shape[:-1], where), heard.shape[:-1])
    for t in range(n):
        with scope(f"step {t + 1}"):
            new = cell(heard[..., t, :], *states)
        if mask is not None:
            read = mask[..., t, np.newaxis]
            new = tuple(np.where(read, a, b) for a, b in zip(new, states, strict=True))
        states = new
        kept.append(states)
    if not kept:
        return tuple(heard[..., : state.shape[-1]] for state in start)
    return tuple(_joined(rows, heard) for rows in zip(*kept, strict=True))


def fitted_cell(where, gates, x, W_x, W_h, b_x, b_h):
    """Rows, tables and biases of a recurrent cell, if they fit each other.

    Parameters
    ----------
    where : str
        How messages begin.
    gates : sequence of str
        What stands side by side in the columns of the tables, each of width d.
    x : (*batch, n, d_in)
    W_x : (d_in, gates · d)
    W_h : (d, gates · d)
    b_x, b_h : (gates · d,) or None

    Returns
    -------
    x, tables
        Arrays of float32 or float64, or traced ones; the tables in the order given.

    Examples
    --------
    >>> one, two = [[1, 2]], [[1, 2], [3, 4]]
    >>> x, tables = fitted_cell("here", ("d",), [[2]], one, two, None, None)
    >>> tables[0].tolist()
    [[1.0, 2.0]]
    """
    x, W_x, W_h = floats(where, x=x, W_x=W_x, W_h=W_h)
    _check_rows(where, x)
    axes(where, 2, W_x=W_x, W_h=W_h)
    same_size(where, ("x", x), -1, ("W_x", W_x), 0, "d_in", "row by column")
    if W_h.shape[1] != len(gates) * W_h.shape[0] or not W_h.size:
        columns = f"{len(gates)} · d columns, d for each of {', '.join(gates)}"
        columns = columns if len(gates) > 1 else "d columns"
        raise ShapeError(f"{where}: W_h {W_h.shape} must have d rows and {columns}.")
    same_size(where, ("W_x", W_x), 1, ("W_h", W_h), 1, "columns", "to be added")
    return x, (
        W_x,
        W_h,
        *(_bias(where, n, b, x, W_h) for n, b in (("b_x", b_x), ("b_h", b_h))),
    )


def first_state(where, name, state, x, W_h):
    """The state before the first row: what was given, or zeros.

    Parameters
    ----------
    where, name : str
        How messages begin, and what they call it.
    state : (*batch, d) or None
    x : (*batch, n, d_in)
    W_h : (d, gates · d)

    Returns
    -------
    state : (*batch, d)

    Examples
    --------
    >>> first_state("here", "start", None, np.ones((3, 5)), np.ones((2, 2))).tolist()
    [0.0, 0.0]
    """
    if state is None:
        return np.zeros((*x.shape[:-2], len(W_h)), W_h.dtype)
    state = floats(where, x, **{name: state})
    if state.shape != (*x.shape[:-2], len(W_h)):
        raise ShapeError(
            f"{where}: {name} {state.shape} must be (*batch, d) = "
            f"{(*x.shape[:-2], len(W_h))}, one state for each sentence of x {x.shape}."
        )
    return state


def _joined(rows, heard):
    joined = np.stack(rows, axis=-2)
    if isinstance(heard, Traced) and heard.labels[-2]:
        labelled(joined, -2, heard.labels[-2])
    return joined


def _check_rows(where, x):
    if x.ndim < 2:
        raise ShapeError(f"{where}: x {x.shape} needs two axes, rows and width.")


def _bias(where, name, bias, x, W):
    if bias is None:
        return None
    bias = floats(where, x, **{name: bias})
    one_number_each(where, (name, bias), ("W_h", W), W.shape[1:])
    return bias
