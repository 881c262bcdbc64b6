// How a number is printed: once, for tables, formulas and lines, as tfmath.show.numbers has it.

const DECIMALS_SHOWN = 3, DIGITS_SHOWN = 3, DIGITS_TYPED = 8;
const SMALL = 1e-2, TINY = 1e-5, HUGE = 1e15;

// A number with so many decimals; of two equally near the even one, as in Python.
export function fixed(x, decimals) {
  const text = x.toFixed(decimals);
  return evenOfTwo(text, x.toFixed(Math.min(100, decimals + 25)), decimals);
}

function evenOfTwo(text, longer, decimals) {
  const tie = /^50*$/.test(longer.slice(longer.indexOf(".") + 1 + decimals));
  if (!tie || !"13579".includes(text.at(-1))) return text;
  const down = longer.slice(0, longer.indexOf(".") + 1 + decimals);
  return decimals ? down : down.slice(0, -1);
}

function scientific(x, decimals) {
  const [text, power] = x.toExponential(decimals).split("e");
  const longer = x.toExponential(Math.min(100, decimals + 25)).split("e")[0];
  return [evenOfTwo(text, longer, decimals), Number(power)];
}

// Half to even, as NumPy rounds.
function rounded(x) {
  const low = Math.floor(x), off = x - low;
  if (off === 0.5) return low % 2 ? low + 1 : low;
  return off < 0.5 ? low : low + 1;
}

function decimalsFor(x) {
  const size = Math.abs(x);
  if (!size) return 0;
  if (size >= HUGE || size < TINY) return null;
  if (x === rounded(x)) return 0;
  return x === rounded(x * 10) / 10 ? 1 : DECIMALS_SHOWN;
}

// A number as the course prints it: 0.5, 2, 0.333, 0.000123, -1.2e-9.
export function numberText(x, decimals = null) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (decimals === null) {
    decimals = decimalsFor(x);
    const small = Math.abs(x) > 0 && Math.abs(x) < SMALL;
    if (decimals === null || small) return withDigits(x, DIGITS_SHOWN);
  }
  const text = fixed(x, decimals);
  return Number(text) === 0 ? text.replace(/^-/, "") : text;
}

// A number of a formula: exactly, if it is short enough to have been typed.
export function typedText(x) {
  const digits = x.toExponential().split("e")[0].replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
  if (!Number.isFinite(x) || !digits.length || digits.length > DIGITS_TYPED)
    return numberText(x);
  return withDigits(x, DIGITS_TYPED);
}

function withDigits(x, digits) {
  let [mantissa, power] = scientific(x, digits - 1);
  const printed = Number(`${mantissa}e${power}`);
  if (printed === x && mantissa.includes(".")) mantissa = mantissa.replace(/\.?0+$/, "");
  const size = Math.abs(printed);
  if (!(size >= TINY && size < HUGE)) return `${mantissa}e${power}`;
  const decimals = (mantissa.split(".")[1] ?? "").length - power;
  return fixed(printed, Math.max(decimals, 0));
}

// A number as Python writes it: 0.1, 2.0, 1e-05.
export function pythonText(x) {
  if (!Number.isFinite(x)) return numberText(x);
  const [mantissa, power] = x.toExponential().split("e");
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  if (power < -4 || power >= 16) {
    const far = String(Math.abs(power)).padStart(2, "0");
    return `${sign}${mantissa.replace("-", "")}e${power < 0 ? "-" : "+"}${far}`;
  }
  const text = Math.abs(x).toFixed(Math.max(0, digitsAfter(mantissa) - power));
  return sign + (text.includes(".") ? text : `${text}.0`);
}

function digitsAfter(mantissa) {
  return (mantissa.split(".")[1] ?? "").length;
}
