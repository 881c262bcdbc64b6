"""Models that are built otherwise give working pages, with no change to the page."""

import json
from pathlib import Path

import numpy as np
import pytest
from explorer_engine import chromium, with_loss
from variants import SIZES, VARIANTS

from tfmath.explorer.program import program
from tfmath.model.parameters import starting_values, traced
from tfmath.model.transformer import transformer
from tfmath.tracing import ancestors
from tfmath.tracing.program import backward_source
from tools.browser import CHROMIUM

WORDS = ["<pad>", "<start>", "<end>", *(f"w{i}" for i in range(20))]
EXAMPLE = {
    "source": "w1 w5 w3 w2 w9 w4".split(),
    "target": "<start> w7 w7 w1".split(),
    "following": "w7 w7 w1 w3".split(),
}
LINES = """() => { const r = run(OTHER, OTHER.opening);
    const { lines } = written(r.loss, ...gradients(r).values());
    return lines.map(([, line]) => line); }"""


@pytest.fixture(scope="module")
def page():
    with chromium() as opened:
        yield opened


def run_of(name):
    change, built = VARIANTS[name]
    tables = starting_values(np.random.default_rng(1), change(dict(SIZES)))

    def run(source, target):
        ids = (np.array([WORDS.index(w) for w in words]) for words in (source, target))
        return transformer(traced(tables, WORDS), *ids, **built)

    return run


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
@pytest.mark.parametrize("name", ["rotary", "Shaw's rows", "sigmoid", "another norm"])
def test_a_variant_gives_pythons_numbers_and_lines(page, name):
    run = run_of(name)
    made = program(run, WORDS, [EXAMPLE], "<start>", "<end>")
    page.evaluate("text => { window.OTHER = JSON.parse(text); }", json.dumps(made))
    found = page.evaluate("() => check(OTHER)")
    assert found["largest"] <= 1e-12 and found["count"] > 10_000
    logits = run(EXAMPLE["source"], EXAMPLE["target"])
    following = np.array([WORDS.index(word) for word in EXAMPLE["following"]])
    text = str(backward_source(ancestors(with_loss(logits, following))[-1]))
    lines = [line for line in text.splitlines() if line and line[0] != "#"]
    assert page.evaluate(LINES) == lines
