"""A record, printed as the NumPy that made it: it can be read, run and changed."""

import re

import numpy as np

from tfmath.errors import DtypeError, ShapeError, TraceError, whole_numbers
from tfmath.tracing.array import Traced
from tfmath.tracing.frozen import indexed_sizes
from tfmath.tracing.gradient import backward, gradient_name
from tfmath.tracing.record import ancestors, steps
from tfmath.tracing.writer import Writer


class Source:
    """Lines of NumPy and the given arrays they start from: a program.

    Attributes
    ----------
    text : str
    given : dict of str to array
        The arrays that the text uses by name: weights, inputs, ids, masks, targets.
    functions : dict
        The functions that it calls besides NumPy's.
    names : dict
        From the full name of a step to its name in the text.
    rows : dict of str to int
        How many places there are for a given array that picks rows, such as ids.
    """

    def __init__(self, text, given, names, functions=None, rows=None):
        self.text, self.given, self.names = text, given, names
        self.rows = rows or {}
        self.functions = {"np": np} | (functions or {})

    def __str__(self):
        return self.text

    __repr__ = __str__

    def run(self, **given):
        """Run the text, with other arrays in place of some of the given ones.

        Parameters
        ----------
        **given
            By their names in the text; of the same shapes, for the text speaks of shapes.

        Returns
        -------
        dict of str to array
            Every array the text names, the given ones included.

        Raises
        ------
        TraceError
            If no given array has such a name.
        ShapeError, DtypeError
            If an array has another shape, or is not of bools where bools are needed.
        ValueError
            If ids name a row that is not there. Below 0 NumPy would count from the end;
            that is left to records whose own ids do.

        Notes
        -----
        The text is the way that one run went: what Python decided by looking at a number,
        ``x * 2 if x[0] > 0 else x * 3``, stands in it as it was decided then, whatever is
        given here. Written ``np.where(x[0] > 0, x * 2, x * 3)`` both ways stand in it.
        Which looks there were, `tfmath.tracing.looks.looking` says.

        Examples
        --------
        >>> from tfmath.tracing import named, trace
        >>> x = trace([1.0, -2.0], "x")
        >>> program = source(named("y", np.where(x > 0, x, 0)))
        >>> program.run()["y"], program.run(x=[-3.0, 4.0])["y"]
        (array([1., 0.]), array([0., 4.]))
        """
        changed = {name: self._fitting(name, array) for name, array in given.items()}
        namespace = self.functions | self.given | changed
        exec(self.text, namespace)  # our own print-out of a record, nothing from a corpus
        hidden = {"__builtins__", *self.functions}
        return {name: array for name, array in namespace.items() if name not in hidden}

    def _fitting(self, name, array):
        """The array, if it can stand for the given one; whole numbers for floats may."""
        if name not in self.given:
            raise TraceError(
                f"run: the program is given no {name!r}; it is given "
                f"{', '.join(self.given) or 'nothing'}."
            )
        before, array = self.given[name], _array(array)
        if array.shape != before.shape:
            raise ShapeError(
                f"run: {name} {array.shape} must have the shape of the one before, "
                f"{before.shape}; for another, trace anew."
            )
        kinds = {"f": "iuf", "i": "iu", "u": "iu", "b": "b"}[before.dtype.kind]
        if array.dtype.kind not in kinds:
            raise DtypeError(f"run: {name} holds {array.dtype}, not {before.dtype}.")
        if name in self.rows and before.min(initial=0) >= 0:
            whole_numbers("run", name, getattr(array, "value", array), self.rows[name])
        as_given = array.dtype.kind == before.dtype.kind
        return array if as_given else array.astype(before.dtype)


def _array(array):
    return array if isinstance(array, Traced) else np.asarray(array)


def source(*outputs):
    """Print the record behind `outputs` as lines of NumPy, one for each named step.

    Long stretches without a name get lines of their own: ``step_1``, ``step_2`` …

    A branch of Python's own is not in the text, only the way that was taken; see
    `Source.run`.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x, W = trace([[1.0, 2.0]], "x"), trace([[3.0], [4.0]], "W")
    >>> print(source(named("y", np.tanh(x @ W / 10))))
    y = np.tanh(x @ W / 10)
    """
    writer = Writer(*outputs)
    text = "\n".join(line for _, line in writer.lines)
    return _program(text, writer, steps(*outputs))


