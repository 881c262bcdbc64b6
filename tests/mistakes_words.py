"""Planted mistakes of pictures and studies of words, see `tests.mistakes`."""

# ruff: noqa: E501  (the planted texts are lines of other files)
from tests.mistake import Mutant as M

WORDS = [
    M("the row of the left table framed is the column's", "show/words.py",
      "yield (0, edge + row), k, 1", "yield (0, edge), k, 1", "word_pictures"),
    M("a row without a share is framed", "show/words.py",
      "for i in np.flatnonzero(left[row]))", "for i in range(k))", "word_pictures"),
    M("the new pieces are those of the line above", "show/words.py",
      "before, widest = set(itertools.chain(*words)), max(widest, x)",
      "before, widest = set(), max(widest, x)", "word_pictures"),
    M("a word counts as new each time", "show/tokens.py",
      "listed += [word] if word not in listed else []", "listed += [word]", "word_pictures"),
    M("a word that has its id is framed", "show/tokens.py",
      "if new is not None:\n        looks", "if True:\n        looks", "word_pictures"),
    M("kept and lost have changed places", "show/words.py",
      "np.asarray(kept) == state", "np.asarray(kept) != state", "word_pictures"),
    M("a product without lengths called a cosine", "show/words.py",
      "float(row @ o / np.sqrt(row @ row * (o @ o)))", "float(row @ o)", "word_pictures"),
    M("the wrong word exchanged", "study/word_rows.py",
      "read[:place], other, *read[place + 1 :]", "read[:place], *read[place + 1 :], other", "word_rows"),
    M("the quote stands when any of its words does", "study/word_rows.py",
      "== written[1:]).all())", "== written[1:]).any())", "word_rows"),
    M("the farthest taken for the nearest", "study/word_rows.py",
      "[min(found, key", "[max(found, key", "word_rows"),
    M("the last place on top", "show/waves.py",
      'aspect="auto")', 'aspect="auto", origin="lower")', "waves"),
    M("rows of numbers drawn over one another", "show/every_number.py",
      "low += HIGH + 3", "low += 0", "every_number"),
    M("a part goes on beyond the page", "show/every_number.py",
      "own != stack or x + part.w > w", "own != stack or x > w", "every_number"),
]  # fmt: skip
