// Making steps of a record. A node knows its operation, its inputs (other nodes), its
// options, its numbers, and in which order it was made. Derivatives are written with
// these functions, so a way back is a record like the way there.

import { FLOATS } from "./floats.js";
import { RULES } from "./rules.js";

let made = 0;

export function newNode(op, inputs, options, array, more = {}) {
  const node = {
    id: null, order: made++, op, inputs, options, name: null,
    shape: array.shape, kind: array.kind, values: array.values,
    labels: new Array(array.shape.length).fill(null), ...more,
  };
  node.varies = more.varies ?? inputs.some((input) => input.varies);
  return node;
}

// A number of the program's own, such as the 2 in 2x.
export function typedNumber(x) {
  const array = { shape: [], kind: "f", values: Float64Array.of(x) };
  return newNode("constant", [], {}, array, { varies: false, typed: x });
}

export function slopeOf(op, position) {
  const { slopes } = RULES[op] ?? { slopes: [] };
  if (typeof slopes === "function") return (...given) => slopes(position, ...given);
  return slopes[position] ?? null;
}

// Runs an operation and remembers that it was run.
export function stepOf(op, inputs, options = {}, labels = undefined) {
  const rule = RULES[op];
  const nodes = inputs.map((input) => (typeof input === "number" ? typedNumber(input) : input));
  const node = newNode(op, nodes, options, rule.call(FLOATS, nodes, options));
  node.varies = nodes.some((input, i) => input.varies && slopeOf(op, i) !== null);
  const worded = rule.labels && nodes.some((input) => input.labels.some((words) => words));
  const found = worded ? rule.labels(nodes, options, node.shape) : null;
  node.labels = labels ?? found ?? node.labels;
  return node;
}

export const added = (a, b) => stepOf("add", [a, b]);
export const less = (a, b) => stepOf("subtract", [a, b]);
export const scaled = (a, b) => stepOf("multiply", [a, b]);
export const divided = (a, b) => stepOf("divide", [a, b]);
export const negated = (a) => stepOf("negative", [a]);
export const product = (a, b) => stepOf("matmul", [a, b]);
export const summed = (a, axis, keepdims = false) => stepOf("sum", [a], { axis, keepdims });
export const reshaped = (a, shape) => stepOf("reshape", [a], { shape });
export const transposed = (a, axes) => stepOf("transpose", [a], { axes });
export const whereOf = (condition, a, b) => stepOf("where", [condition, a, b]);
export const oneAt = (a, index) => stepOf("getitem", [a], { index });

export function lastTwoTurned(ndim) {
  return [...Array(ndim - 2).keys(), ndim - 1, ndim - 2];
}

// Adds a gradient up over the axes along which an array was repeated to fit.
export function like(grad, array) {
  const extra = grad.shape.length - array.shape.length;
  if (extra) grad = summed(grad, [...Array(extra).keys()]);
  const axes = array.shape.map((n, a) => a);
  const repeated = axes.filter((a) => array.shape[a] === 1 && grad.shape[a] !== 1);
  return repeated.length ? summed(grad, repeated, true) : grad;
}

// Undoes a reduction's loss of axes.
export function spread(grad, array, { axis, keepdims }) {
  const ndim = array.shape.length;
  if (axis !== null && !keepdims) {
    const axes = [axis].flat().map((a) => (a + ndim) % ndim);
    const shape = array.shape.map((n, a) => (axes.includes(a) ? 1 : null));
    const left = [...grad.shape];
    grad = reshaped(grad, shape.map((n) => n ?? left.shift()));
  }
  return stepOf("broadcast_to", [grad], { shape: array.shape });
}
