// The page: it computes the record of today's state, and shows it at the chosen place.
import { DATA } from "./data.js";
import { by, button, make, refill, say, text } from "./dom.js";
import { gradients } from "./gradient.js";
import { run } from "./record.js";
import { check } from "./runs.js";
import { knockoutsOf } from "./knockouts.js";
import { drawMachine } from "./drawing.js";
import { usersOf } from "./explain.js";
import { showNumber } from "./panel.js";
import { partOf, partsOf, partWith, showPart } from "./part.js";
import { pathOf, placeOf, slug } from "./places.js";
import { asHash, following, fromHash, opening } from "./state.js";
import { showSentence, showWelcome, writtenWord } from "./sentence.js";
import { showWeights, showWords, typedWeight } from "./changes.js";
import { showLeaving } from "./leaving.js";
import { showSlopes } from "./slopes.js";
import { showWriting } from "./writing.js";
import { showTour, tourPlace } from "./tour.js";
import { focusCell, listenToKeys } from "./keyboard.js";
import { markCells, markReach, unmark } from "./marks.js";

// All that changes while the page is open.
const now = { state: opening(), record: null, graph: null, parts: [], slopesOf: null, undone: [], stop: null, learned: "" };

// Computing ---------------------------------------------------------------------------

const compute = () => {
  now.engine = { source: now.state.source, target: now.state.target, following: following(now.state),
    weights: now.state.weights, knocked: now.state.knocked };
  now.record = run(DATA, now.engine);
  now.direct = null;
  now.graph = now.record;
  now.parts = partsOf(now.record);
  now.slopesOf = slopesOf(now.state.slopes);
  now.slopes = now.slopesOf ? now.state.slopes : "";
};

const slopesOf = (path) => {
  if (!path) return null;
  if (path === "loss") return gradients(now.record, now.record.loss, 0);
  const place = placeOf(now.record.nodes, path);
  return place ? gradients(now.record, place.node, place.flat ?? 0) : null;
};

// What stands in the place of a node's numbers: they themselves, or their slopes.
now.shown = (node) => (now.slopesOf ? now.slopesOf.get(node.name) ?? null : node);

const chosenPlace = () => {
  if (now.direct) return now.direct;
  if (!now.state.at) return null;
  const known = [...now.record.nodes, ...(now.slopesOf?.values() ?? [])];
  return placeOf(known, now.state.at);
};

// The node in whose place a slope stands.
const forwardOf = (node) => {
  if (!now.slopesOf) return node;
  const name = [...now.slopesOf].find(([, slope]) => slope === node)?.[0];
  return name ? now.record.byName.get(name) : node;
};

// Showing -----------------------------------------------------------------------------

const showAll = () => {
  compute();
  showComputed();
};

const showComputed = () => {
  showSentence(now.record, now.state);
  showPlace();
  showChanges();
};

// The part and the number that the state names, or the whole machine.
const showPlace = () => {
  const place = chosenPlace();
  const part = place ? partWith(now.record, now.parts, forwardOf(place.node)) : partAt(now.state.part);
  now.part = part?.name ?? "";
  if (part) showPart(now, part);
  else showWelcome(now);
  document.body.classList.toggle("at-part", Boolean(part));
  showChosen(place);
  if (now.stop !== null) showTour(now, now.stop);
  keepInAddress();
};

// A part by its name in a link.
const partAt = (path) => partOf(now.parts, now.parts.find((s) => slug(s.name) === path)?.name);

const showChosen = (place) => {
  now.marks = { from: new Set(), to: new Set() };
  if (place && place.flat !== null) {
    const { inputs } = showNumber(now, place.node, place.flat);
    const users = now.usersOf(place.node, place.flat);
    markCells(place.node, place.flat, inputs, users);
    now.marks = { from: stationsWith(inputs), to: stationsWith(users) };
  } else hideNumber();
  paintMachine();
};

// The numbers with names, or without users, that use a number; on the way there or the way back.
now.usersOf = (node, flat) => {
  const forward = now.record.nodes.includes(node);
  const [found, waiting] = [[], [[node, flat]]];
  while (waiting.length) {
    for (const [user, at] of usersOf(now.record, ...waiting.shift())) {
      if (now.record.nodes.includes(user) !== forward) continue;
      if (!user.name && user !== now.record.loss) waiting.push([user, at]);
      else if (!found.some(([n, k]) => n === user && k === at)) found.push([user, at]);
    }
  }
  return found;
};

