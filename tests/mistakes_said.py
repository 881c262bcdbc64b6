"""Planted mistakes in the scale of scores, in what is refused and in the words that are said."""

# ruff: noqa: E501  (the planted texts are lines of other files)
from tests.mistake import Mutant as M

SAID = [
    # The scale of the scores
    M("scores not divided by √d_k", "attention/dot_product.py",
      "return products / math.sqrt(d_k)", "return products"),
    M("scores divided by d_k", "attention/dot_product.py",
      "products / math.sqrt(d_k)", "products / d_k"),
    M("a scale divided by, not multiplied with", "attention/dot_product.py",
      "return products * _fitting(", "return products / _fitting(", "attention"),
    # What is refused, and how
    M("a mask of two meanings asked for beside the last axis alone", "parts/masks.py",
      "n_query > 1 and n_query in batch", "n_query > 1 and n_query in batch[-1:]"),
    M("the way out for a mask of sentences has an axis too few", "parts/masks.py",
      "(len(batch) - batch.index(n_query))", "(len(batch) - 1 - batch.index(n_query) or 1)"),
    M("a table of scales that does not fit is broadcast", "attention/dot_product.py",
      'products * _fitting("attention", "scale", scale, products)', "products * scale", "attention"),
    M("a picture forgets a mask", "show/figures.py",
      "as_array(where, name, array)", "np.asarray(array)", "show_asked"),
    M("a set is taken for a row of words", "tracing/labels.py",
      'items(where, side, row, "words")', "list(row)"),
    M("too few words for an axis are taken", "tracing/names.py",
      "if len(words) != array.shape[axis]:", "if len(words) > array.shape[axis]:", "labels"),
    M("features of fewer rows are taken", "attention/linear.py",
      'same_size(where, (made, found), -2, (name, rows), -2, f"n_{name}", "a row each")', "pass", "linear_attention"),
    M("a cross-check that cannot be written is begun", "witness/crosscheck.py",
      "    _check_files(chosen)\n", "", "crosscheck"),
    M("a step with a name that no docstring tells", "parts/recurrent.py",
      'named("state"', 'named("heard"', "steps"),
]  # fmt: skip
