"""The explorer's page in Chromium, opened at a place, and what is read off it."""

from pathlib import Path

import pytest

from tfmath.explorer import toy_program
from tfmath.explorer.page import page
from tools.browser import CHROMIUM

in_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"
)
DIE = "#at:logits/4/17"


@pytest.fixture(scope="module")
def text():
    return page(toy_program())


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, text, tmp_path):
    """Open the page at a place; what it asks for and what goes wrong is kept beside it."""
    contexts = []

    def open_at(place="", written=text, **look):
        file = tmp_path / "explorer.html"
        file.write_text(written, encoding="utf-8")
        contexts.append(browser.new_context(**look))
        shown = contexts[-1].new_page()
        shown.asked, shown.wrong = [], []
        shown.on("request", lambda request: shown.asked.append(request.url))
        shown.on("pageerror", lambda error: shown.wrong.append(str(error)))
        shown.goto(file.as_uri() + place)
        shown.wait_for_function("document.getElementById('check').textContent")
        return shown

    yield open_at
    for context in contexts:
        wrong = [error for shown in context.pages for error in shown.wrong]
        asked = [url for shown in context.pages for url in shown.asked]
        context.close()
        assert wrong == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def said(shown, name):
    return shown.locator(f"#{name}").inner_text()


def unfold(shown, name):
    shown.locator(f"#{name}-box > summary").click()
    shown.locator(f"#{name}").wait_for()
