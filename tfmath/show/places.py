"""What an array of a record is called, where a number of it stands, and what it is."""

from collections import Counter

import numpy as np

from tfmath.show.numbers import number
from tfmath.tracing import ancestors, steps
from tfmath.tracing.rules import RULES


class Names:
    """What each array behind `root` is called; those without a name get one when asked to.

    A name that was given twice has a number, as in `steps`: "scores", "scores (2)".
    """

    def __init__(self, root):
        self.root = root
        self.full = {id(array): name for name, array in steps(root).items()}
        self._shared_named = False

    def has(self, array):
        """Whether formulas stop at the array: it has a name, or nothing to say."""
        return id(array) in self.full or (
            bool(array.inputs) and RULES[array.op].formula is None
        )

    def of(self, array):
        return self.full.get(id(array), array.op)

    def scope(self, array):
        return self.of(array).rpartition(" / ")[0]

    def name_shared(self):
        """Name what is used more than once, as `source` does; say whether that is new."""
        if self._shared_named:
            return False
        nodes = ancestors(self.root)
        uses = Counter(id(i) for node in nodes for i in node.inputs)
        self.name(n for n in nodes if uses[id(n)] > 1 and _computed(n))
        self._shared_named = True
        return True

    def name(self, arrays):
        """Give "step 1", "step 2" … to those that have no name, the oldest first."""
        for array in sorted(arrays, key=lambda array: array.order):
            if not self.has(array):
                count = sum(name.startswith("step ") for name in self.full.values()) + 1
                self.full[id(array)] = f"step {count}"

    def told_apart(self, arrays):
        """Short names for the arrays of one formula, longer where two end alike."""
        paths = {id(a): tuple(self.of(a).split(" / ")) for a in arrays}
        names = {}
        for one, path in paths.items():
            others = {p for p in paths.values() if p != path and p[-1] == path[-1]}
            length = 1
            while path[-length:] in {p[-length:] for p in others}:
                length += 1
            names[one] = " / ".join(path[-length:])
        return names


def _computed(array):
    named = array.name is not None
    return bool(array.inputs) and not named and RULES[array.op].error != "moves"


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
