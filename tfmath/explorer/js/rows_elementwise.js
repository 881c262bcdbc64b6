// Rows of the table: operations on single numbers. A row says how an operation is reckoned
// (call), how a gradient passes backwards through it (slopes, one for each input or null),
// how the formula of one of its numbers reads, which words it carries, and how its line of
// NumPy is written. It mirrors the row of the same name in tfmath.tracing.rules.

import { eachNumber, stridesOf } from "./arrays.js";
import {
  applied, leaf, literal, minus, overOf, plus, raised, timesOf, tree,
} from "./formula.js";
import { wordsOfEach } from "./labels.js";
import { added, divided, less, like, negated, scaled, stepOf, whereOf } from "./steps.js";

// Where the number at `flat` of a repetition to `wide` lies in an array of `shape`.
export function placeIn(flat, wide, shape) {
  const strides = stridesOf(shape), extra = wide.length - shape.length;
  let place = 0;
  for (let axis = wide.length - 1; axis >= 0; axis--) {
    const i = flat % wide[axis];
    flat = Math.floor(flat / wide[axis]);
    if (axis >= extra && shape[axis - extra] !== 1) place += i * strides[axis - extra];
  }
  return place;
}

export function leavesAt(node, flat) {
  return node.inputs.map((input) => leaf(input, placeIn(flat, node.shape, input.shape)));
}

function each(reckon, slopes, combine, source, kind = "f") {
  return {
    call: (F, inputs) => eachNumber(F, inputs, reckon(F), kind),
    slopes,
    formula: (node, flat) => combine(...leavesAt(node, flat)),
    labels: wordsOfEach,
    source,
  };
}

function named(name) {
  return (...parts) => applied(name, ...parts);
}

// Yes or no about two numbers: no slope passes.
function compared(name, source, reckon) {
  const yes = (F) => (a, b) => Number(reckon(F, a, b));
  return each(yes, [null, null], named(name), source, "b");
}

// Yes and no joined: they are 1 and 0 in every field.
function joined(name, reckon, source = "") {
  const call = (F, inputs) =>
    eachNumber({ ...F, plain: true }, inputs, (a, b) => Number(reckon(a, b)), "b");
  return { ...compared(name, source, reckon), call };
}

export const ELEMENTWISE_ROWS = {
  add: each((F) => F.add, [(g, out, a) => like(g, a), (g, out, a, b) => like(g, b)],
    plus, "+"),
  subtract: each((F) => F.sub,
    [(g, out, a) => like(g, a), (g, out, a, b) => like(negated(g), b)], minus, "-"),
  multiply: each((F) => F.mul,
    [(g, out, a, b) => like(scaled(g, b), a), (g, out, a, b) => like(scaled(g, a), b)],
    timesOf, "*"),
  divide: each((F) => F.div,
    [(g, out, a, b) => like(divided(g, b), a),
      (g, out, a, b) => like(divided(scaled(negated(g), out), b), b)],
    overOf, "/"),
  power: each((F) => F.power, [powerByBase, powerByExponent], raised, "**"),
  negative: each((F) => F.neg, [(g) => negated(g)], (a) => tree("negative", [a]), "-"),
  exp: each((F) => F.exp, [(g, out) => scaled(g, out)], named("exp")),
  log: each((F) => F.ln, [(g, out, a) => divided(g, a)], named("ln")),
  expm1: each((F) => F.expm1, [(g, out) => scaled(g, added(out, 1))],
    (a) => minus(applied("exp", a), literal(1))),
  log1p: each((F) => F.log1p, [(g, out, a) => divided(g, added(1, a))],
    (a) => applied("ln", plus(literal(1), a))),
  sqrt: each((F) => F.sqrt, [(g, out) => divided(g, scaled(2, out))], named("√")),
  square: each((F) => (a) => F.mul(a, a), [(g, out, a) => scaled(g, scaled(2, a))],
    (a) => raised(a, literal(2))),
  tanh: each((F) => F.tanh, [(g, out) => scaled(g, less(1, scaled(out, out)))],
    named("tanh")),
  sin: each((F) => F.sin, [(g, out, a) => scaled(g, stepOf("cos", [a]))], named("sin")),
  cos: each((F) => F.cos, [(g, out, a) => scaled(negated(g), stepOf("sin", [a]))],
    named("cos")),
  erf: {
    ...each((F) => F.erf, [erfSlope], named("erf"), "error_function"),
    calls: ["error_function"],
  },
  absolute: each((F) => F.abs, [(g, out, a) => scaled(g, stepOf("sign", [a]))], named("abs")),
  sign: each((F) => (a) => signOf(F, a), [null], named("sign")),
  floor: each((F) => F.floor, [null], named("floor")),
  maximum: each((F) => (a, b) => (F.less(a, b) ? b : a),
    [(g, out, a, b) => like(whereOf(stepOf("greater", [a, b]), g, 0), a),
      (g, out, a, b) => like(whereOf(stepOf("greater", [a, b]), 0, g), b)],
    named("max")),
  minimum: each((F) => (a, b) => (F.less(b, a) ? b : a),
    [(g, out, a, b) => like(whereOf(stepOf("less", [a, b]), g, 0), a),
      (g, out, a, b) => like(whereOf(stepOf("less", [a, b]), 0, g), b)],
    named("min")),
  greater: compared("greater", ">", (F, a, b) => F.less(b, a)),
  greater_equal: compared("greater_equal", ">=", (F, a, b) => !F.less(a, b)),
  less: compared("less", "<", (F, a, b) => F.less(a, b)),
  less_equal: compared("less_equal", "<=", (F, a, b) => !F.less(b, a)),
  equal: compared("equal", "==", (F, a, b) => F.equal(a, b)),
  not_equal: compared("not_equal", "!=", (F, a, b) => !F.equal(a, b)),
  logical_and: joined("logical_and", (a, b) => a && b),
  logical_or: joined("logical_or", (a, b) => a || b),
  logical_not: { ...joined("logical_not", (a) => !a), slopes: [null] },
};

function signOf(F, a) {
  if (F.less(a, F.zero)) return F.neg(F.one);
  return F.less(F.zero, a) ? F.one : F.zero;
}

function powerByBase(g, out, base, exponent) {
  const nothing = stepOf("equal", [exponent, 0]);
  const lower = whereOf(nothing, 1, less(exponent, 1));
  return like(scaled(g, scaled(exponent, stepOf("power", [base, lower]))), base);
}

function powerByExponent(g, out, base, exponent) {
  const logs = stepOf("log", [whereOf(stepOf("equal", [base, 0]), 1, base)]);
  return like(scaled(g, scaled(out, logs)), exponent);
}

function erfSlope(g, out, a) {
  const bell = stepOf("exp", [scaled(negated(a), a)]);
  return scaled(g, scaled(2 / Math.sqrt(Math.PI), bell));
}
