"""Planted mistakes of training compared, and of texts drawn; see `tests.mistakes`."""

# ruff: noqa: E501  (the planted texts are lines of other files)
from tests.mistake import Mutant as M

TRAINING = [
    M("what is dropped is not drawn by the seed", "study/ways_to_step.py",
      "with_dropout(dropped, rng)", "with_dropout(dropped, np.random.default_rng())", "ways_to_step"),
    M("all ways to step are Adam", "study/ways_to_step.py",
      "learning_rate=rate, **MOVES[name])", "learning_rate=rate)", "ways_to_step"),
    M("a mean where the median is said", "show/downhill.py",
      "float(np.median(ends[here & (rate == r)]))", "float(np.mean(ends[here & (rate == r)]))", "ways_to_step"),
    M("a box as tall as its word alone", "show/tree.py",
      "return TALL * self.total", "return TALL * self.word", "tree"),
    M("what was never looked at is struck out", "show/tree.py",
      'return "dropped" if behind else "unseen"', 'return "dropped"', "tree"),
    M("the transpose is there after all", "study/missing_transpose.py",
      "key: grad @ query,", "key: np.swapaxes(grad, -1, -2) @ query,"),
    M("the slope of another table", "study/missing_transpose.py",
      "slope(loss, flat[table])", "slope(loss, 1.001 * flat[table])"),
    M("without the mask the fillings are seen", "study/cheating.py",
      '"target_mask": padding_mask(BATCH.target)', '"target_mask": padding_mask(BATCH.target) | True'),
    M("without the networks half a network stays", "study/trained_without.py",
      '"activation": lambda z: 0 * z', '"activation": lambda z: z'),
    M("without the norms the gain is lost, too", "study/trained_without.py",
      "return (x + sublayer(x)) * gain + bias", "return (x + sublayer(x)) + bias"),
    M("the mean stands for the middle", "study/trained_without.py",
      "np.median(losses)", "np.mean(losses)"),
    M("what is seen is said to be hidden", "study/cheating.py",
      "round(surprise(tables), 4)", "round(surprise(tables, **EVERYTHING), 4)"),
    M("a factor by the wrong input", "show/graph.py",
      "slope(RULES[node.op], position)", "slope(RULES[node.op], 0)"),
    M("factors along a way are added", "show/graph.py", "first * then", "first + then"),
    M("slopes with arrows that run forwards", "show/graph.py",
      "page.turned() if backward else page", "page"),
    M("a secant through one point", "show/slopes.py",
      "np.diff(function(both))[0] / (other - at)", "np.diff(function(both))[0]", "graph"),
]  # fmt: skip
