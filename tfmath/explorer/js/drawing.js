// The whole machine: the shapes as Python laid them out, with this run's words and numbers.
import { DATA } from "./data.js";
import { by, draw, text } from "./dom.js";
import { isShares, levelOf, mannerOf, shade, sideOf } from "./cells.js";
import { chips, wordRows } from "./words.js";

// What is drawn: {record, shown: (node) => node, written, part, marks, crossed, backward, open}.
export const drawMachine = (now) => {
  const { w, h } = DATA.drawing;
  const shapes = layout();
  const rows = wordRows(shapes, now.record);
  const grown = Math.max(...rows.map((row) => row.grown), 0);
  const svg = draw("svg", { viewBox: `0 0 ${w} ${h + grown}`, class: "machine", role: "group", preserveAspectRatio: "xMidYMin",
    "aria-label": text("machine") });
  const legend = shapes.filter((shape) => shape.type === "Heat" && !shape.name);
  const gone = [...rows.flatMap((row) => row.inside), ...legend, ...shapes.filter((s) => s.type === "Label" && legend.some((l) => explains(s, l)))];
  const kept = shapes.filter((shape) => !gone.includes(shape)).sort((a, b) => layerOf(a) - layerOf(b));
  for (const shape of kept) svg.append(drawn(shape, now, rows, grown));
  for (const row of rows) svg.append(...chips(row));
  if (legend.length) svg.append(...legendAt(legend[0]));
  by("machine").replaceChildren(svg);
};

// What the colours mean stands where Python put it, in the page's own words.
const explains = (label, swatch) => Math.abs(label.y - swatch.y - 9) < 4 && label.x > swatch.x && label.x < swatch.x + 40;

const legendAt = ({ x, y }) => ["up", "down", "hidden"].map((look, i) => {
  const top = y + 16 * i;
  const mark = { down: `M${x + 3} ${top + 5.5}h5`, hidden: `M${x} ${top + 11}L${x + 11} ${top}` }[look] ?? "";
  return draw("g", { class: "heat" }, draw("rect", { x, y: top, width: 11, height: 11, class: `cell ${look}`, style: shade(16) }),
    draw("path", { d: mark, class: look === "down" ? "below" : "hatch" }),
    draw("text", { x: x + 18, y: top + 9.3, "font-size": 10.8, class: "label quiet" }, text(`legend ${look}`)));
});

// What is not said of a shape is as usual.
const USUAL = { Box: { kind: "part", name: "" }, Label: { size: 12, look: "plain" }, Wire: { arrow: true }, Heat: {} };
const layout = () => {
  layout.made ??= DATA.drawing.shapes.map((shape) => ({ ...USUAL[shape.type], ...shape }));
  return layout.made;
};

// Frames lie under wires, wires under boxes, boxes under tables and texts.
const layerOf = (shape) => {
  const under = shape.type === "Box" && ["frame", "words"].includes(shape.kind);
  return under ? 0 : 1 + ["Wire", "Box", "Heat", "Label"].indexOf(shape.type);
};

const drawn = (shape, now, rows, grown) => {
  if (shape.type === "Wire") return wire(shape, now);
  if (shape.type === "Label") return label(shape, now, grown);
  if (shape.type === "Heat") return heat(shape, now);
  const row = rows.find((one) => one.box === shape);
  return row ? rect({ ...shape, h: shape.h + row.grown }, "words") : box(shape, now);
};

// Boxes -------------------------------------------------------------------------------

const box = (shape, now) => {
  const station = stationOf(shape);
  if (shape === topWord()) {
    const more = widened(now);
    return rect({ ...shape, x: shape.x - more, w: shape.w + 2 * more }, "word written");
  }
  if (!station) return rect(shape, shape.kind === "word" ? "word written" : shape.kind);
  const marks = [station.name === now.part && "here", now.crossed.has(station) && "crossed",
    now.marks.from.has(station) && "from", now.marks.to.has(station) && "to"];
  const group = draw("g", { class: ["part", ...marks.filter(Boolean)].join(" "), role: "button",
    tabindex: 0, "data-part": station.name, "aria-label": told(station, now),
    onclick: () => now.open(station.name) });
  group.append(station.is_sum ? circle(shape) : rect(shape, "box"));
  if (now.crossed.has(station)) group.append(cross(shape));
  if (now.marks.from.has(station)) group.append(sign(shape, "◂", 0));
  if (now.marks.to.has(station)) group.append(sign(shape, "▸", 1));
  return group;
};

const told = (station, now) => {
  const key = now.crossed.has(station) ? "box crossed" : "box";
  return text(key, { title: station.title, place: station.frame || station.stack || station.name });
};

// The station of a box or sum; the boxes of frames and words have none.
export const stationOf = (shape) => {
  if (shape.kind !== "part" && shape.kind !== "sum") return null;
  const fits = (s) => s.name === shape.name && s.is_sum === (shape.kind === "sum");
  return DATA.stations.find(fits) ?? null;
};

const rect = ({ x, y, w, h, kind }, look) =>
  draw("rect", { x, y, width: w, height: h, rx: ROUND[kind] ?? 4, class: look });

const ROUND = { frame: 7, words: 9, word: 9 };

const circle = ({ x, y, w }) => {
  const r = w / 2;
  const plus = `M${x + 4} ${y + r}h${w - 8}M${x + r} ${y + 4}v${w - 8}`;
  return draw("g", {}, draw("circle", { cx: x + r, cy: y + r, r, class: "box" }),
    draw("circle", { cx: x + r, cy: y + r, r: r + 8, class: "reach" }),
    draw("path", { d: plus, class: "plus" }));
};

