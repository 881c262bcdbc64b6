"""Names and lines for the steps of a record, so that they can be read and run as NumPy."""

import inspect
import keyword
import math
import re
import unicodedata
import weakref
from collections import Counter
from functools import cache

import numpy as np

from tfmath.tracing.record import ancestors, used_again
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import Own, slope

WIDTH = 100
"""An expression of more letters than this is shared out among lines of its own."""

LONG_NAME = 16
"""Of a longer name only so many letters count: what is long about the line is the name."""

# How strongly Python's own signs bind, weakest first.
_COMPARE, _ADD, _TIMES, _SIGN, _POWER, ATOM = 0, 4, 5, 6, 7, 8
_INFIX = dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARE)
_INFIX |= {"|": 1, "^": 2, "&": 3, "+": _ADD, "-": _ADD, "**": _POWER}
_INFIX |= dict.fromkeys(("*", "/", "@", "//", "%"), _TIMES)


class Printed:
    """A piece of a line, and how strongly it holds together.

    Examples
    --------
    >>> a = Printed("x + 1", _ADD)
    >>> f"{a}, {a:atom}.T"
    'x + 1, (x + 1).T'
    """

    __slots__ = ("strength", "text")

    def __init__(self, text, strength=ATOM):
        self.text, self.strength = text, strength

    def __str__(self):
        return self.text

    def __format__(self, how):
        return self.within(ATOM) if how == "atom" else self.text

    def within(self, least):
        """The text, in brackets where a sign beside it binds more strongly."""
        return self.text if self.strength >= least else f"({self.text})"


class Writer:
    """Gives a name to every array that needs one, and writes the lines.

    Attributes
    ----------
    given : dict of str to array
        What the lines start from.
    functions : dict
        What the lines call besides NumPy's own.
    names : dict of int to str
        What the lines call an array, by its id.
    lines : list of (Traced, str)
        In the order in which they run.
    """

    def __init__(self, *outputs, taken=()):
        nodes = ancestors(*outputs)
        made = [node for node in nodes if node.inputs]
        self.given, self.names, self.lines, self._texts = {}, {}, [], {}
        self._taken, self.functions = {"np", "slice", *taken}, {}
        for function in (f for node in made for f in RULES[node.op].uses):
            self._called(function)
        self._name_steps([node for node in nodes if node.name is not None])
        self._name_given(nodes)
        alone = {id(node) for node in (*outputs, *used_again(nodes))}
        for node in made:
            printed = self._expression(node)
            if id(node) in self.names or id(node) in alone:
                self._line(node, printed)
            else:
                self._texts[id(node)] = printed

    def step_names(self, found):
        """From the full names of steps to the names in the lines."""
        return {name: self.names[id(step)] for name, step in found.items()}

    # Names ---------------------------------------------------------------------------

    def _name_steps(self, nodes):
        """The shortest end of its path that no other step shares."""
        paths = [tuple(node.name.split(" / ")) for node in nodes]
        ends = Counter(path[-n:] for path in paths for n in range(1, len(path)))
        for node, path in zip(nodes, paths, strict=True):
            short = (path[-n:] for n in range(1, len(path)) if ends[path[-n:]] == 1)
            self.names[id(node)] = self._free("_".join(next(short, path)))

    def _name_given(self, nodes):
        """Constants after what they were given as; one array given twice has one name."""
        asked, met = _first_uses(nodes), {}
        for node in sorted(nodes, key=lambda node: node.name is None):
            if node.inputs or _inline(node, asked.get(id(node))):
                continue
            first = _first_copy(node, met)
            if id(first) not in self.names:
                wish = _wish(*asked[id(node)]) if id(node) in asked else "constant"
                self.names[id(first)] = self._free(wish)
            self.names.setdefault(id(node), self.names[id(first)])
            self.given.setdefault(self.names[id(node)], node.value)

    def _free(self, wish):
        wish = _identifier(wish)
        numbered = wish in ("step", "constant")
        name, count = (f"{wish}_1", 1) if numbered else (wish, 1)
        while name in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._taken.add(name)
        return name

    # Lines ---------------------------------------------------------------------------

    def _line(self, node, printed):
        if id(node) not in self.names:
            self.names[id(node)] = self._free("step")
        self.lines.append((node, f"{self.names[id(node)]} = {printed}"))

    def _expression(self, node):
        while True:
            printed = self._printed(node, [self._use(i, node) for i in node.inputs])
            if _width(printed) <= WIDTH:
                return printed
            widths = {id(i): _width(self._texts.get(id(i), "")) for i in node.inputs}
            widest = max(node.inputs, key=lambda i: widths[id(i)])
            if widths[id(widest)] <= LONG_NAME:
                return printed
            self._line(widest, self._texts.pop(id(widest)))

    def _use(self, node, consumer):
        if id(node) in self.names:
            return Printed(self.names[id(node)])
        return self._texts.get(id(node)) or _number(node, consumer)

    def _printed(self, node, used):
        sign, uses = RULES[node.op].source, RULES[node.op].uses
        called = {f.__name__: self._called(f) for f in uses}
        if callable(sign) and [*called] != [*called.values()]:
            sign = uses[0].__name__  # its own text would mean the other one of that name
        if sign in _INFIX and len(used) == 2:
            return _infix(sign, *used)
        if sign in ("-", "~"):
            return Printed(sign + used[0].within(_SIGN), _SIGN)
        if callable(sign):
            printed = sign(*used, **node.options)
            return printed if isinstance(printed, Printed) else Printed(printed)
        said = [f"{k}={self._option(v)}" for k, v in _unusual(node).items()]
        name = called.get(sign, sign) or f"np.{node.op}"
        return Printed(f"{name}({', '.join([*map(str, used), *said])})")

    def _called(self, function):
        """What the lines call a function: of two with the same name one gets a number."""
        name = next((k for k, f in self.functions.items() if f is function), None)
        if name is None:
            name = function.__name__
            if not name.isidentifier() or name in self._taken:
                name = self._free(name)
            self._taken.add(name)
            self.functions[name] = function
        return name

    def _option(self, value):
        if isinstance(value, tuple | list):
            inner = ", ".join(map(self._option, value))
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if callable(value) and hasattr(value, "__name__"):
            return self._called(value)
        if isinstance(value, np.dtype):
            return repr(value.name)
        return _plain(value) if isinstance(value, float) else repr(value)


