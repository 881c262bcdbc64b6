// Names and lines for the steps of a record, so that they read as NumPy: the writer of
// tfmath.tracing.writer once more, for its names say where long formulas are shared out.

import { pythonText } from "./numerals.js";
import { ancestorsOf } from "./record.js";
import { RULES } from "./rules.js";
import { slopeOf } from "./steps.js";

const LINE_WIDTH = 100, LONG_NAME = 16;

// How strongly Python's own signs bind, weakest first.
const STRENGTHS = {
  "<": 0, "<=": 0, ">": 0, ">=": 0, "==": 0, "!=": 0,
  "+": 4, "-": 4, "*": 5, "/": 5, "@": 5, "//": 5, "%": 5, "**": 7,
};
const SIGN_STRENGTH = 6, ATOM_STRENGTH = 8;

const PYTHON_WORDS = new Set(("False None True and as assert async await break class continue "
  + "def del elif else except finally for from global if import in is lambda nonlocal not or "
  + "pass raise return try while with yield").split(" "));

// A piece of a line, and how strongly it holds together.
class Piece {
  constructor(text, strength = ATOM_STRENGTH) {
    this.text = text;
    this.strength = strength;
  }

  toString() {
    return this.text;
  }

  within(least) {
    return this.strength >= least ? this.text : `(${this.text})`;
  }

  get atom() {
    return this.within(ATOM_STRENGTH);
  }
}

// names: Map(node -> its name in the lines); lines: [[node, line]] in the order they run.
export function written(...outputs) {
  const nodes = ancestorsOf(...outputs), made = nodes.filter((node) => node.inputs.length);
  const page = { names: new Map(), lines: [], texts: new Map() };
  page.taken = new Set(["np", "slice"]);
  for (const node of made)
    for (const name of RULES[node.op].calls ?? []) page.taken.add(name);
  nameSteps(page, nodes.filter((node) => node.name !== null));
  nameGiven(page, nodes);
  const alone = new Set([...outputs, ...usedAgain(nodes)]);
  for (const node of made) {
    const piece = expression(page, node);
    if (page.names.has(node) || alone.has(node)) writeLine(page, node, piece);
    else page.texts.set(node, piece);
  }
  return page;
}

// Names ------------------------------------------------------------------------------

