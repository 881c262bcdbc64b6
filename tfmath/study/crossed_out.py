"""A part crossed out of the trained model: what it writes then, and how surprised it is."""

import numpy as np

from tfmath import toy
from tfmath.arguments import callable_, instance, items, nearest, whole, words
from tfmath.attention.dot_product import attend
from tfmath.errors import ShapeError, axes, floats
from tfmath.learning.loss import cross_entropy
from tfmath.learning.train import make_batch
from tfmath.model.names import flatten, tables_of, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.tracing.names import full_name

ENCODER = "encoder / layer 1 / self-attention"
DECODER = "decoder / layer 1 / self-attention"
CROSS = "decoder / layer 1 / cross-attention"


# What stands in place of a part ---------------------------------------------------------


def without_sum(where, x, sublayer, gain, bias):
    """A block that forgets its input: the norm of what the sublayer says, alone.

    Arguments and result as for `post_norm`.

    Examples
    --------
    >>> x, one, zero = np.array([[7.0, 9.0]]), np.ones(2), np.zeros(2)
    >>> without_sum("norm 1", x, lambda x: x[:, ::-1], one, zero).round(3).tolist()
    [[1.0, -1.0]]
    """
    return layer_norm(_said("without_sum", x, sublayer), gain, bias)


def without_norm(where, x, sublayer, gain, bias):
    """A block that only adds: its numbers are never brought back to one size.

    Arguments and result as for `post_norm`; gain and bias are not used.

    Examples
    --------
    >>> x, one, zero = np.array([[7.0, 9.0]]), np.ones(2), np.zeros(2)
    >>> without_norm("norm 1", x, lambda x: x[:, ::-1], one, zero).tolist()
    [[16.0, 16.0]]
    """
    x = floats("without_norm", x=x)
    said = _said("without_norm", x, sublayer)
    if said.shape != x.shape:
        raise ShapeError(
            f"without_norm: the sublayer gives {said.shape}, and x {x.shape} needs rows "
            "like its own to add them."
        )
    return x + said


def _said(where, x, sublayer):
    callable_(where, "sublayer", sublayer, "x -> rows like those of x")
    return floats(where, sublayer=sublayer(floats(where, x=x)))


def without_mask(query, key, value, mask=None):
    """An attention in which every word may look at every word.

    Arguments and result as for `scaled_dot_product_attention`; the mask is not used.

    Examples
    --------
    >>> x, causal = np.array([[0.0], [0.0]]), np.tri(2) > 0
    >>> without_mask(x, x, np.array([[2.0], [4.0]]), causal).tolist()
    [[3.0], [3.0]]
    """
    return attend(query, key, value)


def without_root(query, key, value, mask=None):
    """An attention whose scores are not divided by √d_k.

    Arguments and result as for `scaled_dot_product_attention`.

    Examples
    --------
    With d_k = 4 and key · query = 2 ln 3, the weights are 1 : 9 and not 1 : 3.

    >>> query, key = np.full((1, 4), 0.5), np.outer([0.0, np.log(3)], np.ones(4))
    >>> without_root(query, key, np.array([[0.0], [1.0]])).round(3).tolist()
    [[0.9]]
    """
    return attend(query, key, value, mask, scale=1)


def silenced(parameters, *places):
    """The tables, those at some places filled with zeros: what they add is nothing.

    Parameters
    ----------
    parameters : dict
    *places : str
        Full names of tables, such as ``"encoder / layer 1 / self-attention / W_O"``.

    Returns
    -------
    parameters : dict
        Copies of those tables; all others as they were.

    Raises
    ------
    ValueError
        If no table has such a name.

    Examples
    --------
    >>> silenced({"norm": {"gain": 2.0, "bias": 3.0}}, "norm / bias")
    {'norm': {'gain': 2.0, 'bias': array(0.)}}
    """
    tables_of("silenced", parameters)
    flat = flatten(parameters)
    for place in places:
        flat[place] = np.zeros_like(flat[_known("silenced", flat, place)])
    return unflatten(flat)


def without_head(parameters, place, head, n_heads):
    """The tables with one head silenced: its rows of W_O are zeros.

    Parameters
    ----------
    parameters : dict
    place : str
        Of an attention, such as ``"encoder / layer 1 / self-attention"``.
    head : int
        Counted from 1.
    n_heads : int

    Returns
    -------
    parameters : dict

    Examples
    --------
    >>> look = {"W_O": [[1.0], [2.0], [3.0], [4.0]]}
    >>> without_head({"look": look}, "look", head=2, n_heads=2)["look"]["W_O"].tolist()
    [[1.0], [2.0], [0.0], [0.0]]
    """
    tables_of("without_head", parameters)
    n_heads = whole("without_head", "n_heads", n_heads, least=1)
    head = whole("without_head", "head", head, least=1, most=n_heads)
    flat = flatten(parameters)
    W_O = np.array(flat[_known("without_head", flat, f"{place} / W_O")])
    axes("without_head", 2, **{f"{place} / W_O": W_O})
    if len(W_O) % n_heads:
        raise ValueError(
            f"without_head: {place} / W_O has {len(W_O)} rows; {n_heads} heads cannot "
            "share them."
        )
    W_O.reshape(n_heads, -1, W_O.shape[-1])[head - 1] = 0
    return unflatten(flat | {f"{place} / W_O": W_O})


