"""How long the explorer takes in Chromium: medians, in milliseconds.

    python tools/explorer_times.py

First paint is of a page newly opened; a computation is all numbers of the model; a click
opens a number; a repaint is what follows a changed weight. Needs Chromium and playwright.
"""

import statistics
import tempfile
from pathlib import Path

from browser import CHROMIUM

from tfmath.explorer import toy_program, write_page

WANTED = {"first paint": 400, "computation": 10, "click": 50, "repaint": 100}
"""What a reader does not wait for, in milliseconds."""

PAINT = "performance.getEntriesByName('first-contentful-paint')"

TIMED = """() => {
    const timed = (act) => {
        const begin = performance.now();
        act();
        document.body.offsetHeight;  // the layout counts as well
        return performance.now() - begin;
    };
    const each = (act) => Array.from({ length: 15 }, (_, i) => timed(() => act(i)));
    const cells = [...document.querySelectorAll("td.number")];
    return {
        computation: each(() => compute()),
        click: each((i) => choose(cells[i])),
        repaint: each((i) => { compute(); showAll(); }),
    };
}"""


def times(opened=5):
    """The medians, by what was timed."""
    from playwright.sync_api import sync_playwright

    found = {"first paint": []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        write_page(file := Path(folder, "explorer.html"), toy_program())
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(opened):
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(f"{file.as_uri()}#part:encoder/layer-1/self-attention")
            page.wait_for_function("document.getElementById('check').textContent")
            page.wait_for_function(f"{PAINT}.length")  # noted a frame or two after it
            found["first paint"].append(page.evaluate(f"{PAINT}[0].startTime"))
            for name, taken in page.evaluate(TIMED).items():
                found.setdefault(name, []).extend(taken)
            page.close()
        browser.close()
    return {name: statistics.median(taken) for name, taken in found.items()}


def main():
    for name, taken in times().items():
        print(f"{name:12} {taken:6.1f} ms, wanted below {WANTED[name]}")


if __name__ == "__main__":
    main()
