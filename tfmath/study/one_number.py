"""One number of the toy model erased, all others kept: which quotes are lost then."""

import numpy as np

from tfmath import toy
from tfmath.arguments import nearest, words
from tfmath.learning.train import make_batch
from tfmath.model.names import answers_of, flatten, tables_of, unflatten
from tfmath.model.transformer import transformer

SENTENCES = [make_batch([pair], toy.WORDS) for pair in toy.PAIRS]


def quotes_lost(parameters):
    """How many of the three quotes a model no longer writes word for word.

    Parameters
    ----------
    parameters : dict
        Of the toy model's sizes.

    Returns
    -------
    lost : int

    Notes
    -----
    It writes a quote if, after each right beginning of it, the right word has the largest
    score: then the beginning that it has written itself is right, word after word.

    Examples
    --------
    >>> quotes_lost(toy.load())
    0
    """
    tables_of("quotes_lost", parameters, toy.SIZES)
    logits = [transformer(parameters, s.source, s.target) for s in SENTENCES]
    pairs = zip(logits, SENTENCES, strict=True)
    return sum(bool((best.argmax(-1) != s.following).any()) for best, s in pairs)


def with_only(parameters, kept):
    """The tables with 0 in the place of all numbers but some.

    Parameters
    ----------
    parameters : dict
    kept : sequence of bool
        One for each number, in the order of `flatten`.

    Returns
    -------
    parameters : dict

    Raises
    ------
    ShapeError
        If there is not one answer for each number.
    DtypeError
        If `kept` holds anything but true and false.

    Examples
    --------
    >>> with_only({"norm": {"gain": [2.0, 3.0], "bias": [4.0]}}, [True, False, True])
    {'norm': {'gain': array([2., 0.]), 'bias': array([4.])}}
    """
    flat = tables_of("with_only", parameters)
    kept = answers_of("with_only", "kept", kept, flat)
    return unflatten({name: table * kept[name] for name, table in flat.items()})


def one_number(tables=None):
    """Each number of the trained toy model erased alone: how many quotes are lost.

    Parameters
    ----------
    tables : sequence of str, optional
        Names of tables, such as ``"encoder / layer 1 / norm 1 / gain"``. By default all.

    Returns
    -------
    rows : list of dict
        In the order of `flatten`: the table, the number, how many quotes are lost.

    Raises
    ------
    ValueError
        If no table has such a name.

    Examples
    --------
    >>> rows = one_number(["decoder / layer 1 / norm 3 / gain"])
    >>> [(row["number"], row["lost"]) for row in rows]
    [(1.3, 1), (1.7, 2), (1.5, 3), (1.2, 0), (1.5, 2)]
    """
    flat = flatten(toy.load())
    names = list(flat) if tables is None else words("one_number", "tables", tables)
    for name in names:
        if name not in flat:
            raise ValueError(f"one_number: no table is {name!r}{nearest(name, flat)}")
    return [row for name in names for row in _of_table(flat, name)]


def _of_table(flat, name):
    for place, number in np.ndenumerate(flat[name]):
        less = np.array(flat[name])
        less[place] = 0
        lost = quotes_lost(unflatten(flat | {name: less})) if number else 0
        yield {"table": name, "number": float(number), "lost": lost}
