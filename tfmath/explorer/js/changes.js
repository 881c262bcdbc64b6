// Other words, other weights: what the reader changes, and how it is taken back.
import { DATA } from "./data.js";
import { button, by, make, refill, say, text } from "./dom.js";
import { brief } from "./cells.js";
import { flatOf, nameOf, shortPlace } from "./places.js";
import { isNumber, numberOf } from "./state.js";

// Words -------------------------------------------------------------------------------

// now: {record, state, setWords, go, undo, drop, canUndo}
export const showWords = (now) => {
  const quotes = DATA.examples.map((one, i) =>
    button(`${one.source.join(" ")} → ${one.target.slice(1).join(" ")}`, () => now.setExample(i), { class: "quote" }));
  refill("words", make("p", {}, text("quotes")), quotes,
    wordField("source", text("it reads words"), now.state.source.join(" ")),
    wordField("target", text("it has written"), now.state.target.slice(1).join(" ")),
    make("p", {}, button(text("take words"), () => takeWords(now), { class: "main", id: "take-words" })),
    make("p", { id: "words-wrong", class: "wrong", role: "alert" }),
    make("p", { class: "none" }, text("known words", { words: DATA.vocabulary.join(" ") })));
};

const wordField = (key, words, value) => make("p", {}, make("label", { for: `words-${key}` }, words),
  make("input", { id: `words-${key}`, value, autocomplete: "off", spellcheck: "false",
    onkeydown: (event) => event.key === "Enter" && by("take-words").click() }));

const takeWords = (now) => {
  const read = (key) => by(`words-${key}`).value.trim().split(/\s+/).filter(Boolean);
  const [source, written] = [read("source"), read("target")];
  const target = written[0] === DATA.start ? written : [DATA.start, ...written];
  const wrong = wrongWords(source, text("it reads words")) || wrongWords(target, text("it has written"));
  by("words-wrong").textContent = wrong;
  if (!wrong) now.setWords(source, target);
};

const wrongWords = (words, where) => {
  const odd = words.find((word) => !DATA.vocabulary.includes(word));
  if (odd) return text("unknown word", { word: odd, place: words.indexOf(odd) + 1, where });
  const fits = words.length >= 1 && words.length <= DATA.most;
  return fits ? "" : text("too many words", { where, count: words.length, most: DATA.most });
};

// Weights -----------------------------------------------------------------------------

// The number typed for a weight; null, and a sentence beside it, if it is none.
export const typedWeight = (words) => {
  if (isNumber(words)) return numberOf(words);
  const help = by("weight-help");
  if (help) help.textContent = text("no number", { words });
  say(text("no number", { words }));
  return null;
};

export const showWeights = (now) => {
  const changed = [...now.state.weights];
  const rows = changed.map(([place, x]) => changedRow(now, place, x));
  refill("weights", make("p", {}, changed.length ? text("changed", { count: changed.length }) : text("nothing changed")),
    make("ul", { class: "changed" }, rows),
    make("p", {}, button(text("undo"), now.undo, { id: "undo", disabled: !now.canUndo() }), " ",
      button(text("copy csv"), () => copyCsv(now), { id: "copy-csv" })),
    make("textarea", { id: "csv", hidden: true, readonly: true, rows: 6, "aria-label": text("csv") }));
};

const changedRow = (now, place, x) => {
  const [id, flat] = place.split(":").map(Number);
  const node = now.record.nodes[id];
  const before = DATA.nodes[id].given[flat];
  return make("li", {}, button(shortPlace(node, flat), () => now.go(node, flat), { class: "plain", title: nameOf(node) }),
    ` ${brief(before)} → ${brief(x)} `, button("×", () => now.drop(place), { "aria-label": text("take back", { place: shortPlace(node, flat) }) }));
};

const copyCsv = (now) => {
  const box = by("csv");
  box.value = csvOf(now.record);
  box.hidden = false;
  box.select();
  const copied = navigator.clipboard?.writeText(box.value);
  (copied ?? Promise.reject()).then(() => say(text("copied")), () => say(text("copy by hand")));
};

// All weights as the file of the course's tables: a line for each row.
export const csvOf = (record) => {
  const tables = record.nodes.filter((n) => n.op === "input" && n.shape.length);
  const width = Math.max(...tables.map((n) => n.shape.at(-1)));
  const head = ["table", "row", ...Array.from({ length: width }, (_, i) => String(i))];
  return [head, ...tables.flatMap((n) => csvRows(n, width))].map((line) => line.map(quoted).join(",")).join("\n") + "\n";
};

const csvRows = (node, width) => {
  const cols = node.shape.at(-1);
  return Array.from({ length: node.values.length / cols }, (_, i) => {
    const row = Array.from(node.values.subarray(i * cols, (i + 1) * cols), decimal);
    return [nameOf(node), rowLabel(node, i), ...row, ...Array(width - cols).fill("")];
  });
};

// As Python writes a float: 1 is 1.0.
const decimal = (x) => (Number.isInteger(x) ? x.toFixed(1) : String(x));

const rowLabel = (node, i) => {
  const [heads, rows] = node.shape.length === 3 ? node.shape : [null, node.shape[0]];
  if (node.shape.length === 1) return "";
  if (heads === null) return node.labels[0]?.[i] ?? `row ${i}`;
  const head = Math.floor(i / rows);
  return `${node.labels[0]?.[head] ?? `head ${head + 1}`} row ${flatOf([rows], [i % rows])}`;
};

const quoted = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);
