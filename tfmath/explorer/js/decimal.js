// Numbers of more than fifty digits: whole numbers of 2^-512, in JavaScript's BigInt.
// Whatever is larger than 1e-100 is right to fifty digits, through a whole model.

const BITS = 512n;
const ONE = 1n << BITS;

function shifted(a, by) {
  return by >= 0n ? a << by : a >> -by;
}

// A float64 number exactly: its 53 bits, moved to where they stand.
function exactly(x) {
  if (!Number.isFinite(x)) throw new RangeError(`${x} has no digits`);
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, x);
  const bits = bytes.getBigUint64(0);
  const raised = (bits >> 52n) & 2047n;
  const digits = (bits & ((1n << 52n) - 1n)) | (raised ? 1n << 52n : 0n);
  const value = shifted(digits, (raised || 1n) - 1075n + BITS);
  return x < 0 ? -value : value;
}

const times = (a, b) => (a * b) >> BITS;
const over = (a, b) => (a << BITS) / b;

// exp(x) = 2^k exp(r), and exp(r) is exp(r / 2^16) squared sixteen times.
function expOf(x) {
  const k = x / LN_2 - (x < 0n ? 1n : 0n);
  let term = ONE, sum = ONE;
  const r = (x - k * LN_2) >> 16n;
  for (let n = 1n; term; n++) {
    term = times(term, r) / n;
    sum += term;
  }
  for (let i = 0; i < 16; i++) sum = times(sum, sum);
  return k < -2n * BITS ? 0n : shifted(sum, k);
}

// ln((1 + z) / (1 - z)) = 2 (z + z³/3 + z⁵/5 + …), quick where z is small.
function lnOfRatio(z) {
  const square = times(z, z);
  let power = z, sum = 0n;
  for (let n = 1n; power; n += 2n) {
    sum += power / n;
    power = times(power, square);
  }
  return 2n * sum;
}

const LN_2 = lnOfRatio(ONE / 3n);

function lnOf(x) {
  if (x <= 0n) throw new RangeError("no logarithm");
  const k = BigInt(x.toString(2).length) - 1n - BITS;
  const m = shifted(x, -k);
  return k * LN_2 + lnOfRatio(over(m - ONE, m + ONE));
}

function rootOf(x) {
  if (x < 0n) throw new RangeError("no root");
  const square = x << BITS;
  if (!square) return 0n;
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

// sin and cos of a small part, then doubled: cos 2x = 2 cos² x - 1 through 1 - cos.
function sinCos(x) {
  const r = x >> 8n, square = times(r, r);
  let term = r, sin = 0n;
  for (let n = 1n; term; n += 2n) {
    sin += term;
    term = -times(term, square) / ((n + 1n) * (n + 2n));
  }
  let cos = rootOf(ONE - times(sin, sin));
  for (let i = 0; i < 8; i++) {
    const doubled = 2n * times(sin, cos);
    cos = 2n * times(cos, cos) - ONE;
    sin = doubled;
  }
  return [sin, cos];
}

function tanhOf(x) {
  const grown = expOf(-2n * (x < 0n ? -x : x));
  const found = over(ONE - grown, ONE + grown);
  return x < 0n ? -found : found;
}

// erf(x) = 2x/√π e^(-x²) (1 + 2x²/3 + (2x²)²/(3·5) + …), in any field.
export function erfSeries(F, x, least) {
  const twice = F.mul(F.of(2), F.mul(x, x));
  let term = F.one, sum = F.one;
  for (let n = 3; F.less(F.mul(sum, F.of(least)), term); n += 2) {
    term = F.div(F.mul(term, twice), F.of(n));
    sum = F.add(sum, term);
  }
  const bell = F.div(F.mul(F.of(2), F.exp(F.neg(F.mul(x, x)))), F.rootOfPi);
  return F.mul(F.mul(bell, x), sum);
}

function powerOf(a, b) {
  const whole = b >> BITS;
  if (whole << BITS !== b || whole > 1000n || whole < -1000n) return expOf(times(b, lnOf(a)));
  let found = ONE;
  for (let i = 0n; i < (whole < 0n ? -whole : whole); i++) found = times(found, a);
  return whole < 0n ? over(ONE, found) : found;
}

// π = 16 arctan(1/5) - 4 arctan(1/239), after Machin.
function arctanOfOneOver(n) {
  let power = ONE / n, sum = 0n;
  for (let k = 1n, sign = 1n; power; k += 2n, sign = -sign) {
    sum += (sign * power) / k;
    power /= n * n;
  }
  return sum;
}

const PI_EXACT = 16n * arctanOfOneOver(5n) - 4n * arctanOfOneOver(239n);

export const DECIMALS = {
  zero: 0n,
  one: ONE,
  array: (size) => new Array(size).fill(0n),
  of: exactly,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: times,
  div: over,
  neg: (a) => -a,
  less: (a, b) => a < b,
  equal: (a, b) => a === b,
  abs: (a) => (a < 0n ? -a : a),
  exp: expOf,
  expm1: (a) => expOf(a) - ONE,
  ln: lnOf,
  log1p: (a) => lnOf(ONE + a),
  sqrt: rootOf,
  sin: (a) => sinCos(a)[0],
  cos: (a) => sinCos(a)[1],
  tanh: tanhOf,
  floor: (a) => (a >> BITS) << BITS,
  power: powerOf,
  erf: (a) => {
    const far = 20n * ONE;  // there erf is 1 to the last of these bits
    if (a > far || a < -far) return a < 0n ? -ONE : ONE;
    return erfSeries(DECIMALS, a, 2 ** -400);
  },
  rootOfPi: rootOf(PI_EXACT),
};

// A number to so many digits, rounded once: "0.8723…", or "1.23e-40" far from 1.
export function digitsText(a, digits) {
  if (a === 0n) return "0";
  const size = a < 0n ? -a : a;
  let power = Math.floor((size.toString(2).length - Number(BITS) - 1) * Math.LOG10E * Math.LN2);
  let text = wholeDigits(size, digits - 1 - power);
  if (text.length > digits) text = wholeDigits(size, digits - 1 - ++power);
  return (a < 0n ? "-" : "") + withPoint(text, power);
}

// size · 10^places / 2^512, rounded to a whole number.
function wholeDigits(size, places) {
  const ten = 10n ** BigInt(Math.abs(places));
  const [above, below] = places >= 0 ? [size * ten, ONE] : [size, ONE * ten];
  return ((2n * above + below) / (2n * below)).toString();
}

function withPoint(text, power) {
  if (power < -7 || power > 20) return `${text[0]}.${text.slice(1)}e${power}`;
  if (power < 0) return `0.${"0".repeat(-power - 1)}${text}`;
  const long = text.padEnd(power + 1, "0"), after = long.slice(power + 1);
  return long.slice(0, power + 1) + (after && `.${after}`);
}
