// The line above everything: what the machine reads and what it writes, with probabilities.
import { DATA } from "./data.js";
import { button, make, refill, text } from "./dom.js";
import { softmaxed } from "./cells.js";
import { predictions } from "./runs.js";

export const chance = (p) => p.toFixed(3);

// The word with the highest score in the last row, and its share: the word on top.
export const writtenWord = (record) => {
  const last = predictions(DATA, record).at(-1);
  return { word: last.word, share: chance(last.probability) };
};

// The probability of each word that stands in the decoder, and of the one that follows.
export const writtenWords = (record, state) => {
  const cols = DATA.vocabulary.length;
  const guesses = predictions(DATA, record);
  const words = [...state.target.slice(1), guesses.at(-1).word];
  return words.map((word, i) => {
    const shares = softmaxed(record.logits.values.subarray(i * cols, (i + 1) * cols));
    return { ...guesses[i], said: word, own: shares[DATA.vocabulary.indexOf(word)] };
  });
};

export const showSentence = (record, state) => {
  const written = writtenWords(record, state);
  refill("reads", make("b", {}, text("reads")), " ", make("span", {}, state.source.join(" ")));
  refill("writes", make("b", {}, text("writes")), " ", written.map((one, i) => [wordWith(one, i === written.length - 1), " "]),
    written.some(({ own }) => Number.isNaN(own)) ? make("em", {}, text("too large")) : "");
};

const wordWith = ({ said, own }, last) =>
  make("span", { class: last ? "last" : "word" }, said, make("small", {}, ` ${chance(own)}`));

// What stands beside the machine before any click.
export const showWelcome = (now) => {
  refill("part", make("h2", { id: "part-title", tabindex: -1 }, text("welcome")),
    make("p", { class: "guide" }, text("guide")),
    make("p", {}, button(text("start tour"), () => now.tour(0), { class: "main", id: "start-tour" })),
    make("h3", {}, text("what it writes")), chanceTable(now.record, now.state));
};

const chanceTable = (record, state) => {
  const heads = ["position", "word", "probability", "runner-up", "probability"];
  const head = make("tr", {}, heads.map((key) => make("th", { scope: "col" }, text(key))));
  return make("table", { class: "chances" }, make("thead", {}, head), make("tbody", {}, writtenWords(record, state).map(chanceRow)));
};

const chanceRow = ({ said, own, word, probability, runnerUp, runnerUpProbability }, i) => {
  const [other, share] = said === word ? [runnerUp, runnerUpProbability] : [word, probability];
  return make("tr", {}, make("td", {}, String(i + 1)), make("th", { scope: "row" }, said),
    make("td", { class: "p" }, chance(own), make("span", { class: "track" }, make("span", { class: "bar up", style: `width:${100 * own}%` }))),
    make("td", {}, other), make("td", {}, chance(share)));
};
