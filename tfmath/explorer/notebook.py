"""The explorer in a notebook: the page in a frame, and beside it a picture and a link."""

import html
from pathlib import Path

from tfmath import toy
from tfmath.arguments import instance, nearest, whole
from tfmath.explorer.page import OURS, page
from tfmath.explorer.program import toy_program
from tfmath.model.files import check_place, path_of, write_whole
from tfmath.show.machine import toy_machine
from tfmath.show.machine_record import SLASH, stations, within

FILE = "explorer.html"
"""The file that the notebooks of one folder share."""


class Frame:
    """A page in a frame; made by `explorer`.

    Attributes
    ----------
    link : str
        The address of the page, and the place in it.
    still : Drawing
        The same part as a picture, for viewers that leave out frames.
    """

    def __init__(self, link, still, height):
        self.link, self.still, self.height = link, still, height

    def __repr__(self):
        return f"[explorer] {self.link}"

    def _repr_html_(self):
        file, _, place = self.link.partition("#")
        src, name = html.escape(file), html.escape(f"#{place}" if place else "")
        link = html.escape(self.link)
        look = f'width="100%" height="{self.height}" style="border:1px solid #cfcfca"'
        return (
            f'<iframe src="{src}" name="{name}" title="explorer" {look}></iframe>'
            f'<p><a href="{link}" target="_blank">{link}</a></p>'
            "<details><summary>The same as a picture</summary>"
            f"{self.still._repr_html_()}</details>"
        )


def explorer(at=None, path=FILE, height=720):
    """Open the page of the toy model at a part, a step or a number.

    Parameters
    ----------
    at : str, optional
        Such as ``"decoder/layer-1/cross-attention"``, a part; ``"logits"``, a step; or
        ``"logits/4/17"``, a number by its places, counted from 0. By default the whole.
    path : path of a file
        Where the page lies: it is written if it is not there.
    height : int
        Of the frame, in pixels.

    Returns
    -------
    Frame
        In a notebook the page in a frame, with a link, and a picture that folds open.

    Raises
    ------
    ValueError
        If `at` is no place of the toy model.
    FileExistsError
        If another file lies at `path`; only an explorer is replaced.
    OSError
        If the file cannot be written.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shown = explorer("logits/4/17", f"{folder}/page.html")
    >>> shown.link.split("#")[1]
    'at:logits/4/17'
    """
    place, part = (
        (None, None) if at is None else found(instance("explorer", "at", at, str, "a str"))
    )
    height = whole("explorer", "height", height, least=100)
    path = path_of("explorer", "path", path)
    _write_if_needed(path)
    address = path.as_posix() + (f"#{place}" if place else "")
    return Frame(address, toy_machine(here=part), height)


def slug(name):
    """A name as a link has it.

    Examples
    --------
    >>> slug("decoder / layer 1 / norm 1")
    'decoder/layer-1/norm-1'
    """
    return "/".join(part.replace(" ", "-") for part in name.split(SLASH))


def found(at):
    """What stands behind a page's # for a place, and the part in which that is.

    Parameters
    ----------
    at : str

    Returns
    -------
    (str, str or None)

    Examples
    --------
    >>> found("decoder/layer-1/norm-1")
    ('part:decoder/layer-1/norm-1', 'decoder / layer 1 / norm 1')
    """
    record = toy.worked_example()
    parts = {slug(s.name): s.name for s in stations(record["logits"]) if not s.is_sum}
    if at in parts:
        return f"part:{at}", parts[at]
    steps = {slug(name): name for name in record}
    for name in (at.rsplit("/", n)[0] for n in range(5)):
        if name in steps and _is_place(record[steps[name]], at[len(name) :]):
            return f"at:{at}", _part_of(steps[name], parts.values())
    raise ValueError(
        f"explorer: at is {at!r}, no place of the toy model{nearest(at, [*parts, *steps])}"
    )


def _is_place(step, rest):
    """Whether nothing follows the name of a step, or one place for each of its axes."""
    index = rest.strip("/").split("/") if rest else []
    fits = all(
        i.isdecimal() and int(i) < n for i, n in zip(index, step.shape, strict=False)
    )
    return not index or (fits and len(index) == step.ndim)


def _part_of(name, parts):
    return next((part for part in parts if within(part, name)), None)


def _write_if_needed(path):
    """Write the page, unless it lies there; what is not an explorer stays as it is."""
    text = page(toy_program())
    there = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if there == text:
        return
    if there and OURS not in there:
        raise FileExistsError(
            f"explorer: {path} is another file; give path=, a name for the page."
        )
    write_whole(check_place(Path(path), overwrite=bool(there)), text)
