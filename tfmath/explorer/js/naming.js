// What the steps of an explanation are called, and told apart by, as tfmath.show.naming has it.

import { ancestorsOf, namedSteps } from "./record.js";
import { RULES } from "./rules.js";
import { written } from "./writer.js";

export class Names {
  constructor(root) {
    this.root = root;
    this.given = new Map();
    this.met = new Map();
    this.brief = new Map();
    this.asSource = false;
  }

  // Whether formulas stop at the node: it has a name, or nothing to say.
  has(node) {
    const silent = node.inputs.length > 0 && !RULES[node.op].formula;
    return node.name !== null || this.given.has(node) || silent;
  }

  // The full name, with its number if another node in sight has the same.
  of(node) {
    if (node.name === null) return this.given.get(node) ?? node.op;
    const twice = (this.met.get(node.name)?.size ?? 0) > 1;
    return twice ? this.numbered.get(node) : node.name;
  }

  get numbered() {
    this.counted ??= new Map([...namedSteps(this.root)].map(([name, node]) => [node, name]));
    return this.counted;
  }

  meet(nodes) {
    for (const node of nodes) {
      if (!this.met.has(node.name)) this.met.set(node.name, new Set());
      this.met.get(node.name).add(node);
    }
  }

  // Name the steps that have a line of NumPy; say whether that is new.
  nameAsSource() {
    if (this.asSource) return false;
    this.asSource = true;
    this.root.sourceNames ??= written(this.root).names;  // of all numbers of a step the same
    const names = this.root.sourceNames;
    for (const node of ancestorsOf(this.root))
      if (node.inputs.length && node.name === null && names.has(node))
        this.given.set(node, names.get(node).replaceAll("_", " "));
    return true;
  }

  // Give "step 1", "step 2" … to those that have no name, the oldest first.
  name(nodes) {
    const taken = new Set([...this.numbered.values(), ...this.given.values()]);
    let count = 1;
    for (const node of [...nodes].sort((a, b) => a.order - b.order)) {
      while (taken.has(`step ${count}`)) count++;
      if (this.has(node)) continue;
      this.given.set(node, `step ${count}`);
      taken.add(`step ${count}`);
    }
  }

  // Short names for the nodes of one formula, longer where two end alike.
  toldApart(nodes) {
    const paths = new Map(nodes.map((node) => [node, this.of(node).split(" / ")]));
    const end = (path, length) => path.slice(-length).join(" / ");
    const short = new Map();
    for (const [node, path] of paths) {
      const others = [...paths.values()].filter(
        (p) => end(p, p.length) !== end(path, path.length) && p.at(-1) === path.at(-1));
      let length = 1;
      while (others.some((p) => end(p, length) === end(path, length))) length++;
      short.set(node, end(path, length));
    }
    return short;
  }
}
