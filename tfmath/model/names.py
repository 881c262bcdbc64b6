"""Names of tables: a dict of dicts, and one flat dict, of the same arrays.

Parameters are a dict of dicts of arrays, named as the steps are: the table
``parameters["encoder"]["layer 1"]["self-attention"]["W_Q"]`` is called
``"encoder / layer 1 / self-attention / W_Q"`` in records, gradients and files.
"""

import numpy as np

from tfmath.arguments import instance, items, whole
from tfmath.errors import DtypeError, ShapeError, as_array, float_array, untraced


def flatten(parameters, prefix=""):
    """A dict from full names to tables.

    Parameters
    ----------
    parameters : dict
        Of tables, or of further dicts.
    prefix : str
        What the names begin with.

    Returns
    -------
    flat : dict

    Examples
    --------
    >>> flatten({"encoder": {"norm": {"gain": 1.0}}})
    {'encoder / norm / gain': 1.0}
    """
    instance("flatten", "parameters", parameters, dict, "a dict of tables, or of dicts")
    instance("flatten", "prefix", prefix, str, "a str")
    flat = {}
    for name, part in parameters.items():
        instance("flatten", "a name in parameters", name, str, "a str")
        inner = flatten(part, f"{prefix}{name} / ") if isinstance(part, dict) else None
        flat |= {prefix + name: part} if inner is None else inner
    return flat


def unflatten(flat):
    """Undo `flatten`.

    Parameters
    ----------
    flat : dict
        From full names to tables.

    Returns
    -------
    parameters : dict of dicts

    Raises
    ------
    ValueError
        If a name is a table's and also stands before another's " / ".

    Examples
    --------
    >>> unflatten({"encoder / norm / gain": 1.0})
    {'encoder': {'norm': {'gain': 1.0}}}
    """
    instance("unflatten", "flat", flat, dict, "a dict of name → table")
    parameters = {}
    for name, table in flat.items():
        *path, last = instance("unflatten", "a name in flat", name, str, "a str").split(
            " / "
        )
        part = parameters
        for step in path:
            part = part.setdefault(step, {})
            if not isinstance(part, dict):
                raise ValueError(
                    f"unflatten: flat has a table {step!r} and {name!r} in it."
                )
        part[last] = table
    return parameters


def tables_of(where, parameters, sizes=None):
    """The tables of a model by their full names, as arrays; traced ones stay traced.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    parameters : dict
    sizes : dict of name → shape, optional
        What there must be, such as ``toy.SIZES``, if nothing else will do.

    Returns
    -------
    flat : dict of name → array of float32 or float64

    Raises
    ------
    ShapeError
        If a table lacks, or is one too many, or is of another shape.

    Examples
    --------
    >>> tables_of("save_csv", {"norm": {"gain": [1, 2]}})
    {'norm / gain': array([1., 2.])}
    """
    instance(where, "parameters", parameters, dict, "a dict of tables, or of dicts")
    flat = {
        name: float_array(where, f"{name} in parameters", table)
        for name, table in flatten(parameters).items()
    }
    for name in () if sizes is None else {**sizes, **flat}:
        shape, wanted = (known.get(name, "not there") for known in (_shapes(flat), sizes))
        if shape != wanted:
            raise ShapeError(
                f"{where}: {name} in parameters is {shape}; it must be {wanted}."
            )
    return flat


def _shapes(flat):
    return {name: table.shape for name, table in flat.items()}


def answers_of(where, name, answers, flat):
    """A long row of yes and no, one for each number of some tables, shaped like them.

    Parameters
    ----------
    where, name : str
        Who asks, and how the row is called there, for the error message.
    answers : sequence of bool
        In the order of `flatten`.
    flat : dict of name → array

    Returns
    -------
    answers : dict of name → array of bool

    Raises
    ------
    ShapeError
        If there is not one answer for each number.
    DtypeError
        If it holds anything but true and false.

    Examples
    --------
    >>> flat = {"norm / gain": np.array([2.0, 3.0]), "norm / bias": np.array([4.0])}
    >>> answers_of("here", "kept", [True, False, True], flat)
    {'norm / gain': array([ True, False]), 'norm / bias': array([ True])}
    """
    answers = as_array(where, name, untraced(where, name, answers))
    if answers.dtype != bool:
        raise DtypeError(f"{where}: {name} needs true and false, got {answers.dtype}.")
    n = sum(table.size for table in flat.values())
    if answers.shape != (n,):
        raise ShapeError(
            f"{where}: {name} has the shape {answers.shape}; one answer for each of the "
            f"{n} numbers is needed."
        )
    ends = np.cumsum([table.size for table in flat.values()])[:-1]
    parts = zip(flat.items(), np.split(answers, ends), strict=True)
    return {key: part.reshape(table.shape) for (key, table), part in parts}


def sizes_of(where, sizes):
    """Names and shapes of tables, checked: what `shapes` gives.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    sizes : dict of str to tuple

    Returns
    -------
    sizes : dict of str to tuple of int

    Examples
    --------
    >>> sizes_of("load_csv", {"norm / gain": [5]})
    {'norm / gain': (5,)}
    """
    instance(where, "sizes", sizes, dict, "a dict of name → shape, from shapes")
    known = {}
    for name, size in sizes.items():
        instance(where, "a name in sizes", name, str, "a str")
        size = items(where, f"{name} in sizes", size, "whole numbers")
        known[name] = tuple(whole(where, f"{name} in sizes", n, least=1) for n in size)
    return known
