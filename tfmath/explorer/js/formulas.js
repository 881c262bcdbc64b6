// The formula of one number in terms of named numbers, short enough to be read, as
// tfmath.show.formulas has it: what has no name is put in, as long as the whole stays
// within the budget; beyond that it gets a name, "step 1", "step 2" …

import {
  TOGETHER, folded, leaf, leavesOf, literal, rebuilt, restOf, tree, valueOf, walked,
} from "./formula.js";
import { RULES } from "./rules.js";

const BUDGET = 40, MOST_TERMS = 8;

export function formulaOf(node, flat, names) {
  let { formula, fits } = writtenOutOf(node, flat, names);
  if (!fits && names.nameAsSource()) ({ formula, fits } = writtenOutOf(node, flat, names));
  if (!fits) names.name(distinctLeaves(formula).map(([source]) => source));
  return formula;
}

// The distinct numbers that a formula names, in the order they are read.
export function distinctLeaves(formula) {
  const found = new Map();
  for (const [node, flat] of leavesOf(formula))
    found.set(`${node.order}:${flat}`, [node, flat]);
  return [...found.values()];
}

// A sum, a product, an extreme of too many terms: the largest, and what the rest is.
function shortenedFormula(formula) {
  const { kind, many } = formula;
  if (!TOGETHER[kind]) return formula;
  const parts = many ? formula.parts : spliced(formula);
  const terms = parts.filter((part) => many || part.kind !== "rest");
  const rests = parts.filter((part) => !many && part.kind === "rest");
  if (terms.length + rests.length <= MOST_TERMS && rests.length < 2)
    return tree(kind, [...terms, ...rests]);
  const numbers = terms.map(valueOf), kept = largestOf(kind, numbers, MOST_TERMS - 1);
  const left = numbers.filter((_, k) => !kept.includes(k));
  const count = left.length + rests.reduce((n, part) => n + part.parts[0], 0);
  const number = TOGETHER[kind]([...left, ...rests.map((part) => part.parts[1])]);
  return tree(kind, [...kept.map((k) => terms[k]), restOf(count, number)]);
}

// A product of products is read as one.
function spliced({ kind, parts }) {
  if (kind !== "product") return parts;
  return parts.flatMap((part) => (part.kind === "product" ? part.parts : [part]));
}

// The places of the terms that say most, in order; sizes that differ by rounding are equal.
function largestOf(kind, numbers, count) {
  const all = [...numbers.keys()];
  if (kind === "product" || numbers.length <= count) return all.slice(0, count);
  let sizes = numbers.map((x) => ({ sum: Math.abs(x), max: x, min: -x })[kind]);
  const scale = Math.max(0, ...sizes.filter(Number.isFinite).map(Math.abs)) || 1;
  sizes = sizes.map((x) => (Number.isNaN(x) ? Infinity : Math.round((x / scale) * 1e9) / 1e9));
  const threshold = [...sizes].sort((a, b) => b - a)[count - 1];
  const above = all.filter((k) => sizes[k] > threshold);
  const equal = all.filter((k) => sizes[k] === threshold).slice(0, count - above.length);
  return [...above, ...equal].sort((a, b) => a - b);
}

// Through the record -----------------------------------------------------------------

// The formula with all put in that has no name, and whether all of it fitted. The latest
// node is put in first: by then all its places in the formula are known.
function writtenOutOf(node, flat, names) {
  const whole = oneLevel(node, flat, names), waiting = new Map(), put = new Map();
  let size = walked(whole).length, fits = true;
  wait(waiting, whole, 1, names);
  while (waiting.size) {
    const latest = [...waiting.keys()].reduce((a, b) => (a.order > b.order ? a : b));
    const uses = waiting.get(latest);
    waiting.delete(latest);
    const made = new Map([...uses.keys()].map((at) => [at, oneLevel(latest, at, names)]));
    let grown = 0;
    for (const [at, times] of uses) grown += times * (walked(made.get(at)).length - 1);
    if (size + grown > BUDGET) {
      fits = false;
      continue;
    }
    size += grown;
    for (const [at, times] of uses) {
      put.set(`${latest.order}:${at}`, made.get(at));
      wait(waiting, made.get(at), times, names);
    }
  }
  return { formula: putTogether(whole, put), fits };
}

// The unnamed nodes in a formula, and how often which of their places stands in it.
function wait(waiting, formula, times, names) {
  for (const [node, flat] of leavesOf(formula)) {
    if (names.has(node)) continue;
    if (!waiting.has(node)) waiting.set(node, new Map());
    const uses = waiting.get(node);
    uses.set(flat, (uses.get(flat) ?? 0) + times);
  }
}

function putTogether(whole, put) {
  const visit = (part, made) => {
    if (part.kind !== "leaf") return shortenedFormula(rebuilt(part, made));
    return put.get(`${part.parts[0].order}:${part.parts[1]}`) ?? part;
  };
  for (const key of [...put.keys()].reverse()) put.set(key, folded(put.get(key), visit));
  return folded(whole, visit);
}

// What the operation says of its inputs; numbers that were only moved are followed.
function oneLevel(node, flat, names) {
  const visit = (part, made) =>
    part.kind === "leaf" ? followed(...part.parts, names)
      : shortenedFormula(rebuilt(part, made));
  return folded(briefly(node, flat, names), visit);
}

function briefly(node, flat, names) {
  const key = `${node.order}:${flat}`;
  if (!names.brief.has(key)) {
    const cut = (part, made) => (part.many ? shortenedFormula(part) : rebuilt(part, made));
    names.brief.set(key, folded(saidOf(node, flat), cut));
  }
  return names.brief.get(key);
}

export function saidOf(node, flat) {
  return RULES[node.op].formula(node, flat);
}

// To where a number came from: a name, a computation, a plain number.
function followed(node, flat, names) {
  while (!names.has(node)) {
    if (!node.inputs.length) return literal(node.typed ?? node.values[flat]);
    const formula = saidOf(node, flat);
    if (formula.kind !== "leaf") break;
    [node, flat] = formula.parts;
  }
  return leaf(node, flat);
}
