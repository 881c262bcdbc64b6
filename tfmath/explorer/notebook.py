"""The explorer in a notebook: the page in a frame, or a picture and a link to the page."""

import html
from pathlib import Path

import tfmath
from tfmath import toy
from tfmath.arguments import instance, nearest, whole
from tfmath.explorer.page import OURS, page
from tfmath.explorer.program import toy_program
from tfmath.model.files import check_place, path_of, write_whole
from tfmath.parts.data import data_path
from tfmath.show.machine import toy_machine
from tfmath.show.machine_record import SLASH, stations, within

FILE = "explorer.html"
"""The file that the notebooks of one folder share."""

SAID = "Open this in the explorer, and click its numbers"


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
        look = f'width="100%" height="{self.height}" style="border:1px solid #cfcfca"'
        return (
            f'<iframe src="{src}" name="{name}" title="explorer" {look}></iframe>'
            f"<p>{_anchor(self.link, self.link)}</p>"
            "<details><summary>The same as a picture</summary>"
            f"{self.still._repr_html_()}</details>"
        )


class Still:
    """A picture and a link to its place in the page; made by `still`.

    Attributes
    ----------
    picture : Drawing
    link : str
        The address of the page, and the place in it.
    """

    def __init__(self, picture, link):
        self.picture, self.link = picture, link

    def __repr__(self):
        return f"{self.picture!r}\n[explorer] {self.link}"

    def _repr_html_(self):
        return f"{self.picture._repr_html_()}<p>{_anchor(self.link, SAID)}</p>"


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
    height = whole("explorer", "height", height, least=100)
    link, part = _linked("explorer", at, path)
    return Frame(link, toy_machine(here=part), height)


def still(here=None, at=None, path=FILE, **options):
    """Draw the toy model or a part of it, with a link to its place in the page.

    Parameters
    ----------
    here : str, optional
        What is drawn, such as ``"encoder / layer 1"``. By default the whole.
    at : str, optional
        Where the link leads, as for `explorer`. By default where `here` says.
    path : path of a file
        Where the page lies: it is written if it is not there.
    **options
        As for `tfmath.show.machine.machine`.

    Returns
    -------
    Still
        In a notebook a picture, and below it the link.

    Raises
    ------
    FileExistsError
        If another file lies at `path`; only an explorer is replaced.
    OSError
        If the file cannot be written.
    TypeError
        If an argument is of another kind.
    ValueError
        If `here` or `at` is no place of the toy model.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shown = still("logits", path=f"{folder}/page.html")
    >>> shown.link.split("#")[1]
    'part:logits'
    """
    picture = toy_machine(here, **options)
    return Still(picture, _linked("still", here if at is None else at, path)[0])


def _linked(function, at, path):
    """The address of a place in the page at `path`, and the part in which it is."""
    place, part = None, None
    if at is not None:
        place, part = found(slug(instance(function, "at", at, str, "a str")), function)
    path = path_of(function, "path", path)
    _write_if_needed(path)
    return path.as_posix() + (f"#{place}" if place else ""), part


def _anchor(link, said):
    """A link to the page; JupyterLab would show what it links to without JavaScript."""
    own_tab = 'target="_blank" onclick="event.stopImmediatePropagation()"'
    return f'<a href="{html.escape(link)}" {own_tab}>{html.escape(said)}</a>'


def slug(name):
    """A name as a link has it.

    Examples
    --------
    >>> slug("decoder / layer 1 / norm 1")
    'decoder/layer-1/norm-1'
    """
    return "/".join(part.replace(" ", "-") for part in name.split(SLASH))


def found(at, function="explorer"):
    """What stands behind a page's # for a place, and the part in which that is.

    Parameters
    ----------
    at : str
    function : str
        Named if there is no such place.

    Returns
    -------
    (str, str or None)

    Raises
    ------
    ValueError
        If `at` is no place of the toy model.

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
    near = nearest(at, [*parts, *steps])
    raise ValueError(
        f"{function}: at is {at!r}, no place of the toy model"
        + (near if "did you mean" in near else nearest("", parts))
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
    there = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if there and OURS not in there:
        raise FileExistsError(
            f"explorer: {path} is another file; give path=, a name for the page."
        )
    if not there or path.stat().st_mtime < _last_change():
        write_whole(check_place(Path(path), overwrite=bool(there)), page(toy_program()))


def _last_change():
    """When a file of the package, or of the toy model, was changed last."""
    folder = Path(tfmath.__file__).parent
    files = (*folder.rglob("*.py"), *folder.rglob("*.js"), *folder.glob("explorer/*.*"))
    return max(file.stat().st_mtime for file in (*files, data_path("toy.csv")))
