"""One number, explained: its formula, today's numbers, and on down to weights and words."""

import html
import math

from tfmath.errors import ShapeError, TraceError
from tfmath.show.numbers import number
from tfmath.tracing import Traced
from tfmath.tracing.formula import Formula, leaf, literal
from tfmath.tracing.rules import RULES

MOST_TERMS = 8
"""Longer sums are printed with their first and last terms and a count."""

LINE = 110
"""A sum of more letters than this is shared out among several lines of a formula."""


class Explanation:
    """What `explain` gives back: prints as text, shows as LaTeX in a notebook.

    Attributes
    ----------
    array, index
        The number that is explained.
    formula : Formula or None
        How it came about, in terms of named numbers; None for what is simply given.
    parts : list of Explanation
        The named numbers in the formula, explained in turn, as deep as was asked.
    """

    def __init__(self, array, index, depth):
        self.array, self.index = array, index
        self.formula = None if _given(array) else _formula(array, index)
        self.parts = []
        if self.formula is not None and depth > 1:
            self.parts = [Explanation(*part, depth - 1) for part in _leaves(self.formula)]
        leaves = [] if self.formula is None else _leaves(self.formula)
        self._names = _told_apart([array, *(part for part, _ in leaves)])

    def _place(self, array, index):
        return _place(array, index, self._names.get(id(array)))

    def _latex_place(self, array, index):
        return _latex_place(array, index, self._names.get(id(array)))

    def __repr__(self):
        return "\n".join(self._lines())

    def _lines(self, indent=""):
        title = (
            f"{indent}{self._place(self.array, self.index)} = "
            f"{_value(self.array, self.index)}"
        )
        if self.formula is None:
            return [f"{title}  (given)"]
        scope = (self.array.name or "").rpartition(" / ")[0]
        lines = [f"{title}  ({scope})" if scope else title]
        for show in (self._place, _value):
            lines.append(f"{indent}  = {_text(self.formula, show)[0]}")
        for part in self.parts:
            lines += part._lines(indent + "    ")
        return lines

    def _repr_html_(self):
        return self._html(" open")

    def _html(self, is_open=""):
        place = html.escape(self._place(self.array, self.index))
        where = html.escape((self.array.name or "").rpartition(" / ")[0])
        value = html.escape(_value(self.array, self.index))
        title = f"<b>{place} = {value}</b>"
        title += f" <span style='color:#777'>{where}</span>" if where else ""
        if self.formula is None:
            return f"<div style='margin-left:1.2em'>{title} (given)</div>"
        parts = "".join(part._html() for part in self.parts)
        return (
            f"<details{is_open} style='margin-left:1.2em'><summary>{title}</summary>"
            f"<div>$${html.escape(self.latex())}$$</div>{parts}</details>"
        )

    def latex(self):
        """The formula twice, in names and in numbers, as an aligned block of LaTeX."""
        left = self._latex_place(self.array, self.index)
        if self.formula is None:
            return f"{left} = {_value(self.array, self.index)}"
        rows = [
            f"{left} &= {_latex_lines(self.formula, self._latex_place, self._place)}",
            f"&= {_latex_lines(self.formula, _value, _value)}",
            f"&= {_value(self.array, self.index)}",
        ]
        return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


def explain(array, *where, depth=2):
    """Say where one number of a traced array comes from.

    Parameters
    ----------
    array : Traced
        Any step of a record.
    *where : int or str
        One for each axis: the place, counted from 0, or the word that stands there.
    depth : int
        1 explains the number, 2 also the numbers in its formula, and so on, down to weights
        and words.

    Returns
    -------
    Explanation
        Text in a terminal; in a notebook LaTeX that folds open.

    Raises
    ------
    TraceError
        If `array` is not traced.
    ShapeError, ValueError
        If `where` has too few or too many parts, or names a word that is not there, or is
        there twice.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x = trace([[1.0, 2.0]], "x", rows=["you"])
    >>> W = trace([[0.5], [-0.3]], "W")
    >>> explain(named("y", x @ W), "you", 0)
    y[you, 0] = -0.100
      = x[you, 0] · W[0, 0] + x[you, 1] · W[1, 0]
      = 1 · 0.5 + 2 · (-0.3)
        x[you, 0] = 1  (given)
        W[0, 0] = 0.5  (given)
        x[you, 1] = 2  (given)
        W[1, 0] = -0.3  (given)
    """
    if not isinstance(array, Traced):
        raise TraceError(
            "explain: the array is not traced, so it does not know; see trace()."
        )
    if len(where) == 1 and isinstance(where[0], tuple):
        where = where[0]
    if len(where) != array.ndim:
        raise ShapeError(f"explain: {array.name} {array.shape} needs {array.ndim} places.")
    if depth < 1:
        raise ValueError(f"explain: depth is {depth}; it must be 1 or more.")
    return Explanation(array, _index(array, where), depth)