def _width(printed):
    return len(re.sub(rf"(\w{{{LONG_NAME}}})\w+", r"\1", str(printed)))


def _infix(sign, left, right):
    strength = _INFIX[sign]
    if sign == "**":  # a ** b ** c is a ** (b ** c), and a ** -b needs no bracket
        return Printed(f"{left.within(ATOM)} ** {right.within(_POWER)}", strength)
    least = strength + (strength == _COMPARE)  # a < b < c means something else
    return Printed(f"{left.within(least)} {sign} {right.within(strength + 1)}", strength)


# Options that are said --------------------------------------------------------------------


def _unusual(node):
    """The options that are not the usual ones; no row of one's own is kept, it may go."""
    defaults = (_read.__wrapped__ if isinstance(node.op, Own) else _read)(RULES[node.op])
    return {
        name: option
        for name, option in node.options.items()
        if name not in defaults or not _alike(option, defaults[name])
    }


@cache
def _read(rule):
    found = {}
    for function in (rule.call, rule.signature):
        try:
            parameters = inspect.signature(function).parameters.values()
        except ValueError:  # NumPy's own, written in C
            continue
        found |= {p.name: p.default for p in parameters if p.default is not p.empty}
    return found


def _alike(option, default):
    return option is default or (type(option) is type(default) and option == default)


# Numbers and names ------------------------------------------------------------------------


def _number(node, consumer):
    if isinstance(node.origin, int | float):
        floats = [i for i in consumer.inputs if i.dtype.kind == "f" and not _weak(i)]
        text = _plain(node.origin, whole=bool(floats))
    else:
        text = re.sub(r"\b(inf|nan)\b", r"np.\1", repr(node.value[()]))
    return Printed(text, _ADD if text.startswith("-") else ATOM)


def _weak(node):
    return isinstance(node.origin, int | float)


def _plain(number, whole=False):
    """A Python number; beside floats 2.0 may be written 2."""
    if isinstance(number, float) and not math.isfinite(number):
        return str(number).replace("inf", "np.inf").replace("nan", "np.nan")
    short = whole and number == int(number) and abs(number) < 1e6 and str(number) != "-0.0"
    return str(int(number)) if short else repr(number)


def _first_uses(nodes):
    """For each array the first step that uses it, and at which place."""
    found = {}
    for node in nodes:
        for position, source in enumerate(node.inputs):
            found.setdefault(id(source), (node, position))
    return found


def _wish(consumer, position):
    names = RULES[consumer.op].names or ("constant",)
    return names[min(position, len(names) - 1)]


def _inline(node, use):
    """Whether a single number is written where it is used. A target or a place is not."""
    if node.op != "constant" or node.ndim > 0 or node.name is not None:
        return False
    return (
        use is None
        or _weak(node)
        or slope(RULES[use[0].op], use[1]) is not None
        or (not RULES[use[0].op].names)
    )


def _first_copy(node, met):
    """The first copy of the same array with the same numbers in it; often `node` itself."""
    if not isinstance(node.origin, weakref.ref):
        return node
    copies = met.setdefault(id(node.origin), [])
    same = (copy for copy in copies if _equal(copy.value, node.value))
    copies.append(node)
    return next(same, node)


def _equal(a, b):
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _identifier(wish):
    """A name that Python can read: ``"2nd step"`` becomes ``step_2nd_step``."""
    name = unicodedata.normalize("NFKC", wish)
    name = "".join(c if f"a{c}".isidentifier() else "_" for c in name)
    name = re.sub(r"_+", "_", name).strip("_") or "step"
    name = name if name.isidentifier() else f"step_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name