const inSight = () => by("part").querySelector("td.chosen")?.scrollIntoView({ block: "center", inline: "nearest" });

const hideNumber = () => {
  by("number").hidden = true;
  unmark();
};

const stationsWith = (places) => {
  const ids = new Set(places.map(([node]) => forwardOf(node).id));
  return new Set(DATA.stations.filter((s) => s.name !== now.part && s.steps.some((id) => ids.has(id))));
};

const paintMachine = () => {
  drawMachine({ record: now.record, shown: now.shown, written: writtenWord(now.record), part: now.part,
    marks: now.marks, crossed: crossedStations(), backward: Boolean(now.slopesOf), open: now.open });
};

const crossedStations = () => {
  const places = knockoutsOf(DATA, now.state).filter((one) => now.state.knocked.includes(one.key)).map((one) => one.where);
  return new Set(DATA.stations.filter((s) => places.includes(s.name)));
};

// What is folded is not drawn before it is opened.
const CHANGES = { words: showWords, weights: showWeights, leaving: showLeaving, slopes: showSlopes, writing: showWriting };

const showChanges = () => {
  for (const [name, show] of Object.entries(CHANGES)) if (by(`${name}-box`).open) show(now);
};

// Under srcdoc the address may not be replaced: the page works without.
const keepInAddress = () => {
  try {
    history.replaceState(null, "", `#${asHash(now.state)}`);
  } catch { /* the link is lost, nothing else */ }
};

// Acting ------------------------------------------------------------------------------

now.open = (name) => {
  now.direct = null;
  now.state.at = "";
  now.state.part = slug(name);
  showPlace();
  reach(by("part-title"));
};

// A step without a name has no link: it is shown, and the address stays.
now.go = (node, flat) => {
  now.direct = node.name || node === now.record.loss ? null : { node, flat };
  if (!now.direct) now.state.at = pathOf(node, flat);
  now.state.part = "";
  showPlace();
  inSight();
  by("number-title").focus({ preventScroll: true });
};

// A click in a table stays where it is.
const choose = (cell) => {
  const node = nodeOf(Number(cell.dataset.n));
  const flat = Number(cell.dataset.f);
  const before = now.part;
  now.direct = null;
  now.state.at = pathOf(node, flat);
  now.state.part = "";
  showChosen({ node, flat });
  keepInAddress();
  if (now.part === before) focusCell(cell, { preventScroll: true });
};

const nodeOf = (id) => now.record.nodes.find((n) => n.id === id) ?? [...now.slopesOf.values()].find((n) => n.id === id);

const reach = (element) => {
  element.scrollIntoView({ block: "start" });
  element.focus({ preventScroll: true });
};

now.close = () => {
  if (by("number").hidden) return;
  const cell = by("part").querySelector("td.chosen");
  now.state.part = slug(now.part);
  now.direct = null;
  now.state.at = "";
  showChosen(null);
  keepInAddress();
  if (cell) focusCell(cell, { preventScroll: true });
};

now.whole = () => {
  now.direct = null;
  [now.state.at, now.state.part] = ["", ""];
  showPlace();
};

// Changing: what was before is kept for undo.
const changed = (change) => {
  const { source, target, next, weights, knocked } = now.state;
  now.undone.push({ source, target, next, weights: new Map(weights), knocked: [...knocked] });
  change(now.state);
  if (now.state.at && !chosenAfter()) [now.state.part, now.state.at] = [slug(now.part), ""];
  showAll();
  const written = writtenWord(now.record);
  say(Number.isNaN(+written.share) ? text("too large") : text("now writes", written));
};

const chosenAfter = () => {
  compute();
  return chosenPlace();
};

now.canUndo = () => now.undone.length > 0;

now.undo = () => {
  Object.assign(now.state, now.undone.pop());
  showAll();
};

now.change = (node, flat, words) => {
  const x = typedWeight(words);
  if (x === null) return;
  changed(({ weights }) => {
    if (x === DATA.nodes[node.id].given[flat]) weights.delete(`${node.id}:${flat}`);
    else weights.set(`${node.id}:${flat}`, x);
  });
};

now.drop = (place) => changed(({ weights }) => weights.delete(place));

