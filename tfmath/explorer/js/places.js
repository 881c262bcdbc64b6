// Where a number stands: its axes, in words, and in a link that can be read.

export const SLASH = " / ";

export const lastPart = (name) => name.split(SLASH).at(-1);

export const nameOf = (node) => node.name ?? node.op;

// The index along each axis of the flat place.
export const indexOf = (shape, flat) => {
  const index = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
};

export const flatOf = (shape, index) => index.reduce((flat, i, axis) => flat * shape[axis] + i, 0);

export const labelAt = (node, axis, i) => node.labels?.[axis]?.[i] ?? String(i);

// ["head 1", "you", "3"]: the word of each axis, or its place.
export const wordsAt = (node, flat) =>
  indexOf(node.shape, flat).map((i, axis) => labelAt(node, axis, i));

// "weights [head 1, you, 3]"
export const shortPlace = (node, flat) => {
  const words = wordsAt(node, flat);
  const name = lastPart(nameOf(node));
  return words.length ? `${name}[${words.join(", ")}]` : name;
};

export const slug = (name) => name.split(SLASH).map((part) => part.replaceAll(" ", "-")).join("/");

// "encoder/layer-1/self-attention/heads/weights/0/1/1"
export const pathOf = (node, flat) => [slug(nameOf(node)), ...indexOf(node.shape, flat)].join("/");

// The node and flat place of a path; the node alone if no place follows; null for neither.
export const placeOf = (nodes, path) => {
  const named = nodes.filter((n) => n.name).map((n) => [slug(n.name), n]);
  const exact = named.find(([start]) => start === path);
  if (exact) return { node: exact[1], flat: null };
  const fits = ([start, n]) => path.startsWith(`${start}/`) && inside(n, path.slice(start.length + 1));
  const found = named.find(fits);
  if (!found) return null;
  const index = path.slice(found[0].length + 1).split("/").map(Number);
  return { node: found[1], flat: flatOf(found[1].shape, index) };
};

const inside = (node, text) => {
  const parts = text.split("/");
  return parts.length === node.shape.length
    && parts.every((part, axis) => /^\d+$/.test(part) && Number(part) < node.shape[axis]);
};
