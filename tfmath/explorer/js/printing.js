// A formula as text: how each kind is written, how strongly that holds together, and how
// strongly each part must; what is weaker gets brackets. As tfmath.show.as_text has it.

import { folded } from "./formula.js";
import { numberText, typedText } from "./numerals.js";

const CLAIM = 0, SUM = 1, PRODUCT = 2, POWER = 3, ATOM = 4;

const FORMS = {
  negative: [(a) => `-${a}`, [POWER], SUM],
  difference: [(a, b) => `${a} - ${b}`, [SUM, PRODUCT], SUM],
  fraction: [(a, b) => `${a} / ${b}`, [PRODUCT, POWER], PRODUCT],
  power: [(a, b) => `${a}^${b}`, [ATOM, ATOM], POWER],
};
const JOINS = { sum: [" + ", SUM, PRODUCT, SUM], product: [" · ", PRODUCT, POWER, PRODUCT] };
const SAID_SIGNS = {
  greater: ">", greater_equal: "≥", less: "<", less_equal: "≤", equal: "=", not_equal: "≠",
};

// show(node, flat) gives the text of a leaf; `numbers` says whether numbers are shown.
export function printedFormula(formula, show, numbers) {
  return folded(formula, visitor(show, numbers))[0];
}

// The terms of a sum, each as it stands there; of another formula the whole.
export function printedTerms(formula, show, numbers) {
  if (formula.kind !== "sum") return [printedFormula(formula, show, numbers)];
  const visit = visitor(show, numbers), [, first, later] = JOINS.sum;
  return formula.parts.map((part, k) => bracketed(folded(part, visit), k ? later : first));
}

function visitor(show, numbers) {
  return ({ kind, parts }, made) => {
    if (kind === "leaf") return shown(show(...parts), numbers);
    if (kind === "literal") return shown(typedText(Number(parts[0])), true);
    if (kind === "rest")
      return [`… (${parts[0]} more${numbers ? `: ${numberText(parts[1])}` : ""})`, ATOM];
    if (JOINS[kind]) {
      const [between, first, later, strength] = JOINS[kind];
      return [made.map((m, k) => bracketed(m, k ? later : first)).join(between), strength];
    }
    if (FORMS[kind]) {
      const [form, least, strength] = FORMS[kind];
      return [form(...made.map((m, k) => bracketed(m, least[k]))), strength];
    }
    return functionText(kind === "function" ? parts[0] : kind, made.map(([text]) => text));
  };
}

function shown(text, isNumber) {
  return [text, isNumber && text.startsWith("-") ? SUM : ATOM];
}

function functionText(name, texts) {
  if (SAID_SIGNS[name]) return [texts.join(` ${SAID_SIGNS[name]} `), CLAIM];
  return [`${name}(${texts.join(", ")})`, ATOM];
}

function bracketed([text, strength], least) {
  return strength >= least ? text : `(${text})`;
}