def backward_source(loss):
    """Print the forward and the backward pass as lines of NumPy.

    Above the lines of the backward pass stand, as comments, the forward lines they undo.
    Like the way forth, the way back is a program: run with other weights, words or targets
    it gives their gradients.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x = trace([1.0, 2.0], "x")
    >>> square = named("square", x * x)
    >>> print(backward_source(named("loss", square.sum())))
    square = x * x
    loss = np.sum(square)
    <BLANKLINE>
    grad_loss = np.ones_like(loss)
    # loss = np.sum(square)
    grad_square = np.broadcast_to(grad_loss, (2,))
    # square = x * x
    grad_x = grad_square * x + grad_square * x
    """
    grads, forward = backward(loss), {id(array) for array in ancestors(loss)}
    writer = Writer(loss, *grads.values())
    before = [line for array, line in writer.lines if id(array) in forward]
    undone = _undone(writer, loss, grads, before)
    after, told = [], []
    for array, line in writer.lines:
        if id(array) not in forward:
            undoes = undone.get(id(array), [])
            after += [f"# {forth}" for forth in undoes if undoes != told] + [line]
            told = undoes
    grad_steps = {gradient_name(name): grad for name, grad in grads.items()}
    return _program("\n".join([*before, "", *after]), writer, steps(loss) | grad_steps)


class Compiled:
    """The lines behind some arrays as one function: what is read here is what runs.

    Attributes
    ----------
    text : str
        The function as it would stand in a file.
    given : dict of str to array
        What its lines use by name besides the arguments: ids, masks, positions.
    """

    def __init__(self, text, given, functions):
        self.text, self.given = text, given
        namespace = functions | given
        exec(compile(text, "<record>", "exec"), namespace)  # our own print-out of a record
        self._function = namespace["program"]

    def __call__(self, *arguments):
        return self._function(*arguments)

    def __str__(self):
        return self.text

    __repr__ = __str__


def compiled(arguments, results):
    """One function from some given arrays of a record to some of its steps.

    Only what the results need is in it: it is printed from them backwards. What hangs on no
    argument stands above the function and runs once.

    Parameters
    ----------
    arguments : sequence of Traced
        Arrays that were given: tables, inputs. All others stay as they were.
    results : sequence of Traced

    Returns
    -------
    Compiled
        Called with plain arrays of the same shapes, it gives a tuple of plain arrays. It
        is a program of its arguments as far as the record is one, see
        `tfmath.tracing.looks`.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x, y = trace([1.0, 2.0], "x"), trace([3.0, 4.0], "y")
    >>> total, left_out = named("total", (x * y).sum()), named("left out", np.exp(x))
    >>> program = compiled([x], [total])
    >>> print(program)
    def program(x):
        total = np.sum(x * y)
        return (total,)
    >>> program(np.array([10.0, 20.0]))
    (np.float64(110.0),)
    """
    writer = Writer(*results, *arguments, taken=("program",))
    asked, found = (
        [writer.names[id(array)] for array in arrays] for arrays in (arguments, results)
    )
    moving = _made_of(arguments, ancestors(*results))
    once = [line for array, line in writer.lines if id(array) not in moving]
    lines = [line for array, line in writer.lines if id(array) in moving]
    lines.append(f"return ({', '.join(found)}{',' * (len(found) == 1)})")
    body = [f"    {line}" for line in lines]
    given = {name: array for name, array in writer.given.items() if name not in asked}
    text = "\n".join([*once, f"def program({', '.join(asked)}):", *body])
    # The functions themselves: plain arrays go in, so nobody need look for traced ones.
    plain = {n: getattr(f, "__wrapped__", f) for n, f in writer.functions.items()}
    return Compiled(text, given, {"np": np} | plain)


def _made_of(arguments, arrays):
    """The ids of all that is made of some arguments; `arrays` in the order they arose."""
    found = {id(array) for array in arguments}
    for array in arrays:
        if any(id(source) in found for source in array.inputs):
            found.add(id(array))
    return found


def contents(array):
    """The table of contents of a record: each named step, its shape and its line.

    Returns
    -------
    Source
        Not meant to be run; one line for each step.
    """
    found, writer = steps(array), Writer(array)
    made = {id(step): _right_side(line) for step, line in writer.lines}
    width = max(len(name) for name in found)
    lines = []
    for name, step in found.items():
        how = f"= {made[id(step)]}" if step.inputs else "(given)"
        lines.append(f"{name:<{width}}  {step.shape!s:<12} {how}".rstrip())
    return Source("\n".join(lines), {}, {})


def _program(text, writer, found):
    names = writer.step_names(found)
    return Source(text, writer.given, names, writer.functions, _rows(writer))


def _rows(writer):
    """How many places there are for each given array of whole numbers that picks."""
    found = {}
    for node in ancestors(*(node for node, _ in writer.lines)):
        if node.op == "getitem":
            sizes = indexed_sizes(
                node.inputs[0].shape, node.options["index"], node.inputs[1:]
            )
            for places, size in zip(node.inputs[1:], sizes, strict=True):
                name = writer.names.get(id(places))
                if name in writer.given and places.dtype.kind in "iu":
                    found[name] = min(size, found.get(name, size))
    return found


def _right_side(line):
    return line.split(" = ", 1)[1]


def _undone(writer, loss, grads, before):
    """For each gradient the forward lines in which its step is used."""
    used = [(line, set(re.findall(r"\w+", _right_side(line)))) for line in before]
    return {
        id(grads[name]): [line for line, words in used if writer.names[id(step)] in words]
        for name, step in steps(loss).items()
        if name in grads
    }
