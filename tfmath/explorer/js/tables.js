// One array as tables of numbers with words beside them: a grid that the keyboard walks.
import { make, text } from "./dom.js";
import { cellText, isShares, levelOf, mannerOf, shade, sideOf } from "./cells.js";
import { labelAt, lastPart, nameOf } from "./places.js";

const MOST_COLS = 12;

// A figure for each of the first axes, such as heads; the numbers of `shown` at node's places.
export const figuresOf = (node, shown, title = lastPart(nameOf(shown))) => {
  const sheets = sheetsOf(node);
  const look = { ...mannerOf(shown.values, shown.kind), hides: isShares(node), title };
  return sheets.map((sheet) => figure(node, shown, sheet, look));
};

// The rows, columns and first flat place of each table of an array.
const sheetsOf = (node) => {
  const shape = [1, 1, ...node.shape].slice(-Math.max(2, node.shape.length));
  const [rows, cols] = shape.slice(-2);
  const count = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return Array.from({ length: count }, (_, i) => ({ rows, cols, start: i * rows * cols, head: headAt(node, i) }));
};

const headAt = (node, i) => {
  const words = [];
  for (let axis = node.shape.length - 3, rest = i; axis >= 0; axis--) {
    words.unshift(labelAt(node, axis, rest % node.shape[axis]));
    rest = Math.floor(rest / node.shape[axis]);
  }
  return words.join(", ");
};

const figure = (node, shown, sheet, look) => {
  const turned = sheet.cols > MOST_COLS && sheet.rows < sheet.cols;
  const name = sheet.head ? `${look.title}, ${sheet.head}` : look.title;
  const caption = make("figcaption", {}, name, turned ? make("small", {}, ` ${text("turned")}`) : null);
  const table = make("table", { role: "grid", "aria-label": name });
  table.append(headRow(node, sheet, turned), make("tbody", {}, bodyRows(node, shown, sheet, look, turned)));
  const first = table.querySelector("td.number");
  if (first) first.tabIndex = 0;
  return make("figure", {}, caption, make("div", { class: "wide" }, table));
};

const axisWord = (node, fromEnd, i) => {
  const axis = node.shape.length - fromEnd;
  return axis < 0 ? "" : labelAt(node, axis, i);
};

const headRow = (node, { rows, cols }, turned) => {
  const [count, fromEnd] = turned ? [rows, 2] : [cols, 1];
  const words = Array.from({ length: count }, (_, j) => axisWord(node, fromEnd, j));
  const heads = words.map((word) => make("th", { scope: "col" }, word));
  return make("thead", {}, make("tr", {}, make("td", { class: "corner" }), heads));
};

const bodyRows = (node, shown, sheet, look, turned) => {
  const [count, across, fromEnd] = turned ? [sheet.cols, sheet.rows, 1] : [sheet.rows, sheet.cols, 2];
  return Array.from({ length: count }, (_, i) => {
    const places = Array.from({ length: across }, (_, j) =>
      sheet.start + (turned ? j * sheet.cols + i : i * sheet.cols + j));
    return make("tr", {}, make("th", { scope: "row" }, axisWord(node, fromEnd, i)),
      places.map((flat) => cellOf(node, shown, flat, look)));
  });
};

const cellOf = (node, shown, flat, look) => {
  const x = shown.values[flat];
  const hidden = look.hides && node === shown && x === 0;
  const level = levelOf(x, look);
  return make("td", { class: `number ${sideOf(level)}${hidden ? " hidden" : ""}`, style: shade(level),
    tabindex: -1, "data-n": shown.id, "data-f": flat, "aria-label": hidden ? text("hidden") : null,
  }, hidden ? "" : cellText(x, look));
};
