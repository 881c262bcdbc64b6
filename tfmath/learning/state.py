"""What an optimizer remembers, and whether parameters, gradients and memory fit."""

import math
from typing import NamedTuple

import numpy as np

from tfmath.arguments import instance, whole
from tfmath.errors import NonFiniteError, ShapeError, all_sound, floats


class State(NamedTuple):
    """What an optimizer remembers between steps.

    Attributes
    ----------
    step : int
        How many steps were taken.
    mean : dict
        The fading sum (momentum) or average (Adam) of the gradients, one array a name.
    square : dict
        Adam's fading average of the squared gradients.
    """

    step: int
    mean: dict
    square: dict


def at_step(where, state):
    """Say who asks, and at which step of the training.

    Parameters
    ----------
    where : str
    state : State

    Returns
    -------
    where : str

    Examples
    --------
    >>> at_step("adam", State(4, {}, {}))
    'adam, step 5'
    """
    instance(where, "state", state, State, "a State, from start_state(parameters)")
    return f"{where}, step {whole(where, 'state.step', state.step) + 1}"


def matched(where, parameters, gradients, state=None):
    """Give back parameters and gradients that have the same names, shapes and types.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    parameters, gradients : dict of name → array
    state : State, optional

    Returns
    -------
    parameters, gradients : dict of name → array
        A gradient takes the number type of its parameter.

    Raises
    ------
    ValueError
        If a name is in one of them alone.
    ShapeError
        If what belongs to one name differs in shape.

    Examples
    --------
    >>> matched("sgd", {"w": [1.0]}, {"w": [2]})
    ({'w': array([1.])}, {'w': array([2.])})
    """
    parameters = arrays(where, "parameters", parameters)
    gradients = arrays(where, "gradients", gradients)
    alike(where, parameters, "gradients", gradients)
    if state is not None:
        for kept in (state.mean, state.square):
            alike(where, parameters, "state", arrays(where, "state", kept))
    typed = {
        name: gradients[name].astype(a.dtype, copy=False) for name, a in parameters.items()
    }
    return parameters, typed


def arrays(where, what, found):
    """Give back a dict of arrays, each of finite numbers.

    Parameters
    ----------
    where, what : str
        Who asks, and for which argument.
    found : dict of name → array

    Returns
    -------
    dict of name → array

    Examples
    --------
    >>> arrays("sgd", "gradients", {"w": [1]})
    {'w': array([1.])}
    """
    instance(where, what, found, dict, "a dict of name → array, as flatten gives it")
    if all_sound(found.values()):
        return dict(found)
    kind = what.removesuffix("s")
    return {name: floats(where, **{f"{kind} {name}": a}) for name, a in found.items()}


def as_one_row(function, *dicts):
    """Apply a function of single numbers to all tables at once, strung into one row.

    One long sum costs less than many short ones, and gives the same numbers.

    Parameters
    ----------
    function : callable
        From one array of each dict to a tuple of arrays of the same shape.
    *dicts : dict of name → array
        The same names and shapes in each.

    Returns
    -------
    list of dict of name → array
        One for each array that `function` gives; float32 tables stay among themselves.

    Examples
    --------
    >>> tables = {"a": np.array([1.0, 2.0]), "b": np.array([[5.0]])}
    >>> as_one_row(lambda w, g: (w + g,), tables, tables)
    [{'a': array([2., 4.]), 'b': array([[10.]])}]
    """
    first, found = dicts[0], {}
    for dtype in {array.dtype for array in first.values()}:
        names = [name for name, array in first.items() if array.dtype == dtype]
        rows = [np.concatenate([d[name] for name in names], axis=None) for d in dicts]
        results, end = function(*rows), 0
        for name in names:
            begin, end, shape = end, end + first[name].size, first[name].shape
            found[name] = [row[begin:end].reshape(shape) for row in results]
    return [{name: found[name][i] for name in first} for i in range(len(results))]


def check_squares(where, square, gradients):
    """Raise if a gradient's square is too large: divided by its root nothing would move.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    square : array
        The averages of the squares.
    gradients : dict of name → array
        What they are of; those of the same number type are looked through.

    Raises
    ------
    NonFiniteError
        If one of the squares is infinite. It names the largest gradient.

    Examples
    --------
    >>> g = {"w": np.array([1e200])}
    >>> check_squares("adam", np.array([np.inf]), g)
    Traceback (most recent call last):
    tfmath.errors.NonFiniteError: adam: gradient w holds 1e+200 at (0,), and its square
    is too large for float64; shorten the gradients with clip_gradients.
    """
    if np.max(square, initial=0) < math.inf:
        return
    sizes = {n: np.abs(g) for n, g in gradients.items() if g.dtype == square.dtype}
    name = max(sizes, key=lambda name: sizes[name].max(initial=0))
    place = tuple(int(i) for i in np.argwhere(sizes[name] == sizes[name].max())[0])
    raise NonFiniteError(
        f"{where}: gradient {name} holds {gradients[name][place]!s} at {place}, and its "
        f"square is too large for {square.dtype}; shorten the gradients with "
        "clip_gradients."
    )


def length(array):
    """The root of the sum of all squares; scaled first, so that none overflows.

    Parameters
    ----------
    array : of any shape

    Returns
    -------
    length : float

    Examples
    --------
    >>> length(np.array([3e200, 4e200])) / 1e200
    5.0
    """
    largest = float(np.abs(array).max(initial=0))
    scaled = array.astype(np.float64) / (largest or 1.0)
    return largest * math.sqrt(np.square(scaled).sum())


def alike(where, parameters, what, others):
    """Raise unless two dicts of arrays have the same names and shapes.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    parameters : dict of name → array
    what : str
        What the others are called.
    others : dict of name → array

    Examples
    --------
    >>> import numpy as np
    >>> alike("sgd", {"w": np.ones(2)}, "gradients", {"w": np.zeros(2)})
    """
    for name in parameters.keys() ^ others.keys():
        inside, outside = "parameters", what
        if name in others:
            inside, outside = what, "parameters"
        raise ValueError(f"{where}: {name} is in the {inside} but not in the {outside}.")
    for name, array in parameters.items():
        if array.shape != others[name].shape:
            raise ShapeError(
                f"{where}: {name} must have one shape in both.\n"
                f"  parameters {array.shape}\n  {what:<10} {others[name].shape}"
            )
