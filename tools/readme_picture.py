"""Draw the README's picture: one traced head, all its tables, and one number explained.

    python tools/readme_picture.py docs/one_traced_head.png

Needs Chromium and playwright, as tools/notebook.py does.
"""

import sys

from playwright.sync_api import sync_playwright

from tfmath import encode, toy
from tfmath.model.parameters import traced
from tfmath.model.transformer import encode_source
from tfmath.show import explain, table
from tfmath.tracing import steps

HEAD = "encoder / layer 1 / self-attention / heads / "
PAGE = """<body style='font:15px sans-serif;width:1300px;margin:16px;background:white'>
<div style='display:flex;flex-wrap:wrap;gap:14px'>{tables}</div>
<pre style='font:15px monospace;line-height:1.5;margin:14px 0 0'>{explained}</pre></body>"""


def page():
    words = traced(toy.load(), toy.WORDS)
    found = steps(encode_source(words, encode(toy.PAIRS[1][0], toy.WORDS)))
    names = ("query", "key", "value", "scores", "weights", "output")
    tables = "".join(table(found[HEAD + name][0], name)._repr_html_() for name in names)
    return PAGE.format(
        tables=tables,
        explained=explain(found[HEAD + "scores"], "head 1", "thrones", "play", depth=2),
    )


def main(path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        view = browser.new_page(viewport={"width": 1340, "height": 300})
        view.set_content(page())
        view.screenshot(path=path, full_page=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
