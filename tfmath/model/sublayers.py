"""What a layer does to its rows, each with the tables that are kept for it."""

import inspect
from inspect import Parameter

from tfmath.arguments import callable_, instance, said
from tfmath.attention.heads import multi_head_attention
from tfmath.errors import MissingError
from tfmath.model.stacks import only
from tfmath.parts.feed_forward import feed_forward
from tfmath.parts.norm import layer_norm
from tfmath.tracing import scope
from tfmath.tracing.names import full_name

NAMED = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY


def in_block(block, name, x, sublayer, layer):
    """A sublayer in its block: added to the rows it read, with a norm before or after.

    Parameters
    ----------
    block : function
        ``(where, x, sublayer, **tables) -> rows like those of x``, such as `post_norm`.
    name : str
        Of the norm: the scope of the block, and where its tables are in `layer`.
    x : (*batch, n, d_model)
    sublayer : function
        ``x -> rows like those of x``.
    layer : dict

    Returns
    -------
    output : (*batch, n, d_model)

    Steps
    -----
    where / …
        What `block` records, in the scope `name`.

    Examples
    --------
    >>> add = lambda where, x, sublayer, times: x + times * sublayer(x)
    >>> in_block(add, "norm 1", 3.0, lambda x: x + 1, {"norm 1": {"times": 10.0}})
    43.0
    """
    return handed(full_name(name), layer[name], block, name, x, sublayer)


def looking(name, layer, mask, attention, memory=None):
    """Attention among the rows, or over a memory, as the sublayer that a block takes.

    Parameters
    ----------
    name : str
        Where its tables are in `layer`, and the scope of its steps.
    layer : dict
    mask : (*batch, n, n_key) of bool, or None
    attention : function
    memory : (*batch, n_key, d_model), optional
        What is looked at; by default the rows themselves.

    Returns
    -------
    sublayer : function
        ``x -> rows like those of x``.

    Steps
    -----
    where / …
        What `multi_head_attention` records, in the scope `name`.

    Examples
    --------
    Both rows find the mean of a memory of 1 and 3:

    >>> from tfmath.attention.dot_product import attend
    >>> zero, one = [[[0.0]]], [[[1.0]]]
    >>> tables = {"W_Q": zero, "W_K": zero, "W_V": one, "W_O": [[1.0]]}
    >>> look = looking("look", {"look": tables}, None, attend, memory=[[1.0], [3.0]])
    >>> look([[5.0], [6.0]]).tolist()
    [[2.0], [2.0]]
    """

    def sublayer(x):
        seen = x if memory is None else memory
        with scope(name):
            found = {"mask": mask, "attention": attention}
            rows = x, seen, seen
            return handed(full_name(), layer[name], multi_head_attention, *rows, **found)

    return sublayer


def think(layer, activation):
    """The feed-forward network of a layer, as the sublayer that a block takes.

    Parameters
    ----------
    layer : dict
        Its ``"feed-forward"`` holds the tables of `feed_forward`.
    activation : function

    Returns
    -------
    sublayer : function
        ``x -> rows like those of x``.

    Steps
    -----
    feed-forward / …
        What `feed_forward` records.

    Examples
    --------
    >>> from tfmath.parts.activation import relu
    >>> tables = {"W_1": [[1.0]], "b_1": [0.0], "W_2": [[10.0]], "b_2": [0.0]}
    >>> think({"feed-forward": tables}, relu)([[3.0], [-3.0]]).tolist()
    [[30.0], [0.0]]
    """

    def sublayer(x):
        with scope("feed-forward"):
            tables = layer["feed-forward"]
            return handed(full_name(), tables, feed_forward, x, activation=activation)

    return sublayer


def last_norm(x, parameters, norm=layer_norm):
    """The norm after the last layer, if the stack has one.

    Parameters
    ----------
    x : (*batch, n, d_model)
    parameters : dict
        What `norm` takes besides `x`, under the name ``"norm"``; or nothing of that name.
    norm : function

    Returns
    -------
    output : (*batch, n, d_model)

    Steps
    -----
    norm / …
        What `norm` records.

    Examples
    --------
    >>> tables = {"gain": [1.0, 1.0], "bias": [0.0, 0.0], "epsilon": 0.0}
    >>> last_norm([[1.0, 3.0]], {"norm": tables}).tolist(), last_norm([[1.0, 3.0]], {})
    ([[-1.0, 1.0]], [[1.0, 3.0]])
    """
    callable_("last norm", "norm", norm, "such as layer_norm")
    if "norm" not in parameters:
        return x
    with scope("norm"):
        return handed(full_name(), parameters["norm"], norm, x)


def handed(place, tables, function, *given, **options):
    """Call a function with the tables of a part, or say which of them it cannot take.

    Parameters
    ----------
    place : str
        The part's full name.
    tables : dict
        By the names of the function's arguments.
    function : function
    *given, **options
        What it gets besides.

    Returns
    -------
    What `function` gives back.

    Raises
    ------
    TypeError
        If `tables` is no dict, or has a name that the function does not take.
    KeyError
        If a table is missing that the function needs.

    Examples
    --------
    >>> handed("norm 1", {"gain": [1.0, 1.0]}, layer_norm, [[1.0, 3.0]])
    Traceback (most recent call last):
    ...
    tfmath.errors.MissingError: norm 1: layer_norm needs 'bias'; there is 'gain'.
    """
    instance(place, "the part", tables, dict, "a dict of tables")
    try:
        return function(*given, **tables, **options)
    except TypeError as error:
        raw = error
    # Asked only now, so that a good call pays nothing for it.
    _check_tables(place, tables, function, len(given), options)
    if callable(options.get("attention")):  # what the layer holds besides is for that
        attention = options["attention"]
        _check_needed(place, tables, attention, _arguments_of(attention)[4:])
    raise raw


def _arguments_of(function):
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:  # one written in C, that does not say what it takes
        return []


def _check_tables(place, tables, function, n_given, options):
    arguments = _arguments_of(function)
    given = {p.name for p in arguments[:n_given]} | set(options)
    left = [p for p in arguments if p.name not in given]
    known = [p.name for p in left if p.kind in NAMED]
    if any(p.kind is p.VAR_KEYWORD for p in left):
        known += [table for table in tables if table not in {*known, *given}]
    if arguments:
        only(place, _name(function), tables, "arguments", known)
    _check_needed(place, tables, function, left)


def _check_needed(place, tables, function, arguments):
    needed = [p.name for p in arguments if p.kind in NAMED and p.default is p.empty]
    for missing in [argument for argument in needed if argument not in tables]:
        there = f"; there is {', '.join(map(repr, tables))}." if tables else "."
        raise MissingError(f"{place}: {_name(function)} needs {missing!r}{there}")


def _name(function):
    return getattr(function, "__name__", said(function))
