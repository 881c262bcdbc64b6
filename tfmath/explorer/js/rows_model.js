// Rows of the table: softmax, norms and the loss, each as one operation with the
// derivative that is derived by hand in tfmath.parts and tfmath.learning.

import { broadcastOffsets, newArray, picked } from "./arrays.js";
import {
  applied, leaf, literal, manyTerms, minus, overOf, plus, raised, timesOf,
} from "./formula.js";
import { FLOATS } from "./floats.js";
import { wordsOfFirst, wordsOfRows } from "./labels.js";
import { placeIn } from "./rows_elementwise.js";
import { added, divided, less, scaled, stepOf, summed, whereOf } from "./steps.js";

// Beyond, e to a score is so large or small that its sums are no longer numbers.
const FAR = 300;

// The rows of an array one after the other: visit(first place, length of a row).
function eachRow(array, visit) {
  const width = array.shape.at(-1);
  for (let start = 0; start < array.values.length; start += width) visit(start, width);
}

// Which scores may be looked at; without a mask all.
function seenPlaces(scores, mask) {
  if (!mask) return () => true;
  const places = broadcastOffsets(mask.shape, scores.shape);
  return (k) => Boolean(mask.values[places[k]]);
}

function seenOfRow(node, flat) {
  const [scores, mask] = node.inputs, width = scores.shape.at(-1);
  const start = Math.floor(flat / width) * width, seen = seenPlaces(scores, mask);
  return Array.from({ length: width }, (_, i) => start + i).filter(seen);
}

function topOf(F, values, places) {
  return places.reduce((top, k) => (F.less(values[top], values[k]) ? k : top), places[0]);
}

// ln of the sum of e to some scores less the largest, right where the sum is near 1.
function logOfSum(F, values, places, top) {
  const others = places.filter((k) => k !== top);
  const grown = others.map((k) => F.exp(F.sub(values[k], values[top])));
  return F.log1p(grown.reduce(F.add, F.zero));
}

// For each row: what `reckon` says of the places that are seen in it.
function byRow(F, [scores, mask], out, reckon) {
  const seen = seenPlaces(scores, mask);
  eachRow(scores, (start, width) => {
    const places = Array.from({ length: width }, (_, i) => start + i).filter(seen);
    if (places.length) reckon(places, topOf(F, scores.values, places), start / width);
  });
  return out;
}

function softmaxCall(F, inputs) {
  const { values } = inputs[0], out = newArray(F, inputs[0].shape);
  return byRow(F, inputs, out, (places, top) => {
    const grown = places.map((k) => F.exp(F.sub(values[k], values[top])));
    const sum = grown.reduce(F.add, F.zero);
    places.forEach((k, i) => (out.values[k] = F.div(grown[i], sum)));
  });
}

function logSoftmaxCall(F, inputs) {
  const { values } = inputs[0], out = newArray(F, inputs[0].shape);
  if (F.plain) out.values.fill(-Infinity);
  return byRow(F, inputs, out, (places, top) => {
    const log = logOfSum(F, values, places, top);
    for (const k of places) out.values[k] = F.sub(F.sub(values[k], values[top]), log);
  });
}

function logSumExpCall(F, inputs) {
  const { values } = inputs[0], out = newArray(F, inputs[0].shape.slice(0, -1));
  if (F.plain) out.values.fill(-Infinity);
  return byRow(F, inputs, out, (places, top, row) => {
    out.values[row] = F.add(values[top], logOfSum(F, values, places, top));
  });
}

// e to a score over the sum of its row; the largest is taken off scores too far from 0.
function grownFormula(node, flat) {
  const [scores] = node.inputs, places = seenOfRow(node, flat);
  const numbers = node.inputs[0].values;
  const top = places.reduce((t, k) => (numbers[t] < numbers[k] ? k : t), places[0]);
  const far = Math.abs(numbers[top]) > FAR && Number.isFinite(numbers[top]);
  const lower = (k) => (far ? minus(leaf(scores, k), leaf(scores, top)) : leaf(scores, k));
  const terms = places.map((k) => applied("exp", lower(k)));
  return { sum: manyTerms(terms), lower, top: far ? leaf(scores, top) : null };
}

