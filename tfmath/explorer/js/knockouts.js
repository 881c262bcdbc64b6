// Parts taken out: what stands in a record in place of a step. The rest is reckoned as ever.

import { newNode, stepOf } from "./steps.js";

// Every part that can go: those found in the record, and each word that is read.
export function knockoutsOf(DATA, { source }) {
  const words = source.map((word, place) => ({
    key: `source word: ${place + 1}`, kind: "source word", where: "", word, place }));
  return [...DATA.knockouts, ...words];
}

// From the numbers of nodes to how each is made instead.
export function changesOf(DATA, { knocked = [], source }) {
  const changes = new Map(), hidden = [];
  for (const part of knockoutsOf(DATA, { source })) {
    if (!knocked.includes(part.key)) continue;
    if (part.kind === "source word") hidden.push(part.place);
    else for (const node in part.replace) changeAlso(changes, Number(node), part.replace[node]);
  }
  if (hidden.length)
    DATA.nodes.forEach((spec, id) => {
      const looks = spec.op === "softmax" && spec.labels.at(-1) === "S";
      if (looks) changeAlso(changes, id, ["hide", hidden]);
    });
  return changes;
}

// Two parts that act on one step act one after the other: of a head each its own zeros.
function changeAlso(changes, id, [how, ...what]) {
  const before = changes.get(id);
  changes.set(id, (made) => INSTEAD[how](made, before, ...what));
}

const INSTEAD = {
  copy: ({ labels, record }, before, id) => {
    const node = stepOf("copy", [record.nodes[id]], {}, labels);
    return { node, extra: [] };
  },
  without: (made, before, position) => {
    const inputs = made.inputs.filter((_, i) => i !== position);
    return again({ ...made, inputs }, before);
  },
  zero: (made, before, axis, place) => {
    const { node, extra } = again(made, before);
    const shape = node.shape.map((n, a) => (a === axis ? n : 1));
    const values = new Float64Array(shape[axis]).fill(1);
    values[place] = 0;
    const kept = newNode("constant", [], {}, { shape, kind: "f", values }, { varies: false });
    const left = stepOf("multiply", [node, kept], {}, made.labels);
    return { node: left, extra: [...extra, node, kept] };
  },
  hide: (made, before, places) => {
    const shown = shownWords(made.inputs[0].shape.at(-1), places), extra = [shown];
    const [scores, mask] = made.inputs;
    const both = mask ? stepOf("logical_and", [mask, shown]) : shown;
    if (mask) extra.push(both);
    const found = again({ ...made, inputs: [scores, both] }, before);
    return { node: found.node, extra: [...extra, ...found.extra] };
  },
};

function again(made, before) {
  if (before) return before(made);
  return { node: stepOf(made.op, made.inputs, made.options, made.labels), extra: [] };
}

function shownWords(count, hidden) {
  const values = Float64Array.from({ length: count }, (_, i) => Number(!hidden.includes(i)));
  const array = { shape: [count], kind: "b", values };
  return newNode("constant", [], {}, array, { varies: false });
}
