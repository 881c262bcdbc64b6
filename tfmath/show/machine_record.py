"""The stations of a machine, read off the record of one of its runs.

No name of a step is known here. A *stack*, such as the encoder, is an outermost scope that
divides into several, or in which one does; a *frame*, such as a layer, is a scope in it
that divides; a *part* is a scope in a frame, or in a stack where there is no frame.
Where two stations are added, there is a sum, with a name or not.
"""

from dataclasses import dataclass, field, replace

from tfmath.tracing.record import ancestors

SLASH = " / "


@dataclass(eq=False)
class Station:
    """One box of the machine: a part, a single step, or a sum.

    Attributes
    ----------
    name : str
        Its scope, or its step. A sum without a name has that of its frame.
    stack, frame : str
        The scopes that it stands in, or nothing.
    is_sum : bool
    steps : list of Traced
        Its named steps, or the sum, oldest first.
    sources : list of Station
        Whose numbers it reads.
    said : str
        What stands in its box, if it is not the last part of its name.
    """

    name: str
    stack: str
    frame: str
    is_sum: bool = False
    steps: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    said: str = ""

    def title(self):
        """What stands in its box."""
        return self.said or last_part(self.name)


def stations(output):
    """The stations on the way to a traced array, oldest first.

    Parameters
    ----------
    output : Traced

    Returns
    -------
    list of Station

    Examples
    --------
    >>> from tfmath.tracing import named, scope, trace
    >>> x = trace([[1.0, 2.0]], "x")
    >>> with scope("double"):
    ...     y = named("output", 2 * x)
    >>> [station.name for station in stations(named("total", x + y))]
    ['double', 'total']
    """
    nodes = ancestors(output)
    scopes = _Scopes([node.name for node in nodes if _is_step(node)])
    found, comes_from = [], {}
    for node in nodes:
        before = [comes_from[id(i)] for i in node.inputs]
        station = _station(node, before, found, scopes)
        if station is not None:
            station.steps.append(node)
            _joined(station.sources, [b for b in before if station not in b] + before)
            station.sources = [s for s in station.sources if s is not station]
        comes_from[id(node)] = [station] if station else _joined([], before)
    return found


def _station(node, before, found, scopes):
    """The station that a node belongs to, a new one if need be; None for none at all."""
    is_sum = _is_sum(node, before)
    if not (is_sum or _is_step(node)):
        return None
    name = scopes.part(node.name) if _is_step(node) else ""
    stack, frame = scopes.stack(name), scopes.frame(name)
    if not (stack or frame) and before and any(before):
        latest = max((s for b in before for s in b), key=found.index)
        stack, frame = latest.stack, frame if name else latest.frame
    last = next((s for s in reversed(found) if s.stack == stack), None)
    if last and not is_sum and not last.is_sum and last.name == name:
        return last
    found.append(Station(node.name if is_sum else name, stack, frame, is_sum))
    found[-1].name = found[-1].name or f"{frame}{SLASH}sum".removeprefix(SLASH)
    return found[-1]


def _is_step(node):
    """Whether it is computed, or given for this run alone, and has a name."""
    given = node.op == "constant" and node.dtype.kind == "f" and node.ndim > 1
    return node.name is not None and (bool(node.inputs) or given)


def _is_sum(node, before):
    if node.op != "add" or len(before) != 2 or not all(before):
        return False
    same_shape = all(i.shape == node.shape for i in node.inputs)
    return same_shape and not set(before[0]) & set(before[1])


def _joined(found, several):
    for stations_ in several:
        found.extend(s for s in stations_ if s not in found)
    return found


class _Scopes:
    """Which scopes are stacks and frames, by the scopes that they divide into."""

    def __init__(self, names):
        inner = {}
        for name in names:
            path = name.split(SLASH)
            for i in range(1, len(path)):
                inner.setdefault(SLASH.join(path[: i - 1]), set()).add(path[i - 1])
        self.dividing = {s for s, found in inner.items() if len(found) > 1 and s}

    def stack(self, name):
        """The outermost scope, if it or one in it divides into several."""
        first = name.split(SLASH)[0]
        return first if any(within(first, s) for s in self.dividing) else ""

    def frame(self, name):
        """The scope in a stack that divides itself."""
        second = SLASH.join(name.split(SLASH)[:2])
        return second if self.stack(name) and second in self.dividing else ""

    def part(self, name):
        """The scope of a step next in its frame or stack; or the step itself."""
        depth = 1 + bool(self.stack(name)) + bool(self.frame(name))
        return SLASH.join(name.split(SLASH)[:depth])


def together(stations, station):
    """A part, and the sum whose name stands in its scope, in their order.

    Parameters
    ----------
    stations : list of Station
    station : Station

    Returns
    -------
    list of Station
    """
    inside = [s for s in stations if s.frame == station.frame]
    return [s for s in inside if s is station or s.is_sum and within(station.name, s.name)]


def uses(stations):
    """Of each step of some stations: the steps that it uses, and the tables it is given.

    Parameters
    ----------
    stations : list of Station

    Returns
    -------
    list of (Traced, list of Traced, list of Traced)
        The steps used are some of the stations' or the last of those that they read.
    """
    own = sorted((step for s in stations for step in s.steps), key=lambda step: step.order)
    known = own + [s.steps[-1] for s in read_by(stations)]
    return [(step, *_behind(step, {id(k) for k in known})) for step in own]


def folded(stations, depth):
    """The same stations with less: of each scope so deep in them only the last step.

    Parameters
    ----------
    stations : list of Station
    depth : int

    Returns
    -------
    list of Station
    """
    copies = {}
    for station in stations:
        inside = len(station.name.split(SLASH)) - station.is_sum
        kept = {}
        for step in station.steps:
            kept[tuple((step.name or "").split(SLASH)[inside:][:depth])] = step
        sources = [copies.get(s, s) for s in station.sources]
        copies[station] = replace(station, steps=list(kept.values()), sources=sources)
    return list(copies.values())


def read_by(stations):
    """The stations that some stations read, without themselves.

    Parameters
    ----------
    stations : list of Station

    Returns
    -------
    list of Station
    """
    read = dict.fromkeys(t for s in stations for t in s.sources)
    return [t for t in read if t not in stations]


def _behind(step, known):
    """The known steps and the given tables behind a step, past what is neither."""
    steps, tables, waiting, seen = [], [], list(step.inputs), set()
    while waiting:
        node = waiting.pop(0)
        if id(node) in known and id(node) not in seen:
            steps.append(node)
        elif node.op == "input" and id(node) not in seen:
            tables.append(node)
        elif id(node) not in seen:
            waiting.extend(node.inputs)
        seen.add(id(node))
    return steps, sorted(tables, key=lambda table: table.order)


# Names ----------------------------------------------------------------------------------


def last_part(name):
    """What stands after the last slash.

    Examples
    --------
    >>> last_part("encoder / layer 1")
    'layer 1'
    """
    return name.split(SLASH)[-1]


def within(outer, inner):
    """Whether a name is that of a scope, or of something in it.

    Examples
    --------
    >>> within("encoder", "encoder / input"), within("encoder", "encoders")
    (True, False)
    """
    return inner == outer or inner.startswith(outer + SLASH)


def covers(pattern, name):
    """Whether a few words of a name, from slash to slash, say it or something around it.

    Examples
    --------
    >>> name = "decoder / layer 1 / norm 2"
    >>> [covers(p, name) for p in ("decoder", "norm 2", "layer 1 / norm 2", "norm")]
    [True, True, True, False]
    """
    return f"{SLASH}{pattern}{SLASH}" in f"{SLASH}{name}{SLASH}"
