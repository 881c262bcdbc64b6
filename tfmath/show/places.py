"""What an array of a record is called, where a number of it stands, and what it is."""

from collections import Counter

import numpy as np

from tfmath.show.numbers import number
from tfmath.tracing import ancestors, steps
from tfmath.tracing.rules import RULES


class Names:
    """What each array behind `root` is called; those without a name get one when asked to.

    Where two arrays of one explanation were given the same name, both are called as in
    `steps`: "scores", "scores (2)".
    """

    def __init__(self, root):
        self.root = root
        self.numbered = {id(array): name for name, array in steps(root).items()}
        self.met = {}
        self._count, self._shared_named = 0, False

    def has(self, array):
        """Whether formulas stop at the array: it has a name, or nothing to say."""
        silent = bool(array.inputs) and RULES[array.op].formula is None
        return id(array) in self.numbered or silent

    def of(self, array):
        """The full name, with its number if another array in sight has the same."""
        name = array.name
        if name is None or len(self.met.get(name, ())) > 1:
            return self.numbered.get(id(array), array.op)
        return name

    def meet(self, arrays):
        """Let arrays stand in the explanation, so that others are told apart from them."""
        for array in arrays:
            self.met.setdefault(array.name, set()).add(id(array))

    def name_shared(self):
        """Name what is used more than once, as `source` does; say whether that is new."""
        if self._shared_named:
            return False
        self._shared_named = True
        self.name(used_again(ancestors(self.root)))
        return True

    def name(self, arrays):
        """Give "step 1", "step 2" … to those that have no name, the oldest first."""
        taken = set(self.numbered.values())
        for array in sorted(arrays, key=lambda array: array.order):
            if not self.has(array):
                self._count += 1
                while f"step {self._count}" in taken:
                    self._count += 1
                self.numbered[id(array)] = f"step {self._count}"

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
