"""The explorer in notebooks, and in pages made of them."""

import os
import re

import nbformat
import pytest
from explorer_page import browser, in_chromium
from nbformat import v4

from tfmath.explorer import FILE, explorer, still
from tfmath.explorer.notebook import found
from tfmath.explorer.page import OURS
from tools.page import COURSE, main

__all__ = ["browser"]  # a fixture, which pytest finds by its name
LINK = re.compile(r"\[explorer\] explorer\.html(#[^\s\"\\]+)?")


def test_in_a_notebook_there_are_a_frame_a_link_and_a_picture(tmp_path):
    shown = explorer("decoder/layer-1/cross-attention", tmp_path / "page.html")
    told = shown._repr_html_()
    assert "<iframe" in told and "<img alt=" in told and f'href="{shown.link}"' in told
    assert shown.link.endswith("#part:decoder/layer-1/cross-attention")
    with pytest.raises(ValueError, match="no place of the toy model"):
        explorer("decoder/layer-9", tmp_path / "page.html")


def test_a_picture_has_a_link_to_its_place_and_an_older_page_is_written_anew(tmp_path):
    place = tmp_path / "page.html"
    place.write_text(OURS)
    os.utime(place, (0, 0))
    shown = still("decoder / layer 1", at="decoder/layer-1/norm-1", path=place)
    assert len(place.read_bytes()) > 100_000
    told = shown._repr_html_()
    assert "<iframe" not in told and "<img alt=" in told and f'href="{shown.link}"' in told
    assert shown.link.endswith("#part:decoder/layer-1/norm-1")
    place.write_text(OURS)
    assert still("logits", path=place).link.endswith("#part:logits")
    assert place.read_text() == OURS, "it is as new as the package"
    with pytest.raises(ValueError, match="still: at is 'words', no place"):
        still("words", path=place)


def test_every_chapter_has_a_link_into_the_page_and_each_leads_somewhere():
    for chapter in sorted(COURSE.glob("*.ipynb")):
        links = set(LINK.findall(chapter.read_text(encoding="utf-8")))
        assert links, f"{chapter.name} has no link"
        for link in links - {""}:
            kind, _, place = link.removeprefix("#").partition(":")
            assert found(place)[0] == f"{kind}:{place}"


@pytest.mark.browser
@in_chromium
def test_in_a_page_made_of_a_notebook_the_frame_opens_at_its_number(tmp_path, browser):
    shown = {"text/html": explorer("logits/4/17", tmp_path / FILE)._repr_html_()}
    shown = {kind: said.replace(f"{tmp_path}/", "") for kind, said in shown.items()}
    cell = v4.new_code_cell("explorer()", outputs=[v4.new_output("display_data", shown)])
    nbformat.write(v4.new_notebook(cells=[cell]), tmp_path / "chapter.ipynb")
    main([str(tmp_path / "pages"), str(tmp_path / "chapter.ipynb")])
    page = browser.new_page()
    page.goto((tmp_path / "pages" / "chapter.html").as_uri())
    assert "6.069" in page.frame_locator("iframe").locator("#number").inner_text()
    page.close()
