// Running the program of a model: its nodes, for today's words, weights and knock-outs.

import { countOfShape, stridesOf, offsetsOf } from "./arrays.js";
import { changesOf } from "./knockouts.js";
import { newNode, stepOf } from "./steps.js";

// {nodes, byName, logits, loss}: nodes[i] is node i of DATA; what knock-outs add comes after.
// state: {source, target, following, weights: Map("node:place" -> number), knocked: [key]}
export function run(DATA, state) {
  const said = wordsSaid(DATA, state), changes = changesOf(DATA, state);
  const weights = byNode(state.weights);
  const record = { nodes: [], byName: new Map(), said };
  const extra = [];
  DATA.nodes.forEach((spec, id) => {
    const inputs = spec.in.map((i) => record.nodes[i]);
    const made = inputs.length ? computed(spec, inputs, changes.get(id), record)
      : givenNode(DATA, spec, said, weights.get(id));
    made.node.id = id;
    made.node.name = spec.name;
    record.nodes.push(made.node);
    extra.push(...made.extra);
    if (spec.name !== null) record.byName.set(spec.name, made.node);
  });
  record.nodes.push(...extra);
  extra.forEach((node, k) => (node.id = DATA.nodes.length + k));
  record.logits = record.nodes[DATA.logits];
  record.loss = record.nodes[DATA.loss];
  return record;
}

// What stands behind "S", "T" and "F": the words read, written, and following each.
function wordsSaid(DATA, { source, target, following }) {
  for (const words of [source, target])
    if (!words.length || words.length > DATA.most)
      throw new RangeError(`${words.length} words; a sentence has 1 to ${DATA.most}`);
  const next = following ?? target.slice(1);
  return { S: source, T: target, F: target.map((_, k) => next[k] ?? DATA.end) };
}

export function resolved(size, said) {
  if (typeof size === "number") return size;
  if (typeof size === "string") return said[size].length;
  return size.plus + size.S * said.S.length + size.T * said.T.length;
}

// Options with today's sizes in them.
function todays(option, said) {
  if (Array.isArray(option)) return option.map((part) => todays(part, said));
  if (option === "S" || option === "T" || option?.plus !== undefined)
    return resolved(option, said);
  if (typeof option === "object" && option !== null)
    return { slice: todays(option.slice, said) };
  return option;
}

function labelsToday(spec, said) {
  return spec.labels.map((words) => (typeof words === "string" ? said[words] : words));
}

function computed(spec, inputs, change, record) {
  const { said } = record, options = {};
  for (const name in spec.opt) options[name] = todays(spec.opt[name], said);
  const labels = labelsToday(spec, said);
  if (!change) return { node: stepOf(spec.op, inputs, options, labels), extra: [] };
  return change({ op: spec.op, inputs, options, labels, record });
}

// Changed weights node by node: Map(node -> [[place, number]]).
function byNode(weights = []) {
  const found = new Map();
  for (const [key, x] of weights) {
    const [node, place] = key.split(":").map(Number);
    found.set(node, [...(found.get(node) ?? []), [place, x]]);
  }
  return found;
}

function givenNode(DATA, spec, said, changed = []) {
  const shape = spec.shape.map((size) => resolved(size, said));
  const array = { shape, kind: spec.kind, values: numbersGiven(DATA, spec, shape, said) };
  for (const [place, x] of changed) array.values[place] = x;
  const varies = spec.op === "input";
  const node = newNode(spec.op, [], {}, array, { varies, labels: labelsToday(spec, said) });
  if (spec.typed) node.typed = spec.given[0];
  return { node, extra: [] };
}

// The ids of a sentence's words, or the leading part of what was given for the longest.
function numbersGiven(DATA, spec, shape, said) {
  if (spec.from) return Float64Array.from(said[spec.from], (word) => idOf(DATA, word));
  const longest = { S: { length: DATA.most }, T: { length: DATA.most } };
  const stored = spec.shape.map((size) => resolved(size, longest));
  if (countOfShape(stored) === countOfShape(shape)) return Float64Array.from(spec.given);
  return Float64Array.from(offsetsOf(shape, stridesOf(stored)), (place) => spec.given[place]);
}

export function idOf(DATA, word) {
  const id = DATA.vocabulary.indexOf(word);
  if (id < 0) throw new RangeError(`"${word}" is not a word of this model`);
  return id;
}

// All nodes behind some, themselves included, oldest first.
export function ancestorsOf(...nodes) {
  const seen = new Set(), waiting = [...nodes];
  while (waiting.length) {
    const node = waiting.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.order - b.order);
}

// The named steps behind some nodes; a name that occurs twice gets a number.
export function namedSteps(...nodes) {
  const found = new Map();
  for (const node of ancestorsOf(...nodes)) {
    if (node.name === null) continue;
    let name = node.name;
    for (let count = 2; found.has(name); count++) name = `${node.name} (${count})`;
    found.set(name, node);
  }
  return found;
}
