"""A traced model as the program of a page: its steps, its numbers, and what Python says.

The page runs the record in another language. Every operation needs a row in the page's own
table, ``js/rows_*.js``; what has none is refused here, before a page is written.
"""

import base64
import re
from pathlib import Path

import numpy as np

from tfmath import toy
from tfmath.arguments import callable_, instance, items, nearest, whole, words
from tfmath.errors import TraceError
from tfmath.explorer.drawn import drawing, stations_of
from tfmath.explorer.knockouts import knockouts
from tfmath.explorer.merged import LENGTHS, merged
from tfmath.learning.loss import cross_entropy
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.text import END, SPECIALS, START, encode
from tfmath.show.machine_record import stations
from tfmath.tracing import Traced, ancestors, backward, constant, named

FOLDER = Path(__file__).parent / "js"


def program(run, vocabulary, examples, start, end, most=16, longest=None):
    """A model as a page needs it: steps, given numbers, drawing, parts that can go.

    Parameters
    ----------
    run : function
        ``(words read, words so far) -> traced logits``, from tables traced with their
        words; the same for every sentence but for its length.
    vocabulary : sequence of str
        In the order of the ids.
    examples : sequence of dict
        ``"source"``, ``"target"`` and ``"following"``, each a list of words, the last two
        of one length. The first is the one that the page opens with.
    start, end : str
        The words that begin and end what is written.
    most : int
        The longest sentence of the page, in words.
    longest : int, optional
        The most words that the page writes by itself.

    Returns
    -------
    program : dict
        Of what JSON knows: the arguments, and

        - ``"nodes"``: the record with its loss. Each has its operation, the numbers of its
          inputs, options, name, shape, words (``"labels"``), ``"kind"``, and if it was
          given its numbers (of the longest sentence; of a shorter one the first are meant),
          or ``"from"`` which sentence its ids are. A size is a number, ``"S"`` or ``"T"``
          for the words read and written, or a dict of how it grows with both;
        - ``"logits"`` and ``"loss"``: the numbers of those nodes;
        - ``"drawing"``, ``"stations"``, ``"knockouts"``: see `drawing`, `stations_of`,
          `knockouts`;
        - ``"opening"`` and ``"check"``: the first example, and its numbers in Python.

    Raises
    ------
    ValueError
        If a word is not in the vocabulary, or an example has no word or more than `most`.
    TraceError
        If what `run` gives is not traced, an operation has no row in the page's table, or
        the records of longer sentences are not the same program.

    Examples
    --------
    >>> found = toy_program()
    >>> len(found["nodes"]), found["nodes"][found["logits"]]["shape"]
    (126, ['T', 26])
    """
    vocabulary = list(words("explorer", "vocabulary", vocabulary))
    most = whole("explorer", "most", most, least=12)
    callable_("explorer", "run", run, "(words read, words so far) -> traced logits")
    examples = _examples(examples, vocabulary, most)
    for name, word in (("start", start), ("end", end)):
        _known(name, [word], vocabulary)
    lengths = [*LENGTHS, (most, most)]
    said = [
        _words_of(pair, examples, start) | {"vocabulary": vocabulary} for pair in lengths
    ]
    records = [_record(run, s) for s in said]
    opening = _record(run, examples[0] | {"vocabulary": vocabulary})
    return {
        "vocabulary": vocabulary,
        "start": start,
        "end": end,
        "most": most,
        "longest": most - 1 if longest is None else longest,
        "opening": examples[0],
        "examples": examples[1:] or examples,
        "nodes": _with_rows(merged([r[0] for r in records], said, lengths)),
    } | _shown(*opening)


def _examples(examples, vocabulary, most):
    found = []
    for number, one in enumerate(items("explorer", "examples", examples, "dict")):
        where = f"examples[{number}]"
        instance("explorer", where, one, dict, "a dict of source, target and following")
        sides = {
            side: list(words("explorer", f"{where}[{side!r}]", one[side]))
            for side in ("source", "target", "following")
        }
        for side, row in sides.items():
            _known(f"{where}[{side!r}]", row, vocabulary)
            whole(
                "explorer", f"the number of words in {where}[{side!r}]", len(row), 1, most
            )
        if len(sides["target"]) != len(sides["following"]):
            raise ValueError(
                f"explorer: {where} has {len(sides['target'])} words in target and "
                f"{len(sides['following'])} in following; give one that follows each."
            )
        found.append(sides)
    return found


def _known(name, row, vocabulary):
    for word in row:
        if word not in vocabulary:
            raise ValueError(
                f"explorer: {name} has {word!r}, which is not in the vocabulary"
                f"{nearest(word, vocabulary)}"
            )