function softmaxFormula(node, flat) {
  if (!seenOfRow(node, flat).includes(flat)) return literal(0);
  const { sum, lower } = grownFormula(node, flat);
  return overOf(applied("exp", lower(flat)), sum);
}

function logSoftmaxFormula(node, flat) {
  if (!seenOfRow(node, flat).includes(flat)) return literal(-Infinity);
  const { sum, lower } = grownFormula(node, flat);
  return minus(lower(flat), applied("ln", sum));
}

function logSumExpFormula(node, flat) {
  const { sum, top } = grownFormula(node, flat * node.inputs[0].shape.at(-1));
  const logs = applied("ln", sum);
  return top ? plus(top, logs) : logs;
}

function softmaxSlope(g, weights) {
  const average = summed(scaled(g, weights), -1, true);
  return scaled(weights, less(g, average));
}

function logSoftmaxSlope(g, logs) {
  return less(g, scaled(stepOf("exp", [logs]), summed(g, -1, true)));
}

// Norms ------------------------------------------------------------------------------

function perRow(F, x, reckon) {
  const out = newArray(F, [...x.shape.slice(0, -1), 1]);
  eachRow(x, (start, width) => {
    out.values[start / width] = reckon(x.values.slice(start, start + width), F.of(width));
  });
  return out;
}

const meanOfRow = (F, row, width) => F.div(row.reduce(F.add, F.zero), width);

function deviationOfRow(F, row, width, epsilon) {
  const mean = meanOfRow(F, row, width);
  const squares = row.map((x) => F.mul(F.sub(x, mean), F.sub(x, mean)));
  return F.sqrt(F.add(F.div(squares.reduce(F.add, F.zero), width), F.of(epsilon)));
}

function standardizedCall(F, [x, mean, deviation]) {
  const out = newArray(F, x.shape), width = x.shape.at(-1);
  x.values.forEach((number, k) => {
    const row = Math.floor(k / width), by = deviation.values[row];
    const off = F.sub(number, mean.values[row]);
    out.values[k] = F.equal(by, F.zero) ? off : F.div(off, by);
  });
  return out;
}

function meanOver(node, flat, term) {
  const [x] = node.inputs, width = x.shape.at(-1);
  const terms = Array.from({ length: width }, (_, i) => term(leaf(x, flat * width + i)));
  return overOf(manyTerms(terms), literal(width));
}

function deviationFormula(node, flat) {
  const mean = leaf(node.inputs[1], flat);
  const squares = meanOver(node, flat, (x) => raised(minus(x, mean), literal(2)));
  return applied("√", plus(squares, literal(node.options.epsilon ?? 1e-5)));
}

function standardizedFormula(node, flat) {
  const [x, mean, deviation] = node.inputs, row = Math.floor(flat / x.shape.at(-1));
  if (!deviation.values[row]) return literal(0);
  return overOf(minus(leaf(x, flat), leaf(mean, row)), leaf(deviation, row));
}

const meanOf = (x) => divided(summed(x, -1, true), x.shape.at(-1));

function standardizedSlope(g, out, x, mean, known, { epsilon = 1e-5 }) {
  let deviation = stepOf("varying_deviation", [x, known]);
  const average = meanOf(g), along = meanOf(scaled(g, out));
  if (epsilon === 0) deviation = whereOf(stepOf("equal", [deviation, 0]), 1, deviation);
  return divided(less(less(g, average), scaled(out, along)), deviation);
}

function varyingSlope(g, deviation, x) {
  const centred = less(x, meanOf(x));
  const safe = whereOf(stepOf("equal", [deviation, 0]), 1, deviation);
  return divided(scaled(g, centred), scaled(x.shape.at(-1), safe));
}

// The loss ---------------------------------------------------------------------------

// What is wanted: nearly all at the target, a little everywhere.
function wantedShare(F, width, target, column, smoothing) {
  const little = F.div(F.of(smoothing), F.of(width));
  return column === target ? F.add(F.sub(F.one, F.of(smoothing)), little) : little;
}

