// What is marked in place: the chosen number, its inputs, its users, and all it reaches.
import { by, text } from "./dom.js";

const cellsOf = (node, flat) => by("part").querySelectorAll(`td[data-n="${node.id}"][data-f="${flat}"]`);

const LOOKS = ["chosen", "from", "to", "reach"];

export const unmark = (looks = LOOKS) => {
  for (const look of looks) {
    for (const cell of by("part").querySelectorAll(`td.${look}`)) {
      cell.classList.remove(look);
      cell.removeAttribute("aria-selected");
      cell.removeAttribute("aria-description");
    }
  }
};

export const markCells = (node, flat, from, to) => {
  unmark();
  for (const cell of cellsOf(node, flat)) marked(cell, "chosen").setAttribute("aria-selected", "true");
  for (const place of from) for (const cell of cellsOf(...place)) marked(cell, "from");
  for (const place of to) for (const cell of cellsOf(...place)) marked(cell, "to");
};

const marked = (cell, look) => {
  cell.classList.add(look);
  cell.setAttribute("aria-description", text(`mark ${look}`));
  return cell;
};

// found: Map(node → Set of flat places), twice
export const markReach = (...founds) => {
  unmark(["reach"]);
  const ids = new Map(founds.flatMap((found) => [...found]).map(([node, places]) => [String(node.id), places]));
  for (const cell of by("part").querySelectorAll("td.number")) {
    if (ids.get(cell.dataset.n)?.has(Number(cell.dataset.f))) marked(cell, "reach");
  }
};