def _known(where, flat, place):
    instance(where, "place", place, str, "a str, the full name of a table")
    if place not in flat:
        raise ValueError(f"{where}: place {place!r} is no table{nearest(place, flat)}")
    return place


# What comes of it -----------------------------------------------------------------------


def surprise(parameters, pairs=toy.PAIRS, **variant):
    """The mean surprise at the right words, each sentence read by itself.

    Parameters
    ----------
    parameters : dict
    pairs : sequence of (str, str)
        What is read, what should be written.
    **variant
        For `transformer`.

    Returns
    -------
    loss : float, in nats a word.

    Examples
    --------
    >>> round(surprise(toy.load()), 3)
    0.117
    """
    tables_of("surprise", parameters)
    if not items("surprise", "pairs", pairs, "(text, text)"):
        raise ValueError("surprise: pairs is empty; give at least one.")
    found = [_of_one(parameters, make_batch([pair], toy.WORDS), variant) for pair in pairs]
    losses, counts = zip(*found, strict=True)
    return float(np.average(losses, weights=counts))


def _of_one(parameters, sentence, variant):
    logits = transformer(parameters, sentence.source, sentence.target, **variant)
    return cross_entropy(logits, sentence.following), sentence.following.size


CROSSED = {
    "nothing": lambda tables: (tables, {}),
    "the sums": lambda tables: (tables, {"block": without_sum}),
    "the norms": lambda tables: (tables, {"block": without_norm}),
    "positions": lambda tables: (tables, {"encoding": None}),
    "√d_k": lambda tables: (tables, _everywhere(without_root)),
    "the mask": lambda tables: (tables, _everywhere(without_mask)),
    "the encoder's attention": lambda tables: (silenced(tables, f"{ENCODER} / W_O"), {}),
    "its head 1": lambda tables: (without_head(tables, ENCODER, 1, 2), {}),
    "its head 2": lambda tables: (without_head(tables, ENCODER, 2, 2), {}),
    "the decoder's attention": lambda tables: (silenced(tables, f"{DECODER} / W_O"), {}),
    "the look at the encoder": lambda tables: (silenced(tables, f"{CROSS} / W_O"), {}),
    "the encoder's feed-forward": lambda tables: (_without_thought(tables, "encoder"), {}),
    "the decoder's feed-forward": lambda tables: (_without_thought(tables, "decoder"), {}),
}
"""From each part to a function of the toy model's tables: changed tables, and a variant."""


def _everywhere(attention):
    return {"attention": attention, "cross_attention": attention}


def _only_at(place, block):
    def chosen(where, x, sublayer, gain, bias):
        here = block if full_name(where) == place else post_norm
        return here(where, x, sublayer, gain, bias)

    return lambda tables: (tables, {"block": chosen})


ONE_PLACE = {
    f"the {stack}'s {what} {i}": _only_at(f"{stack} / layer 1 / norm {i}", block)
    for stack, n_norms in (("encoder", 2), ("decoder", 3))
    for i in range(1, n_norms + 1)
    for what, block in (("sum", without_sum), ("norm", without_norm))
}
"""As `CROSSED`: a sum or a norm in one place alone, where `CROSSED` takes all five."""


def _without_thought(tables, stack):
    place = f"{stack} / layer 1 / feed-forward"
    return silenced(tables, f"{place} / W_2", f"{place} / b_2")


def crossed_out(parameters, parts=tuple(CROSSED)):
    """Each part taken out of the toy model: what it writes for the quotes, and its loss.

    Nothing is trained again: it is the trained model that lost a part.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes, such as ``toy.load()``.
    parts : sequence of str
        Which; keys of `CROSSED` or `ONE_PLACE`.

    Returns
    -------
    list of dict
        For each part: ``"without"``, ``"loss"``, and for each text that is read what is
        written, at most `toy.LONGEST` words.

    Examples
    --------
    >>> row, = crossed_out(toy.load(), ["the encoder's feed-forward"])
    >>> row["the true enemy won't wait out the storm"], round(row["loss"], 2)
    ('he win storm storm', 0.31)
    """
    tables_of("crossed_out", parameters)
    known = CROSSED | ONE_PLACE
    for part in words("crossed_out", "parts", parts):
        if part not in known:
            raise ValueError(
                f"crossed_out: there is no part {part!r}{nearest(part, known)}"
            )
    return [_tried(part, *known[part](parameters)) for part in parts]


def _tried(part, tables, variant):
    texts = {text: _written(tables, text, variant) for text, _ in toy.PAIRS}
    return {"without": part, "loss": surprise(tables, **variant), **texts}


def _written(tables, text, variant):
    written = [word for word, _ in toy.finish(tables, text, **variant)]
    return " ".join(word for word in written if word != "<end>")
