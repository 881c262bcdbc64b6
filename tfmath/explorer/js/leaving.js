// What can be left out, and what the machine writes then, beside what it wrote before.
import { DATA } from "./data.js";
import { make, refill, text } from "./dom.js";
import { SLASH } from "./places.js";
import { knockoutsOf } from "./knockouts.js";
import { write } from "./runs.js";
import { chance } from "./sentence.js";

// now: {state, toggle, following}
export const showLeaving = (now) => {
  const known = knockoutsOf(DATA, now.state);
  const kinds = [...new Set(known.map((one) => one.kind))];
  refill("leaving", make("p", {}, text("leave out help")), make("div", { id: "without" }, now.state.knocked.length ? comparison(now) : null),
    kinds.map((kind) => group(now, kind, known.filter((one) => one.kind === kind))));
};

const group = (now, kind, ones) => {
  const keys = ones.map((one) => one.key);
  const all = ones.length > 1 && kind !== "source word" ? choice(now, keys, text(`all ${kind}`)) : null;
  return make("fieldset", {}, make("legend", {}, text(`kind ${kind}`)), all, ones.map((one) => choice(now, [one.key], titleOf(one))));
};

// The place, and the head or the word, as the record names them.
const titleOf = ({ where, head, word, place }) => {
  const scope = where.split(SLASH).join(" / ");
  if (word) return text("source word", { word, place: (place ?? 0) + 1 });
  return head ? `${scope}, ${head}` : scope;
};

const choice = (now, keys, words) => {
  const chosen = keys.every((key) => now.state.knocked.includes(key));
  const box = make("input", { type: "checkbox", checked: chosen, "data-keys": keys.join("|"),
    onchange: () => now.toggle(keys, box.checked) });
  return make("label", {}, box, " ", words);
};

const comparison = (now) => {
  const without = write(DATA, now.engine);
  const untouched = write(DATA, { ...now.engine, knocked: [] });
  return [make("p", { class: "note" }, text("not retrained")), make("table", { class: "written" }, make("tbody", {},
    row(text("untouched"), untouched), row(text("without it"), without)))];
};

const row = (title, words) => make("tr", {}, make("th", { scope: "row" }, title),
  make("td", {}, words.map(({ word, probability }) => [make("span", { class: "word" }, word, make("small", {}, ` ${chance(probability)}`)), " "])));
