// Twelve stops through the machine. Each is found in the record by what its step does.
import { DATA } from "./data.js";
import { button, by, make, refill, text } from "./dom.js";
import { brief } from "./cells.js";
import { explain } from "./explain.js";
import { behind } from "./part.js";
import { flatOf, wordsAt } from "./places.js";
import { writtenWord } from "./sentence.js";

// Each stop: its text's name, and what finds {node, flat} and more values for its text.
const stopsOf = (record, state) => {
  const named = record.nodes.filter((n) => n.name && n.inputs.length);
  const shares = named.filter((n) => n.op === "softmax");
  const crossing = shares.find((n) => !sameLabels(n)) ?? shares.at(-1);
  return [
    ["words", null], ["embedding", looked(record)], ["position", sumOf(record)], ["scores", scoresOf(shares[0])],
    ["shares", largestIn(shares[0], 0)], ["mix", mixed(named, shares[0])], ["residual", addedAgain(record)],
    ["norm", normal(record)], ["network", network(record)], ["cross", largestIn(crossing, -1)],
    ["logits", bestScore(record)], ["slope", bestScore(record)],
  ].map(([key, at]) => ({ key, at, values: valuesOf(record, state, at) }));
};

const sameLabels = (node) => node.labels.at(-1) === node.labels.at(-2)
  || String(node.labels.at(-1)) === String(node.labels.at(-2));

const at = (node, flat) => (node ? { node, flat } : null);

const looked = (record) => at(record.nodes[DATA.stations[0].steps[0]], 0);

const sumOf = (record) => {
  const station = DATA.stations.find((s) => s.is_sum && !s.frame) ?? DATA.stations.find((s) => s.is_sum);
  return station ? at(record.nodes[station.steps[0]], 0) : null;
};

const largestIn = (node, row) => {
  if (!node) return null;
  const [rows, cols] = node.shape.slice(-2);
  const heads = node.values.length / (rows * cols);
  const from = Array.from({ length: heads }, (_, h) => (h * rows + (row < 0 ? rows - 1 : row)) * cols);
  const places = from.flatMap((start) => Array.from({ length: cols }, (_, j) => start + j));
  return at(node, places.reduce((a, b) => (node.values[b] > node.values[a] ? b : a)));
};

const scoresOf = (shares) => {
  const before = shares && behind(shares).named[0];
  return before ? at(before, largestIn(shares, 0).flat) : null;
};

const mixed = (named, shares) => at(named.find((n) => n.inputs[0] === shares), 0);

const addedAgain = (record) => {
  const station = DATA.stations.find((s) => s.is_sum && s.frame);
  return station ? at(record.nodes[station.steps[0]], 0) : null;
};

// A norm is the station with a step that is made of a mean of its rows.
const normal = (record) => at(record.nodes.find((n) => n.op === "standardized" && n.name), 0);

// A part of a layer that neither shares out nor norms: it works on each word alone.
const network = (record) => {
  const plain = DATA.stations.find((s) => s.frame && !s.is_sum
    && s.steps.every((id) => !["softmax", "standardized"].includes(record.nodes[id].op)));
  return plain ? at(record.nodes[plain.steps.at(-1)], 0) : null;
};

const bestScore = (record) => {
  const { shape } = record.logits;
  const row = shape[0] - 1;
  const best = DATA.vocabulary.indexOf(writtenWord(record).word);
  return at(record.logits, flatOf(shape, [row, best]));
};

// All that a stop's text may speak of, from today's record.
const valuesOf = (record, state, place) => {
  const { word, share } = writtenWord(record);
  const all = { count: state.target.length, word, share,
    vocabulary: DATA.vocabulary.length, loss: brief(record.loss.values[0]) };
  if (!place) return all;
  const { node, flat } = place;
  const words = wordsAt(node, flat);
  return { ...all, value: brief(node.values[flat]), percent: (100 * node.values[flat]).toFixed(0), numbers: explain(record, node, flat).inNumbers ?? "",
    size: node.shape.at(-1), row: words.at(-2) ?? "", col: words.at(-1) ?? "", head: node.shape.length > 2 ? words[0] : "" };
};

// The card --------------------------------------------------------------------------------

// now: {record, state, go, whole, setSlopes, endTour}
export const showTour = (now, number) => {
  const stops = stopsOf(now.record, now.state).filter((stop) => stop.key === "words" || stop.at);
  const { key, values } = stops[number];
  const move = (to) => button(text(to < number ? "tour back" : "tour on"), () => now.tour(to),
    { id: to < number ? "tour-back" : "tour-on", disabled: to < 0 || to >= stops.length, class: to > number ? "main" : "" });
  refill("tour", make("h2", { id: "tour-title", tabindex: -1 }, text("tour stop", { number: number + 1, count: stops.length })),
    make("p", { id: "tour-text", "aria-live": "polite" }, text(`tour ${key}`, values)),
    make("p", {}, move(number - 1), " ", move(number + 1), " ", button(text("tour end"), now.endTour, { id: "tour-end" })));
  by("tour").hidden = false;
};

// Where a stop takes the page.
export const tourPlace = (record, state, number) => {
  const stops = stopsOf(record, state).filter((stop) => stop.key === "words" || stop.at);
  const stop = stops[Math.max(0, Math.min(number, stops.length - 1))];
  return { place: stop.at, slopes: stop.key === "slope" ? "loss" : "" };
};
