// How a number looks in a table: its text, its shade, and whether it is hidden.

const LEVELS = 20;

// Of a node: {decimals, size, shares}, one for all its tables.
export const mannerOf = (values, kind) => {
  const finite = values.filter(Number.isFinite);
  const size = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const within = finite.every((x) => x >= 0 && x <= 1);
  return { decimals: decimalsOf(finite, size), size: within && size > 0.01 ? 1 : size || 1, kind };
};

const decimalsOf = (values, size) => {
  if (size && (size >= 1e6 || size < 1e-5)) return null;
  if (size && size < 0.1) return 1 - Math.floor(Math.log10(size));
  const exact = [0, 1].find((d) => values.every((x) => x === Number(x.toFixed(d))));
  return exact ?? 2;
};

// The text of a cell. What would be rounded to 0 and is not 0 is shown as "≈0".
export const cellText = (x, manner) => {
  if (manner.kind === "b") return x ? "yes" : "no";
  if (!Number.isFinite(x)) return String(x);
  const text = manner.decimals === null ? x.toExponential(1) : x.toFixed(manner.decimals);
  if (x !== 0 && Number(text) === 0) return "≈0";
  return Number(text) === 0 ? text.replace("-", "") : signed(text);
};

export const signed = (text) => text.replace(/-/g, "−");

// Three decimals, or three digits where the number is small.
export const brief = (x) => {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return "0";
  if (Math.abs(x) < 1e-5 || Math.abs(x) >= 1e6) return signed(x.toExponential(2));
  return signed(Math.abs(x) < 0.01 ? String(Number(x.toPrecision(3))) : x.toFixed(3));
};

// The strength of the colour in twentieths, below zero for orange.
export const levelOf = (x, manner) => {
  if (!Number.isFinite(x) || manner.kind === "i") return 0;
  return Math.sign(x) * Math.round(Math.min(Math.abs(x) / manner.size, 1) * LEVELS);
};

export const shade = (level) => `--s:${(Math.abs(level) / LEVELS).toFixed(2)}`;

export const sideOf = (level) => (level > 0 ? "up" : level < 0 ? "down" : "even");

// Rows that share out 1, or are hidden altogether: there 0 means "may not look".
export const isShares = (node) => {
  const cols = node.shape.at(-1);
  if (node.shape.length < 2 || cols < 2 || node.values.some((x) => !(x >= 0))) return false;
  for (let i = 0; i < node.values.length; i += cols) {
    const sum = node.values.subarray(i, i + cols).reduce((a, b) => a + b, 0);
    if (sum !== 0 && Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
};

export const softmaxed = (row) => {
  const most = Math.max(...row);
  const powers = Array.from(row, (x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
};
