"""Every sentence with a strong word is proved, and every chapter's time is true.

The claims themselves stand in ``tests/claims``, a file a chapter.
"""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from tests.claims import claim
from tfmath import toy
from tfmath.model.parameters import flatten, unflatten

CHAPTERS = sorted(path.name for path in claim.NOTEBOOKS.glob("*.ipynb"))
FILES = sorted((Path(__file__).parent / "claims").glob("test_*.py"))
MODULES = [importlib.import_module(f"tests.claims.{path.stem}") for path in FILES]
OF = {module.CHAPTER: module for module in MODULES}
MOST_MINUTES = 60


def proofs(module):
    """The tests of a file of claims that quote sentences, by name."""
    return {n: f for n, f in vars(module).items() if hasattr(f, "sentences")}


def quotes(module):
    return [quote for test in proofs(module).values() for quote in test.sentences]


def unproved(sentences, module):
    known = [*quotes(module), *map(claim.one_line, module.DEFINITIONS)]
    return [s for s in sentences if not any(s in quote for quote in known)]


def misquoted(text, module):
    """What is quoted, or called a definition, and does not stand in the chapter."""
    known = [*quotes(module), *map(claim.one_line, module.DEFINITIONS)]
    return [quote for quote in known if quote not in text]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CHAPTER)
def test_every_quote_stands_in_its_chapter(module):
    assert misquoted(claim.whole_prose(module.CHAPTER), module) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CHAPTER)
def test_every_strong_sentence_is_proved(module):
    assert unproved(claim.strong_sentences(module.CHAPTER), module) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CHAPTER)
def test_every_test_of_a_claim_says_what_it_proves(module):
    tests = {n: f for n, f in vars(module).items() if n.startswith("test_")}
    assert tests and tests == proofs(module)


def test_every_chapter_has_its_claims():
    assert sorted(OF) == CHAPTERS and len(OF) == len(MODULES)


# Time -----------------------------------------------------------------------------------


def minutes(notebook):
    """Words of prose / 130, and one for a code cell, and four for an exercise."""
    words = len(" ".join(claim.prose(notebook)).split())
    code = [c for c in notebook["cells"] if c["cell_type"] == "code" and c["source"]]
    exercises = {
        name
        for cell in code
        for name in re.findall(r"\bcheck\(\s*exercises\.(\w+)", "".join(cell["source"]))
    }
    return round(words / 130 + len(code) + 4 * len(exercises))


def test_no_chapter_is_longer_than_an_hour():
    found = {c: minutes(claim.read(c)) for c in CHAPTERS}
    assert {c: m for c, m in found.items() if m > MOST_MINUTES} == {}


def test_the_readme_says_how_long_chapters_take():
    all_of_them = [minutes(claim.read(chapter)) for chapter in CHAPTERS]
    least, most = (round(n, -1) for n in (min(all_of_them), max(all_of_them)))
    readme = (claim.NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    assert f"A chapter takes {least} to {most} minutes" in readme


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_header_says_the_minutes(chapter):
    notebook = claim.read(chapter)
    header = claim.prose(notebook)[0]
    assert f"About {minutes(notebook)} minutes" in header
    needs = re.search(r"^Needs: .*", header, re.MULTILINE).group()
    links = re.findall(r"\]\(([^)]*\.ipynb)\)", needs)
    assert (links or chapter == CHAPTERS[0]) and set(links) <= set(CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_to_be_predicted_is_folded(chapter):
    cells = claim.read(chapter)["cells"]
    for before, cell in zip(cells, cells[1:], strict=False):
        asked = before["cell_type"] == "markdown" and "**Predict" in "".join(
            before["source"]
        )
        if asked and cell["cell_type"] == "code":
            assert cell["metadata"].get("jupyter", {}).get("outputs_hidden"), cell["id"]
            # JupyterLab shows the first line of what is folded: it must not be the answer.
            first = "".join(cell["outputs"][0].get("text", ""))
            assert first.startswith("What did you predict?\n"), cell["id"]


# Controls -------------------------------------------------------------------------------


class Chapter:
    """A file of claims about one sentence."""

    CHAPTER = "00_none.ipynb"
    DEFINITIONS = ("A word is never empty.",)

    @claim.says("Only the first\nword sees itself.")
    def test_first(self):
        assert True


def test_control_a_strong_sentence_without_a_proof_is_found():
    page = "Only the first word sees itself. It is 3 wide. A word is never empty. Most do."
    found = [s for s in claim.sentences_of(page) if claim.STRONG.search(s)]
    assert unproved(found, Chapter) == ["Most do."]
    assert misquoted(page, Chapter) == []
    assert misquoted(page.replace("first", "last"), Chapter) == [
        "Only the first word sees itself."
    ]


def test_control_how_sentences_are_told_apart():
    page = (
        "# All\n\nAt 1.5 it is most. Vaswani et al. say so: never.\n- Every item\n- is one."
        "\n\n$$all$$\n\n**Predict.** Which is best?\n\n| most | a |\n|---|---|\n| b | all |"
        "\n\n1. First. 2 is all.\n\n```\nnever\n```\n"
    )
    assert claim.sentences_of(page) == [
        "At 1.5 it is most.",
        "Vaswani et al. say so: never.",
        "Every item",
        "is one.",
        "**Predict.**",
        "Which is best?",
        "most | a |",
        "b | all |",
        "First.",
        "2 is all.",
    ]


def test_control_a_source_is_seen():
    for sourced in ("So it is (Vaswani et al., 2017).", "All. <!-- from: paper -->"):
        assert claim.SOURCED.search(sourced)
    for bare in ("All 2017 of them.", "All. <!-- from: -->", "(all of it)"):
        assert not claim.SOURCED.search(bare)


class Quotes:
    """A file of claims about the toy model."""

    @claim.says("It finishes the quotes.")
    def test_quotes():
        assert toy.recites(toy.load()) > 0.75

    @claim.says("There are 764 numbers.")
    def test_numbers():
        assert sum(np.size(table) for table in flatten(toy.load()).values()) == 764


def broken(module, monkeypatch):
    """The names of claims that fail when every table of the toy model is turned round."""
    tables = {name: table[::-1].copy() for name, table in flatten(toy.load()).items()}
    monkeypatch.setattr(toy, "load", lambda *path: unflatten(tables))
    return [name for name, test in proofs(module).items() if not _holds(test)]


def _holds(test):
    try:
        test()
    except AssertionError:
        return False
    return True


def test_control_other_tables_make_a_claim_about_them_fail(monkeypatch):
    assert all(map(_holds, proofs(Quotes).values()))
    assert broken(Quotes, monkeypatch) == ["test_quotes"]
