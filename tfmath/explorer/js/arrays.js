// Arrays: a shape, the numbers in reading order, and their kind: "f" for floats,
// "i" for whole numbers, "b" for yes or no (1 or 0). The floats of an array may be
// float64 or numbers of many digits; a "field" F says how to reckon with them.

export function countOfShape(shape) {
  return shape.reduce((size, n) => size * n, 1);
}

export function newArray(F, shape, kind = "f") {
  const size = countOfShape(shape);
  return { shape, kind, values: kind === "f" ? F.array(size) : new Float64Array(size) };
}

// How far apart neighbours along each axis lie.
export function stridesOf(shape) {
  const strides = new Array(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

// For each number of an array of `shape` where it lies, if axes are so far apart.
// Turning, repeating, slicing and summing are all this with other strides.
export function offsetsOf(shape, strides, first = 0) {
  let found = [first];
  for (let axis = 0; axis < shape.length; axis++) {
    const longer = new Array(found.length * shape[axis]);
    let k = 0;
    for (const start of found)
      for (let i = 0; i < shape[axis]; i++) longer[k++] = start + i * strides[axis];
    found = longer;
  }
  return found;
}

export function broadcastShape(shapes) {
  const shape = new Array(Math.max(...shapes.map((s) => s.length))).fill(1);
  for (const one of shapes)
    one.forEach((n, i) => {
      const axis = shape.length - one.length + i;
      if (n !== 1) shape[axis] = n;
    });
  return shape;
}

// Where an array of `shape` has the numbers of its repetition to `wide`.
export function broadcastOffsets(shape, wide) {
  const strides = stridesOf(shape).map((step, axis) => (shape[axis] === 1 ? 0 : step));
  const extra = new Array(wide.length - shape.length).fill(0);
  return offsetsOf(wide, [...extra, ...strides]);
}

export function sameShape(a, b) {
  return a.length === b.length && a.every((n, axis) => n === b[axis]);
}

// One number at a time, small arrays repeated to fit. Yes and no count as 1 and 0.
export function eachNumber(F, arrays, reckon, kind = "f") {
  const shape = broadcastShape(arrays.map((a) => a.shape));
  const out = newArray(F, shape, kind);
  const [a, b] = arrays.map((array) => inField(F, array).values);
  const places = arrays.map((array) =>
    sameShape(array.shape, shape) ? null : broadcastOffsets(array.shape, shape));
  const [atA, atB] = places;
  for (let k = 0; k < out.values.length; k++) {
    const x = a[atA ? atA[k] : k];
    out.values[k] = b ? reckon(x, b[atB ? atB[k] : k]) : reckon(x);
  }
  return out;
}

export function inField(F, array) {
  if (array.kind === "f" || F.plain) return array;
  return { shape: array.shape, kind: "f", values: Array.from(array.values, F.of) };
}

// The numbers at some places, in another shape.
export function picked(F, array, shape, places) {
  const out = newArray(F, shape, array.kind);
  for (let k = 0; k < places.length; k++) out.values[k] = array.values[places[k]];
  return out;
}

export function normalAxes(axis, ndim) {
  const axes = axis === null ? [...Array(ndim).keys()] : [axis].flat();
  return axes.map((a) => (a < 0 ? a + ndim : a)).sort((a, b) => a - b);
}

// What a reduction brings together: for each number of the result where its row begins,
// and how far from there the others lie.
export function groupsOf(shape, axis, keepdims) {
  const axes = normalAxes(axis, shape.length);
  const strides = stridesOf(shape);
  const kept = shape.map((_, a) => a).filter((a) => !axes.includes(a));
  const starts = offsetsOf(kept.map((a) => shape[a]), kept.map((a) => strides[a]));
  const along = offsetsOf(axes.map((a) => shape[a]), axes.map((a) => strides[a]));
  const left = shape.map((n, a) => (axes.includes(a) ? 1 : n));
  return { starts, along, shape: keepdims ? left : kept.map((a) => shape[a]) };
}

export function reducedBy(F, array, options, reckon) {
  const { starts, along, shape } = groupsOf(array.shape, options.axis, options.keepdims);
  const values = inField(F, array).values;
  const out = newArray(F, shape);
  starts.forEach((start, k) => {
    let total = values[start + along[0]];
    for (let i = 1; i < along.length; i++) total = reckon(total, values[start + along[i]]);
    out.values[k] = along.length ? total : F.zero;
  });
  return out;
}

// Products of matrices ---------------------------------------------------------------

// Of left @ right: the shape, and for each number where its row and its column begin.
export function productPlaces(left, right) {
  const row = left.length > 1 ? left : [1, ...left];
  const col = right.length > 1 ? right : [...right, 1];
  const batch = broadcastShape([row.slice(0, -2), col.slice(0, -2)]);
  const n = row.at(-2), inner = row.at(-1), m = col.at(-1);
  const rows = broadcastOffsets(row.slice(0, -2), batch).map((b) => b * n * inner);
  const cols = broadcastOffsets(col.slice(0, -2), batch).map((b) => b * inner * m);
  const ends = [...(left.length > 1 ? [n] : []), ...(right.length > 1 ? [m] : [])];
  return { n, m, inner, rows, cols, shape: [...batch, ...ends] };
}

// Where the number at `flat` of a product has the first of its row and of its column.
export function productAt({ n, m, inner, rows, cols }, flat) {
  const b = Math.floor(flat / (n * m)), i = Math.floor(flat / m) % n, j = flat % m;
  return [rows[b] + i * inner, cols[b] + j];
}

export function matrixProduct(F, left, right) {
  const places = productPlaces(left.shape, right.shape);
  const out = newArray(F, places.shape);
  const a = inField(F, left).values, b = inField(F, right).values;
  for (let flat = 0; flat < out.values.length; flat++) {
    const [row, col] = productAt(places, flat);
    let total = F.zero;
    for (let k = 0; k < places.inner; k++)
      total = F.add(total, F.mul(a[row + k], b[col + k * places.m]));
    out.values[flat] = total;
  }
  return out;
}

// Picking --------------------------------------------------------------------------

// What array[index] picks: the shape of the result, and where each number lies.
// An index has whole numbers, slices, null for a new axis, "..." for all axes between,
// and "array" where the next of `arrays` stands. Several arrays go along together.
export function pickedPlaces(shape, index, arrays) {
  const parts = writtenOut(index, shape.length, arrays), strides = stridesOf(shape);
  const picks = [];
  let axis = 0, first = 0;
  for (const part of parts) {
    if (part.added) {
      picks.push({ size: [1], places: [0] });
      continue;
    }
    if (part.number === undefined) picks.push(alongAxis(part, shape[axis], strides[axis]));
    else first += countedPlace(part.number, shape[axis]) * strides[axis];
    axis++;
  }
  const axes = together(picks, sideBySide(parts));
  const places = axes.reduce(
    (found, one) => found.flatMap((start) => one.places.map((p) => start + p)), [first]);
  return { shape: axes.flatMap((one) => one.size), places };
}

function writtenOut(index, ndim, arrays) {
  const whole = { slice: [null, null, null] };
  const parts = Array.isArray(index) ? [...index] : [index];
  const wide = parts.filter((p) => p !== null && p !== "...").length;
  const gap = parts.indexOf("...");
  if (gap >= 0) parts.splice(gap, 1, ...new Array(ndim - wide).fill(whole));
  const waiting = [...arrays];
  const found = parts.map((part) => {
    if (part === null) return { added: true };
    if (part === "array") return { array: waiting.shift() };
    return typeof part === "number" ? { number: part } : part;
  });
  const left = ndim - found.filter((p) => !p.added).length;
  return [...found, ...new Array(left).fill(whole)];
}

// Whether the arrays and single places of an index stand side by side. Then what they pick
// stays where they stand; else it comes first, as in NumPy.
export function sideBySide(parts) {
  const holds = (part) => part.array || part.number !== undefined;
  const places = [...parts.keys()].filter((k) => holds(parts[k]));
  return places.every((place, k) => place === places[0] + k);
}

// Several arrays as one pick: their places broadcast and added up.
function together(picks, besides) {
  const arrays = picks.filter((one) => one.isArray);
  if (!arrays.length || (arrays.length === 1 && besides)) return picks;
  const size = broadcastShape(arrays.map((one) => one.size));
  const offsets = arrays.map((one) =>
    broadcastOffsets(one.size, size).map((k) => one.places[k]));
  const places = offsets[0].map((_, k) => offsets.reduce((sum, one) => sum + one[k], 0));
  const others = picks.filter((one) => !one.isArray);
  const at = besides ? picks.indexOf(arrays[0]) : 0;
  return [...others.slice(0, at), { size, places }, ...others.slice(at)];
}

function countedPlace(place, size) {
  return place < 0 ? place + size : place;
}

function alongAxis(part, size, stride) {
  if (part.array) {
    const places = Array.from(part.array.values, (i) => countedPlace(i, size) * stride);
    return { isArray: true, size: part.array.shape, places };
  }
  const found = sliced(part.slice, size);
  return { size: [found.length], places: found.map((i) => i * stride) };
}

function sliced([start, stop, step], size) {
  step = step ?? 1;
  const low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const end = (n, otherwise) =>
    n === null ? otherwise : Math.min(Math.max(countedPlace(n, size), low), high);
  const found = [];
  const last = end(stop, step > 0 ? size : -1);
  for (let i = end(start, step > 0 ? 0 : size - 1); step > 0 ? i < last : i > last; i += step)
    found.push(i);
  return found;
}
