"""What lies in the notebooks: which exercises they ask, and what the checks said."""

import importlib
import json
import re
from pathlib import Path
from typing import NamedTuple

import tfmath
from tfmath.practice.exercise import Exercise

STATES = {"Right.": "right", "Not yet": "tried", "Not answered yet": "open"}
"""How a verdict begins, and what it means."""


class Stored(NamedTuple):
    """What a notebook holds of its exercises.

    Attributes
    ----------
    subject : str or None
        The module of `tfmath.practice` that it imports as ``exercises``.
    verdicts : list of (str, str)
        The name of an exercise and what its check said, in the order of the cells; an
        empty text where the cell was not run.
    """

    subject: str | None
    verdicts: list


def stored_in(path):
    """Read a notebook as it lies in its file; nothing in it is run."""
    cells = json.loads(Path(path).read_text(encoding="utf-8")).get("cells", [])
    cells = [cell for cell in cells if cell["cell_type"] == "code"]
    code = "\n".join("".join(cell["source"]) for cell in cells)
    found = re.findall(r"\b(\w+) as exercises\b", code)
    verdicts = [pair for cell in cells for pair in _verdicts(cell)]
    return Stored(found[0] if len(set(found)) == 1 else None, verdicts)


def _verdicts(cell):
    source = "".join(cell["source"])
    asked = re.findall(r"^[^#\n]*\bcheck\(\s*exercises\.(\w+)", source, re.MULTILINE)
    said = [_text(output) for output in cell.get("outputs", [])]
    said = [text for text in said if text.startswith(tuple(STATES))]
    return [(name, "") for name in asked[:-1]] + [
        (name, said[-1] if said else "") for name in asked[-1:]
    ]


def _text(output):
    text = output.get("data", {}).get("text/plain", output.get("text", ""))
    return "".join(text)


def state_of(text):
    """``right``, ``tried``, ``open``; ``not run`` where nothing was said."""
    return next(
        (state for start, state in STATES.items() if text.startswith(start)), "not run"
    )


def notebooks_in(folder=None):
    """The notebooks of a folder, by default of the course."""
    if folder is None:
        folder = Path(tfmath.__file__).parent.parent / "notebooks"
    if not Path(folder).is_dir():
        raise ValueError(f"tfmath practice: there is no folder {folder} with notebooks.")
    return sorted(Path(folder).glob("*.ipynb"))


def exercises_of(subject):
    """The exercises of a subject, by name."""
    module = importlib.import_module(f"tfmath.practice.{subject}")
    return {name: e for name, e in vars(module).items() if isinstance(e, Exercise)}


def subjects():
    """Every module of exercises that there is."""
    found = (path.stem for path in sorted(Path(__file__).parent.glob("[!_]*.py")))
    return [stem for stem in found if exercises_of(stem)]
