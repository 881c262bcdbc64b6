// Rows of the table: operations that move, repeat, pick or chooseNumbers numbers.

import {
  broadcastOffsets, broadcastShape, inField, newArray, offsetsOf, picked, pickedPlaces,
  stridesOf,
} from "./arrays.js";
import { leaf, literal, manyTerms, placesKept } from "./formula.js";
import {
  wordsJoined, wordsOfEach, wordsPicked, wordsReshaped, wordsTurned,
} from "./labels.js";
import { placeIn } from "./rows_elementwise.js";
import { like, oneAt, reshaped, stepOf, transposed, whereOf } from "./steps.js";

function turnedOffsets(shape, axes) {
  const strides = stridesOf(shape);
  return [axes.map((a) => shape[a]), axes.map((a) => strides[a])];
}

function turn(F, [input], { axes }) {
  const [shape, strides] = turnedOffsets(input.shape, axes);
  return picked(F, input, shape, offsetsOf(shape, strides));
}

function turnFormula(node, flat) {
  const [input] = node.inputs, { axes } = node.options;
  const places = placesKept(node, () => offsetsOf(...turnedOffsets(input.shape, axes)));
  return leaf(input, places[flat]);
}

function turnSource(array, { axes }) {
  const n = axes.length, last = axes.at(-1) === n - 2 && axes.at(-2) === n - 1;
  if (n === 2 && last) return `${array.atom}.T`;
  const others = axes.slice(0, -2).every((a, i) => a === i);
  if (last && others) return `np.swapaxes(${array}, -1, -2)`;
  return `np.transpose(${array}, (${axes.join(", ")}))`;
}

function tupleText(sizes) {
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}

// Joining ----------------------------------------------------------------------------

// For each number of a joined array from which part it is, and where it lies there.
function joinedPlaces(shapes, axis) {
  const inner = shapes[0].slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shapes[0].slice(0, axis).reduce((a, b) => a * b, 1);
  const found = [];
  for (let i = 0; i < outer; i++)
    shapes.forEach((shape, part) => {
      const size = shape[axis] * inner;
      for (let k = 0; k < size; k++) found.push([part, i * size + k]);
    });
  return found;
}

function joinArrays(F, inputs, { axis }) {
  const shape = [...inputs[0].shape];
  shape[axis] = inputs.reduce((n, part) => n + part.shape[axis], 0);
  const out = newArray(F, shape, inputs[0].kind);
  const places = joinedPlaces(inputs.map((part) => part.shape), axis);
  places.forEach(([part, place], k) => (out.values[k] = inputs[part].values[place]));
  return out;
}

function joinFormula(node, flat) {
  const shapes = node.inputs.map((part) => part.shape);
  const places = placesKept(node, () => joinedPlaces(shapes, node.options.axis));
  const [part, place] = places[flat];
  return leaf(node.inputs[part], place);
}

function joinSlope(position, g, out, ...given) {
  const inputs = given.slice(0, -1), { axis } = given.at(-1);
  const start = inputs.slice(0, position).reduce((n, part) => n + part.shape[axis], 0);
  const index = out.shape.map(() => ({ slice: [null, null, null] }));
  index[axis] = { slice: [start, start + inputs[position].shape[axis], null] };
  return oneAt(g, index);
}

// Picking and putting back -----------------------------------------------------------

function pick(F, [array, ...arrays], { index }) {
  const { shape, places } = pickedPlaces(array.shape, index, arrays);
  return picked(F, array, shape, places);
}

function placesPicked(node, shape) {
  return placesKept(node, () =>
    pickedPlaces(shape, node.options.index, node.inputs.slice(1)).places);
}

function pickSlope(position, g, out, array, ...given) {
  const places = given.slice(0, -1), { index } = given.at(-1);
  if (!places.length && keepsAll(index)) return reshaped(g, array.shape);
  return stepOf("scatter", [g, ...places], { index, shape: array.shape });
}

// Whether an index picks nothing and turns nothing, but may add axes.
function keepsAll(index) {
  const whole = (part) => part?.slice?.every((end) => end === null);
  return [index].flat().every((part) => part === null || part === "..." || whole(part));
}

function indexText(index, arrays, several) {
  const waiting = [...arrays];
  const parts = (Array.isArray(index) ? index : [index]).map((part) => {
    if (part === "array") return String(waiting.shift());
    if (part === null) return several ? "None" : "np.newaxis";
    if (part === "...") return several ? "Ellipsis" : "...";
    if (typeof part === "number") return String(part);
    const [start, stop, by] = part.slice;
    if (several) return `slice(${[start, stop, by].map((e) => e ?? "None").join(", ")})`;
    return [start, stop, ...(by === null ? [] : [by])].map((e) => e ?? "").join(":");
  });
  if (!several) return parts.join(", ") || "()";
  return Array.isArray(index) ? tupleText(parts) : parts[0];
}

