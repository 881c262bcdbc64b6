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
]  # fmt: skip
