"""Recurrent cells with gates: numbers from 0 to 1 that say how much is kept."""

import numpy as np

from tfmath.arguments import items
from tfmath.errors import floats
from tfmath.parts.feed_forward import affine
from tfmath.parts.recurrent import first_state, fitted_cell, one_by_one
from tfmath.tracing import named


def sigmoid(x):
    r"""A number from 0 (shut) to 1 (open), number by number.

    .. math:: \sigma(x) = \frac{1}{1 + e^{-x}} = \frac{1 + \tanh(x/2)}{2}

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array of the same shape

    Notes
    -----
    Computed by the second form, in which nothing overflows.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, np.log(3)])).round(12).tolist()
    [0.0, 0.5, 0.75]
    """
    return _gate(floats("sigmoid", x=x))


def gru(x, W_x, W_h, b_x=None, b_h=None, start=None, mask=None):
    r"""Read the rows one by one, with two gates: the gated recurrent unit.

    .. math:: r &= \sigma(x_t W_{xr} + b_{xr} + h_{t-1} W_{hr} + b_{hr}) \\
              z &= \sigma(x_t W_{xz} + b_{xz} + h_{t-1} W_{hz} + b_{hz}) \\
              n &= \tanh(x_t W_{xn} + b_{xn} + r \odot (h_{t-1} W_{hn} + b_{hn})) \\
              h_t &= (1 - z) \odot n + z \odot h_{t-1}

    Parameters
    ----------
    x : (*batch, n, d_in)
    W_x : (d_in, 3 · d)
        The columns of reset, update and candidate, side by side.
    W_h : (d, 3 · d)
    b_x, b_h : (3 · d,), optional
    start, mask
        As for `tfmath.parts.recurrent.recurrence`.

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
    step t / reset, step t / update, step t / candidate
        r, z and n of row t.
    step t / state
        :math:`h_t`.
    states
        All of them, one row each.

    Notes
    -----
    ``torch.nn.GRU``, whose tables are the transposes of these. The paper [1]_ resets the
    state before its product with the table, :math:`(r \odot h_{t-1}) W_{hn}`; PyTorch
    resets the product, as cuDNN does, and so do we. That is another function of the same
    tables.

    References
    ----------
    .. [1] K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
       Statistical Machine Translation", 2014, section 2.3.

    Examples
    --------
    With tables of 0 both gates stand half open and nothing is new: the state is halved.

    >>> zeros = np.zeros((1, 3))
    >>> gru(np.ones((2, 1)), zeros, zeros, start=np.array([8.0])).tolist()
    [[4.0], [2.0]]
    """
    gates = "reset", "update", "candidate"
    x, tables = fitted_cell("gru", gates, x, W_x, W_h, b_x, b_h)
    W_x, W_h, b_x, b_h = tables
    start = first_state("gru", "start", start, x, W_h)

    def cell(heard, state):
        return (_gru_step(heard, affine(state, W_h, b_h), state),)

    (states,) = one_by_one("gru", cell, affine(x, W_x, b_x), (start,), mask)
    return named("states", states)


def lstm(x, W_x, W_h, b_x=None, b_h=None, start=None, mask=None):
    r"""Read the rows one by one, with a cell that is added to: long short-term memory.

    .. math:: i, f, o &= \sigma(x_t W_x + b_x + h_{t-1} W_h + b_h)
                         \text{, each with columns of its own} \\
              g &= \tanh(x_t W_{xg} + b_{xg} + h_{t-1} W_{hg} + b_{hg}) \\
              c_t &= f \odot c_{t-1} + i \odot g \\
              h_t &= o \odot \tanh(c_t)

    Parameters
    ----------
    x : (*batch, n, d_in)
    W_x : (d_in, 4 · d)
        The columns of input gate, forget gate, candidate and output gate, side by side.
    W_h : (d, 4 · d)
    b_x, b_h : (4 · d,), optional
    start : (state, cell), each (*batch, d), optional
        Before the first row; zeros if it is not given.
    mask
        As for `tfmath.parts.recurrent.recurrence`.

    Returns
    -------
    states : (*batch, n, d)
        :math:`h_t`, what is shown after each row.
    cells : (*batch, n, d)
        :math:`c_t`, what is kept.

    Raises
    ------
    ShapeError
        If tables, biases, `start` or `mask` do not fit the rows.

    Steps
    -----
    step t / input gate, step t / forget gate, step t / candidate, step t / output gate
        i, f, g and o of row t.
    step t / cell, step t / state
        :math:`c_t` and :math:`h_t`.
    states, cells
        All of them, one row each.

    Notes
    -----
    ``torch.nn.LSTM``, whose tables are the transposes of these. The first paper [1]_ had no
    forget gate; it is of [2]_.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", 1997.
    .. [2] F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to Forget: Continual
       Prediction with LSTM", 2000.

    Examples
    --------
    With tables of 0 every gate stands half open and nothing is new: the cell is halved.

    >>> zeros, start = np.zeros((1, 4)), (np.array([0.0]), np.array([8.0]))
    >>> states, cells = lstm(np.ones((2, 1)), zeros, zeros, start=start)
    >>> cells.tolist()
    [[4.0], [2.0]]
    """
    gates = "input gate", "forget gate", "candidate", "output gate"
    x, tables = fitted_cell("lstm", gates, x, W_x, W_h, b_x, b_h)
    W_x, W_h, b_x, b_h = tables
    state, kept = _pair(start)
    state = first_state("lstm", "the state in start", state, x, W_h)
    kept = first_state("lstm", "the cell in start", kept, x, W_h)

    def cell(heard, state, kept):
        return _lstm_step(heard + affine(state, W_h, b_h), kept)

    read = one_by_one("lstm", cell, affine(x, W_x, b_x), (state, kept), mask)
    return named("states", read[0]), named("cells", read[1])


def _gate(x):
    return (1 + np.tanh(x / 2)) / 2


def _gru_step(heard, recalled, state):
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (np.split(a, 3, -1) for a in (heard, recalled))
    reset = named("reset", _gate(x_r + h_r))
    update = named("update", _gate(x_z + h_z))
    candidate = named("candidate", np.tanh(x_n + reset * h_n))
    return named("state", (1 - update) * candidate + update * state)


def _lstm_step(added, kept):
    i, f, g, o = np.split(added, 4, axis=-1)
    i, f = named("input gate", _gate(i)), named("forget gate", _gate(f))
    g, o = named("candidate", np.tanh(g)), named("output gate", _gate(o))
    kept = named("cell", f * kept + i * g)
    return named("state", o * np.tanh(kept)), kept


def _pair(start):
    if start is None:
        return None, None
    pair = items("lstm", "start", start, "two states, (state, cell)")
    if len(pair) != 2:
        raise ValueError(f"lstm: start holds {len(pair)} states, not 2, (state, cell).")
    return pair
