// One part of the machine, step by step: what it reads, and each step beside its weights.
import { DATA } from "./data.js";
import { lineOf } from "./explain.js";
import { button, make, refill, text } from "./dom.js";
import { SLASH, lastPart, nameOf } from "./places.js";
import { figuresOf } from "./tables.js";

const within = (outer, inner) => inner === outer || inner.startsWith(outer + SLASH);

// The parts: the stations of the drawing, and what is computed after them, such as the loss.
export const partsOf = (record) => {
  const drawnSteps = new Set(DATA.stations.flatMap((s) => s.steps));
  const rest = record.nodes.filter((n) => !drawnSteps.has(n.id) && n.inputs.length
    && (n.name || n === record.loss) && n.id > record.logits.id);
  const loss = { name: "loss", title: text("loss"), stack: "", frame: "", steps: rest.map((n) => n.id), reads: [] };
  return rest.length ? [...DATA.stations, loss] : DATA.stations;
};

// A sum is shown with the part in whose scope its name stands.
export const partOf = (parts, name) => {
  const found = parts.find((s) => s.name === name) ?? null;
  if (!found?.is_sum) return found;
  return parts.find((s) => !s.is_sum && s.frame === found.frame && within(s.name, found.name)) ?? found;
};

export const stepsOf = (parts, part) => {
  const sums = parts.filter((s) => s.is_sum && s.frame === part.frame && within(part.name, s.name));
  return [...new Set([part, ...sums])].flatMap((s) => s.steps).sort((a, b) => a - b);
};

// The part in which a node has its table: as a step, or as a weight beside the first step using it.
export const partWith = (record, parts, node) => {
  const of = (id) => parts.find((s) => s.steps.includes(id));
  const own = of(node.id);
  if (own) return partOf(parts, own.name);
  const user = parts.find((s) => s.steps.some((id) => behind(record.nodes[id]).given.includes(node)));
  return user ? partOf(parts, user.name) : null;
};

// The nearest steps with names, and the given tables, behind a step: past what has no name.
export const behind = (step) => {
  const [named, given, seen, waiting] = [[], [], new Set(), [...step.inputs]];
  while (waiting.length) {
    const node = waiting.shift();
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.name && node.inputs.length) named.push(node);
    else if (node.name) given.push(node);
    else waiting.push(...node.inputs);
  }
  return { named, given };
};

// The page of a part ------------------------------------------------------------------

// now: {record, parts, shown, open, slopes}
export const showPart = (now, part) => {
  const steps = stepsOf(now.parts, part).map((id) => now.record.nodes[id]);
  const read = [...new Set(steps.flatMap((step) => behind(step).named))].filter((n) => !steps.includes(n));
  refill("part", title(part), now.slopes ? make("p", { class: "slopes" }, text("slopes shown", { of: now.slopes })) : null,
    read.length ? readTables(now, read) : null,
    steps.map((step, i) => stepCard(now, part, step, i, steps)), nextParts(now, part));
};

const title = (part) => {
  const scope = part.name.split(SLASH).slice(0, -1).join(SLASH);
  return make("h2", { id: "part-title", tabindex: -1 }, scope ? make("small", {}, scope) : null, part.title);
};

const readTables = (now, read) => make("section", { class: "step read" },
  make("h3", {}, text("it reads")),
  make("div", { class: "tables" }, read.map((node) => shownFigures(now, node, nameOf(node)))));

const shownFigures = (now, node, title) => {
  const shown = now.shown(node);
  if (!shown) return [make("p", { class: "none" }, text("no slope", { name: lastPart(nameOf(node)) }))];
  return figuresOf(node, shown, shown === node ? title : lastPart(nameOf(shown)));
};

const stepCard = (now, part, step, i, steps) => {
  const { given } = behind(step);
  const fresh = given.filter((node) => !steps.slice(0, i).some((s) => behind(s).given.includes(node)));
  const again = given.filter((node) => !fresh.includes(node)).map((node) => lastPart(node.name));
  const name = step.name ? stepName(part, step, steps) : text("loss");
  return make("section", { class: "step" }, make("h3", {}, name, make("small", {}, ` ${step.shape.join(" × ")}`)),
    line(now, part, step), again.length ? make("p", { class: "again" }, text("with again", { names: again.join(", ") })) : null,
    make("div", { class: "tables" }, paired(now, fresh, step, name)));
};

// The last part of a step's name, or as much as tells it from another that ends alike.
const stepName = (part, step, steps) => {
  const alike = steps.filter((one) => one.name && lastPart(one.name) === lastPart(step.name));
  const longer = alike.length > 1 && within(part.name, step.name) && step.name !== part.name;
  return longer ? step.name.slice(part.name.length + SLASH.length) : lastPart(step.name);
};

// The line of NumPy, without the scopes that all its names begin with.
const line = (now, part, step) => {
  const code = lineOf(now.record, step);
  return code ? make("code", { class: "line" }, breakable(shortened(code, part))) : null;
};

const identifier = (name) => name.replace(/\W+/g, "_");

export const shortened = (code, part) => {
  const scopes = [part.name, part.frame, part.stack].filter(Boolean).map((name) => `${identifier(name)}_`);
  return scopes.reduce((words, scope) => words.replaceAll(scope, ""), code);
};

// A long name may go on in the next line after an underscore.
export const breakable = (code) => code.split("_").flatMap((piece, i) => (i ? ["_", make("wbr"), piece] : [piece]));

// Weights stand at the left of what is made with them, head by head.
const paired = (now, given, step, name) => {
  const lists = given.map((node) => shownFigures(now, node, lastPart(node.name)));
  const made = shownFigures(now, step, name);
  const alike = lists.length && lists.every((list) => list.length === made.length);
  if (!alike) return [lists.length ? make("div", { class: "pair" }, lists, arrow(now), made) : made];
  return made.map((figure, k) => make("div", { class: "pair" }, lists.map((list) => list[k]), arrow(now), figure));
};

const arrow = (now) => make("span", { class: "arrow", "aria-hidden": "true" }, now.slopes ? "←" : "→");

const nextParts = (now, part) => {
  const own = now.parts.filter((s) => partOf(now.parts, s.name) === part);
  const users = now.parts.filter((s) => !own.includes(s) && (s.reads ?? []).some((k) => own.includes(now.parts[k])));
  const others = [...new Set(users.map((s) => partOf(now.parts, s.name)))];
  if (part.steps.includes(now.record.logits.id)) others.push(...now.parts.filter((s) => s.name === "loss"));
  return others.length ? make("p", { class: "next" }, text("read by"), " ",
    others.map((s) => [button(s.title, () => now.open(s.name), { title: s.name }), " "])) : null;
};
