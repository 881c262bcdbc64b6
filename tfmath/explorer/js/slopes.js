// The way back: slopes in the places of the numbers, and one step of learning.
import { DATA } from "./data.js";
import { button, by, make, refill, say, text } from "./dom.js";
import { brief } from "./cells.js";
import { isNumber, numberOf } from "./state.js";
import { learn } from "./runs.js";

const RATE = "0.1";

// now: {state, record, setSlopes, chosen, engine, takeWeights}
export const showSlopes = (now) => {
  const of = now.state.slopes;
  refill("slopes", make("p", {}, text("slopes help")),
    option(now, "", text("numbers"), !of), option(now, "loss", text("slopes of loss", { loss: brief(now.record.loss.values[0]) }), of === "loss"),
    of && of !== "loss" ? option(now, of, text("slopes of", { of }), true) : null,
    make("p", {}, make("label", { for: "rate" }, text("rate")), " ", make("input", { id: "rate", value: by("rate")?.value ?? RATE, inputmode: "decimal" }), " ",
      button(text("learn"), () => step(now), { id: "learn" })),
    make("p", { id: "learned", "aria-live": "polite" }, now.learned ?? ""));
};

const option = (now, value, words, checked) => {
  const box = make("input", { type: "radio", name: "slopes", value, checked, onchange: () => now.setSlopes(value) });
  return make("label", {}, box, " ", words);
};

const step = (now) => {
  const words = by("rate").value;
  if (!isNumber(words)) {
    by("learned").textContent = text("no number", { words });
    return;
  }
  const { weights, before, after } = learn(DATA, now.engine, numberOf(words));
  const said = text("learned", { before: brief(before), after: brief(after) });
  now.takeWeights(weights, said);
  say(said);
};
