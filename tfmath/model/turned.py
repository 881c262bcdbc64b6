"""PyTorch's layout of our tables, there and back: linear maps turned, norms renamed.

``nn.Linear`` keeps its table the other way round and computes ``x @ weight.T``. Nothing
here needs PyTorch. What comes from there may be tensors or arrays, and becomes arrays of
our own. What goes there is made of arrays, or of tensors, and then slopes find their way
back.
"""

import numpy as np

from tfmath.arguments import instance, nearest
from tfmath.errors import DtypeError, MissingError, ShapeError, floats


def linear_state(W, b=None, where="linear_state"):
    """Name and lay out our tables as the parameters of an ``nn.Linear``.

    Parameters
    ----------
    W : (d_in, d_out)
    b : (d_out,), optional
        A bias that is left out becomes zeros; a module made with ``bias=False`` has none.
    where : str
        How messages begin.

    Returns
    -------
    state : dict
        ``weight`` (d_out, d_in) and ``bias``. Made into tensors, it is what
        ``load_state_dict`` takes.

    Raises
    ------
    ShapeError
        If `W` has not two axes, or `b` not one number for each of its columns.

    Examples
    --------
    >>> state = linear_state([[1.0, 2.0]])
    >>> state["weight"].tolist(), state["bias"].tolist()
    ([[1.0], [2.0]], [0.0, 0.0])
    """
    W = given(where, W=W)["W"]
    if W.ndim != 2:
        raise ShapeError(f"{where}: W {tuple(W.shape)} must be (d_in, d_out).")
    b = W[0] * 0 + 0 if b is None else given(where, b=b)["b"]
    if b.shape != W.shape[1:]:
        raise ShapeError(
            f"{where}: b {tuple(b.shape)} must have one number for each column of "
            f"W {tuple(W.shape)}."
        )
    return {"weight": _own(W.T), "bias": _own(b)}


def linear_from_state(state, where="linear_from_state"):
    """Undo `linear_state`.

    Parameters
    ----------
    state : dict
        The ``state_dict()`` of an ``nn.Linear``.
    where : str
        How messages begin.

    Returns
    -------
    tables : dict
        ``W``, and ``b`` if there is a bias, as for `linear`.

    Raises
    ------
    MissingError, ValueError, ShapeError
        If a table is missing, is not known here, or is of another shape.

    Examples
    --------
    >>> linear_from_state({"weight": np.array([[1.0], [2.0]])})
    {'W': array([[1., 2.]])}
    """
    state = loaded(state, ["weight"], ["bias"], where)
    W, b = state["weight"], state.get("bias")
    if W.ndim != 2:
        raise ShapeError(f"{where}: weight {W.shape} must be (d_out, d_in).")
    if b is None:
        return {"W": _own(W.T)}
    if b.shape != W.shape[:1]:
        raise ShapeError(f"{where}: bias {b.shape} must be {W.shape[:1]}, as weight is.")
    return {"W": _own(W.T), "b": b}


def norm_state(gain, bias):
    """Name our tables as the parameters of an ``nn.LayerNorm``.

    Parameters
    ----------
    gain, bias : (d_model,)

    Returns
    -------
    state : dict

    Examples
    --------
    >>> norm_state([1.0, 2.0], [0.0, 3.0])
    {'weight': array([1., 2.]), 'bias': array([0., 3.])}
    """
    tables = given("norm_state", gain=gain, bias=bias)
    return {"weight": _own(tables["gain"]), "bias": _own(tables["bias"])}


def norm_from_state(state, where="norm_from_state"):
    """Undo `norm_state`.

    Parameters
    ----------
    state : dict
        The ``state_dict()`` of an ``nn.LayerNorm``.
    where : str
        How messages begin.

    Returns
    -------
    tables : dict
        ``gain`` and ``bias``, as for `layer_norm`; a bias of zeros if there is none.

    Examples
    --------
    >>> norm_from_state({"weight": np.ones(2)})
    {'gain': array([1., 1.]), 'bias': array([0., 0.])}
    """
    state = loaded(state, ["weight"], ["bias"], where)
    gain = state["weight"]
    bias = state.get("bias", np.zeros_like(gain))
    if gain.ndim != 1 or bias.shape != gain.shape:
        raise ShapeError(
            f"{where}: weight {gain.shape} and bias {bias.shape} must be (d_model,)."
        )
    return {"gain": gain, "bias": bias}


# What is taken ----------------------------------------------------------------------------


def given(where, **tables):
    """Take tables of ours: as arrays of floats, or as tensors.

    Parameters
    ----------
    where : str
        How messages begin.
    **tables

    Returns
    -------
    tables : dict

    Examples
    --------
    >>> given("pack", b_Q=[[1, 2]])
    {'b_Q': array([[1., 2.]])}
    """
    return {
        name: table if hasattr(table, "detach") else floats(where, **{name: table})
        for name, table in tables.items()
    }


def loaded(state, needed, optional, where):
    """Take tables of PyTorch's: as arrays of our own, if they are those that are known.

    Parameters
    ----------
    state : dict
    needed, optional : sequence of str
        The names there must be, and those there may be.
    where : str
        How messages begin.

    Returns
    -------
    state : dict

    Raises
    ------
    MissingError
        If a name is not there.
    ValueError
        If there is one that has no place with us.
    DtypeError, NonFiniteError
        If a table holds numbers of another type than float32 and float64, or no numbers.

    Examples
    --------
    >>> loaded({"bias": [1.0]}, [], ["bias"], "norm")
    {'bias': array([1.])}
    """
    instance(where, "state", state, dict, "a module's state_dict()")
    for name in needed:
        if name not in state:
            raise MissingError(f"{where}: the state has no {name!r}{nearest(name, state)}")
    for name in state:
        if name not in (*needed, *optional):
            known = ", ".join([*needed, *optional])
            raise ValueError(
                f"{where}: the state holds {name!r}, which has no place here; known are "
                f"{known}."
            )
    return {name: _array(where, name, table) for name, table in state.items()}


def _array(where, name, table):
    if hasattr(table, "detach"):
        table = table.detach().cpu()
        if not hasattr(np, str(table.dtype).removeprefix("torch.")):
            raise DtypeError(
                f"{where}: {name} holds {table.dtype} numbers; use float32 or float64, for "
                "example module.float().state_dict()."
            )
        table = table.numpy()
    return _own(floats(where, **{name: table}))


def _own(table):
    """An array's own copy, row by row in memory as files need it; tensors as they are."""
    return table.copy() if isinstance(table, np.ndarray) else table
