"""A record, printed as the NumPy that made it: it can be read, run and changed."""

import re
from collections import Counter

import numpy as np

from tfmath.tracing import ancestors, backward, steps
from tfmath.tracing.frozen import filled
from tfmath.tracing.gradient import gradient_name
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.moves import scatter

_INFIX = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}
_INFIX |= dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 0)
_INFIX |= {"|": 0.1, "^": 0.2, "&": 0.3}
_ATOM = 9


class Source:
    """Lines of NumPy and the given arrays they start from.

    Attributes
    ----------
    text : str
    given : dict
        The arrays and functions that the text uses by name.
    names : dict
        From the full name of a step to its name in the text.
    """

    def __init__(self, text, given, names):
        self.text, self.given, self.names = text, given, names

    def __str__(self):
        return self.text

    __repr__ = __str__

    def run(self):
        """Run the text; gives every array it names."""
        namespace = dict(self.given)
        exec(self.text, namespace)  # our own print-out of a record, nothing from a corpus
        return {
            k: v
            for k, v in namespace.items()
            if isinstance(v, np.ndarray | np.generic | int)
        }


def source(*outputs):
    """Print the record behind `outputs` as lines of NumPy, one for each named step.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x, W = trace([[1.0, 2.0]], "x"), trace([[3.0], [4.0]], "W")
    >>> print(source(named("y", np.tanh(x @ W / 10))))
    y = np.tanh(x @ W / 10)
    """
    writer = _Writer(outputs)
    text = "\n".join(writer.line(array) for array in writer.lines)
    return Source(text, writer.given, writer.step_names(steps(*outputs)))


def backward_source(loss):
    """Print the forward and the backward pass as lines of NumPy.

    Above each line of the backward pass stand, as comments, the forward lines it undoes.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x = trace([1.0, 2.0], "x")
    >>> square = named("square", x * x)
    >>> print(backward_source(named("loss", square.sum())))
    square = x * x
    loss = np.sum(square)
    <BLANKLINE>
    grad_loss = 1
    # loss = np.sum(square)
    grad_square = np.broadcast_to(grad_loss, (2,))
    # square = x * x
    grad_x = grad_square * x + grad_square * x
    """
    grads = backward(loss)
    forward = {id(a) for a in ancestors(loss)}
    writer = _Writer([loss, *grads.values()])
    before = [writer.line(a) for a in writer.lines if id(a) in forward]
    undone = _undone(writer, loss, grads, before)
    after = []
    for array in writer.lines:
        if id(array) not in forward:
            after += [f"# {line}" for line in undone.get(id(array), [])] + [
                writer.line(array)
            ]
    grad_steps = {gradient_name(name): grad for name, grad in grads.items()}
    names = writer.step_names(steps(loss) | grad_steps)
    return Source("\n".join([*before, "", *after]), writer.given, names)


def contents(array):
    """The table of contents of a record: each named step, its shape and its line.

    Returns
    -------
    Source
        Not meant to be run; one line for each step.
    """
    found, writer = steps(array), _Writer([array])
    width = max(len(name) for name in found)
    lines = []
    for name, step in found.items():
        made = "(given)" if not step.inputs else "= " + writer.line(step).split(" = ", 1)[1]
        lines.append(f"{name:<{width}}  {str(step.shape):<12} {made}".rstrip())
    return Source("\n".join(lines), {}, {})


def _undone(writer, loss, grads, before):
    """For each gradient the forward lines in which its step is used."""
    undone = {}
    for name, step in steps(loss).items():
        if name in grads:
            word = re.compile(rf"(?<!\w){re.escape(writer.names[id(step)])}(?!\w)")
            undone[id(grads[name])] = [
                line for line in before if word.search(line.split(" = ", 1)[1])
            ]
    return undone


class _Text(str):
    """A text that stands for itself."""

    __repr__ = str.__str__


