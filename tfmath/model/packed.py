"""PyTorch's layout of multi-head attention, there and back: all heads packed together.

``nn.MultiheadAttention`` lays the heads side by side in one wide table, turned, and query,
key and value under one another; where keys or values have a width of their own, the three
stand apart. Its heads must have ``d_k = d_v = d_model / n_heads``.
"""

import numpy as np

from tfmath.arguments import callable_, instance, whole
from tfmath.errors import ShapeError
from tfmath.model.turned import given, linear_from_state, linear_state, loaded

TABLES = {"W_Q": "b_Q", "W_K": "b_K", "W_V": "b_V"}
APART = ("q_proj_weight", "k_proj_weight", "v_proj_weight")


def pack(W_Q, W_K, W_V, b_Q=None, b_K=None, b_V=None, join=np.concatenate):
    """Lay the projections of all heads into one wide table and one long bias.

    Parameters
    ----------
    W_Q, W_K, W_V : (n_heads, d_model, d_model / n_heads)
    b_Q, b_K, b_V : (n_heads, d_model / n_heads), optional
        A bias that is left out becomes zeros.
    join : function
        How arrays are put under one another: ``torch.cat`` for tensors.

    Returns
    -------
    in_proj_weight : (3 · d_model, d_model)
    in_proj_bias : (3 · d_model,)

    Raises
    ------
    ShapeError
        If a table is not of that shape.

    Examples
    --------
    One head of width 1: query, key and value stand under one another.

    >>> weight, bias = pack([[[2.0]]], [[[3.0]]], [[[4.0]]], b_V=[[5.0]])
    >>> weight.tolist(), bias.tolist()
    ([[2.0], [3.0], [4.0]], [0.0, 0.0, 5.0])
    """
    weights, bias = _wide("pack", (W_Q, W_K, W_V), (b_Q, b_K, b_V), join)
    if len({weight.shape for weight in weights}) > 1:
        raise ShapeError(
            "pack: keys or values of another width than queries cannot be packed; "
            f"attention_state lets them stand apart.\n{_shapes(APART, weights)}"
        )
    return join(weights), bias


def unpack(in_proj_weight, in_proj_bias, n_heads):
    """Undo `pack`.

    Parameters
    ----------
    in_proj_weight : (3 · d_model, d_model)
    in_proj_bias : (3 · d_model,) or None
    n_heads : int

    Returns
    -------
    tables : dict
        ``W_Q``, ``W_K``, ``W_V``, and ``b_Q``, ``b_K``, ``b_V`` if there is a bias, as for
        `multi_head_attention`.

    Raises
    ------
    ShapeError
        If `n_heads` does not divide d_model, or the shapes are others.

    Examples
    --------
    >>> tables = unpack([[2.0], [3.0], [4.0]], None, n_heads=1)
    >>> {name: table.tolist() for name, table in tables.items()}
    {'W_Q': [[[2.0]]], 'W_K': [[[3.0]]], 'W_V': [[[4.0]]]}
    """
    state = {"in_proj_weight": in_proj_weight}
    state |= {} if in_proj_bias is None else {"in_proj_bias": in_proj_bias}
    return _by_head("unpack", state, n_heads)


def attention_state(
    W_Q, W_K, W_V, W_O, b_Q=None, b_K=None, b_V=None, b_O=None, join=np.concatenate
):
    """Name and lay out our tables as the parameters of an ``nn.MultiheadAttention``.

    Parameters
    ----------
    W_Q : (n_heads, d_model, d_model / n_heads)
    W_K, W_V : (n_heads, d_in, d_model / n_heads)
        Their d_in is d_model, or the module's ``kdim`` and ``vdim``.
    W_O : (d_model, d_model)
    b_Q, b_K, b_V, b_O : optional
        A bias that is left out becomes zeros; a module made with ``bias=False`` has none.
    join
        As for `pack`.

    Returns
    -------
    state : dict
        Made into tensors, it is what ``load_state_dict`` takes.

    Raises
    ------
    ShapeError
        If ``d_k = d_v = d_model / n_heads`` does not hold.

    Examples
    --------
    Values of two numbers, queries and keys of one:

    >>> one, two = np.ones((1, 1, 1)), np.ones((1, 2, 1))
    >>> attention_state(one, one, two, np.ones((1, 1)))["v_proj_weight"]
    array([[1., 1.]])
    """
    weights, bias = _wide("attention_state", (W_Q, W_K, W_V), (b_Q, b_K, b_V), join)
    state = dict(zip(APART, weights, strict=True))
    if len({weight.shape for weight in weights}) == 1:
        state = {"in_proj_weight": join(weights)}
    d_model, W_O = len(weights[0]), given("attention_state", W_O=W_O)["W_O"]
    _check_mixing("attention_state: W_O", W_O, d_model)
    mixed = linear_state(W_O, _bias("attention_state", "b_O", b_O, (d_model,)))
    mixed = {f"out_proj.{name}": table for name, table in mixed.items()}
    return state | {"in_proj_bias": bias} | mixed


