// Word by word: the machine writes one word at a time, and only when asked.
import { DATA } from "./data.js";
import { button, make, refill, text } from "./dom.js";
import { chance, writtenWords } from "./sentence.js";

// now: {record, state, setWords}
export const showWriting = (now) => {
  const words = writtenWords(now.record, now.state);
  const next = words.at(-1);
  const { source, target } = now.state;
  const full = next.said === DATA.end || target.length >= DATA.most;
  refill("writing", make("p", {}, text("writing help")),
    make("p", { class: "soFar" }, target.join(" "), " … ", make("b", {}, next.said), ` ${chance(next.own)}`),
    make("p", { class: "none" }, text("runner up", { word: next.runnerUp, share: chance(next.runnerUpProbability) })),
    make("p", {}, button(text("write word", { word: next.said }), () => now.setWords(source, [...target, next.said]),
      { class: "main", id: "write", disabled: full }), " ",
      button(text("one back"), () => now.setWords(source, target.slice(0, -1)), { id: "one-back", disabled: target.length < 2 }), " ",
      button(text("from start"), () => now.setWords(source, [DATA.start]), { id: "from-start" })),
    full ? make("p", { class: "note" }, text(next.said === DATA.end ? "at end" : "no room", { end: DATA.end, most: DATA.most })) : null);
};
