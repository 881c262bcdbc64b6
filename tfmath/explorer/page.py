"""The explorer as one file: a program, and the page's texts, look and JavaScript."""

import base64
import html
import json
import re
import zlib
from pathlib import Path

from tfmath.arguments import flag, instance
from tfmath.errors import TraceError
from tfmath.model.files import check_place, path_of, write_whole

FOLDER = Path(__file__).parent
LARGEST = 250_000
"""The most bytes of a page."""

OURS = '<meta name="generator" content="tfmath explorer">'
"""What says that a file was written here, and may be written again."""

ORDER = (
    # what the page has, and how numbers, places and words are told
    *("inflate", "data", "texts", "dom", "cells", "places"),
    # the record, forwards and backwards
    *("arrays", "labels", "decimal", "floats", "formula", "steps"),
    *("rows_elementwise", "rows_reductions", "rows_moves", "rows_model", "rules"),
    *("knockouts", "record", "gradient"),
    # how a number is explained
    *("numerals", "writer", "naming", "formulas", "printing", "explain", "exact", "runs"),
    # what is seen
    *("state", "words", "drawing", "tables", "part", "marks", "panel", "asked"),
    *("sentence", "changes", "leaving", "slopes", "writing", "tour", "keyboard", "main"),
)
"""The modules in the order in which they are joined."""


def page(program):
    """The text of a page that explains every number of a model.

    Parameters
    ----------
    program : dict
        From `tfmath.explorer.program.program`.

    Returns
    -------
    str
        HTML that asks for nothing from any network. The same program gives the same text.

    Raises
    ------
    ValueError
        If the page would be too large.

    Examples
    --------
    >>> from tfmath.explorer.program import toy_program
    >>> page(toy_program()).startswith("<!doctype html>")
    True
    """
    instance("page", "program", program, dict, "a dict, from tfmath.explorer.program")
    told = texts()
    parts = {
        "generator": OURS,
        "title": html.escape(told["title"]),
        "noscript": html.escape(told["noscript"]),
        "css": _tight_look((FOLDER / "look.css").read_text(encoding="utf-8")),
        "data": packed(program),
        "js": joined(),
    }
    frame = (FOLDER / "frame.html").read_text(encoding="utf-8")
    text = re.sub(r"\{\{(\w+)\}\}", lambda gap: parts[gap[1]], frame)
    return _not_too_large(text, program)


def write_page(path, program, force=False):
    """Write the page into a file.

    Parameters
    ----------
    path : path of the file
    program : dict
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    FileExistsError
        If the file is there and `force` is not true.
    OSError
        If the place cannot be written to.
    ValueError
        If the page would be too large.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from tfmath.explorer.program import toy_program
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_page(f"{folder}/page.html", toy_program())
    ...     [file.name for file in pathlib.Path(folder).iterdir()]
    ['page.html']
    """
    force = flag("write_page", "force", force)
    place = check_place(path_of("write_page", "path", path), force, way="--force")
    write_whole(place, page(program))


def texts():
    """All that the page says, by the names of the texts.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> texts()["runner-up"]
    'runner-up'
    """
    found = (FOLDER / "js" / "texts.js").read_text(encoding="utf-8")
    return json.loads(found[found.index("{\n") : found.rindex("}") + 1])


# Joining --------------------------------------------------------------------------------


def joined(order=ORDER):
    """The modules as one script: without their imports, exports and comments.

    Parameters
    ----------
    order : sequence of str
        The names of the modules.

    Returns
    -------
    str

    Raises
    ------
    TraceError
        If a module says something at its top that another says too.

    Examples
    --------
    >>> joined(["rules"]).startswith("const RULES={")
    True
    """
    sources = {name: module(name) for name in order}
    met = {}
    for name, text in sources.items():
        for said in top_names(text):
            if said in met:
                raise TraceError(f"page: {met[said]}.js and {name}.js both have {said}.")
            met[said] = name
    return "".join(_tight_code(_alone(text)) for text in sources.values())


def module(name):
    """The text of a module of the page.

    Examples
    --------
    >>> module("dom").splitlines()[0]
    '// Elements of the page, and the one place from which all its words come.'
    """
    return (FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8")


def top_names(text):
    """The names that a module gives at its top.

    Examples
    --------
    >>> top_names("export const a = 1;\\nfunction b() {\\n  const c = 2;\\n}\\n")
    ['a', 'b']
    """
    return re.findall(r"^(?:export )?(?:const|let|function|class) (\w+)", text, re.M)


def _alone(text):
    """Without what ties it to other modules."""
    text = re.sub(r"^import\b[^;]*;\n", "", text, flags=re.M)
    return re.sub(r"^export (?=const|let|function|class)", "", text, flags=re.M)


def _tight(text):
    """Without the space in front of lines, and lines that only say something to people."""
    text = re.sub(r"^/\*.*?\*/\n", "", text, flags=re.M | re.S)
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def _tight_look(text):
    return re.sub(r" ?([{};,]|: ) ?", lambda sign: sign[1].strip(), _tight(text))


def _tight_code(text):
    """With less space between signs, outside of texts; patterns stay as they are."""
    lines = _tight(text).splitlines()
    return "".join(f"{line if _is_delicate(line) else _closed(line)}\n" for line in lines)


def _is_delicate(line):
    return "`" in line or "/" in line.replace(" / ", "")


def _closed(line):
    pieces = re.split(r"""("(?:\\.|[^"])*"|'(?:\\.|[^'])*')""", line)
    shut = [re.sub(r" ?(=>|===?|!==?|[=,;:?{}()<>&|*]+) ?", r"\1", p) for p in pieces[::2]]
    pieces[::2] = shut
    return "".join(pieces)


def packed(program):
    """A program as letters that can end no element: JSON, deflated, in base64.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(packed({"start": "<start>"})), -15)
    b'{"start":"<start>"}'
    """
    text = json.dumps(program, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    small = zlib.compressobj(9, zlib.DEFLATED, -15)
    found = small.compress(text.encode("utf-8")) + small.flush()
    return base64.b64encode(found).decode("ascii")


def _not_too_large(text, program):
    size = len(text.encode("utf-8"))
    if size > LARGEST:
        given = sum(len(node.get("given") or ()) for node in program["nodes"])
        raise ValueError(
            f"explorer: the page would have {size:,} bytes, {LARGEST:,} are allowed: the "
            f"model has {len(program['nodes'])} steps and {given:,} given numbers. Take a "
            "part of it: fewer layers, a smaller vocabulary, or one stack alone."
        )
    return text