const cross = ({ x, y, w, h }) => {
  const size = Math.min(20, h - 4);
  const corner = `M${x + w - size - 4} ${y + h / 2 - size / 2}`;
  return draw("path", { class: "cross",
    d: `${corner}l${size} ${size}m${-size} 0l${size} ${-size}` });
};

// Small, on the frame of the box: where no number and no name stands.
const sign = ({ x, y, w, h }, mark, right) =>
  draw("text", { x: right ? x + w - 1 : x + 1, y: y + h / 2 + 4, class: "sign",
    "text-anchor": right ? "start" : "end" }, mark);

// Wires, names, tables ----------------------------------------------------------------

const wire = ({ points, arrow }, now) => {
  const way = now.backward ? [...points].reverse() : points;
  const line = draw("path", { d: `M${way.map(([x, y]) => `${x} ${y}`).join("L")}`, class: "wire" });
  return draw("g", {}, line, arrow ? head(way) : null);
};

const head = (way) => {
  const [[a, b], [x, y]] = way.slice(-2);
  const [right, down] = [Math.sign(x - a), Math.sign(y - b)];
  const corner = (side) => `${x - 6.5 * right + side * 3.2 * down} ${y - 6.5 * down + side * 3.2 * right}`;
  return draw("path", { d: `M${x} ${y}L${corner(1)}L${corner(-1)}z`, class: "head" });
};

const label = (shape, now, grown) => {
  const { x, y, size, anchor, upright, look } = shape;
  const low = shape.y > lowest() ? y + grown : y;
  const share = isWritten(shape) && isShare(shape);
  return draw("text", { x: share ? x + widened(now) : x, y: low, "font-size": size, "text-anchor": anchor, class: `label ${look}`,
    transform: upright ? `rotate(-90 ${x} ${low})` : null }, said(shape, now));
};

// Names of stacks stand below the words.
const lowest = () =>
  Math.max(...layout().filter((s) => s.kind === "words").map((s) => s.y + s.h));

// The written word and its share, and the sizes of tables, are this run's.
const said = (shape, now) => {
  if (now.written && isWritten(shape)) return isShare(shape) ? now.written.share : now.written.word;
  const size = shape.text.match(/^(.*?)\d+ × \d+$/);
  const heats = layout().filter((s) => s.type === "Heat" && beside(s, shape));
  const node = size && heats.length ? now.record.byName.get(heats[0].name) : null;
  return node ? `${size[1]}${node.shape.slice(-2).join(" × ")}` : shape.text;
};

const isShare = (shape) => /^[\d.]+$/.test(shape.text);

const topWord = () => layout().filter((s) => s.type === "Box" && s.kind === "word").reduce((a, b) => (b.y < a.y ? b : a));

// On each side of the frame of a word longer than the four letters that it has room for.
const widened = (now) => 5.5 * Math.max(0, (now.written?.word.length ?? 0) - 4);

const isWritten = (shape) => {
  const first = topWord();
  return shape.y > first.y && shape.y < first.y + first.h;
};

const beside = (heatShape, shape) => {
  const own = layout().find((s) => s.type === "Box" && s.kind === "part"
    && covered(s, shape.x, shape.y - 2));
  return own && covered(own, heatShape.x + 1, heatShape.y + 1);
};

const covered = (s, x, y) => x >= s.x && x <= s.x + s.w && y >= s.y && y <= s.y + s.h;

const heat = (shape, now) => {
  const node = now.record.byName.get(shape.name);
  const shown = node && now.shown(node);
  if (!shown) return draw("g");
  const [rows, cols] = [node.shape.at(-2) ?? 1, node.shape.at(-1) ?? 1];
  const cell = Math.min(shape.w / cols, shape.h / rows, 6);
  const x = shape.x + (shape.w - cell * cols) / 2;
  const y = shape.y + (shape.h - cell * rows) / 2;
  const from = (shape.place ?? 0) * rows * cols;
  const values = shown.values.subarray(from, from + rows * cols);
  const hides = isShares(node) ? node.values.subarray(from, from + rows * cols) : null;
  return cells({ x, y, cell, cols, values, hides }, mannerOf(shown.values));
};

// Cells of one shade are one path; so are the hatches, and the signs below zero.
const cells = ({ x, y, cell, cols, values, hides }, manner) => {
  const paths = new Map();
  let [hatch, below] = ["", ""];
  values.forEach((value, i) => {
    const [left, top] = [x + (i % cols) * cell, y + Math.floor(i / cols) * cell];
    const level = levelOf(value, manner);
    const square = `M${left} ${top}h${cell}v${cell}h${-cell}z`;
    paths.set(level, (paths.get(level) ?? "") + square);
    if (hides && hides[i] === 0) hatch += `M${left} ${top + cell}L${left + cell} ${top}`;
    else if (level < 0 && cell >= 4) below += `M${left + 0.3 * cell} ${top + cell / 2}h${0.4 * cell}`;
  });
  const filled = [...paths].map(([level, d]) => draw("path", { d, class: `cell ${sideOf(level)}`, style: shade(level) }));
  const [w, h] = [cell * cols, (values.length / cols) * cell];
  return draw("g", { class: "heat" }, filled, draw("path", { d: hatch, class: "hatch" }),
    draw("path", { d: below, class: "below" }), draw("rect", { x, y, width: w, height: h, class: "edge" }));
};
