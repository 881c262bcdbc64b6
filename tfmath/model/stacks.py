"""What a stack of layers holds, and whether all its parts are there."""

import re

from tfmath.arguments import instance
from tfmath.errors import part
from tfmath.tracing.names import full_name

MODEL = ("embedding", "encoder", "decoder", "output", "position")
"""The parts that a model may have."""

ENCODER_LAYER = ("self-attention", "norm 1", "feed-forward", "norm 2")
"""The parts of an encoder layer."""

DECODER_LAYER = (*ENCODER_LAYER, "cross-attention", "norm 3")
"""The parts of a decoder layer."""

LOOKS = ("block", "activation", "attention")
"""What can be built otherwise in every layer."""

OF_SOURCE = (*LOOKS, "norm", "encoding", "scale")
"""What can be built otherwise from the source's ids to the encoder's output."""

VARIANTS = (*OF_SOURCE, "cross_attention")
"""What can be built otherwise in a whole model."""


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


def check_layer(where, layer, names):
    """Raise, naming it, if a part of a layer is missing, or nothing takes one.

    Parameters
    ----------
    where : str
        How the message begins.
    layer : dict
    names : tuple of str
        `ENCODER_LAYER` or `DECODER_LAYER`.

    Raises
    ------
    KeyError
        With the name that is missing, and those that are there.
    TypeError
        With the name that is too much, and those that may be there.

    Examples
    --------
    >>> check_layer("here", {"norm 1": {}, "norm 2": {}}, ("norm 1",))
    Traceback (most recent call last):
    ...
    TypeError: here: the layer takes no 'norm 2'; its parts are norm 1.
    """
    path = full_name()
    instance(where, path or "layer", layer, dict, f"a dict with {names[0]!r}")
    check_parts(f"{where}: {path}" if path else where, layer, *names)
    only(where, path or "the layer", layer, "parts", names)


def check_model(where, parameters, *names):
    """Raise, naming it, if a part of a model is missing, or nothing takes one.

    Parameters
    ----------
    where : str
        How the message begins.
    parameters : dict
    *names : str
        Those that must be there.

    Raises
    ------
    KeyError
        With the name that is missing, and those that are there.
    TypeError
        With the name that is too much, and those that may be there.

    Examples
    --------
    >>> check_model("here", {"embedding": 1, "Output": 2}, "embedding")
    Traceback (most recent call last):
    ...
    TypeError: here: the model takes no 'Output';
    its parts are embedding, encoder, decoder, output, position.
    """
    check_parts(where, parameters, *names)
    only(where, "the model", parameters, "parts", MODEL)


def only(where, taker, given, what, known):
    """Raise, naming it, if something is given that nothing takes.

    Parameters
    ----------
    where, taker : str
        How the message begins, and who takes what is given.
    given : iterable of str
    what : str
        What is given: "parts", say.
    known : iterable of str
        All that is taken.

    Raises
    ------
    TypeError
        With the name that is not known, and those that are.

    Examples
    --------
    >>> only("here", "the model", {"scale": 1.0}, "variants", VARIANTS)
    """
    unknown = [name for name in given if name not in known]
    if unknown:
        raise TypeError(
            f"{where}: {taker} takes no {', '.join(map(repr, unknown))}; "
            f"its {what} are {', '.join(known)}."
        )


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
