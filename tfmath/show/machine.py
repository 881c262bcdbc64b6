"""One drawing of the machine: from the words at the bottom to the word it writes."""

import numpy as np

from tfmath import toy
from tfmath.arguments import flag, instance, items
from tfmath.errors import ShapeError, TraceError
from tfmath.model.files import check_place, write_whole
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.text import encode
from tfmath.show.machine_looks import WORDS, Looks, marked, refuse_unknown
from tfmath.show.machine_record import stations, together
from tfmath.show.machine_signs import headed
from tfmath.show.machine_steps import part_page
from tfmath.show.machine_svg import image, svg
from tfmath.show.machine_tables import Manner
from tfmath.show.machine_whole import frame_page, whole_page, words_read, written_word
from tfmath.tracing import Traced

LARGE = 9.0
"""The cells of tables in a part that is drawn large."""


class Drawing:
    """A finished drawing; made by `machine`.

    Attributes
    ----------
    svg : str
        The picture. The same record gives the same text.
    alt : str
        What it shows, for those who cannot see it.
    page : Page
        Its shapes, each with its place.
    """

    def __init__(self, page, alt):
        self.page, self.alt, self.svg = page, alt, svg(page, alt)

    def save(self, path, overwrite=False):
        """Write the picture into a file.

        Parameters
        ----------
        path : path of a file
        overwrite : bool
            Whether a file that is there may be replaced.

        Raises
        ------
        FileExistsError
            If the file is there and `overwrite` is not true.
        """
        overwrite = flag("Drawing.save", "overwrite", overwrite)
        write_whole(check_place(path, overwrite), self.svg)

    def __repr__(self):
        return f"[drawing] {self.alt}"

    def _repr_html_(self):
        return image(self.svg, self.alt)


def machine(output, here=None, whole=False, crossed=(), pale=(), heat=True, backward=False):
    """Draw the machine on the way to a traced array, as its record has it.

    Each stack is a column, each part a box, each sum a circle; a wire runs from each to all
    that use its numbers. Words stand at the bottom, and at the top the one that follows.

    Parameters
    ----------
    output : Traced
        Of one sentence, such as the logits of `transformer` with traced tables, or their
        softmax.
    here : str, optional
        A part, such as ``"encoder / layer 1 / self-attention"``, or ``"norm 1"``, the first
        of that name: marked, and drawn large, step by step, with its numbers. A layer is
        drawn with its parts; ``"words"`` are those at the bottom.
    whole : bool
        Whether what is `here` is only marked, in a drawing of the whole machine.
    crossed, pale : sequence of str
        What is crossed out, and what has not been met yet: names of parts, of all that
        stands in a layer or a stack, or ``"residual"`` for the sums of that name.
    heat : bool, or dict of str to array
        Whether the boxes show their numbers; or other numbers in their places, by the
        names of the steps, such as gradients.
    backward : bool
        Whether the arrows run from the end to the beginning, as slopes do.

    Returns
    -------
    Drawing

    Raises
    ------
    TraceError
        If `output` is not traced, or nothing on the way to it has a name.
    ShapeError
        If it is of several sentences, or a table in `heat` has another shape than its step.
    ValueError
        If a name is that of no part, or there are more than two stacks.
    TypeError
        If an argument is of another kind.

    Notes
    -----
    The layout knows no names: a stack is an outermost scope in which one divides into
    several, a layer is one in it that does, and parts are the scopes of a layer. Where the
    steps of a part have no room, the last ones stand for the others of their scope. The
    colours are those of `table`; a weight that is exactly 0 is hatched, and the cell of a
    number that would be printed as 0 is empty.

    Examples
    --------
    >>> from tfmath import toy
    >>> from tfmath.model.parameters import traced
    >>> from tfmath.model.transformer import encode_source
    >>> from tfmath.parts.text import encode
    >>> source = encode("you win", toy.WORDS)
    >>> machine(encode_source(traced(toy.load(), toy.WORDS), source))
    [drawing] The machine. encoder reads "you win": scaled embedding, position, input, \
self-attention, residual, norm 1, feed-forward, residual, norm 2.
    """
    found = _checked(output)
    whole = flag("machine", "whole", whole) or here in (None, WORDS)
    backward = flag("machine", "backward", backward)
    _check_heat(found, heat)
    crossed = _names(found, "crossed", crossed)
    pale = _names(found, "pale", pale)
    if here is not None:
        refuse_unknown(found, "here", instance("machine", "here", here, str, "a str"))
    things = marked(found, here)
    page = whole_page(found, output, Manner(Looks(things, crossed, pale), heat))
    page = page if whole else _large(found, page, things, heat)
    alt = _told(found, output, things, crossed, pale)
    if backward:
        return Drawing(page.turned(), f"{alt} The arrows run backwards.")
    return Drawing(page, alt)


