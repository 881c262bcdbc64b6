// Rows of the table: operations that bring many numbers to one, and products of matrices.

import {
  countOfShape, groupsOf, matrixProduct, normalAxes, productAt, productPlaces, reducedBy,
  sameShape,
} from "./arrays.js";
import { leaf, literal, manyTerms, overOf, placesKept, timesOf } from "./formula.js";
import { wordsLeft, wordsOfProduct } from "./labels.js";
import {
  divided, lastTwoTurned, like, oneAt, product, reshaped, scaled, spread, stepOf, summed,
  transposed,
} from "./steps.js";

// The terms that were reduced to one number.
function reducedLeaves(node, flat) {
  const [input] = node.inputs;
  const { axis, keepdims } = node.options;
  const { starts, along } = placesKept(node, () => groupsOf(input.shape, axis, keepdims));
  return along.map((far) => leaf(input, starts[flat] + far));
}

function reduction(reckon, slope, combine) {
  return {
    call: (F, [input], options) => reducedBy(F, input, options, reckon(F)),
    slopes: [slope],
    formula: (node, flat) => combine(reducedLeaves(node, flat)),
    labels: wordsLeft,
    defaults: { axis: null, keepdims: false },
  };
}

function countOf(array, { axis }) {
  return countOfShape(normalAxes(axis, array.shape.length).map((a) => array.shape[a]));
}

function meanCall(F, [input], options) {
  const sums = reducedBy(F, input, options, F.add), count = F.of(countOf(input, options));
  sums.values = sums.values.map((sum) => F.div(sum, count));
  return sums;
}

// To the number that reached it, shared by several.
function extremeSlope(g, out, a, options) {
  const reached = stepOf("equal", [a, spread(out, a, options)]);
  const share = stepOf("astype", [summed(reached, options.axis, true)], { dtype: "float64" });
  return scaled(spread(g, a, options), divided(reached, share));
}

function ofExtreme(name, reckon) {
  return reduction(reckon, extremeSlope, (terms) => manyTerms(terms, name));
}

function productFormula(node, flat) {
  const [left, right] = node.inputs;
  const places = placesKept(node, () => productPlaces(left.shape, right.shape));
  const [row, col] = productAt(places, flat);
  const terms = Array.from({ length: places.inner }, (_, k) =>
    timesOf(leaf(left, row + k), leaf(right, col + k * places.m)));
  return manyTerms(terms);
}

export const REDUCTION_ROWS = {
  sum: reduction((F) => F.add, (g, out, a, options) => spread(g, a, options), manyTerms),
  mean: {
    ...reduction((F) => F.add,
      (g, out, a, options) => divided(spread(g, a, options), countOf(a, options)),
      (terms) => overOf(manyTerms(terms), literal(terms.length))),
    call: meanCall,
  },
  max: ofExtreme("max", (F) => (a, b) => (F.less(a, b) ? b : a)),
  min: ofExtreme("min", (F) => (a, b) => (F.less(b, a) ? b : a)),
  matmul: {
    call: (F, [left, right]) => matrixProduct(F, left, right),
    slopes: [byLeft, byRight],
    formula: productFormula,
    labels: wordsOfProduct,
    source: "@",
  },
};

const WHOLE = { slice: [null, null, null] };
const columnOf = (a) => oneAt(a, ["...", null]);

function rowOf(grad, right) {
  return right.shape.length === 1 ? columnOf(grad) : oneAt(grad, ["...", null, WHOLE]);
}

function asRow(left) {
  return oneAt(left, null);
}

function byLeft(g, out, left, right) {
  if (left.shape.length === 1) {
    const table = byLeft(rowOf(g, right), out, asRow(left), right);
    return like(oneAt(table, ["...", 0, WHOLE]), left);
  }
  if (right.shape.length === 1) return like(scaled(columnOf(g), right), left);
  return like(product(g, turned(right)), left);
}

function byRight(g, out, left, right) {
  if (left.shape.length === 1) return byRight(rowOf(g, right), out, asRow(left), right);
  if (right.shape.length === 1) return like(scaled(columnOf(g), left), right);
  if (right.shape.length === 2 && left.shape.length > 2) {
    const rows = (a) => reshaped(a, [countOfShape(a.shape.slice(0, -1)), a.shape.at(-1)]);
    return product(transposed(rows(left), [1, 0]), rows(g));
  }
  return like(product(turned(left), g), right);
}

// The transpose; what is one already is turned back.
function turned(matrix) {
  const axes = lastTwoTurned(matrix.shape.length);
  if (matrix.options.axes && sameShape(matrix.options.axes, axes)) return matrix.inputs[0];
  return transposed(matrix, axes);
}