// The shortest end of its path that no other step shares.
function nameSteps(page, nodes) {
  const ends = new Map();
  const paths = nodes.map((node) => node.name.split(" / "));
  for (const path of paths)
    for (let n = 1; n < path.length; n++) {
      const end = path.slice(-n).join(" / ");
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  nodes.forEach((node, k) => {
    const path = paths[k], lengths = path.map((_, n) => n).slice(1);
    const short = lengths.find((n) => ends.get(path.slice(-n).join(" / ")) === 1);
    page.names.set(node, freeName(page, path.slice(-(short ?? path.length)).join("_")));
  });
}

// Constants after what they were given as.
function nameGiven(page, nodes) {
  const asked = new Map();
  for (const node of nodes)
    node.inputs.forEach((source, k) => asked.has(source) || asked.set(source, [node, k]));
  const inOrder = [...nodes].sort((a, b) => (a.name === null) - (b.name === null));
  for (const node of inOrder) {
    if (node.inputs.length || isInline(node, asked.get(node)) || page.names.has(node)) continue;
    page.names.set(node, freeName(page, wishFor(asked.get(node))));
  }
}

function wishFor(use) {
  const names = (use && RULES[use[0].op].names) ?? ["constant"];
  return names[Math.min(use?.[1] ?? 0, names.length - 1)];
}

// Whether a single number is written where it is used. A target or a place is not.
function isInline(node, use) {
  if (node.op !== "constant" || node.shape.length || node.name !== null) return false;
  return !use || node.typed !== undefined || slopeOf(use[0].op, use[1]) !== null
    || !RULES[use[0].op].names;
}

function freeName(page, wish) {
  wish = pythonName(wish);
  const numbered = wish === "step" || wish === "constant";
  let name = numbered ? `${wish}_1` : wish;
  for (let count = 2; page.taken.has(name); count++) name = `${wish}_${count}`;
  page.taken.add(name);
  return name;
}

// A name that Python can read: "2nd step" becomes "step_2nd_step".
function pythonName(wish) {
  let name = wish.normalize("NFKC").replace(/[^\p{ID_Continue}_]/gu, "_");
  name = name.replace(/_+/g, "_").replace(/^_+|_+$/g, "") || "step";
  name = /^[\p{ID_Start}_]/u.test(name) ? name : `step_${name}`;
  return PYTHON_WORDS.has(name) ? `${name}_` : name;
}

// The unnamed steps that others use more than once, and that are more than a slice.
function usedAgain(nodes) {
  const uses = new Map();
  for (const node of nodes)
    for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  return nodes.filter((node) =>
    node.inputs.length && node.name === null && uses.get(node) > 1 && !isCheap(node));
}

function isCheap(node) {
  while (node.op === "getitem" || node.op === "transpose") {
    node = node.inputs[0];
    if (node.name !== null) return true;
  }
  return false;
}

// Lines ------------------------------------------------------------------------------

function writeLine(page, node, piece) {
  if (!page.names.has(node)) page.names.set(node, freeName(page, "step"));
  page.lines.push([node, `${page.names.get(node)} = ${piece}`]);
}

function expression(page, node) {
  for (;;) {
    const piece = pieceOf(node, node.inputs.map((input) => useOf(page, input, node)));
    if (lineWidth(piece) <= LINE_WIDTH) return piece;
    const widths = node.inputs.map((input) => lineWidth(page.texts.get(input) ?? ""));
    const most = Math.max(...widths);
    if (most <= LONG_NAME) return piece;
    const widest = node.inputs[widths.indexOf(most)];
    const text = page.texts.get(widest);
    page.texts.delete(widest);
    writeLine(page, widest, text);
  }
}

function lineWidth(piece) {
  const short = String(piece).replace(/([\p{L}\p{N}_]{16})[\p{L}\p{N}_]+/gu, "$1");
  return [...short].length;
}

function useOf(page, node, consumer) {
  if (page.names.has(node)) return new Piece(page.names.get(node));
  return page.texts.get(node) ?? numberPiece(node, consumer);
}

function pieceOf(node, used) {
  const { source = "", calls = [] } = RULES[node.op];
  if (source in STRENGTHS && used.length === 2) return infix(source, ...used);
  if (source === "-") return new Piece(`-${used[0].within(SIGN_STRENGTH)}`, SIGN_STRENGTH);
  if (typeof source === "function") {
    const piece = source(...used, node.options);
    return piece instanceof Piece ? piece : new Piece(piece);
  }
  const said = unusual(node).map(([name, option]) => `${name}=${optionText(option)}`);
  const name = calls[0] ?? (source || `np.${node.op}`);
  return new Piece(`${name}(${[...used, ...said].join(", ")})`);
}

function infix(sign, left, right) {
  const strength = STRENGTHS[sign];
  if (sign === "**")
    return new Piece(`${left.atom} ** ${right.within(STRENGTHS["**"])}`, strength);
  const least = strength === 0 ? 1 : strength;  // a < b < c means something else
  return new Piece(`${left.within(least)} ${sign} ${right.within(strength + 1)}`, strength);
}

// The options that are not the usual ones.
function unusual(node) {
  const { defaults = {} } = RULES[node.op];
  return Object.entries(node.options).filter(([name, option]) => option !== defaults[name]);
}

function optionText(option) {
  if (Array.isArray(option))
    return `(${option.map(optionText).join(", ")}${option.length === 1 ? "," : ""})`;
  if (typeof option === "boolean") return option ? "True" : "False";
  if (option === null) return "None";
  if (typeof option === "string") return `'${option}'`;
  return Number.isInteger(option) ? String(option) : pythonText(option);
}

function numberPiece(node, consumer) {
  const text = node.typed === undefined
    ? (node.kind === "b" ? `np.${node.values[0] ? "True" : "False"}_`
      : `np.float64(${pythonText(node.values[0])})`)
    : typedPiece(node.typed, consumer);
  return new Piece(text, text.startsWith("-") ? STRENGTHS["-"] : ATOM_STRENGTH);
}

function typedPiece(x, consumer) {
  const beside = consumer.inputs.some((i) => i.kind === "f" && i.typed === undefined);
  const short = Number.isInteger(x) && Math.abs(x) < 1e6 && !Object.is(x, -0);
  return short && beside ? String(x) : Number.isInteger(x) ? String(x) : pythonText(x);
}
