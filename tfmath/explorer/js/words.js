// The words that the machine reads, in as many rows as they need.
import { DATA } from "./data.js";
import { draw } from "./dom.js";

const CHIP = 20, GAP = 3;

// Of each box of words: the box, what Python drew in it, today's chips, and how much it grows.
export const wordRows = (shapes, record) => {
  const boxes = shapes.filter((s) => s.type === "Box" && s.kind === "words");
  const readers = firstStations(boxes.length);
  return boxes.map((box, k) => rowsOf(box, shapes, wordsOf(record, readers[k])));
};

// The first station of each stack.
const firstStations = (count) => {
  const stacks = [...new Set(DATA.stations.map((s) => s.stack))].slice(0, count);
  return stacks.map((stack) => DATA.stations.find((s) => s.stack === stack));
};

const wordsOf = (record, station) => {
  const node = record.nodes[station.steps[0]];
  return node.labels?.at(-2) ?? Array.from({ length: node.shape.at(-2) ?? 1 }, (_, i) => String(i));
};

const rowsOf = (box, shapes, words) => {
  const inside = shapes.filter((s) => s !== box && s.type !== "Wire" && standsIn(box, s));
  const rows = [[]];
  let x = 0;
  for (const word of words) {
    const wide = Math.min(widthOf(word) + 8, box.w - 6);
    if (x && x + wide > box.w - 6) { x = 0; rows.push([]); }
    rows.at(-1).push([word, wide]);
    x += wide + GAP;
  }
  const high = rows.length * (CHIP + GAP) + 5;
  return { box, inside, rows, grown: Math.max(0, high - box.h) };
};

const standsIn = (box, s) =>
  s.x >= box.x && s.x <= box.x + box.w && s.y >= box.y && s.y <= box.y + box.h && s.kind !== "words";

const pen = () => {
  widthOf.pen ??= document.createElement("canvas").getContext("2d");
  widthOf.pen.font = "12px Helvetica, Arial, sans-serif";
  return widthOf.pen;
};

const widthOf = (word) => pen().measureText(word).width * 1.08;

export const chips = ({ box, rows }) => rows.flatMap((row, i) => {
  const whole = row.reduce((sum, [, wide]) => sum + wide + GAP, -GAP);
  let x = box.x + (box.w - whole) / 2;
  const y = box.y + 4 + i * (CHIP + GAP);
  return row.flatMap(([word, wide]) => {
    const at = x;
    x += wide + GAP;
    return [draw("rect", { x: at, y, width: wide, height: CHIP, rx: 9, class: "word" }),
      draw("text", { x: at + wide / 2, y: y + 14.2, "text-anchor": "middle", "font-size": 12, class: "label" }, word)];
  });
});