def _words_of(pair, examples, start):
    """Sentences of given lengths, of the examples' own words."""
    read = [word for one in examples for word in one["source"]]
    written = [word for one in examples for word in one["following"]]
    source, following = (
        _cycled(row, n) for row, n in zip((read, written), pair, strict=True)
    )
    return {"S": source, "T": [start, *following[:-1]], "F": following}


def _cycled(row, count):
    return (row * count)[:count]


def _record(run, said):
    """The record of one run with its loss, oldest first, and its last steps."""
    source, target, following = (
        said.get(short, said.get(long))
        for short, long in (("S", "source"), ("T", "target"), ("F", "following"))
    )
    logits = run(list(source), list(target))
    if not isinstance(logits, Traced):
        raise TraceError(
            f"explorer: run gave a plain {type(logits).__name__}; compute the logits from "
            "traced tables, see tfmath.model.parameters.traced."
        )
    ids = np.array([said["vocabulary"].index(word) for word in following])
    loss = named("loss", cross_entropy(logits, constant("following", ids, beside=logits)))
    return ancestors(loss), logits, loss


def _with_rows(nodes):
    """The same nodes, if the page's table has a row for each of their operations."""
    rows = page_rows() | {"input", "constant"}
    for node in nodes:
        if node["op"] not in rows:
            raise TraceError(
                f"explorer: {node['name'] or 'a step without a name'} is made by "
                f"{node['op']}, which has no row in the page's table, "
                "tfmath/explorer/js/rows_*.js. Write it with operations that have one"
                f"{nearest(node['op'], rows)}"
            )
    return nodes


def page_rows():
    """The operations that the page knows: the names of the rows in its table.

    Returns
    -------
    names : set of str

    Examples
    --------
    >>> sorted(page_rows())[:4]
    ['absolute', 'add', 'astype', 'broadcast_to']
    """
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("rows_*.js")]
    tables = [
        t for text in texts for t in re.findall(r"_ROWS = \{\n(.*?)\n\};", text, re.S)
    ]
    return {name for table in tables for name in re.findall(r"^  (\w+):", table, re.M)}


def _shown(nodes, logits, loss):
    """What is drawn, what can go, and what Python's numbers are, of the opening example."""
    at = {id(node): i for i, node in enumerate(nodes)}
    found = stations(logits)
    return {
        "logits": at[id(logits)],
        "loss": at[id(loss)],
        "drawing": drawing(logits),
        "stations": stations_of(found, at),
        "knockouts": knockouts(nodes, found),
        "check": numbers_to_check(nodes, loss),
    }


def numbers_to_check(nodes, loss):
    """All computed numbers of a record, then all gradients of its loss, as base64.

    Parameters
    ----------
    nodes : list of Traced
    loss : Traced

    Returns
    -------
    str
        Of float64 numbers, the lowest byte first.

    Examples
    --------
    The loss is 1, the slope by itself 1, and by x 2:

    >>> from tfmath import trace
    >>> loss = named("loss", 2 * trace(0.5, "x"))
    >>> text = numbers_to_check(ancestors(loss), loss)
    >>> np.frombuffer(base64.b64decode(text)).tolist()
    [1.0, 2.0, 1.0]
    """
    made = [n.value for n in nodes if n.inputs and n.dtype.kind == "f"]
    slopes = [grad.value for grad in backward(loss).values()]
    flat = np.concatenate([np.ravel(value) for value in [*made, *slopes]])
    return base64.b64encode(flat.astype("<f8").tobytes()).decode("ascii")


def toy_program(tables=None):
    """The toy model as the program of a page: it opens just before the word "die".

    Parameters
    ----------
    tables : dict, optional
        Of the toy model's sizes; by default ``toy.load()``.

    Returns
    -------
    program : dict

    Examples
    --------
    >>> toy_program()["opening"]["following"]
    ['you', 'win', 'or', 'you', 'die']
    """
    tables = toy.load() if tables is None else tables
    start, end = SPECIALS[START], SPECIALS[END]
    quotes = [(read.split(), written.split()) for read, written in toy.PAIRS]
    whole_quotes = [
        {"source": read, "target": [start, *written], "following": [*written, end]}
        for read, written in quotes
    ]
    read, written = quotes[1]
    opening = {"source": read, "target": [start, *written[:-1]], "following": written}

    def run(source, target):
        ids = encode(source, toy.WORDS), encode(target, toy.WORDS)
        return transformer(traced(tables, toy.WORDS), *ids)

    return program(
        run, toy.WORDS, [opening, *whole_quotes], start, end, longest=toy.LONGEST
    )