def toy_machine(here=None, **options):
    """Draw the course's example: the toy model on the way to the word "die".

    Parameters
    ----------
    here, **options
        As for `machine`.

    Returns
    -------
    Drawing

    Examples
    --------
    >>> toy_machine().alt.partition("It writes ")[2]
    '"die" (0.872).'
    """
    return machine(toy_logits(), here, **options)


def toy_logits():
    """The logits of the course's example, traced: what `toy_machine` draws.

    Returns
    -------
    Traced

    Examples
    --------
    >>> toy.WORDS[toy_logits().value[-1].argmax()]
    'die'
    """
    source = encode("when you play game of thrones", toy.WORDS)
    target = encode("<start> you win or you".split(), toy.WORDS)
    return transformer(traced(toy.load(), toy.WORDS), source, target)


def _large(found, page, things, heat):
    """The part large, with a small map of the whole; or the whole where nothing divides."""
    manner = Manner(Looks([], (), ()), heat, texts=heat is not False, cell=LARGE)
    part = next((s for s in things if not isinstance(s, str) and not s.is_sum), things[0])
    if not isinstance(part, str):
        inner = part_page(together(found, part), manner)
        return headed(inner, page, {part.name}, part.name)
    frames = [s.frame for s in found if s.frame and part in (s.frame, s.stack)]
    if not frames:
        return page
    return headed(frame_page(found, frames[0], manner), page, {frames[0]}, frames[0])


def _checked(output):
    if not isinstance(output, Traced):
        raise TraceError(
            f"machine: output is {type(output).__name__}; it must be a traced array, such "
            "as transformer(traced(parameters), source, target)."
        )
    found = stations(output)
    if not found:
        raise TraceError("machine: no step on the way to output has a name; see named().")
    if len(stacks := dict.fromkeys(s.stack for s in found)) > 2:
        raise ValueError(
            f"machine: output has the stacks {', '.join(stacks)}; two at most."
        )
    for station in found:
        step = station.steps[0]
        if not station.sources and step.name == station.name and step.ndim > 2:
            raise ShapeError(
                f"machine: {step.name} is {step.shape}, several sentences; draw the output "
                "of one, without the axis in front."
            )
    return found


def _names(found, argument, names):
    names = items("machine", argument, names, "names of parts")
    for name in names:
        instance("machine", argument, name, str, "names of parts")
        refuse_unknown(found, argument, name)
    return names


def _check_heat(found, heat):
    if isinstance(heat, bool | np.bool_):
        return
    instance("machine", "heat", heat, dict, "True, False, or a dict of arrays")
    for step in (step for station in found for step in station.steps):
        shape = np.shape(heat.get(step.name, step.value))
        if shape != step.shape:
            raise ShapeError(
                f"machine: heat of {step.name!r} is {shape}; the step is {step.shape}."
            )


def _told(found, output, things, crossed, pale):
    """The drawing in words."""
    said = "The machine."
    for stack in dict.fromkeys(s.stack for s in found):
        own = [s for s in found if s.stack == stack]
        read = " ".join(words_read(own[0]))
        inner = ", ".join(s.title() for s in own)
        said += f' {stack or "it"} reads "{read}": {inner}.'
    if (best := written_word(output)) is not None:
        said += f' It writes "{best[0]}" ({best[1]}).'
    names = dict.fromkeys(t if isinstance(t, str) else t.name for t in things)
    said += f" You are here: {', '.join(names)}." if names else ""
    said += f" Crossed out: {', '.join(crossed)}." if crossed else ""
    return said + (f" Pale: {', '.join(pale)}." if pale else "")
