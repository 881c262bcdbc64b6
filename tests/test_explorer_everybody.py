"""The page for everybody: a tour, a keyboard, any screen, and those who cannot see it."""

import pytest
from explorer_page import DIE, browser, in_chromium, opened, said, text, unfold

from tfmath.explorer.page import texts

pytestmark = pytest.mark.browser
__all__ = ["browser", "opened", "text"]  # fixtures, which pytest finds by their names

OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !e.closest(".wide, .visually-hidden");
}).map((e) => e.tagName + "." + e.className)"""


@in_chromium
def test_the_tour_has_twelve_stops_of_forty_words(opened):
    shown = opened()
    shown.locator("#start-tour").click()
    told = []
    while True:
        told.append(said(shown, "tour-text"))
        assert "{" not in told[-1] and "NaN" not in told[-1]
        if shown.locator("#tour-on").is_disabled():
            break
        shown.locator("#tour-on").click()
    assert len(set(told)) == 12
    assert [stop for stop in told if len(stop.split()) > 40] == []


@in_chromium
def test_a_keyboard_is_enough_for_a_stop_a_weight_and_a_knock_out(opened):
    shown = opened()
    press = shown.keyboard.press

    def tab_to(selector):
        for _ in range(200):
            if shown.evaluate("s => document.activeElement.matches(s)", selector):
                return
            press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    tab_to("#start-tour")
    press("Enter")
    tab_to("#tour-on")
    press("Enter")
    assert shown.locator("td.chosen").count() == 1
    tab_to("td.number")
    first = shown.evaluate("document.activeElement.dataset.f")
    press("ArrowRight")
    assert shown.evaluate("document.activeElement.dataset.f") != first
    press("Enter")
    press("Escape")
    assert shown.locator("#number").is_hidden()
    tab_to("#leaving-box > summary")
    press("Enter")
    tab_to("#leaving input[type=checkbox]")
    press("Space")
    assert texts()["not retrained"] in said(shown, "without")
    shown.goto(shown.url.split("#")[0] + "#at:encoder/layer-1/feed-forward/b_2/0")
    shown.reload()
    before = shown.locator("#weight").input_value()
    tab_to("#weight")
    press("ArrowUp")
    assert float(shown.locator("#weight").input_value()) == pytest.approx(
        float(before) + 0.1, abs=1e-12
    )


WIDE = {"width": 1366, "height": 768}


@in_chromium
@pytest.mark.parametrize("place, scheme", [("", "light"), (DIE, "light"), (DIE, "dark")])
def test_axe_finds_nothing(opened, place, scheme):
    from axe_playwright_python.sync_playwright import Axe

    shown = opened(place, color_scheme=scheme, viewport=WIDE)
    for name in ("words", "weights", "leaving", "slopes", "writing"):
        unfold(shown, name)
    found = Axe().run(shown).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []


@in_chromium
@pytest.mark.parametrize("place", ["", DIE, "#part:encoder/layer-1/self-attention"])
def test_nothing_leaves_the_page(opened, place):
    shown = opened(place)
    for width, height in (390, 844), (1366, 768), (1920, 1080):
        shown.set_viewport_size({"width": width, "height": height})
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.evaluate(OVERFLOWING) == []
        if not place and width > 1000:
            assert shown.evaluate("document.documentElement.scrollHeight") <= height
    shown.emulate_media(media="print")
    for width in 718, 1047:  # A4 and A3, less their margins
        shown.set_viewport_size({"width": width, "height": 1000})
        assert shown.evaluate(OVERFLOWING) == []


@in_chromium
def test_a_page_without_a_language_or_too_wide_is_found(opened):
    """Controls of the two tests above."""
    from axe_playwright_python.sync_playwright import Axe

    shown = opened()
    shown.evaluate("document.documentElement.lang = ''")
    assert [v["id"] for v in Axe().run(shown).response["violations"]] == ["html-has-lang"]
    shown.evaluate("document.body.append(make('div', { style: 'width: 3000px' }, 'wide'))")
    assert shown.evaluate(OVERFLOWING) == ["DIV."]
