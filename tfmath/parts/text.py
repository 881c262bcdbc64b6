"""Text becomes words, words become ids: three quotes, a vocabulary, and the way back."""

import difflib
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np

from tfmath import arguments
from tfmath.arguments import flag, instance, items, said, whole
from tfmath.errors import ShapeError, UnknownWordError, whole_numbers
from tfmath.parts.data import data_path

SPECIALS = ("<pad>", "<start>", "<end>")
"""The words that are none: the first three of the vocabulary."""

PAD, START, END = range(3)
"""Their ids."""

_SPELLINGS = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-"})


def read_corpus():
    """Give the three quotes of the course, one sentence each.

    Returns
    -------
    quotes : list of str

    Examples
    --------
    >>> read_corpus()[0]
    'I drink and I know things.'
    """
    return data_path("corpus.txt").read_text(encoding="utf-8").splitlines()


CORPUS = tuple(read_corpus())


def tokenize(text, fold_case=True, strip_punctuation=True):
    r"""Cut a text into words.

    Parameters
    ----------
    text : str
    fold_case : bool
        ``True`` makes "The" and "the" one word.
    strip_punctuation : bool
        ``True`` drops every punctuation mark and symbol, except an apostrophe or a hyphen
        inside a word: "won't" stays one word. ``False`` cuts at spaces alone, so that
        "storm," and "storm." are two words.

    Returns
    -------
    words : list of str

    Raises
    ------
    ValueError
        If no word is left: a sentence without words has no rows to compute with.

    Notes
    -----
    The same letters can be written in several ways: é as one sign or as e with an accent,
    the apostrophe straight or curly. Each is brought to one spelling first. Special words
    lose their brackets here ("<start>" becomes "start"): add them to the list afterwards.

    Examples
    --------
    >>> tokenize("The true enemy won't wait.")
    ['the', 'true', 'enemy', "won't", 'wait']
    >>> tokenize("The storm.", fold_case=False, strip_punctuation=False)
    ['The', 'storm.']
    """
    instance("tokenize", "text", text, str, "a str")
    fold_case = flag("tokenize", "fold_case", fold_case)
    strip_punctuation = flag("tokenize", "strip_punctuation", strip_punctuation)
    spelled = unicodedata.normalize("NFC", text).translate(_SPELLINGS)
    if fold_case:
        spelled = unicodedata.normalize("NFC", spelled.casefold()).translate(_SPELLINGS)
    words = (_without_punctuation(spelled) if strip_punctuation else spelled).split()
    if not words:
        raise ValueError(f"tokenize: text holds no word: {text[:40]!r}; give at least one.")
    return words


def _without_punctuation(text):
    """Put a space for every mark; an apostrophe or hyphen stays if letters surround it."""
    kept = "".join(
        " " if unicodedata.category(sign)[0] in "PS" and sign not in "'-" else sign
        for sign in text
    )
    return re.sub(r"(?<![^\s'-])['-]|['-](?![^\s'-])", " ", kept)


def vocabulary(tokens, specials=()):
    """List every different word once: the specials, then words by first appearance.

    A word's id is its index. First appearance, because a ``set`` has no order: two runs
    of a program may list the same set differently, and then every id would change.

    Parameters
    ----------
    tokens : iterable of str
        Words, for example from `tokenize`.
    specials : iterable of str
        Words that come first, for example `SPECIALS`.

    Returns
    -------
    words : tuple of str

    Examples
    --------
    >>> vocabulary(tokenize("I drink and I know things"))
    ('i', 'drink', 'and', 'know', 'things')
    """
    specials = _words("vocabulary", "specials", specials)
    return tuple(dict.fromkeys((*specials, *_words("vocabulary", "tokens", tokens))))


def encode(words, vocabulary):
    """Give every word its id, its index in the vocabulary.

    Parameters
    ----------
    words : list of str, or str
        A text (str) is first cut by `tokenize`.
    vocabulary : tuple of str
        A word's id is its index. A dict is refused, for its values might say otherwise.

    Returns
    -------
    ids : (n_words,) of int64

    Raises
    ------
    UnknownWordError
        If a word is not in the vocabulary. The error names the nearest that are.
    ValueError
        If there is no word.

    Examples
    --------
    >>> encode("you win", ("win", "or", "you", "die"))
    array([2, 0])
    """
    vocabulary = _words("encode", "vocabulary", vocabulary)
    given = words
    words = tokenize(words) if isinstance(words, str) else _words("encode", "words", words)
    if not words:
        raise ValueError("encode: words is empty; give at least one word.")
    index = {word: i for i, word in enumerate(vocabulary)}
    for position, word in enumerate(words):
        if word not in index:
            hint = _special_hint(given, word, vocabulary)
            raise UnknownWordError(_unknown(word, position, vocabulary) + hint)
    return np.array([index[word] for word in words], dtype=np.int64)


