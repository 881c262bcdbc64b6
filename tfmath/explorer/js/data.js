// The record as Python packed it into the page: JSON, deflated, in letters of base64.
import { inflated } from "./inflate.js";

const unpacked = (words) =>
  JSON.parse(new TextDecoder().decode(inflated(Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0)))));

export const DATA = unpacked(document.getElementById("data").textContent);
