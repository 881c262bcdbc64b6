"""What a stack of layers holds, and whether all its parts are there."""

import re

from tfmath.arguments import instance
from tfmath.errors import part

LAYER = ("self-attention", "norm 1", "feed-forward", "norm 2")
"""The parts of an encoder layer."""


def layers(parameters, where="transformer"):
    """The layers of a stack, each with its name, in the order of their numbers.

    Parameters
    ----------
    parameters : dict
        ``"layer 1"``, ``"layer 2"``, … and perhaps ``"norm"``.
    where : str
        How messages begin.

    Returns
    -------
    layers : list of (str, dict)

    Raises
    ------
    ValueError
        If there is none, a name is no "layer" and a number, or a number is left out.

    Examples
    --------
    >>> layers({"layer 2": {}, "norm": {}, "layer 1": {}})
    [('layer 1', {}), ('layer 2', {})]
    """
    instance(where, "parameters", parameters, dict, "a dict of layers, 'layer 1', …")
    names = [name for name in parameters if name != "norm"]
    found = {n: re.fullmatch(r"layer ([1-9]\d*)", n) for n in names}
    wrong = [name for name, match in found.items() if match is None]
    numbers = {int(match[1]): name for name, match in found.items() if match}
    if wrong or sorted(numbers) != list(range(1, len(numbers) + 1)) or not numbers:
        raise ValueError(
            f"{where}: a stack holds 'layer 1', 'layer 2', … and perhaps 'norm', "
            f"got {', '.join(map(repr, parameters)) or 'nothing'}."
        )
    return [(numbers[i], parameters[numbers[i]]) for i in sorted(numbers)]


def check_decoder_layer(where, layer):
    """Raise, naming it, if a part of a decoder layer is missing.

    Parameters
    ----------
    where : str
        How the message begins.
    layer : dict

    Raises
    ------
    KeyError
        With the name that is missing, and those that are there.

    Examples
    --------
    >>> names = "self-attention", "feed-forward", "norm 1", "norm 2", "norm 3"
    >>> check_decoder_layer("here", dict.fromkeys(names))
    Traceback (most recent call last):
    ...
    tfmath.errors.MissingError: here: the parameters have no 'cross-attention';
    did you mean 'self-attention'?
    """
    check_parts(where, layer, *LAYER, "cross-attention", "norm 3")


def check_parts(where, parameters, *names):
    """Raise, naming it, if one of several parts is missing.

    Parameters
    ----------
    where : str
        How the message begins.
    parameters : dict
    *names : str

    Raises
    ------
    KeyError
        With the name that is missing, and those that are there.

    Examples
    --------
    >>> check_parts("here", {"embedding": 1, "encoder": 2}, "encoder", "embedding")
    """
    for name in names:
        part(where, parameters, name)
