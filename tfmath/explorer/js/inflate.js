// The way back from deflate (RFC 1951): bytes that were packed, as they were.
// The browser's own unpacking cannot be waited for before the page is there.

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_MORE = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const BACK_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const BACK_MORE = BACK_BASE.map((_, i) => Math.max(0, (i >> 1) - 1));
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// A reader of bits, the lowest of each byte first.
const bitsOf = (bytes) => {
  let at = 0;
  const read = (count) => {
    let found = 0;
    for (let i = 0; i < count; i++, at++) found |= ((bytes[at >> 3] >> (at & 7)) & 1) << i;
    return found;
  };
  read.toNextByte = () => { at = (at + 7) & ~7; };
  return read;
};

// A code by the length of each symbol's word: for each length its first word and its symbols.
const codeOf = (lengths) => {
  const code = [];
  for (let length = 1, first = 0; length <= 15; length++, first <<= 1) {
    const symbols = lengths.flatMap((own, symbol) => (own === length ? [symbol] : []));
    code.push({ first, symbols });
    first += symbols.length;
  }
  return code;
};

const symbolOf = (bits, code) => {
  let word = 0;
  for (const { first, symbols } of code) {
    word = (word << 1) | bits(1);
    if (word - first < symbols.length) return symbols[word - first];
  }
  throw new Error("the packed record is broken");
};

// The two codes of a block: of letters and lengths, and of ways back.
const codesOf = (bits) => {
  const [letters, backs, count] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
  const short = Array(19).fill(0);
  for (let i = 0; i < count; i++) short[CODE_ORDER[i]] = bits(3);
  const [lengths, code] = [[], codeOf(short)];
  while (lengths.length < letters + backs) lengths.push(...lengthsSaid(symbolOf(bits, code), bits, lengths));
  return [codeOf(lengths.slice(0, letters)), codeOf(lengths.slice(letters))];
};

const lengthsSaid = (symbol, bits, before) => {
  if (symbol < 16) return [symbol];
  if (symbol === 16) return Array(bits(2) + 3).fill(before.at(-1));
  return Array(symbol === 17 ? bits(3) + 3 : bits(7) + 11).fill(0);
};

const FIXED = () => [
  codeOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  codeOf(Array(30).fill(5)),
];

export const inflated = (bytes) => {
  const [bits, made] = [bitsOf(bytes), []];
  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 3) throw new Error("the packed record is broken");
    if (kind === 0) storedInto(made, bits);
    else blockInto(made, bits, kind === 1 ? FIXED() : codesOf(bits));
  }
  return Uint8Array.from(made);
};

// As they are: how many, the same number upside down, and the bytes.
const storedInto = (made, bits) => {
  bits.toNextByte();
  const [count] = [bits(16), bits(16)];
  for (let i = 0; i < count; i++) made.push(bits(8));
};

const blockInto = (made, bits, [letters, backs]) => {
  for (let symbol = symbolOf(bits, letters); symbol !== 256; symbol = symbolOf(bits, letters)) {
    if (symbol < 256) made.push(symbol);
    else copyInto(made, bits, symbol - 257, backs);
  }
};

const copyInto = (made, bits, k, backs) => {
  const length = LENGTH_BASE[k] + bits(LENGTH_MORE[k]);
  const far = symbolOf(bits, backs);
  const back = BACK_BASE[far] + bits(BACK_MORE[far]);
  for (let i = 0; i < length; i++) made.push(made[made.length - back]);
};
