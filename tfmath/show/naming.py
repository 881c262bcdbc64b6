"""What the arrays of an explanation are called, and told apart by."""

from functools import cached_property

from tfmath.tracing import ancestors, steps
from tfmath.tracing.rules import RULES
from tfmath.tracing.writer import Writer


class Names:
    """What each array behind `root` is called; those without a name get one when asked to.

    Where two arrays of one explanation were given the same name, both are called as in
    `steps`: "scores", "scores (2)". `brief` is what was said of numbers so far.
    """

    def __init__(self, root):
        self.root, self.given, self.met, self.brief = root, {}, {}, {}
        self._named_as_source = False

    def has(self, array):
        """Whether formulas stop at the array: it has a name, or nothing to say."""
        silent = bool(array.inputs) and RULES[array.op].formula is None
        return array.name is not None or id(array) in self.given or silent

    def of(self, array):
        """The full name, with its number if another array in sight has the same."""
        if array.name is None:
            return self.given.get(id(array), array.op)
        twice = len(self.met.get(array.name, ())) > 1
        return self._numbered[id(array)] if twice else array.name

    @cached_property
    def _numbered(self):
        return {id(array): name for name, array in steps(self.root).items()}

    def meet(self, arrays):
        """Let arrays stand in the explanation, so that others are told apart from them."""
        for array in arrays:
            self.met.setdefault(array.name, set()).add(id(array))

    def name_as_source(self):
        """Name the steps that `source` gives a line; say whether that is new."""
        if self._named_as_source:
            return False
        self._named_as_source, written = True, Writer(self.root).names
        for array in ancestors(self.root):
            if array.inputs and array.name is None and id(array) in written:
                self.given[id(array)] = written[id(array)].replace("_", " ")
        return True

    def name(self, arrays):
        """Give "step 1", "step 2" … to those that have no name, the oldest first."""
        taken, count = {*self._numbered.values(), *self.given.values()}, 1
        for array in sorted(arrays, key=lambda array: array.order):
            while f"step {count}" in taken:
                count += 1
            if not self.has(array):
                self.given[id(array)] = f"step {count}"
                taken.add(f"step {count}")

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
