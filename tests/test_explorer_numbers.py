"""The explorer's numbers, formulas and digits, computed in Chromium, are Python's."""

import base64
import json
import re
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from explorer_engine import (
    chromium,
    knocked_out,
    numbers,
    toy_record,
    unpacked,
    with_loss,
)

from tfmath import toy
from tfmath.explorer.program import page_rows, program, toy_program
from tfmath.model.parameters import rounded, shapes, starting_values, traced
from tfmath.model.transformer import transformer
from tfmath.parts import softmax_row
from tfmath.parts.activation import gelu
from tfmath.parts.norm import pre_norm
from tfmath.parts.text import encode
from tfmath.show import as_text, explain, formulas
from tfmath.study.crossed_out import crossed_out
from tfmath.tracing import ancestors
from tfmath.tracing.program import backward_source
from tfmath.tracing.rules import RULES
from tfmath.tracing.writer import LONG_NAME, WIDTH
from tfmath.witness.exact import Exact, replay_exact
from tools.browser import CHROMIUM

browser = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"
)
TOY = toy_program()
CLOSE = 1e-12

WORDS = ["<pad>", "<start>", "<end>", "red", "blue", "sky", "sea", "is", "the"]


@pytest.fixture(scope="module")
def page():
    with chromium() as opened:
        opened.evaluate("text => { window.TOY = JSON.parse(text); }", json.dumps(TOY))
        opened.evaluate("text => { window.OTHER = JSON.parse(text); }", json.dumps(other()))
        yield opened


@cache
def other_tables():
    """Two layers a stack, three heads, pre-norm: nothing that the toy model has."""
    sizes = {"d_model": 6, "n_heads": 3, "d_k": 4, "d_v": 2, "d_ff": 7, "n_layers": 2}
    rng = np.random.default_rng(3)
    return rounded(starting_values(rng, shapes(len(WORDS), **sizes, final_norm=True)), 2)


def other_run(source, target):
    built = {"block": pre_norm, "activation": gelu}
    ids = encode(source, WORDS), encode(target, WORDS)
    return transformer(traced(other_tables(), WORDS), *ids, **built)


@cache
def other():
    example = {
        "source": "the sky is blue".split(),
        "target": "<start> the sea".split(),
        "following": "the sea is".split(),
    }
    return program(other_run, WORDS, [example], "<start>", "<end>")


def states():
    """Words: the quotes, the shortest, the longest. Weights: twenty, one after another."""
    yield from [TOY["opening"], *TOY["examples"]]
    for n in (1, 16):
        words = (toy.WORDS[3:] * 2)[: 2 * n]
        yield {"source": words[:n], "target": words[n:], "following": words[n:][::-1]}
    rng, inputs = np.random.default_rng(0), [n for n in TOY["nodes"] if n["op"] == "input"]
    for _ in range(20):
        node = int(rng.integers(len(inputs)))
        key = f"{node}:{rng.integers(len(inputs[node]['given']))}"
        yield TOY["opening"] | {"weights": [[key, float(rng.normal() * 2)]]}


def differs(page, state, nodes, data="TOY"):
    """By how much the page's numbers and gradients are off, and how many there are."""
    text, names = page.evaluate(f"state => numbersOf({data}, state)", state)
    expected, expected_names, _ = numbers(nodes)
    found = unpacked(text)
    assert names == expected_names and found.shape == expected.shape
    return float(np.abs(found - expected).max())


# Numbers


@browser
def test_all_numbers_and_gradients_are_pythons(page):
    for state in states():
        assert differs(page, state, toy_record(state)) <= CLOSE, state


@browser
def test_every_knock_out_alone_and_each_kind_together(page):
    parts, base = TOY["knockouts"], toy_record(TOY["opening"])
    kinds = {p["kind"]: [q for q in parts if q["kind"] == p["kind"]] for p in parts}
    assert set(kinds) == set("residual sublayer norm head mask root positions".split())
    for together in [*([part] for part in parts), *kinds.values()]:
        state = TOY["opening"] | {"knocked": [part["key"] for part in together]}
        assert differs(page, state, knocked_out(base, together)) <= CLOSE, state


@browser
def test_control_a_weight_that_only_the_page_changed_is_seen(page):
    state = TOY["opening"] | {"weights": [["1:0", 0.7]]}
    assert differs(page, state, toy_record(TOY["opening"])) > 1e-3


@browser
def test_a_hidden_word_is_one_that_the_source_mask_hides(page):
    opening, ids = (
        TOY["opening"],
        [encode(TOY["opening"][s], toy.WORDS) for s in ("source", "target")],
    )
    for place in range(len(ids[0])):
        shown = np.arange(len(ids[0])) != place
        expected = transformer(toy.load(), *ids, source_mask=shown[np.newaxis])
        state = opening | {"knocked": [f"source word: {place + 1}"]}
        found = page.evaluate("s => [...run(TOY, asState(s)).logits.values]", state)
        assert np.abs(np.array(found) - expected.ravel()).max() <= CLOSE


