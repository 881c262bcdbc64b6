"""The words of a record: which can be changed, and where every other one is read from.

Ids that pick rows of a table with words are words themselves: each becomes a cell with a
word in it, and its id is looked up. Words go with the numbers through a record as one
tuple, so a tuple says where its words come from.
"""

from typing import Any, NamedTuple

from tfmath.errors import TraceError
from tfmath.show.workbook_spelling import axis_of, one_place
from tfmath.tracing import ancestors


class WordList(NamedTuple):
    """Words that can be changed.

    Attributes
    ----------
    ids : Traced
        Their places in the vocabulary.
    vocabulary : tuple of str
    words : tuple of str
        The tuple itself that the record carries along.
    """

    ids: Any
    vocabulary: tuple
    words: tuple


def word_lists(plan):
    """The ids of a record that pick words, in order, each once."""
    found: dict[int, WordList] = {}
    for node in ancestors(plan.root):
        words = _word_list(node, plan) if node.op == "getitem" else None
        if words:
            found.setdefault(id(words.ids), words)
    return list(found.values())


def _word_list(node, plan):
    table, *places = node.inputs
    live = [n for n, place in enumerate(places) if place.name is not None]
    if not live or id(table) not in plan.cells:
        return None
    ids, vocabulary = places[one_place(node, live)], table.labels[axis_of(node, live[0])]
    if ids.ndim != 1 or not vocabulary or len(set(vocabulary)) < len(vocabulary):
        return None
    words = tuple(vocabulary[i] for i in ids.value)
    carried = [labels for labels in node.labels if labels == words]
    return WordList(ids, vocabulary, carried[0] if carried else words)


def check_words(plan):
    """Raise for words that no cell can hold."""
    for array in plan.tables:
        for word in (word for words in array.labels for word in words or ()):
            if not word or len(word) > 1000 or any(ord(letter) < 32 for letter in word):
                raise TraceError(
                    f"workbook: the word {word[:20]!r} of {plan.titles[id(array)]} is "
                    "empty, or has control characters or over 1000 letters; no cell takes "
                    "it."
                )


def homes_of_words(plan, lists):
    """From each vocabulary to the table and axis beside which its words are typed.

    That is the first table that carries them.
    """
    kept = {id(one.vocabulary) for one in lists}
    homes: dict[int, tuple] = {}
    for array in plan.tables:
        for axis, words in enumerate(array.labels):
            if id(words) in kept and axis >= array.ndim - 2:
                homes.setdefault(id(words), (array, axis))
    return homes
