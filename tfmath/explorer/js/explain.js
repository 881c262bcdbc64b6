// Where one number came from, in words, in names and in numbers; who uses it; what it
// reaches; and the way back to what was given.

import { leavesOf, valueOf } from "./formula.js";
import { distinctLeaves, formulaOf, saidOf } from "./formulas.js";
import { placesOf } from "./gradient.js";
import { Names } from "./naming.js";
import { numberText } from "./numerals.js";
import { printedFormula, printedTerms } from "./printing.js";
import { ancestorsOf } from "./record.js";
import { written } from "./writer.js";

// {place, scope, inNames, inNumbers, value, terms, inputs, note}; of a given number no formula.
export function explain(record, node, flat) {
  const names = new Names(node);
  const formula = node.inputs.length ? formulaOf(node, flat, names) : null;
  const inputs = formula ? distinctLeaves(formula) : [];
  const nodes = [node, ...inputs.map(([source]) => source)];
  names.meet(nodes);
  const short = names.toldApart(nodes), place = (...at) => placeText(short, ...at);
  return {
    place: place(node, flat),
    scope: names.of(node).split(" / ").slice(0, -1).join(" / "),
    inNames: formula && printedFormula(formula, place, false),
    inNumbers: formula && printedFormula(formula, valueText, true),
    value: valueText(node, flat),
    terms: formula ? termsOf(formula, place) : [],
    inputs,
    note: formula ? null : "given",
  };
}

function placeText(names, node, flat) {
  const where = wordsOfPlace(node, flat).join(", ");
  return where ? `${names.get(node)}[${where}]` : names.get(node);
}

// The words where a number stands, or the places counted from 0.
export function wordsOfPlace(node, flat) {
  return placesOf(node.shape, flat).map((i, axis) => node.labels[axis]?.[i] ?? String(i));
}

export function valueText(node, flat) {
  const value = node.values[flat];
  return node.kind === "b" ? (value ? "yes" : "no") : numberText(value);
}

// Each term in names and in numbers, what it comes to, its share, and its first computed
// number, which is where one goes on.
function termsOf(formula, place) {
  const parts = formula.kind === "sum" ? formula.parts : [formula];
  const inNames = printedTerms(formula, place, false);
  const inNumbers = printedTerms(formula, valueText, true);
  const values = parts.map(valueOf);
  const all = values.reduce((sum, x) => sum + Math.abs(x), 0);
  return parts.map((part, k) => {
    const [node, flat] = nextOf(part) ?? [null, null];
    return {
      text: inNames[k], numbers: inNumbers[k], value: values[k],
      share: all ? values[k] / all : 0, node, flat };
  });
}

function nextOf(part) {
  const leaves = leavesOf(part);
  return leaves.find(([node]) => node.inputs.length) ?? leaves[0];
}

// Who uses it ------------------------------------------------------------------------

// For each node the nodes that use it: of the way there, and of each way back.
function usersIn(record) {
  const made = record.gradients?.size ?? 0;
  if (record.users?.made === made) return record.users.map;
  const all = new Set(record.nodes), map = new Map();
  for (const grads of record.gradients?.values() ?? [])
    for (const node of ancestorsOf(...grads.values())) all.add(node);
  for (const node of all)
    node.inputs.forEach((input) => {
      if (!map.has(input)) map.set(input, new Set());
      map.get(input).add(node);
    });
  record.users = { made, map };
  return map;
}

// Which numbers a number is reckoned from, by what its operation says of it.
function directly(node, flat) {
  node.from ??= [];
  node.from[flat] ??= distinctDirect(node, flat);
  return node.from[flat];
}

function distinctDirect(node, flat) {
  if (!node.inputs.length) return [];
  if (node.op === "cross_entropy") return allOf(node.inputs[0]);
  return manyLeaves(saidOf(node, flat));
}

function allOf(node) {
  return Array.from(node.values, (_, k) => [node, k]);
}

// The leaves of what is said, those of sums not shortened yet included.
function manyLeaves(formula) {
  if (formula.kind === "leaf") return [formula.parts];
  if (formula.kind === "literal" || formula.kind === "rest") return [];
  return formula.parts.filter((part) => part.kind).flatMap(manyLeaves);
}

// [[node, flat]]: the numbers whose reckoning has this one in it.
export function usersOf(record, node, flat) {
  const found = [];
  for (const user of usersIn(record).get(node) ?? [])
    user.values.forEach((_, k) => {
      const uses = directly(user, k).some(([source, at]) => source === node && at === flat);
      if (uses) found.push([user, k]);
    });
  return found;
}

// All numbers it was reckoned from, and all that were reckoned from it: Map(node -> Set(flat)).
export function reaches(record, node, flat) {
  return { from: reachedFrom(node, flat), to: reachedTo(record, node, flat) };
}

function spreadOver(start, next) {
  const found = new Map(), waiting = [start];
  while (waiting.length) {
    for (const [node, flat] of next(...waiting.pop())) {
      if (!found.has(node)) found.set(node, new Set());
      if (found.get(node).has(flat)) continue;
      found.get(node).add(flat);
      waiting.push([node, flat]);
    }
  }
  return found;
}

function reachedFrom(node, flat) {
  return spreadOver([node, flat], directly);
}

function reachedTo(record, node, flat) {
  const users = usersIn(record), reverse = new Map();
  const usersAt = (source) => {
    const all = users.get(source) ?? [];
    if (!reverse.has(source)) reverse.set(source, usersByPlace(source, all));
    return reverse.get(source);
  };
  return spreadOver([node, flat], (source, at) => usersAt(source)[at] ?? []);
}

// For each place of a node the numbers that use it.
function usersByPlace(node, users) {
  const found = [];
  for (const user of users)
    user.values.forEach((_, k) => {
      for (const [source, at] of directly(user, k))
        if (source === node) (found[at] ??= []).push([user, k]);
    });
  return found;
}

// The way back -----------------------------------------------------------------------

// [[node, flat], …] from a number along the largest term to a given number.
export function wayBack(record, node, flat) {
  const way = [[node, flat]];
  while (node.inputs.length) {
    const terms = termsOf(formulaOf(node, flat, new Names(node)), () => "");
    const largest = terms.filter((term) => term.node).reduce(
      (a, b) => (a && Math.abs(a.value) >= Math.abs(b.value) ? a : b), null);
    if (!largest) break;
    ({ node, flat } = largest);
    way.push([node, flat]);
  }
  return way;
}

// The line of NumPy of a step, as it stands in the program that it is part of; null for what
// is given, or written inside another line.
export function lineOf(record, node) {
  record.lines ??= new Map();
  const outputs = programOf(record, node), key = outputs.at(-1);
  if (!record.lines.has(key)) record.lines.set(key, new Map(written(...outputs).lines));
  return record.lines.get(key).get(node) ?? null;
}

// What a program ends in: the loss, or the gradients of the walk that made a step.
function programOf(record, node) {
  if (record.nodes.includes(node)) return [record.loss];
  for (const [key, grads] of record.gradients ?? []) {
    const found = [...grads.values()];
    if (!ancestorsOf(...found).includes(node)) continue;
    const end = record.nodes[Number(key.split(":")[0])];
    return end ? [end, ...found] : found;
  }
  return [node];
}
