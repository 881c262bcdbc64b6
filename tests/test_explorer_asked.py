"""What is asked of the explorer: writing, learning, reaching; and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from explorer_engine import changed, chromium, toy_record, toy_run

from tfmath import toy
from tfmath.errors import TraceError
from tfmath.explorer.program import program, toy_program
from tfmath.tracing import backward, gradients, named
from tfmath.tracing.program import source
from tools.browser import CHROMIUM

browser = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"
)
TOY = toy_program()
CLOSE = 1e-12


@pytest.fixture(scope="module")
def page():
    with chromium() as opened:
        opened.evaluate("text => { window.TOY = JSON.parse(text); }", json.dumps(TOY))
        yield opened


# Writing, learning, reaching


@browser
def test_writing_and_learning_are_pythons(page):
    for read, _ in toy.PAIRS:
        found = page.evaluate("s => write(TOY, { source: s.split(' ') })", read)
        expected = toy.finish(toy.load(), read)
        assert [w["word"] for w in found] == [word for word, _ in expected]
        for one, (_, p) in zip(found, expected, strict=True):
            assert abs(one["probability"] - p) <= CLOSE
            assert one["runnerUpProbability"] < one["probability"]
    learnt = page.evaluate(
        """() => { const l = learn(TOY, TOY.opening, 0.05);
        return { ...l, weights: [...l.weights] }; }"""
    )
    after = toy_record(TOY["opening"] | {"weights": learnt["weights"]})[-1].value
    nodes = toy_record(TOY["opening"])
    tables = [n for n in nodes if n.op == "input"]
    slopes = gradients(nodes[-1], of=tables)
    squared = sum(float((slope**2).sum()) for slope in slopes)
    assert abs(learnt["after"] - after) <= CLOSE
    assert abs(learnt["before"] - nodes[-1].value) <= CLOSE
    assert 0 < learnt["before"] - learnt["after"] < 0.05 * squared
    moved = changed(toy.load(), {"weights": learnt["weights"]})
    slope = gradients(nodes[-1], of=tables[0])
    assert (
        np.abs(moved["embedding"] - (toy.load()["embedding"] - 0.05 * slope)).max() <= CLOSE
    )


REACHED = """place => { const r = run(TOY, TOY.opening);
    const places = (found) =>
        [...found].flatMap(([n, ks]) => [...ks].map((k) => [n.id, k]));
    const { from } = reaches(r, r.logits, place), way = wayBack(r, r.logits, place);
    const to = reaches(r, r.nodes[0], 5).to;
    return { from: places(from), way: way.map(([n, k]) => [n.id, k]), to: places(to),
             users: usersOf(r, r.nodes[0], 5).map(([n, k]) => [n.id, k]) }; }"""


@browser
def test_what_a_number_reaches_is_what_has_a_slope(page):
    nodes = toy_record(TOY["opening"])
    logits, place = nodes[TOY["logits"]], 4 * 26 + toy.WORDS.index("die")
    found = page.evaluate(REACHED, place)
    of = {i: n for i, n in enumerate(nodes) if n.op == "input"}
    slopes = gradients(logits[-1, toy.WORDS.index("die")], of=of)
    moving = {(i, k) for i, s in slopes.items() for k in map(int, np.flatnonzero(s))}
    reached = {tuple(one) for one in found["from"]}
    assert moving <= reached
    rows = {k // 5 for i, k in reached if i == 0}
    words = {*TOY["opening"]["source"], *TOY["opening"]["target"], "die"}
    assert {toy.WORDS[row] for row in rows} == words
    way = [tuple(one) for one in found["way"]]
    assert way[0] == (TOY["logits"], place) and not nodes[way[-1][0]].inputs
    assert all(step in reached for step in way[1:])
    assert {tuple(u) for u in found["users"]} <= {tuple(u) for u in found["to"]}
    assert nodes[TOY["loss"]].size == 1 and (TOY["loss"], 0) in map(tuple, found["to"])


@browser
def test_slopes_of_any_chosen_number_and_every_steps_line(page):
    nodes = toy_record(TOY["opening"])
    logits, place = nodes[TOY["logits"]], 4 * 26 + toy.WORDS.index("die")
    found = page.evaluate(
        """place => { const r = run(TOY, TOY.opening);
        const grads = gradients(r, r.logits, place);
        const slopes = [...grads].map(([name, n]) => [name, [...n.values], lineOf(r, n)]);
        const lines = r.nodes.map((n) => lineOf(r, n)).filter((line) => line !== null);
        return { slopes, lines }; }""",
        place,
    )
    assert found["lines"] == str(source(nodes[-1])).splitlines()
    expected = backward(logits[-1, toy.WORDS.index("die")])
    assert [name for name, *_ in found["slopes"]] == list(expected)
    for name, slopes, line in found["slopes"]:
        assert np.abs(expected[name].value.ravel() - slopes).max() <= CLOSE
        assert "grad_" in line.partition(" = ")[0]


@browser
def test_a_sentence_that_the_model_cannot_read_is_refused(page):
    for words in ([], ["you"] * 17, ["wolf"]):
        said = page.evaluate(
            """words => { try { run(TOY, { ...TOY.opening, source: words }); }
            catch (error) { return error.message; } }""",
            words,
        )
        assert "1 to 16" in said or "not a word of this model" in said


# What is refused


def refused(run, error, says, **changes):
    example = TOY["opening"] | changes
    with pytest.raises(error, match=says):
        program(run, toy.WORDS, [example], "<start>", "<end>")


def test_what_a_page_cannot_show_is_refused_in_a_sentence():
    refused(
        lambda s, t: named("c", np.cosh(toy_run(s, t))),
        TraceError,
        "cosh, which has no row",
    )
    refused(lambda s, t: toy_run(s, t).value, TraceError, "plain ndarray")
    refused(lambda s, t: toy_run(s, t) * len(s), TraceError, "other numbers")
    twice = lambda s, t: toy_run(s, t) + 0 if len(s) > 6 else toy_run(s, t)  # noqa: E731
    refused(twice, TraceError, "have other steps")
    refused(toy_run, ValueError, "'wolf', which is not", source=["wolf"])
    refused(toy_run, ValueError, "5 words in target and 1 in following", following=["die"])


def test_the_same_record_gives_the_same_program():
    assert json.dumps(toy_program()) == json.dumps(TOY)
