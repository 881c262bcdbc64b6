// The same record once more, with more than fifty digits.

import { DECIMALS, digitsText } from "./decimal.js";
import { ancestorsOf } from "./record.js";
import { RULES } from "./rules.js";

// {digits, off}: fifty digits of a number, and how far its float64 is off. Given numbers
// and weights are what float64 holds: 0.1 is 0.1000000000000000055…
export function exact(record, node, flat) {
  try {
    const number = inDigits(record, node).values[flat];
    if (node.kind !== "f") return { digits: String(number), off: "0" };
    const off = DECIMALS.of(node.values[flat]) - number;
    return { digits: digitsText(number, 50), off: digitsText(off, 3) };
  } catch (error) {
    if (error instanceof RangeError) return { digits: "", off: "" };
    throw error;
  }
}

function inDigits(record, node) {
  record.digits ??= new Map();
  for (const step of ancestorsOf(node))
    if (!record.digits.has(step)) record.digits.set(step, reckoned(record, step));
  return record.digits.get(node);
}

function reckoned(record, node) {
  const { shape, kind } = node;
  if (!node.inputs.length)
    return kind === "f" ? { shape, kind, values: Array.from(node.values, DECIMALS.of) } : node;
  const inputs = node.inputs.map((input) => record.digits.get(input));
  return RULES[node.op].call(DECIMALS, inputs, node.options);
}