def _index(array, where):
    index = []
    for axis, (place, size) in enumerate(zip(where, array.shape, strict=True)):
        if isinstance(place, str):
            place = _word_place(array, axis, place)
        if not -size <= place < size:
            raise ValueError(
                f"explain: place {place} on axis {axis} is outside 0 … {size - 1}."
            )
        index.append(int(place) % size)
    return tuple(index)


def _word_place(array, axis, word):
    words = array.labels[axis] or ()
    if words.count(word) == 1:
        return words.index(word)
    if word in words:
        places = [i for i, w in enumerate(words) if w == word]
        raise ValueError(f"explain: {word!r} stands at {places}; say which by its number.")
    raise ValueError(f"explain: no {word!r} on axis {axis}; the words there are {words}.")


def _given(array):
    return not array.inputs


def _formula(array, index):
    """The formula of one number, in terms of the nearest named or given numbers."""
    rule = RULES[array.op]
    if rule.formula is None:
        raise TraceError(
            f"explain: the operation {array.op} has no formula in the table RULES."
        )

    def at(position, place):
        source = array.inputs[position]
        if source.name is not None:
            return leaf(source, place)
        if _given(source):
            return literal(source.value[place].item())
        return _formula(source, place)

    return rule.formula(at, array, index)


def _leaves(formula):
    """The distinct named numbers of a formula, in the order they are read."""
    found = {}
    for part in _read(formula):
        array, index = part.parts
        found[id(array), index] = (array, index)
    return list(found.values())


def _read(formula):
    if formula.kind == "leaf":
        yield formula
    elif formula.kind != "literal":
        for part in formula.parts:
            if isinstance(part, Formula):
                yield from _read(part)


def value_of(formula):
    """Work a formula out; it must give the number it explains."""

    def work(part):
        if part.kind == "leaf":
            return float(part.parts[0].value[part.parts[1]])
        if part.kind == "literal":
            return float(part.parts[0])
        if part.kind == "function":
            return _FUNCTIONS[part.parts[0]](*map(work, part.parts[1:]))
        return _ARITHMETIC[part.kind](*map(work, part.parts))

    _FUNCTIONS = {"exp": math.exp, "ln": math.log, "√": math.sqrt, "tanh": math.tanh}
    _FUNCTIONS |= {"sin": math.sin, "cos": math.cos, "erf": math.erf, "abs": abs}
    _FUNCTIONS |= {"max": max, "min": min}
    _ARITHMETIC = {
        "sum": lambda *terms: math.fsum(terms),
        "difference": lambda a, b: a - b,
        "product": lambda a, b: a * b,
        "fraction": lambda a, b: a / b,
        "power": lambda a, b: a**b,
        "negative": lambda a: -a,
    }
    return work(formula)


# Printing -------------------------------------------------------------------------------

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


def _labels_at(array, index):
    return [
        str(words[i]) if words else str(i)
        for words, i in zip(array.labels, index, strict=True)
    ]


def _short(array):
    return (array.name or array.op).split(" / ")[-1]


def _told_apart(arrays):
    """Longer names for arrays of one formula that end alike, as far back as it takes."""
    paths = {id(a): tuple(a.name.split(" / ")) for a in arrays if a.name is not None}
    names = {}
    for one, path in paths.items():
        others = {p for p in paths.values() if p != path and p[-1] == path[-1]}
        if others:
            lengths = (n for n in range(2, 99) if path[-n:] not in {p[-n:] for p in others})
            names[one] = " / ".join(path[-next(lengths) :])
    return names


def _place(array, index, name=None):
    name, where = name or _short(array), ", ".join(_labels_at(array, index))
    return f"{name}[{where}]" if where else name


def _value(array, index):
    return number(array.value[index])


def _latex_place(array, index, name=None):
    where = ", ".join(rf"\text{{{_escaped(w)}}}" for w in _labels_at(array, index))
    name = _latex_name(name or _short(array))
    return f"{name}_{{{where}}}" if where else name


def _latex_name(name):
    """The paper's symbols as the paper writes them: W_Q as W with a raised Q."""
    symbol, _, mark = name.partition("_")
    if len(symbol) == 1 and mark and len(mark) == 1:
        return f"{symbol}^{{{mark}}}" if mark.isalpha() else f"{{{symbol}_{{{mark}}}}}"
    return rf"\text{{{_escaped(name)}}}"


