// The field of float64 numbers. What a row of the table reckons it says with these names,
// and so it can be reckoned with many digits too, see decimal.js.

import { erfSeries } from "./decimal.js";

export const FLOATS = {
  plain: true,
  zero: 0,
  one: 1,
  array: (size) => new Float64Array(size),
  of: (x) => x,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  less: (a, b) => a < b,
  equal: (a, b) => a === b,
  abs: Math.abs,
  exp: Math.exp,
  expm1: Math.expm1,
  ln: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  floor: Math.floor,
  power: (a, b) => (b === 2 ? a * a : a ** b),
  erf: (x) => (Math.abs(x) > 6 ? Math.sign(x) : erfSeries(FLOATS, x, 1e-18)),
  rootOfPi: Math.sqrt(Math.PI),
};
