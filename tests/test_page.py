"""Chapters as pages: formulas, tables and drawings without a network, and on paper."""

import html
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from tools.browser import CHROMIUM
from tools.page import Page, drawn, main

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "notebooks" / "06_self_attention.ipynb"


@pytest.fixture(scope="module")
def page():
    return Page().from_filename(str(CHAPTER))[0]


def cells(kind):
    return [c for c in nbformat.read(CHAPTER, 4).cells if c.cell_type == kind]


def formulas_of_prose():
    """Every formula of the chapter's prose, found another way than the page finds them."""
    prose = "\n".join(cell.source for cell in cells("markdown"))
    blocks = re.findall(r"\$\$(.+?)\$\$", prose, re.DOTALL)
    rest = re.sub(r"\$\$.+?\$\$|`[^`]*`", "", prose, flags=re.DOTALL)
    return [found.strip() for found in blocks + re.findall(r"\$([^$]+?)\$", rest)]


def test_each_formula_is_drawn_and_reads_as_its_latex(page):
    said = [f["aria-label"] for f in BeautifulSoup(page, "html.parser").select(".formula")]
    assert len(formulas_of_prose()) > 20
    assert set(formulas_of_prose()) <= set(said)
    assert page.count(r"\begin{aligned}") >= 2  # those of `explain`
    text = re.sub(r"<(script|style|svg).*?</\1>|<[^>]*>", "", page, flags=re.DOTALL)
    assert "$" not in text and "\\frac" not in text


def test_a_formula_in_a_heading_is_drawn_too():
    heading = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(r"# Why $\sqrt{d_k}$")]
    )
    page = BeautifulSoup(Page().from_notebook_node(heading)[0], "html.parser")
    assert len(page.select("h1 .formula > svg > path")) == 3  # the root, d and k
    assert len(page.select("h1 .formula > svg > rect")) == 1  # the bar above them


def test_a_prediction_is_folded_and_a_picture_says_what_it_shows(page):
    folded = [
        cell
        for cell in cells("code")
        if cell.metadata.get("jupyter", {}).get("outputs_hidden")
    ]
    assert page.count("<summary>Show what comes out</summary>") == len(folded) > 2
    alts = [
        output.metadata["image/png"]["alt"]
        for cell in cells("code")
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert alts
    for alt in alts:
        assert f'alt="{html.escape(alt)}"' in page


def test_links_to_chapters_lead_to_pages(page):
    assert '.ipynb"' not in page
    assert 'href="04_positions.html"' in page


def test_a_formula_that_is_no_latex_is_an_error_and_no_gap():
    with pytest.raises(ValueError, match=r"frac\{1' cannot be drawn"):
        drawn(r"\frac{1")


def test_the_sign_of_a_special_word_is_no_tag():
    assert 'aria-label="\\text{&lt;start&gt;}"' in drawn(r"\text{<start>}")


def test_a_page_that_is_there_is_kept(tmp_path, capsys):
    page = tmp_path / "06_self_attention.html"
    page.write_text("mine")
    assert main([str(tmp_path), str(CHAPTER)]) == 2
    assert page.read_text() == "mine"
    assert "--overwrite" in capsys.readouterr().err
    assert main([str(tmp_path), str(CHAPTER), "--overwrite"]) == 0
    assert page.read_text() != "mine"


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
def test_in_a_browser_it_asks_for_nothing_and_fits_a_telephone(page, tmp_path):
    from playwright.sync_api import sync_playwright

    place, asked = tmp_path / "page.html", []
    place.write_text(page)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 390, "height": 844})
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(place.as_uri())
        width = shown.evaluate("document.documentElement.scrollWidth")
        low = shown.evaluate(
            "[...document.querySelectorAll('.formula svg')].filter("
            "s => !s.closest('details') && !s.getBoundingClientRect().height).length"
        )
        browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [place.as_uri()]
    assert width == 390
    assert low == 0
