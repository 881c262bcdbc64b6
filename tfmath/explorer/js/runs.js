// What is asked of whole runs: the words that are likely, writing, one step of learning,
// and whether all numbers are Python's.

import { gradients } from "./gradient.js";
import { run } from "./record.js";

// For each row of the logits the likeliest word, the next, and how likely both are.
export function predictions(DATA, record) {
  const { values, shape } = record.logits, width = shape.at(-1), found = [];
  for (let start = 0; start < values.length; start += width)
    found.push(likeliest(DATA, values.slice(start, start + width)));
  return found;
}

function likeliest(DATA, scores) {
  const top = Math.max(...scores);
  const grown = Array.from(scores, (score) => Math.exp(score - top));
  const sum = grown.reduce((a, b) => a + b, 0);
  const [first, second] = [...grown.keys()].sort((a, b) => grown[b] - grown[a] || a - b);
  return {
    word: DATA.vocabulary[first], probability: grown[first] / sum,
    runnerUp: DATA.vocabulary[second], runnerUpProbability: grown[second] / sum };
}

// Word by word, always the likeliest, until the end or the most words.
export function write(DATA, state) {
  const target = [DATA.start], found = [];
  while (found.length < DATA.longest) {
    const next = predictions(DATA, run(DATA, { ...state, target, following: null })).at(-1);
    found.push(next);
    if (next.word === DATA.end) break;
    target.push(next.word);
  }
  return found;
}

// One step of gradient descent on all weights: {weights, before, after}.
export function learn(DATA, state, rate) {
  const record = run(DATA, state), grads = gradients(record), weights = new Map(state.weights);
  for (const node of record.nodes) {
    const grad = node.op === "input" && grads.get(node.name);
    if (!grad) continue;
    grad.values.forEach((slope, k) => {
      if (slope) weights.set(`${node.id}:${k}`, node.values[k] - rate * slope);
    });
  }
  const after = run(DATA, { ...state, weights }).loss.values[0];
  return { weights, before: record.loss.values[0], after };
}

// All numbers and gradients of the opening example against Python's: {count, largest}.
export function check(DATA) {
  const record = run(DATA, DATA.opening), theirs = pythonNumbers(DATA.check);
  const made = record.nodes.filter((node) => node.inputs.length && node.kind === "f");
  const ours = [...made, ...gradients(record).values()].flatMap((node) => [...node.values]);
  if (ours.length !== theirs.length) return { count: theirs.length, largest: Infinity };
  const largest = ours.reduce((most, x, k) => {
    const off = Math.abs(x - theirs[k]);
    return off <= most ? most : off;  // what is no number is the largest
  }, 0);
  return { count: ours.length, largest };
}

function pythonNumbers(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, k) => view.getFloat64(8 * k, true));
}
