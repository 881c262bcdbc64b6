// The gradient walk: backwards through the record, one row of the table a step. What it
// makes is a record of its own, with names, words and formulas.

import { ancestorsOf, namedSteps } from "./record.js";
import { added, newNode, oneAt, slopeOf, stepOf } from "./steps.js";

// From the names of steps to the gradients of a number by them. The number is the loss, or
// the one at `flat` of any node.
export function gradients(record, node = record.loss, flat = 0) {
  const key = `${node.id}:${flat}`;
  record.gradients ??= new Map();
  if (!record.gradients.has(key)) record.gradients.set(key, walkedBack(record, node, flat));
  return record.gradients.get(key);
}

function walkedBack(record, node, flat) {
  const one = node.shape.length ? oneAt(node, placesOf(node.shape, flat)) : node;
  const grads = backwardFrom(one);
  number(record, ancestorsOf(one, ...grads.values()));
  return grads;
}

// Nodes that have no number yet get the next ones.
function number(record, nodes) {
  record.next ??= record.nodes.length;
  for (const node of nodes) node.id ??= record.next++;
}

export function placesOf(shape, flat) {
  const places = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    places.unshift(flat % shape[axis]);
    flat = Math.floor(flat / shape[axis]);
  }
  return places;
}

function backwardFrom(loss) {
  const names = new Map([...namedSteps(loss)].map(([name, node]) => [node, name]));
  const grads = new Map([[loss, stepOf("ones_like", [loss])]]);
  for (const node of ancestorsOf(loss).reverse()) {
    if (!grads.has(node) || !node.varies) continue;
    if (names.has(node)) grads.set(node, withName(grads.get(node), node, names.get(node)));
    passBack(node, grads);
  }
  const found = [...names].filter(([node]) => grads.has(node));
  return new Map(found.map(([node, name]) => [name, grads.get(node)]));
}

function passBack(node, grads) {
  node.inputs.forEach((source, position) => {
    const slope = slopeOf(node.op, position);
    if (!source.varies || !slope) return;
    const grad = slope(grads.get(node), node, ...node.inputs, node.options);
    grads.set(source, grads.has(source) ? added(grads.get(source), grad) : grad);
  });
}

function withName(grad, node, name) {
  if (grad.name !== null) grad = newNode("copy", [grad], {}, grad);
  grad.name = gradientName(name);
  grad.labels = node.labels;
  return grad;
}

// "head 1 / scores" becomes "head 1 / grad_scores".
export function gradientName(name) {
  const path = name.split(" / ");
  return [...path.slice(0, -1), `grad_${path.at(-1)}`].join(" / ");
}
