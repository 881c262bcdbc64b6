"""A sentence of a chapter, and the test that proves it.

A chapter's claims stand in ``tests/claims/test_<subject>.py``. That file says `CHAPTER`,
the notebook's file name, and `DEFINITIONS`, the sentences with strong words that only
define or instruct. Each test quotes what it proves::

    @says("Only the last word sees all six.")
    def test_who_sees_whom():
        ...

`tests/test_claims_gate.py` checks that each quote stands in the chapter, word for word, and
that no sentence with a strong word stands there without a proof, a source or its place in
`DEFINITIONS`.
"""

import json
import re
from pathlib import Path

from tools.notebook import words_of_page

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

STRONG = re.compile(
    r"\b(because|most(ly)?|never|only|always|every(body|thing|where)?|nearly|cannot|can not"
    r"|at most|at least|twice|all|none|nobody|nothing|exactly|best|worst|better|worse"
    r"|(larg|small|slow|fast|long|short|high|low|steep|strong|weak|simpl|cheap)est)\b",
    re.IGNORECASE,
)
SOURCED = re.compile(
    r"<!-- from: \S.*?-->|\([^()]*\b(19|20)\d\d[a-z]?\)|https?://", re.DOTALL
)
ABBREVIATED = re.compile(r"\b(et al|e\.g|i\.e|etc|cf|Eq|Sec|vs|Fig)\.$")


def says(*sentences):
    """Mark a test with the sentences that it proves."""

    def mark(test):
        test.sentences = [*getattr(test, "sentences", []), *map(one_line, sentences)]
        return test

    return mark


def one_line(text):
    return " ".join(text.split())


def read(chapter):
    return json.loads((NOTEBOOKS / chapter).read_text(encoding="utf-8"))


def prose(notebook):
    """The Markdown cells, each as one text."""
    cells = (c for c in notebook["cells"] if c["cell_type"] == "markdown")
    return ["".join(cell["source"]) for cell in cells]


def sentences_of(markdown):
    """The sentences of a cell: code, formulas on their own, headings and marks left out."""
    text = re.sub(r"(?s)```.*?```|\$\$.*?\$\$|<!--.*?-->|<svg.*?</svg>", "\n\n", markdown)
    text = re.sub(r"(?m)^\s*(#+ .*|\|[-: |]+\|)$", "\n", text)
    text = re.sub(r"(?m)^\s*(?:[-*>]|\d+\.)\s+|^\s*\|", "\n\n", text)
    paragraphs = (one_line(part) for part in re.split(r"\n\s*\n", text))
    return [s for paragraph in paragraphs for s in _split(paragraph)]


def _split(paragraph):
    found = [""]
    for piece in re.split(r"(?<=[.?!:])\s|(?<=[.?!]\*\*)\s", paragraph):
        joined = one_line(f"{found[-1]} {piece}")
        if not found[-1] or _goes_on(found[-1]):
            found[-1] = joined
        else:
            found.append(one_line(piece))
    return [sentence for sentence in found if sentence]


def _goes_on(text):
    """Whether what ends here is no sentence yet: a colon in its middle, or "et al."."""
    return text.endswith(":") or bool(ABBREVIATED.search(text))


def strong_sentences(chapter):
    """Every sentence with a strong word that names no source and asks nothing."""
    return [
        sentence
        for cell in prose(read(chapter))
        if not SOURCED.search(cell)
        for sentence in sentences_of(cell)
        if STRONG.search(sentence) and not sentence.rstrip("* ").endswith("?")
    ]


def whole_prose(chapter):
    """All prose of a chapter on one line, as quotes are searched in it."""
    return one_line(" ".join(prose(read(chapter))))


def output(chapter, cell_id):
    """What a stored cell printed or showed, as text; nbval keeps it true."""
    (cell,) = [c for c in read(chapter)["cells"] if c["id"] == cell_id]
    return "\n".join(_text(out) for out in cell["outputs"])


def _text(out):
    data = out.get("data", {})
    if "text/html" in data:
        return words_of_page("".join(data["text/html"]))
    return "".join(out.get("text") or data.get("text/plain") or "")
