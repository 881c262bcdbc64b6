// Which words the rows and columns of a step carry, as tfmath.tracing.labels has it:
// for each axis a list of words, or null.

import { normalAxes, sameShape, sideBySide } from "./arrays.js";

export function sameWords(a, b) {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

// The words that all agree on who say any, or null.
export function agreed(several) {
  const said = several.filter((words) => words);
  return said.length && said.every((words) => sameWords(words, said[0])) ? said[0] : null;
}

export function wordsOfEach(nodes, options, shape) {
  return shape.map((n, axis) => {
    const behind = shape.length - axis;
    const fitting = nodes.filter((node) => node.shape.at(-behind) === n);
    return agreed(fitting.map((node) => node.labels.at(-behind)));
  });
}

export function wordsOfFirst([node], options, shape) {
  return sameShape(node.shape, shape) ? node.labels : null;
}

export function wordsOfRows([node]) {
  return [...node.labels.slice(0, -1), null];
}

export function wordsOfProduct(nodes, options, shape) {
  const [left, right] = nodes;
  const rows = left.shape.length > 1 ? [left.labels.at(-2)] : [];
  const cols = right.shape.length > 1 ? [right.labels.at(-1)] : [];
  const batch = shape.slice(0, shape.length - rows.length - cols.length);
  const stacks = nodes.map((node) => ({
    shape: node.shape.slice(0, -2), labels: node.labels.slice(0, -2) }));
  return [...wordsOfEach(stacks, {}, batch), ...rows, ...cols];
}

export function wordsLeft([node], { axis, keepdims }) {
  const axes = normalAxes(axis, node.shape.length);
  const kept = node.labels.map((words, a) => (axes.includes(a) ? null : words));
  return keepdims ? kept : kept.filter((_, a) => !axes.includes(a));
}

export function wordsTurned([node], { axes }) {
  return axes.map((axis) => node.labels[axis]);
}

// Axes that reshaping leaves alone, from the front or the back, keep their words.
export function wordsReshaped([node], options, shape) {
  if (sameShape(shape, node.shape)) return node.labels;
  const long = (sizes) => sizes.filter((n) => n !== 1);
  if (sameShape(long(shape), long(node.shape))) {
    const left = node.labels.filter((_, a) => node.shape[a] !== 1);
    return shape.map((n) => (n === 1 ? null : left.shift()));
  }
  const found = shape.map(() => null), both = Math.min(shape.length, node.shape.length);
  for (let a = 0; a < both && node.shape[a] === shape[a]; a++) found[a] = node.labels[a];
  for (let a = 1; a <= both && node.shape.at(-a) === shape.at(-a); a++)
    found[shape.length - a] = node.labels.at(-a);
  return found;
}

export function wordsJoined(nodes, { axis }, shape) {
  const joined = nodes.map((node) => node.labels[axis]);
  const along = joined.every((words) => words) ? joined.flat() : null;
  return shape.map((_, a) => (a === axis ? along : agreed(nodes.map((n) => n.labels[a]))));
}

// Words follow the numbers that are picked: slices, single places, one row of places.
export function wordsPicked([node, ...places], { index }, shape) {
  const parts = Array.isArray(index) ? index : [index];
  const arrays = places.filter((one) => one.shape.length > 0);
  const held = parts.map((p) => ({ array: p === "array" || typeof p === "number" }));
  if (arrays.length && (arrays.length > 1 || !sideBySide(held))) return null;
  const found = [], waiting = [...places];
  const width = parts.filter((p) => p !== null && p !== "...").length;
  let axis = 0;
  for (const part of parts) {
    if (part === null) found.push(null);
    else if (part === "...")
      while (axis < node.shape.length - width) found.push(node.labels[axis++]);
    else found.push(...wordsOfPart(part, node.labels[axis], node.shape[axis++], waiting));
  }
  found.push(...node.labels.slice(axis));
  return found.length === shape.length ? found : null;
}

function wordsOfPart(part, words, size, waiting) {
  if (typeof part === "number") return [];
  if (part === "array") {
    const places = waiting.shift();
    if (places.shape.length !== 1 || !words) return places.shape.map(() => null);
    return [Array.from(places.values, (i) => words.at(i))];
  }
  const [start, stop, by] = part.slice;
  if (!words) return [null];
  return by === null || by === 1 ? [words.slice(start ?? 0, stop ?? size)] : [null];
}

