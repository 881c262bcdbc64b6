// What is worked out about a number only when asked: the way back, all it reaches, fifty digits.
import { button, make, text } from "./dom.js";
import { signed } from "./cells.js";
import { exact } from "./exact.js";
import { reaches, wayBack } from "./explain.js";
import { nameOf, pathOf } from "./places.js";
import { placeButton } from "./panel.js";

export const moreOf = (now, node, flat) => {
  const answer = make("div", { id: "answer", "aria-live": "polite" });
  const show = (inside) => answer.replaceChildren(...inside.filter(Boolean));
  const computed = node.inputs.length > 0;
  return [make("p", { class: "ask" },
    computed ? button(text("back to words"), () => show(wayOf(now, node, flat)), { id: "ask-way" }) : null,
    button(text("reaches"), () => show(reachOf(now, node, flat)), { id: "ask-reach" }),
    button(text("digits"), () => show(digitsOf(now, node, flat)), { id: "ask-digits" }),
    now.slopesBy(node) ? button(text("slopes by this"), () => now.slopesBy(node)(pathOf(node, flat)), { id: "ask-slopes" }) : null,
  ), answer];
};

const wayOf = (now, node, flat) => {
  const way = wayBack(now.graph, node, flat);
  return [make("p", {}, text("way back", { count: way.length - 1 })),
    make("ol", { class: "way" }, way.map((at) => make("li", {}, placeButton(now, ...at))))];
};

const reachOf = (now, node, flat) => {
  const { from, to } = reaches(now.graph, node, flat);
  now.paintReach(from, to);
  const weights = [...from].filter(([n]) => n.op === "input");
  const all = now.graph.nodes.filter((n) => n.op === "input").reduce((sum, n) => sum + n.values.length, 0);
  const count = weights.reduce((sum, [, places]) => sum + places.size, 0);
  return [make("p", {}, node.inputs.length ? text("reach back", { count, all }) : null, " ",
    text("reach on", { count: sizeOf(to) })),
    make("p", {}, text("reach marks")), make("ul", { class: "reached" }, weights.map(([n, places]) =>
      make("li", {}, text("reach table", { name: nameOf(n), count: places.size, all: n.values.length }))))];
};

const sizeOf = (found) => [...found.values()].reduce((sum, places) => sum + places.size, 0);

const digitsOf = (now, node, flat) => {
  const { digits, off } = exact(now.graph, node, flat);
  return [make("p", {}, text("exactly")), make("p", { class: "digits", id: "digits" }, digits ? signed(digits) : text("no digits")),
    make("p", {}, text("off by", { off: signed(off), value: signed(String(node.values[flat])) }))];
};
