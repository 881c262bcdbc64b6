"""Where a number of a record stands, what it is, and which steps deserve a name."""

from collections import Counter

import numpy as np

from tfmath.show.numbers import number


def used_again(nodes):
    """The unnamed steps that others use more than once, and that are more than a slice."""
    uses = Counter(id(i) for node in nodes for i in node.inputs)
    unnamed = [n for n in nodes if n.inputs and n.name is None]
    return [n for n in unnamed if uses[id(n)] > 1 and not is_cheap(n)]


def is_cheap(node):
    """Reading the same slice or transpose twice is easier than following one more name."""
    while node.op in ("getitem", "transpose"):
        node = node.inputs[0]
        if node.name is not None:
            return True
    return False


def words_at(array, index):
    """The words where a number stands, or the places counted from 0."""
    return [
        str(words[i]) if words else str(i)
        for words, i in zip(array.labels, index, strict=True)
    ]


def value_at(array, index):
    """The number as it is printed; yes or no for a truth value."""
    value = array.value[index]
    return ("no", "yes")[int(value)] if isinstance(value, np.bool_) else number(value)