def attention_from_state(state, n_heads, where="attention_from_state"):
    """Undo `attention_state`.

    Parameters
    ----------
    state : dict
        The ``state_dict()`` of an ``nn.MultiheadAttention``.
    n_heads : int
        The state does not say it.
    where : str
        How messages begin.

    Returns
    -------
    tables : dict
        As for `multi_head_attention`; biases only if the module has them.

    Raises
    ------
    MissingError
        If a table is not there.
    ValueError
        If there is one that we have no place for, such as ``bias_k``.
    ShapeError
        If `n_heads` does not divide d_model, or a table is of another shape.

    Examples
    --------
    >>> state = {"in_proj_weight": np.ones((6, 2)), "out_proj.weight": np.ones((2, 2))}
    >>> attention_from_state(state, n_heads=2)["W_K"].shape
    (2, 2, 1)
    """
    instance(where, "state", state, dict, "a module's state_dict()")
    looks = {n: t for n, t in state.items() if not n.startswith("out_proj.")}
    mixes = {n.removeprefix("out_proj."): t for n, t in state.items() if n not in looks}
    tables = _by_head(where, looks, n_heads)
    mixed = linear_from_state(mixes, f"{where}, out_proj")
    _check_mixing(f"{where}, out_proj: weight", mixed["W"].T, tables["W_Q"].shape[1])
    return tables | {f"{name}_O": table for name, table in mixed.items()}


# One table a head, or one wide one --------------------------------------------------------


def _wide(where, weights, biases, join):
    """Each projection as a linear map of all heads, (n_heads · width, d_in); the biases."""
    callable_(where, "join", join, "such as np.concatenate or torch.cat")
    tables = given(where, **dict(zip(TABLES, weights, strict=True)))
    _check_heads(where, tables)
    states = []
    for (name, W), b in zip(tables.items(), biases, strict=True):
        n_heads, d_in, width = W.shape
        b = _bias(where, TABLES[name], b, (n_heads, width))
        b = None if b is None else b.reshape(-1)
        states.append(linear_state(W.swapaxes(0, 1).reshape(d_in, -1), b))
    return [s["weight"] for s in states], join([s["bias"] for s in states])


def _bias(where, name, bias, size):
    """A bias of the given size, or None if there is none."""
    if bias is None:
        return None
    bias = given(where, **{name: bias})[name]
    if tuple(bias.shape) != size:
        raise ShapeError(f"{where}: {name} {tuple(bias.shape)} must be {size}.")
    return bias


def _by_head(where, state, n_heads):
    """From wide tables to one a head: W (n_heads, d_in, width), b (n_heads, width)."""
    packed = "in_proj_weight" in state
    needed = ["in_proj_weight"] if packed else APART
    state = loaded(state, needed, ["in_proj_bias"], where)
    wide = _apart(where, state["in_proj_weight"]) if packed else [state[n] for n in APART]
    d_model = len(wide[0])
    if any(W.ndim != 2 or len(W) != d_model for W in wide) or wide[0].shape[1] != d_model:
        raise ShapeError(
            f"{where}: queries need a square table, (d_model, d_model), keys and values as "
            f"many rows.\n{_shapes(APART, wide)}"
        )
    if d_model % whole(where, "n_heads", n_heads, 1):
        raise ShapeError(
            f"{where}: n_heads = {n_heads} does not divide d_model = {d_model}."
        )
    tables = {
        name: W.T.reshape(-1, n_heads, d_model // n_heads).swapaxes(0, 1)
        for name, W in zip(TABLES, wide, strict=True)
    }
    return tables | _biases(where, state, (3, n_heads, d_model // n_heads))


def _apart(where, packed):
    if packed.ndim != 2 or packed.shape[0] != 3 * packed.shape[1]:
        raise ShapeError(
            f"{where}: in_proj_weight {packed.shape} must be (3 · d_model, d_model)."
        )
    return np.split(packed, 3)


def _biases(where, state, sizes):
    if "in_proj_bias" not in state:
        return {}
    bias = state["in_proj_bias"]
    if bias.shape != (np.prod(sizes),):
        raise ShapeError(
            f"{where}: in_proj_bias {bias.shape} must be ({np.prod(sizes)},), 3 · d_model."
        )
    return dict(zip(TABLES.values(), bias.reshape(sizes), strict=True))


def _check_heads(where, tables):
    if any(W.ndim != 3 for W in tables.values()):
        raise ShapeError(
            f"{where}: projections must be (n_heads, d_model, width).\n"
            + _shapes(tables, tables.values())
        )
    n_heads, d_model, _ = tables["W_Q"].shape
    if any((len(W), len(W) * W.shape[-1]) != (n_heads, d_model) for W in tables.values()):
        raise ShapeError(
            f"{where}: nn.MultiheadAttention has the same number of heads everywhere, and "
            f"d_k = d_v = d_model / n_heads.\n{_shapes(tables, tables.values())}"
        )


def _check_mixing(what, table, d_model):
    if tuple(table.shape) != (d_model, d_model):
        raise ShapeError(f"{what} {tuple(table.shape)} must be ({d_model}, {d_model}).")


def _shapes(names, tables):
    pairs = zip(names, tables, strict=True)
    return "\n".join(f"  {name} {tuple(table.shape)}" for name, table in pairs)