CROSSED = {
    "nothing": [],
    "the sums": ["residual: "],
    "the norms": ["norm: "],
    "positions": ["positions: "],
    "√d_k": ["root: "],
    "the mask": ["mask: "],
    "the encoder's attention": ["sublayer: encoder / layer 1 / self-attention"],
    "its head 1": ["head: encoder / layer 1 / self-attention / head 1"],
    "its head 2": ["head: encoder / layer 1 / self-attention / head 2"],
    "the decoder's attention": ["sublayer: decoder / layer 1 / self-attention"],
    "the look at the encoder": ["sublayer: decoder / layer 1 / cross-attention"],
    "the encoder's feed-forward": ["sublayer: encoder / layer 1 / feed-forward"],
    "the decoder's feed-forward": ["sublayer: decoder / layer 1 / feed-forward"],
}
WRITTEN = """knocked => TOY.examples.map((one) => [
    write(TOY, { ...one, knocked }).map((w) => w.word),
    run(TOY, { ...one, knocked }).loss.values[0] * one.target.length])"""


@browser
def test_what_is_written_without_a_part_is_what_the_study_writes(page):
    count = sum(len(one["target"]) for one in TOY["examples"])
    for row in crossed_out(toy.load()):
        begins = tuple(CROSSED[row["without"]])
        knocked = [k["key"] for k in TOY["knockouts"] if k["key"].startswith(begins)]
        found = page.evaluate(WRITTEN, knocked if begins else [])
        for (words, _), (read, _) in zip(found, toy.PAIRS, strict=True):
            assert " ".join(w for w in words if w != "<end>") == row[read]
        assert abs(sum(loss for _, loss in found) / count - row["loss"]) <= CLOSE


# Formulas and lines


def expected_lines(nodes, every=1):
    _, _, shown = numbers(nodes)
    places = [(node, place) for node in shown for place in np.ndindex(node.shape)]
    return ["\n".join(as_text.lines(explain(n, *p, depth=1))) for n, p in places[::every]]


@browser
def test_every_formula_is_explains_letter_by_letter(page):
    found = page.evaluate("() => linesOf(TOY, 1)")
    assert found == expected_lines(toy_record(TOY["opening"])) and len(found) == 5580


@browser
def test_every_line_of_numpy_is_the_printed_programs(page):
    found = page.evaluate(
        """() => { const r = run(TOY, TOY.opening);
        return written(r.loss, ...gradients(r).values()).lines.map(([, line]) => line); }"""
    )
    text = str(backward_source(toy_record(TOY["opening"])[-1]))
    assert found == [line for line in text.splitlines() if line and line[0] != "#"]


# Fifty digits


@browser
def test_fifty_digits_are_mpmaths_for_every_number(page):
    changes = [["1:3", -0.35], ["9:4", 1.75]]
    state = TOY["opening"] | {"weights": changes}
    _, _, shown = numbers(toy_record(state))
    with mpmath.workdps(70):
        theirs = replay_exact(shown, Exact(70))
        expected = [x for node in shown for x in np.ravel(theirs[id(node)])]
        floats = [x for node in shown for x in np.ravel(node.value)]
        found = page.evaluate("state => digitsOf(TOY, state)", state)
        assert len(found) == len(expected)
        for (digits, off), number, near in zip(found, expected, floats, strict=True):
            size = max(abs(number), mpmath.mpf(10) ** -12)
            assert abs(mpmath.mpf(digits) - number) <= size * mpmath.mpf(10) ** -49
            assert abs(mpmath.mpf(off) - (near - number)) <= 2 * CLOSE
            shown_digits = re.sub(r"e.*|\D", "", digits).lstrip("0")
            assert digits == "0" or len(shown_digits) == 50


# Other models, and the page's own check


@browser
def test_another_model_needs_no_change(page):
    assert page.evaluate("() => check(OTHER).largest") <= CLOSE
    count = page.evaluate("() => check(OTHER).count")
    opening = other()["opening"]
    logits = other_run(opening["source"], opening["target"])
    nodes = ancestors(with_loss(logits, encode(opening["following"], WORDS)))
    assert count == len(numbers(nodes)[0])
    assert page.evaluate("() => linesOf(OTHER, 13)") == expected_lines(nodes, 13)


@browser
def test_the_page_checks_itself_and_sees_one_wrong_number(page):
    good = page.evaluate("() => check(TOY)")
    assert good["count"] == 5580 and good["largest"] <= CLOSE
    for place in (0, 2776, 5579):
        wrong = unpacked(TOY["check"]).copy()
        wrong[place] += 1e-9
        text = base64.b64encode(wrong.tobytes()).decode()
        largest = page.evaluate("check_ => check({ ...TOY, check: check_ }).largest", text)
        assert largest > 1e-10


@browser
def test_the_pages_limits_are_pythons(page):
    found = page.evaluate("() => [BUDGET, MOST_TERMS, LINE_WIDTH, LONG_NAME, FAR]")
    assert found == [
        formulas.BUDGET,
        formulas.MOST_TERMS,
        WIDTH,
        LONG_NAME,
        softmax_row.FAR,
    ]


@browser
def test_the_pages_table_and_pythons_agree(page):
    rows = page.evaluate(
        """() => Object.entries(RULES).map(([op, row]) => [op,
        typeof row.slopes === "function" ? "each" : row.slopes.map((s) => s !== null),
        row.names ?? [], Boolean(row.formula)])"""
    )
    assert page_rows() == {op for op, *_ in rows}
    for op, slopes, names, has_formula in rows:
        theirs = RULES[op].derivative
        known = "each" if callable(theirs) else [one is not None for one in theirs]
        assert slopes == known, op
        assert tuple(names) == RULES[op].names and has_formula, op
