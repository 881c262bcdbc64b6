"""The pages are run as they are read."""

import doctest
import re
from pathlib import Path

import pytest

import tfmath

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("adding_*.md"))
PAGES += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def run(text, name):
    """How many examples of a page were tried, and how many failed; fences are no output."""
    text = re.sub(r"^```\w*$", "", text, flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    return doctest.DocTestRunner().run(test)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page):
    result = run(page.read_text(encoding="utf-8"), page.name)
    assert result.attempted > 5 and result.failed == 0


def test_control_a_page_that_lies_is_seen():
    assert run("```pycon\n>>> 1 + 1\n2\n```\n\n```bash\nls\n```\n", "right") == (0, 1)
    assert run("```pycon\n>>> 1 + 1\n3\n```\n", "wrong") == (1, 1)


def test_help_says_where_the_most_asked_for_is():
    """Every name of that paragraph is where it says; and its module's line names it."""
    said = re.search(
        r"^Most asked for: (.*?)\n\n", tfmath.__doc__, re.MULTILINE | re.DOTALL
    )
    places = re.findall(r"((?:`\w+`,\s)*`\w+`)\s+from\s+`(tfmath[.\w]*)`", said[1])
    assert [place for _, place in places] == [
        "tfmath",
        "tfmath.show",
        "tfmath.tracing",
        "tfmath.toy",
    ]
    for names, place in places:
        for name in re.findall(r"\w+", names):
            assert callable(getattr(__import__(place, fromlist=[name]), name)), name
    for name in ("explain", "table", "source", "operation"):
        assert re.search(rf"^    [\w.]+ +.*: .*\b{name}\b", tfmath.__doc__, re.MULTILINE)
