// Elements of the page, and the one place from which all its words come.
import { TEXTS } from "./texts.js";

// A text of the table with values in its {gaps}. A key that is not there says so loudly.
export const text = (key, values = {}) => {
  const found = TEXTS[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
};

const SVG = "http://www.w3.org/2000/svg";

// make("button", {class: "x", onclick: f}, "text", element, …); null children are left out.
export const make = (tag, look = {}, ...inside) =>
  dressed(document.createElement(tag), look, inside);

export const draw = (tag, look = {}, ...inside) =>
  dressed(document.createElementNS(SVG, tag), look, inside);

const dressed = (element, look, inside) => {
  for (const [name, value] of Object.entries(look)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.flat(3).filter((child) => child !== null && child !== undefined));
  return element;
};

export const button = (words, onclick, look = {}) =>
  make("button", { type: "button", onclick, ...look }, words);

export const by = (id) => document.getElementById(id);

export const refill = (id, ...inside) => by(id).replaceChildren(...inside.flat(3).filter(Boolean));

// Say something to those who listen instead of looking.
export const say = (words) => {
  by("said").textContent = words;
};