now.takeWeights = (weights, said) => {
  now.learned = said;
  changed((state) => { state.weights = new Map(weights); });
};

// The word to be written next is, for the loss, what the machine itself writes.
now.setWords = (source, target) => changed((state) => {
  Object.assign(state, { source, target, next: DATA.end, knocked: state.knocked.filter((key) => isKnown(key, source)) });
  compute();
  state.next = writtenWord(now.record).word;
});

const isKnown = (key, source) => knockoutsOf(DATA, { ...now.state, source }).some((one) => one.key === key);

now.setExample = (i) => {
  const one = DATA.examples[i];
  changed((state) => Object.assign(state, { source: one.source, target: one.target, next: one.following.at(-1),
    knocked: state.knocked.filter((key) => isKnown(key, one.source)) }));
};

now.toggle = (keys, on) => changed((state) => {
  const others = state.knocked.filter((key) => !keys.includes(key));
  state.knocked = on ? [...others, ...keys] : others;
});

now.setSlopes = (path) => {
  const place = chosenPlace();
  const node = place && forwardOf(place.node);
  now.state.slopes = path;
  compute();
  const shown = node && now.shown(node);
  if (place) now.state.at = shown && place.flat !== null ? pathOf(shown, place.flat) : "";
  now.state.part = now.state.at ? "" : slug(now.part);
  showAll();
};

// Only forward numbers that were computed have slopes of their own.
now.slopesBy = (node) => (node.inputs.length && now.record.nodes.includes(node) ? now.setSlopes : null);

now.paintReach = markReach;

now.tour = (number) => {
  now.stop = number;
  const { place, slopes } = tourPlace(now.record, now.state, number);
  if (now.state.slopes !== slopes) {
    now.state.slopes = slopes;
    compute();
    showChanges();
  }
  if (place) now.go(now.shown(place.node) ?? place.node, place.flat);
  else now.whole();
  by("tour-title").focus({ preventScroll: true });
};

now.endTour = () => {
  now.stop = null;
  by("tour").hidden = true;
  if (now.state.slopes) now.setSlopes("");
};

// Opening -----------------------------------------------------------------------------

const foldedPart = ([name, show]) => {
  const box = make("details", { id: `${name}-box`, ontoggle: () => box.open && show(now) },
    make("summary", {}, text(`${name} title`)), make("div", { id: name }));
  return box;
};

const build = () => {
  document.title = text("title");
  by("title").textContent = text("title");
  by("whole").append(button(text("whole"), now.whole, { id: "to-whole" }), " ",
    button(text("reset"), reset, { id: "reset" }));
  for (const name of ["machine", "part", "number", "change"]) by(name).setAttribute("aria-label", text(name));
  by("change").append(make("h2", {}, text("change")), ...Object.entries(CHANGES).map(foldedPart));
};

const reset = () => changed((state) => Object.assign(state, opening()));

// In a frame the name may say what the address cannot; who serves the file may add a time.
const addressed = () => (location.hash || (window.name.startsWith("#") ? window.name : "")).replace(/[?&]\d{10,}$/, "");

const takeHash = () => {
  const { state, unknown } = fromHash(addressed());
  now.state = state;
  compute();
  if (state.at && !chosenPlace()) unknown.push(state.at);
  if (state.part && !partAt(state.part)) unknown.push(state.part);
  if (state.slopes && !now.slopesOf) {
    unknown.push(`slopes:${state.slopes}`);
    state.slopes = "";
  }
  if (unknown.length) [now.state.at, now.state.part] = ["", ""];
  showComputed();
  inSight();
  refill("wrong", unknown.length ? make("p", {}, text("not there", { what: unknown.join(", ") })) : null);
};

const showCheck = () => {
  const { count, largest } = check(DATA);
  const good = largest <= 1e-12;
  by("check").className = good ? "good" : "bad";
  by("check").textContent = `${good ? "✓" : "✗"} ${text(good ? "check" : "check wrong", { count, largest: largest.toExponential(1) })}`;
};

build();
takeHash();
by("part").addEventListener("click", (event) => {
  const cell = event.target.closest("td.number");
  if (cell) choose(cell);
});
listenToKeys({ choose, close: now.close });
window.addEventListener("hashchange", takeHash);
requestAnimationFrame(() => setTimeout(showCheck));  // the page is seen first