def _unknown(word, position, vocabulary):
    message = f"encode: {word!r} at position {position} is not in the vocabulary"
    near = difflib.get_close_matches(word, vocabulary)
    return f"{message}; near it: {', '.join(map(repr, near))}." if near else f"{message}."


def _special_hint(text, word, vocabulary):
    """What to do about a special word of a text, which lost its brackets in the cutting."""
    special = f"<{word}>"
    if not isinstance(text, str) or special not in text or special not in vocabulary:
        return ""
    return f" A text loses its brackets; give a list of words: [{special!r}, …]."


def _words(where, name, words):
    """Words as a tuple of str. A dict of ids is refused: which number would count?"""
    if isinstance(words, dict):
        raise TypeError(
            f"{where}: {name} is a dict; give its words in the order of their ids: "
            f"sorted({name}, key={name}.get)."
        )
    if isinstance(words, str):
        raise TypeError(
            f"{where}: {name} is {said(words)}; cut a text with tokenize(text)."
        )
    return arguments.words(where, name, words)


def decode(ids, vocabulary):
    """Give every id its word: the way back from `encode`.

    Parameters
    ----------
    ids : (n_words,) of int
    vocabulary : tuple of str

    Returns
    -------
    words : list of str

    Raises
    ------
    ValueError
        If there is no id, or one outside ``0 … len(vocabulary) - 1``. A negative id would
        silently count from the end.

    Examples
    --------
    >>> decode([2, 0], ("win", "or", "you", "die"))
    ['you', 'win']
    """
    vocabulary = _words("decode", "vocabulary", vocabulary)
    ids = whole_numbers("decode", "ids", ids, below=len(vocabulary))
    if ids.size == 0:
        raise ValueError("decode: ids is empty; give at least one id.")
    if ids.ndim != 1:
        raise ShapeError(f"decode: ids must be one row of ids, got shape {ids.shape}.")
    return [vocabulary[i] for i in ids]


def pair_merges(words, n_merges):
    """Find which neighbouring pieces to join: byte pair encoding, on letters.

    Every word starts as its letters. Again and again, the pair of neighbours that is found
    most often becomes one piece; of equally frequent pairs, the one that appears first.

    Parameters
    ----------
    words : iterable of str
    n_merges : int

    Returns
    -------
    merges : list of (str, str)
        Fewer than `n_merges` if every word is one piece before that.

    References
    ----------
    .. [1] R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with
       Subword Units", 2016.

    Examples
    --------
    >>> pair_merges(["the", "then", "there"], 2)
    [('t', 'h'), ('th', 'e')]
    """
    n_merges = whole("pair_merges", "n_merges", n_merges)
    cut, merges = [list(word) for word in _words("pair_merges", "words", words)], []
    while len(merges) < n_merges:
        found = Counter(pair for parts in cut for pair in pairwise(parts))
        if not found:
            break
        merges.append(max(found, key=found.__getitem__))
        cut = [_joined(parts, merges[-1]) for parts in cut]
    return merges


def pieces(word, merges):
    """Cut a word into letters and join them again, merge by merge.

    Parameters
    ----------
    word : str
    merges : iterable of (str, str)
        From `pair_merges`, in its order.

    Returns
    -------
    pieces : list of str

    Examples
    --------
    >>> pieces("other", [("t", "h"), ("th", "e")])
    ['o', 'the', 'r']
    """
    parts = list(instance("pieces", "word", word, str, "a str"))
    for place, pair in enumerate(items("pieces", "merges", merges, "pairs of str")):
        pair = _words("pieces", f"merges[{place}]", pair)
        parts = _joined(parts, pair)
    return parts


def _joined(parts, pair):
    joined = []
    for part in parts:
        if joined and (joined[-1], part) == pair:
            joined[-1] += part
        else:
            joined.append(part)
    return joined
