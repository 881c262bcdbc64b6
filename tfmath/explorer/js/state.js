// What the reader has chosen and changed, all of it as text; kept in the address, and undone step by step.
import { DATA } from "./data.js";
import { SLASH, slug } from "./places.js";
import { knockoutsOf } from "./knockouts.js";

// Names of nodes in their order, told apart from the flat places that follow them.
const namedNodes = () => DATA.nodes.map((n, id) => ({ ...n, id })).filter((n) => n.name);

export const opening = () => ({
  ...sentenceOf(DATA.opening),
  weights: new Map(),
  knocked: [],
  part: "",
  at: "",
  slopes: "",
});

export const sentenceOf = ({ source, target, following }) => ({
  source: [...source], target: [...target], next: following.at(-1),
});

// What is to follow each word that the decoder reads: for the loss.
export const following = (state) => [...state.target.slice(1), state.next];

const KEPT = ["source", "target"];
const same = (a, b) => a.length === b.length && a.every((word, i) => word === b[i]);

// The state as text behind the address's #, with nothing in it that is as on opening.
export const asHash = (state) => {
  const parts = [];
  const first = opening();
  for (const key of KEPT) {
    if (!same(state[key], first[key])) parts.push([key, state[key].map(encoded).join("+")]);
  }
  if (state.next !== first.next) parts.push(["next", encoded(state.next)]);
  const changed = [...state.weights].map(([place, x]) => `${weightPath(place)}=${x}`);
  if (changed.length) parts.push(["set", changed.join(",")]);
  if (state.knocked.length) parts.push(["without", state.knocked.map(encoded).join(",")]);
  if (state.slopes) parts.push(["slopes", state.slopes]);
  if (state.at) parts.push(["at", state.at]);
  else if (state.part) parts.push(["part", state.part]);
  return parts.map(([key, value]) => `${key}:${value}`).join("&");
};

const encoded = (words) => encodeURIComponent(words).replace(/%2F/g, "/");

const weightPath = (place) => {
  const [id, flat] = place.split(":").map(Number);
  return `${slug(DATA.nodes[id].name)}/${flat}`;
};

// The state of an address, and what in it could not be understood.
export const fromHash = (hash) => {
  const state = opening();
  const unknown = [];
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf(":");
    if (!understood(state, part.slice(0, cut), part.slice(cut + 1))) unknown.push(part);
  }
  return { state, unknown };
};

// A link cut short may end amid a letter: % and one digit.
const understood = (state, key, value) => {
  try {
    return Object.hasOwn(READERS, key) && READERS[key](state, value);
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
};

const wordsFrom = (value) => value.split("+").filter(Boolean).map(decodeURIComponent);

const sentence = (key) => (state, value) => {
  const words = wordsFrom(value);
  const fits = words.length >= 1 && words.length <= DATA.most;
  if (!fits || words.some((word) => !DATA.vocabulary.includes(word))) return false;
  state[key] = words;
  return true;
};

const READERS = {
  source: sentence("source"),
  target: sentence("target"),
  next: (state, value) => {
    const word = decodeURIComponent(value);
    const known = DATA.vocabulary.includes(word);
    if (known) state.next = word;
    return known;
  },
  set: (state, value) => value.split(",").every((one) => setWeight(state, one)),
  without: (state, value) => value.split(",").every((one) => leaveOut(state, decodeURIComponent(one))),
  slopes: (state, value) => { state.slopes = decodeURIComponent(value); return true; },
  at: (state, value) => { state.at = decodeURIComponent(value); return true; },
  part: (state, value) => { state.part = decodeURIComponent(value); return true; },
};

const setWeight = (state, text) => {
  const [path, x] = text.split("=");
  const cut = path.lastIndexOf("/");
  const node = namedNodes().find((n) => slug(n.name) === path.slice(0, cut));
  const flat = Number(path.slice(cut + 1));
  if (!node || !isNumber(x) || node.op !== "input" || !(flat in DATA.nodes[node.id].given)) return false;
  state.weights.set(`${node.id}:${flat}`, Number(x));
  return true;
};

const leaveOut = (state, key) => {
  const known = knockoutsOf(DATA, state).some((k) => k.key === key);
  if (known) state.knocked.push(key);
  return known;
};

export const isNumber = (words) =>
  /^[-−+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test((words ?? "").trim()) && Number.isFinite(numberOf(words));

export const numberOf = (words) => Number(words.trim().replace("−", "-"));

export const scopeOf = (name) => name.split(SLASH).slice(0, -1).join(SLASH);
