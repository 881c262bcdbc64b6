"""What the tests of the explorer need: its JavaScript in Chromium, and records."""

import base64
import contextlib
import re

import numpy as np

from tfmath import toy
from tfmath.explorer.program import FOLDER
from tfmath.learning.loss import cross_entropy
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.text import encode
from tfmath.tracing import ancestors, backward, constant, named
from tfmath.tracing.array import Traced, record
from tools.browser import CHROMIUM

ENGINE = (
    *("arrays", "labels", "decimal", "floats", "formula", "steps", "rows_elementwise"),
    *("rows_reductions", "rows_moves", "rows_model", "rules", "knockouts", "record"),
    *("gradient", "numerals", "writer", "naming", "formulas", "printing", "explain"),
    *("exact", "runs"),
)

HELPERS = """
const asState = (s) => ({ ...s, weights: new Map(s.weights ?? []) });
const madeOf = (DATA, r) =>
  r.nodes.slice(0, DATA.nodes.length).filter((n) => n.inputs.length && n.kind === "f");
function packed(numbers) {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
function numbersOf(DATA, state) {
  const r = run(DATA, asState(state)), grads = gradients(r);
  const nodes = [...madeOf(DATA, r), ...grads.values()];
  return [packed(nodes.flatMap((n) => [...n.values])), [...grads.keys()]];
}
function linesOf(DATA, every) {
  const r = run(DATA, DATA.opening), nodes = [...madeOf(DATA, r), ...gradients(r).values()];
  const places = nodes.flatMap((n) => [...n.values.keys()].map((k) => [n, k]));
  return places.filter((_, k) => k % every === 0).map(([n, k]) => {
    const { place, value, scope, inNames, inNumbers } = explain(r, n, k);
    const title = `${place} = ${value}${scope && `  (${scope})`}`;
    return [title, `  = ${inNames}`, `  = ${inNumbers}`].join("\\n");
  });
}
function digitsOf(DATA, state) {
  const r = run(DATA, asState(state));
  return [...madeOf(DATA, r), ...gradients(r).values()].flatMap((n) =>
    [...n.values.keys()].map((k) => Object.values(exact(r, n, k))));
}
"""


def joined(modules=ENGINE):
    """The page's own modules as one script."""
    texts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in modules]
    whole = re.sub(r"^import [^;]*;\n", "", "\n".join(texts), flags=re.MULTILINE)
    return '"use strict";\n' + re.sub(r"^export ", "", whole, flags=re.MULTILINE) + HELPERS


@contextlib.contextmanager
def chromium():
    """A page of Chromium's with the engine in it and nothing else."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=joined())
        yield page
        browser.close()


def unpacked(text):
    return np.frombuffer(base64.b64decode(text))


# The same in Python -----------------------------------------------------------------------


def toy_record(state, tables=None):
    """The nodes behind the loss of the toy model, for a sentence with changed weights."""
    tables = changed(toy.load() if tables is None else tables, state)
    source, target = (encode(state[side], toy.WORDS) for side in ("source", "target"))
    logits = transformer(traced(tables, toy.WORDS), source, target)
    return ancestors(with_loss(logits, encode(state["following"], toy.WORDS)))


def with_loss(logits, following):
    return named("loss", cross_entropy(logits, constant("following", following, logits)))


def changed(tables, state):
    """The tables with the weights of a state: its keys count the record's inputs."""
    flat = {name: np.array(table) for name, table in flatten(tables).items()}
    for key, number in state.get("weights", ()):
        node, place = map(int, key.split(":"))
        flat[list(flat)[node]].flat[place] = number
    return unflatten(flat)


def knocked_out(nodes, parts):
    """The record once more, with other steps where parts are taken out."""
    instead, made = {}, {}
    for part in parts:
        for place, how in part["replace"].items():
            instead.setdefault(place, []).append(how)
    for place, node in enumerate(nodes):
        made[id(node)] = node
        if node.inputs:
            hows = instead.get(place, ())
            made[id(node)] = _made(node, nodes, made, hows)
            made[id(node)].name, made[id(node)].labels = node.name, node.labels
    return [made[id(node)] for node in nodes]


def _made(node, nodes, made, hows):
    inputs = [made[id(i)] for i in node.inputs]
    for how, *what in hows:
        if how == "copy":
            return record("copy", made[id(nodes[what[0]])])
        if how == "without":
            inputs = [i for k, i in enumerate(inputs) if k != what[0]]
    found = record(node.op, *inputs, **node.options)
    for axis, place in (what for how, *what in hows if how == "zero"):
        kept = np.ones([n if a == axis else 1 for a, n in enumerate(node.shape)])
        kept.reshape(-1)[place] = 0
        found = found * kept
    assert isinstance(found, Traced)
    return found


def numbers(nodes):
    """All computed numbers, all gradients of the last node, and whose they are."""
    grads = backward(nodes[-1])
    made = [node for node in nodes if node.inputs and node.dtype.kind == "f"]
    values = [np.ravel(node.value) for node in [*made, *grads.values()]]
    return np.concatenate(values), list(grads), [*made, *grads.values()]


def toy_run(source, target):
    ids = encode(source, toy.WORDS), encode(target, toy.WORDS)
    return transformer(traced(toy.load(), toy.WORDS), *ids)