class _Writer:
    """Names every array that needs a line of its own, and writes the lines."""

    def __init__(self, outputs):
        nodes = ancestors(*outputs)
        uses = Counter(id(i) for node in nodes for i in node.inputs)
        self.given, self.names, self.taken = {"np": np}, {}, {"np"}
        self.lines = []
        self._name_steps([n for n in nodes if n.name is not None])
        for node in nodes:
            if id(node) not in self.names and _needs_name(node, uses, outputs):
                self._name(
                    node, self._free("step" if node.inputs else "constant", number=True)
                )
            if id(node) in self.names:
                (self._give if _given(node) else self.lines.append)(node)

    def _name_steps(self, nodes):
        paths = [re.split(r" / ", node.name) for node in nodes]
        for node, path in zip(nodes, paths, strict=True):
            short = next(
                (
                    path[-n:]
                    for n in range(1, len(path))
                    if sum(p[-n:] == path[-n:] for p in paths) == 1
                ),
                path,
            )
            self._name(node, self._free("_".join(short)))

    def step_names(self, found):
        return {name: self.names[id(step)] for name, step in found.items()}

    def _name(self, node, name):
        self.names[id(node)] = name

    def _give(self, node):
        self.given[self.names[id(node)]] = node.value

    def _free(self, wish, number=False):
        wish = re.sub(r"\W+", "_", wish).strip("_") or "step"
        name, count = (f"{wish}_1", 1) if number else (wish, 1)
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name

    def line(self, node):
        return f"{self.names[id(node)]} = {self._expression(node)[0]}"

    def _use(self, node):
        if id(node) in self.names:
            return self.names[id(node)], _ATOM
        if node.inputs:
            return self._expression(node)
        text = _number(node.value.item())
        text = {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)
        return text, 1 if text.startswith("-") else _ATOM

    def _expression(self, node):
        if not node.inputs:
            return _number(node.value.item()), _ATOM
        rule, options = RULES[node.op], node.options
        used = [self._use(i) for i in node.inputs]
        texts = [text for text, _ in used]
        if len(used) == 1 and rule.source in ("-", "~"):
            return rule.source + _wrapped(used[0], 3), 3
        if rule.source in _INFIX:
            strength = _INFIX[rule.source]
            right = _wrapped(used[1], strength + 1)
            return f"{_wrapped(used[0], strength)} {rule.source} {right}", strength
        special = getattr(self, f"_{node.op}", None)
        if special:
            return special(node, _wrapped(used[0], _ATOM), texts, **options)
        name = rule.source or f"np.{node.op}"
        if rule.source:
            self.given[name] = rule.call
        extra = [
            f"{k}={self._option(k, v)}"
            for k, v in options.items()
            if v is not None and v is not False
        ]
        return f"{name}({', '.join([*texts, *extra])})", _ATOM

    def _option(self, name, value):
        if isinstance(value, np.ndarray):
            name = self._free(name, number=True)
            self.given[name] = value
            return name
        if isinstance(value, tuple):
            inner = ", ".join(self._option(name, v) for v in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return repr(value)

    def _index_text(self, index):
        parts = index if isinstance(index, tuple) else (index,)
        texts = []
        for part in parts:
            if isinstance(part, slice):
                ends = [part.start, part.stop] + (
                    [part.step] if part.step is not None else []
                )
                texts.append(":".join("" if e is None else str(e) for e in ends))
            else:
                texts.append("..." if part is Ellipsis else self._option("index", part))
        return ", ".join(texts)

    def _getitem(self, node, first, texts, index):
        index = filled(index, [_Text(text) for text in texts[1:]])
        return f"{first}[{self._index_text(index)}]", _ATOM

    def _scatter(self, node, first, texts, index, shape):
        self.given["scatter"] = scatter
        index = filled(index, [_Text(text) for text in texts[1:]])
        keep = index if isinstance(index, tuple) else (index,)
        text = ", ".join(
            f"slice({p.start}, {p.stop}, {p.step})"
            if isinstance(p, slice)
            else self._index_text(p)
            for p in keep
        )
        text = f"({text},)" if isinstance(index, tuple) else text
        return f"scatter({texts[0]}, {text}, {shape})", _ATOM

    def _transpose(self, node, first, texts, axes):
        count = len(axes)
        if axes == tuple(range(count))[::-1] and count == 2:
            return f"{first}.T", _ATOM
        if axes == (*range(count - 2), count - 1, count - 2):
            return f"np.swapaxes({texts[0]}, -1, -2)", _ATOM
        return f"np.transpose({texts[0]}, {axes})", _ATOM

    def _reshape(self, node, first, texts, shape):
        return f"{first}.reshape({shape})", _ATOM

    def _broadcast_to(self, node, first, texts, shape):
        return f"np.broadcast_to({texts[0]}, {shape})", _ATOM

    def _concatenate(self, node, first, texts, axis):
        return f"np.concatenate([{', '.join(texts)}], axis={axis})", _ATOM

    def _einsum(self, node, first, texts, subscripts):
        return f"np.einsum({', '.join([repr(subscripts), *texts])})", _ATOM

    def _astype(self, node, first, texts, dtype):
        return f"{first}.astype({dtype.name!r})", _ATOM

    def _copy(self, node, first, texts):
        return texts[0], self._use(node.inputs[0])[1]


def _needs_name(node, uses, outputs):
    if any(node is output for output in outputs):
        return True
    if not node.inputs:
        return node.ndim > 0
    return uses[id(node)] > 1 and not _cheap(node)


def _given(node):
    # The gradient of the loss by itself is a line, "grad_loss = 1", not an input.
    return not node.inputs and not (node.op == "constant" and node.ndim == 0)


def _number(x):
    return (
        repr(int(x))
        if isinstance(x, float) and x.is_integer() and abs(x) < 1e6
        else repr(x)
    )


def _cheap(node):
    """Reading the same slice or transpose twice is easier than following one more name."""
    return node.op in ("getitem", "transpose") and (
        node.inputs[0].name is not None or _cheap(node.inputs[0])
    )


def _wrapped(used, least):
    text, strength = used
    return text if strength >= least else f"({text})"