// Each number back to where it came from; places met twice add up.
function scatter(F, [grad, ...arrays], { index, shape }) {
  const out = newArray(F, shape);
  const { places } = pickedPlaces(shape, index, arrays);
  places.forEach((place, k) => (out.values[place] = F.add(out.values[place], grad.values[k])));
  return out;
}

function scatterFormula(node, flat) {
  const places = placesPicked(node, node.options.shape);
  const hits = places.flatMap((place, k) => (place === flat ? [k] : []));
  return manyTerms(hits.map((k) => leaf(node.inputs[0], k)));
}

// Choosing ---------------------------------------------------------------------------

function chooseNumbers(F, inputs) {
  const shape = broadcastShape(inputs.map((a) => a.shape));
  const [condition, a, b] = inputs.map((array, i) => {
    const { values } = i ? inField(F, array) : array;
    const places = broadcastOffsets(array.shape, shape);
    return (k) => values[places[k]];
  });
  const kinds = inputs.slice(1).map((array) => array.kind);
  const out = newArray(F, shape, kinds.includes("f") ? "f" : kinds[0]);
  for (let k = 0; k < out.values.length; k++) out.values[k] = condition(k) ? a(k) : b(k);
  return out;
}

function chooseFormula(node, flat) {
  const [condition] = node.inputs;
  const yes = condition.values[placeIn(flat, node.shape, condition.shape)];
  const branch = node.inputs[yes ? 1 : 2];
  return leaf(branch, placeIn(flat, node.shape, branch.shape));
}

const asBefore = (node, flat) => leaf(node.inputs[0], flat);

export const MOVE_ROWS = {
  transpose: {
    call: turn,
    slopes: [(g, out, a, { axes }) => transposed(g, a.shape.map((_, i) => axes.indexOf(i)))],
    formula: turnFormula,
    labels: wordsTurned,
    source: turnSource,
  },
  reshape: {
    call: (F, [a], { shape }) => ({ ...a, shape }),
    slopes: [(g, out, a) => reshaped(g, a.shape)],
    formula: asBefore,
    labels: wordsReshaped,
    source: (a, { shape }) => `${a.atom}.reshape(${tupleText(shape)})`,
  },
  broadcast_to: {
    call: (F, [a], { shape }) => picked(F, a, shape, broadcastOffsets(a.shape, shape)),
    slopes: [(g, out, a) => like(g, a)],
    formula: (node, flat) =>
      leaf(node.inputs[0], placeIn(flat, node.shape, node.inputs[0].shape)),
    labels: wordsOfEach,
    source: (a, { shape }) => `np.broadcast_to(${a}, ${tupleText(shape)})`,
  },
  concatenate: {
    call: joinArrays,
    slopes: joinSlope,
    formula: joinFormula,
    labels: wordsJoined,
    source: (...given) =>
      `np.concatenate([${given.slice(0, -1).join(", ")}], axis=${given.at(-1).axis})`,
  },
  getitem: {
    call: pick,
    slopes: [(...given) => pickSlope(0, ...given)],
    formula: (node, flat) =>
      leaf(node.inputs[0], placesPicked(node, node.inputs[0].shape)[flat]),
    labels: wordsPicked,
    source: (a, ...given) =>
      `${a.atom}[${indexText(given.at(-1).index, given.slice(0, -1), false)}]`,
    names: ["array", "index"],
  },
  scatter: {
    call: scatter,
    slopes: [(g, out, a, ...given) =>
      stepOf("getitem", [g, ...given.slice(0, -1)], { index: given.at(-1).index })],
    formula: scatterFormula,
    labels: null,
    source: (a, ...given) => {
      const { index, shape } = given.at(-1);
      const where = indexText(index, given.slice(0, -1), true);
      return `scatter(${a}, ${where}, ${tupleText(shape)})`;
    },
    names: ["array", "index"],
    calls: ["scatter"],
  },
  where: {
    call: chooseNumbers,
    slopes: [null,
      (g, out, condition, a) => like(whereOf(condition, g, 0), a),
      (g, out, condition, a, b) => like(whereOf(condition, 0, g), b)],
    formula: chooseFormula,
    labels: wordsOfEach,
    names: ["condition", "constant", "constant"],
  },
  astype: {
    call: (F, [a]) => inField(F, { ...a, values: Array.from(a.values) }),
    slopes: [(g) => g],
    formula: asBefore,
    labels: wordsOfEach,
    source: (a, { dtype }) => `${a.atom}.astype('${dtype}')`,
  },
  ones_like: {
    call: (F, [a]) => {
      const out = newArray(F, a.shape);
      out.values.fill(F.one);
      return out;
    },
    slopes: [null],
    formula: () => literal(1),
    labels: wordsOfEach,
  },
  copy: {
    call: (F, [a]) => a,
    slopes: [(g) => g],
    formula: asBefore,
    labels: wordsOfEach,
    source: (a) => a,
  },
};