function lossCall(F, [logits, targets], { label_smoothing: smoothing = 0 }) {
  const logs = logSoftmaxCall(F, [logits]), width = logits.shape.at(-1);
  let sum = F.zero;
  logs.values.forEach((log, k) => {
    const target = targets.values[Math.floor(k / width)];
    const wanted = wantedShare(F, width, target, k % width, smoothing);
    if (!F.equal(wanted, F.zero)) sum = F.sub(sum, F.mul(wanted, log));
  });
  const out = newArray(F, []);
  out.values[0] = F.div(sum, F.of(targets.values.length));
  return out;
}

function lossFormula(node) {
  const [logits, targets] = node.inputs, width = logits.shape.at(-1);
  const { label_smoothing: smoothing = 0 } = node.options;
  const logs = logSoftmaxCall(FLOATS, [logits]).values, terms = [];
  logs.forEach((log, k) => {
    const target = targets.values[Math.floor(k / width)];
    const wanted = wantedShare(FLOATS, width, target, k % width, smoothing);
    if (wanted) terms.push(timesOf(literal(-wanted), literal(log)));
  });
  return overOf(manyTerms(terms), literal(targets.values.length));
}

function lossSlope(g, loss, logits, targets, { label_smoothing = 0 }) {
  const options = { vocab_size: logits.shape.at(-1), label_smoothing, dtype: "float64" };
  const wanted = stepOf("target_distribution", [targets], options);
  const off = less(stepOf("softmax", [logits]), wanted);
  return scaled(scaled(g, off), 1 / targets.values.length);
}

function distributionCall(F, [targets], { vocab_size: width, label_smoothing = 0 }) {
  const out = newArray(F, [...targets.shape, width]);
  out.values.forEach((_, k) => {
    const target = targets.values[Math.floor(k / width)];
    out.values[k] = wantedShare(F, width, target, k % width, label_smoothing);
  });
  return out;
}

function ownRow(name, names, call, slopes, formula, labels = wordsOfFirst, more = {}) {
  return { call, slopes, formula, labels, source: name, names, calls: [name], ...more };
}

export const MODEL_ROWS = {
  softmax: ownRow("softmax", ["scores", "mask"], softmaxCall, [softmaxSlope, null],
    softmaxFormula),
  log_softmax: ownRow("log_softmax", ["scores", "mask"], logSoftmaxCall,
    [logSoftmaxSlope, null], logSoftmaxFormula),
  logsumexp: ownRow("logsumexp", ["scores", "mask"], logSumExpCall,
    [(g, out, scores, mask) =>
      scaled(stepOf("getitem", [g], { index: ["...", null] }),
        stepOf("softmax", mask?.op ? [scores, mask] : [scores])), null],
    logSumExpFormula, ([scores]) => scores.labels.slice(0, -1)),
  row_mean: ownRow("row_mean", ["x"],
    (F, [x]) => perRow(F, x, (row, width) => meanOfRow(F, row, width)),
    [null], (node, flat) => meanOver(node, flat, (x) => x), wordsOfRows),
  row_deviation: ownRow("row_deviation", ["x", "mean"],
    (F, [x], { epsilon = 1e-5 }) =>
      perRow(F, x, (row, width) => deviationOfRow(F, row, width, epsilon)),
    [null, null], deviationFormula, wordsOfRows, { defaults: { epsilon: 1e-5 } }),
  standardized: ownRow("standardized", ["x", "mean", "deviation"], standardizedCall,
    [standardizedSlope, null, null], standardizedFormula, wordsOfFirst,
    { defaults: { epsilon: 1e-5 } }),
  varying_deviation: ownRow("varying_deviation", ["x", "deviation"],
    (F, [x, deviation]) => deviation, [varyingSlope, null],
    (node, flat) => leaf(node.inputs[1], flat), wordsOfRows,
    { source: (x, deviation) => deviation }),
  cross_entropy: ownRow("cross_entropy", ["logits", "targets"], lossCall, [lossSlope, null],
    lossFormula, wordsOfFirst, { defaults: { label_smoothing: 0, ignore_id: null } }),
  target_distribution: ownRow("target_distribution", ["targets"], distributionCall, [null],
    (node, flat) => literal(node.values[flat]),
    ([targets]) => [...targets.labels, null],
    { defaults: { label_smoothing: 0, dtype: "float64" } }),
};
