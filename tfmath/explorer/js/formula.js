// The formula of one number, as a small tree: a kind and its parts, as in
// tfmath.tracing.formula. A leaf's parts are a node of the record and a place in it.

import { FLOATS } from "./floats.js";

export function tree(kind, parts) {
  return { kind, parts };
}

export const leaf = (node, flat) => tree("leaf", [node, flat]);
export const literal = (number) => tree("literal", [number]);
export const restOf = (count, number) => tree("rest", [count, number]);
export const plus = (a, b) => total([a, b]);
export const minus = (a, b) => tree("difference", [a, b]);
export const timesOf = (a, b) => tree("product", [a, b]);
export const overOf = (a, b) => tree("fraction", [a, b]);
export const raised = (a, b) => tree("power", [a, b]);
export const applied = (name, ...parts) =>
  name === "max" || name === "min" ? tree(name, parts) : tree("function", [name, ...parts]);

// Sums of sums are written as one.
export function total(terms) {
  if (terms.length === 0) return literal(0);
  const flat = terms.flatMap((t) => (t.kind === "sum" && !t.many ? t.parts : [t]));
  return flat.length === 1 ? flat[0] : tree("sum", flat);
}

// A sum of as many terms as there happen to be: shortened before anything else is done.
export function manyTerms(terms, kind = "sum") {
  if (kind === "sum" && terms.length < 2) return terms[0] ?? literal(0);
  return { kind, parts: terms, many: true };
}

export function formulaParts(formula) {
  if (["leaf", "literal", "rest"].includes(formula.kind) || formula.many) return [];
  return formula.kind === "function" ? formula.parts.slice(1) : formula.parts;
}

// From the leaves up: visit(part, made) gets what its parts made.
export function folded(formula, visit) {
  return visit(formula, formulaParts(formula).map((part) => folded(part, visit)));
}

// The same formula with other parts.
export function rebuilt(formula, made) {
  if (!made.length) return formula;
  if (formula.kind === "function") return applied(formula.parts[0], ...made);
  return formula.kind === "sum" ? total(made) : tree(formula.kind, made);
}

// Every node of the tree, each before its parts, in the order they are read.
export function walked(formula) {
  return [formula, ...formulaParts(formula).flatMap(walked)];
}

export function leavesOf(formula) {
  return walked(formula).filter((part) => part.kind === "leaf").map((part) => part.parts);
}

export const TOGETHER = {
  sum: (numbers) => numbers.reduce((a, b) => a + b, 0),
  product: (numbers) => numbers.reduce((a, b) => a * b, 1),
  max: (numbers) => Math.max(...numbers),
  min: (numbers) => Math.min(...numbers),
};

const ARITHMETIC = {
  difference: (a, b) => a - b,
  fraction: (a, b) => a / b,
  power: (a, b) => FLOATS.power(a, b),
  negative: (a) => -a,
};

const NAMED_FUNCTIONS = {
  ln: Math.log,
  "√": Math.sqrt,
  abs: Math.abs,
  erf: FLOATS.erf,
  greater: (a, b) => Number(a > b),
  greater_equal: (a, b) => Number(a >= b),
  less: (a, b) => Number(a < b),
  less_equal: (a, b) => Number(a <= b),
  equal: (a, b) => Number(a === b),
  not_equal: (a, b) => Number(a !== b),
  logical_and: (a, b) => Number(a && b),
  logical_or: (a, b) => Number(a || b),
  logical_not: (a) => Number(!a),
};

// Works a formula out; it must give the number it explains.
export function valueOf(formula) {
  return folded(formula, ({ kind, parts, many }, made) => {
    if (kind === "leaf") return parts[0].values[parts[1]];
    if (kind === "literal") return Number(parts[0]);
    if (kind === "rest") return parts[1];
    if (TOGETHER[kind]) return TOGETHER[kind](many ? parts.map(valueOf) : made);
    if (kind !== "function") return ARITHMETIC[kind](...made);
    return (NAMED_FUNCTIONS[parts[0]] ?? Math[parts[0]])(...made);
  });
}

// Where a node's numbers come from, worked out once for all of them.
export function placesKept(node, find) {
  node.places ??= find();
  return node.places;
}
