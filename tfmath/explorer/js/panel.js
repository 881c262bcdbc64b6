// One number: what it is called, how it is made today, and where it goes.
import { button, by, make, refill, say, text } from "./dom.js";
import { brief, signed } from "./cells.js";
import { explain, lineOf } from "./explain.js";
import { indexOf, labelAt, lastPart, nameOf, scopeOf, shortPlace } from "./places.js";
import { moreOf } from "./asked.js";
import { breakable } from "./part.js";

const SHOWN = 8;

// now: {record, graph, state, go, change, ask, told}; graph is the record in which node stands.
export const showNumber = (now, node, flat) => {
  const told = explain(now.graph, node, flat);
  refill("number", heading(now, node, flat), value(node, flat, told),
    node.op === "input" ? editor(now, node, flat) : null,
    told.inNames ? formulas(told) : given(node, told), numpyLine(now, node),
    told.terms?.length > 1 ? termList(now, told.terms) : null,
    placesList(now, "comes from", told.inputs, told.terms ?? []), placesList(now, "used by", now.usersOf(node, flat)),
    moreOf(now, node, flat));
  by("number").hidden = false;
  say(text("said number", { place: shortPlace(node, flat), value: brief(node.values[flat]) }));
  return told;
};

const heading = (now, node, flat) => make("div", { class: "head" },
  make("h2", { id: "number-title", tabindex: -1 }, lastPart(nameOf(node))),
  button("×", now.close, { class: "close", "aria-label": text("close") }),
  make("p", { class: "where" }, scopeOf(nameOf(node))), make("p", { class: "where", id: "in-words" }, inWords(node, flat)));

// "head 1 · row “you” · column 3"
export const inWords = (node, flat) => {
  const index = indexOf(node.shape, flat);
  const kinds = ["column", "row", "table"];
  const said = index.map((i, axis) => {
    const word = labelAt(node, axis, i);
    const kind = kinds[Math.min(index.length - 1 - axis, 2)];
    const key = node.labels?.[axis] ? `${kind} word` : kind;
    return kind === "table" && node.labels?.[axis] ? word : text(key, { word, place: i + 1 });
  });
  return said.join(" · ") || text("one number");
};

const value = (node, flat, told) => make("p", { class: "value" },
  make("output", { id: "value", title: String(node.values[flat]) }, signed(told.value ?? brief(node.values[flat]))));

const formulas = (told) => [
  make("h3", {}, text("in names")), make("p", { class: "formula", id: "in-names" }, `= ${told.inNames}`),
  make("h3", {}, text("in numbers")), make("p", { class: "formula", id: "in-numbers" }, `= ${told.inNumbers}`),
];

const given = (node, told) =>
  make("p", { class: "note" }, node.op === "input" ? text("given weight") : told.note ?? text("given"));

const numpyLine = (now, node) => {
  const code = lineOf(now.graph, node);
  return code ? [make("h3", {}, text("numpy")), make("code", { class: "line", id: "numpy", title: code }, breakable(code))] : null;
};

// A weight --------------------------------------------------------------------------------

const editor = (now, node, flat) => {
  const input = make("input", { id: "weight", inputmode: "decimal", autocomplete: "off",
    value: String(node.values[flat]), "aria-describedby": "weight-help",
    onchange: () => now.change(node, flat, input.value), onkeydown: (event) => stepBy(event, input, now, node, flat) });
  return make("p", { class: "edit" }, make("label", { for: "weight" }, text("change it")), " ", input,
    make("small", { id: "weight-help" }, text("change help")));
};

const TENTH = { ArrowUp: 0.1, ArrowDown: -0.1 };

const stepBy = (event, input, now, node, flat) => {
  if (!(event.key in TENTH)) return;
  event.preventDefault();
  const next = Math.round((node.values[flat] + TENTH[event.key]) * 1e9) / 1e9;
  now.change(node, flat, String(next));
  by("weight")?.focus();
};

// Terms, inputs, users --------------------------------------------------------------------

const termList = (now, terms) => {
  const list = make("ol", { class: "terms" });
  const fill = (sorted) => {
    const order = sorted ? [...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)) : terms;
    const most = Math.max(...terms.map((t) => Math.abs(t.value)), 1e-300);
    list.replaceChildren(...order.map((t) => term(now, t, most)));
  };
  const box = make("input", { type: "checkbox", id: "largest", onchange: () => fill(box.checked) });
  fill(false);
  return [make("h3", {}, text("terms")), make("label", { class: "largest" }, box, " ", text("largest first")), list];
};

const term = (now, { text: words, value: x, share, node, flat }, most) => {
  const bar = make("span", { class: `bar ${x < 0 ? "down" : "up"}`, style: `width:${(100 * Math.abs(x)) / most}%` });
  const name = node ? button(words, () => now.go(node, flat), { class: "plain" }) : make("span", {}, words);
  const percent = Number.isFinite(share) ? `${percentOf(share)} %` : "";
  return make("li", {}, name, make("span", { class: "amount" }, brief(x)), make("span", { class: "share" }, percent),
    make("span", { class: "track" }, bar));
};

const percentOf = (share) => {
  const whole = Math.round(100 * share);
  return whole || !share ? signed(String(whole)) : "≈0";
};

const placesList = (now, key, places, terms = []) => {
  if (!places.length) return null;
  const list = make("p", { class: `places ${key === "used by" ? "to" : "from"}` });
  const fill = (count) => list.replaceChildren(...places.slice(0, count).map(([node, flat]) => placeButton(now, node, flat, calledIn(terms, node, flat))),
    places.length > count ? button(text("more", { count: places.length - count }), () => fill(places.length), { class: "more" }) : "");
  fill(SHOWN);
  return [make("h3", { class: key === "used by" ? "to" : "from" }, text(key)), list];
};

// A step without a name is called as in the formula.
const calledIn = (terms, node, flat) =>
  (node.name ? undefined : terms.find((one) => one.node === node && one.flat === flat)?.text);

export const placeButton = (now, node, flat, called = shortPlace(node, flat)) =>
  button([called, make("small", {}, ` ${brief(node.values[flat])}`)],
    () => now.go(node, flat), { title: nameOf(node) });