def _escaped(text):
    special = {
        "\\": r"\textbackslash ",
        "~": r"\textasciitilde ",
        "^": r"\textasciicircum ",
    }
    special |= {c: "\\" + c for c in "_%&#${}"}
    return "".join(special.get(c, c) for c in text)


def _wrapped(printed, least, left="(", right=")"):
    text, strength = printed
    return text if strength >= least else f"{left}{text}{right}"


def _shown(parts):
    """The terms of a sum that are printed; None stands for those left out."""
    if len(parts) <= MOST_TERMS:
        return list(parts)
    return [*parts[: MOST_TERMS - 3], None, *parts[-2:]]


def _atom(formula, show):
    if formula.kind == "leaf":
        text = show(*formula.parts)
    else:
        text = number(formula.parts[0]) if formula.parts[0] != 1e-5 else "0.00001"
    return text, _SUM if text.startswith("-") else _ATOM


def _text(formula, show):
    kind, parts = formula
    if kind in ("leaf", "literal"):
        return _atom(formula, show)
    if kind == "function":
        inner = ", ".join(_text(part, show)[0] for part in parts[1:])
        return f"{parts[0]}({inner})", _ATOM
    if kind == "sum":
        first, *rest = _shown(parts)
        words = [_text(first, show)[0]]
        words += ["…" if t is None else _wrapped(_text(t, show), _PRODUCT) for t in rest]
        return " + ".join(words), _SUM
    if kind == "negative":
        return "-" + _wrapped(_text(parts[0], show), _POWER), _SUM
    left, right = parts
    if kind == "difference":
        return f"{_text(left, show)[0]} - {_wrapped(_text(right, show), _PRODUCT)}", _SUM
    if kind == "product":
        return f"{_wrapped(_text(left, show), _PRODUCT)} · " + _factor(
            right, show
        ), _PRODUCT
    if kind == "fraction":
        under = _wrapped(_text(right, show), _POWER)
        return f"{_wrapped(_text(left, show), _PRODUCT)} / {under}", _PRODUCT
    base, exponent = (_wrapped(_text(part, show), _ATOM) for part in parts)
    return f"{base}^{exponent}", _POWER


def _factor(formula, show):
    # a · (b / c) keeps its bracket; a · b · c needs none.
    least = _PRODUCT if formula.kind == "product" else _POWER
    return _wrapped(_text(formula, show), least)


def _latex(formula, show):
    kind, parts = formula
    if kind in ("leaf", "literal"):
        return _atom(formula, show)
    if kind == "function":
        return _latex_function(parts[0], [_latex(part, show)[0] for part in parts[1:]])
    if kind == "sum":
        first, *rest = _shown(parts)
        words = [_latex(first, show)[0]]
        words += [
            r"\dots" if t is None else _wrapped(_latex(t, show), _PRODUCT) for t in rest
        ]
        return " + ".join(words), _SUM
    if kind == "negative":
        return "-" + _wrapped(_latex(parts[0], show), _POWER), _SUM
    left, right = (_latex(part, show) for part in parts)
    if kind == "difference":
        return f"{left[0]} - {_wrapped(right, _PRODUCT)}", _SUM
    if kind == "product":
        return rf"{_wrapped(left, _PRODUCT)} \cdot {_wrapped(right, _PRODUCT)}", _PRODUCT
    if kind == "fraction":
        return rf"\frac{{{left[0]}}}{{{right[0]}}}", _POWER
    return f"{{{_wrapped(left, _ATOM)}}}^{{{right[0]}}}", _POWER


def _latex_lines(formula, show, measure):
    """A sum that is too long for the page is shared out among lines."""
    n_lines = math.ceil(len(_text(formula, measure)[0]) / LINE)
    if formula.kind != "sum" or n_lines == 1:
        return _latex(formula, show)[0]
    terms = _shown(formula.parts)
    words = [r"\dots" if t is None else _wrapped(_latex(t, show), _PRODUCT) for t in terms]
    share = math.ceil(len(words) / n_lines)
    lines = [" + ".join(words[i : i + share]) for i in range(0, len(words), share)]
    return r" \\ &\quad + ".join(lines)


def _latex_function(name, arguments):
    inner = ", ".join(arguments)
    if name == "√":
        return rf"\sqrt{{{inner}}}", _ATOM
    if name == "exp":
        return f"e^{{{inner}}}", _POWER
    known = {"ln", "sin", "cos", "tanh", "max", "min"}
    command = rf"\{name}" if name in known else rf"\operatorname{{{name}}}"
    return rf"{command}\left({inner}\right)", _ATOM
