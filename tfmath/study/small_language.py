"""A language with a rule that is known, so the least loss is known with a pencil."""

import math

import numpy as np

from tfmath.arguments import generator, whole
from tfmath.errors import ShapeError, axes, whole_numbers

CHANCES = (1 / 2, 1 / 4, 1 / 8, 1 / 8)
"""How often each of the four words that may come next does come."""

FLOOR = 7 / 4 * math.log(2)
"""The least loss: ½ · 1 + ¼ · 2 + ⅛ · 3 + ⅛ · 3 = 7/4 bits of surprise a word, in nats."""

VOCAB_SIZE, LENGTH, N_TEXTS = 24, 16, 64
"""Words of the language, words of a text, and texts in one step of a training."""


def draw_language(rng, vocab_size=VOCAB_SIZE):
    """Which four words may follow each pair of words, in the order of `CHANCES`.

    Parameters
    ----------
    rng : numpy.random.Generator
    vocab_size : int
        4 or more.

    Returns
    -------
    followers : (vocab_size, vocab_size, 4) of int
        ``followers[a, b]`` are four different words. Word k is drawn with weight
        (k + 1) to the power −3/2, so that few words are frequent and most are rare.

    Notes
    -----
    Four weighted draws without putting back are the four largest of log weight + Gumbel
    noise.

    Examples
    --------
    Of four words all four may follow, and only their order is drawn:

    >>> followers = draw_language(np.random.default_rng(0), vocab_size=4)
    >>> followers.shape, sorted(followers[2, 3].tolist())
    ((4, 4, 4), [0, 1, 2, 3])
    """
    rng = generator("draw_language", rng)
    vocab_size = whole("draw_language", "vocab_size", vocab_size, least=4)
    log_weights = -1.5 * np.log(np.arange(1, vocab_size + 1))
    noisy = log_weights + rng.gumbel(size=(vocab_size,) * 3)
    return np.argsort(-noisy, axis=-1)[..., :4]


def write_texts(rng, followers, n_texts=N_TEXTS, length=LENGTH):
    """Texts of the language: each word is drawn by the two before it.

    Parameters
    ----------
    rng : numpy.random.Generator
    followers : (vocab_size, vocab_size, 4) of int
        From `draw_language`.
    n_texts, length : int

    Returns
    -------
    texts : (n_texts, 2 + length) of int
        Before the first word of each stands word 0 twice.

    Examples
    --------
    Where 1 follows whatever was, on all four chances:

    >>> ones = np.ones((2, 2, 4), int)
    >>> write_texts(np.random.default_rng(0), ones, n_texts=1, length=3).tolist()
    [[0, 0, 1, 1, 1]]
    """
    rng = generator("write_texts", rng)
    followers = checked_followers("write_texts", followers)
    n_texts = whole("write_texts", "n_texts", n_texts)
    texts = np.zeros((n_texts, 2 + whole("write_texts", "length", length)), int)
    for place in range(2, texts.shape[1]):
        drawn = rng.choice(4, size=n_texts, p=CHANCES)
        texts[:, place] = followers[texts[:, place - 2], texts[:, place - 1], drawn]
    return texts


def checked_followers(where, followers):
    """Give back followers, if they are four words for each pair of words.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    followers : (vocab_size, vocab_size, 4) of int

    Returns
    -------
    followers : array

    Examples
    --------
    >>> checked_followers("here", np.ones((2, 2, 4), int)).shape
    (2, 2, 4)
    """
    followers = whole_numbers(where, "followers", followers)
    axes(where, 3, followers=followers)
    if followers.shape != (len(followers), len(followers), 4):
        raise ShapeError(
            f"{where}: followers {followers.shape} must be (vocab_size, vocab_size, 4)."
        )
    return whole_numbers(where, "followers", followers, len(followers))


def language():
    """The language of the experiment, and the texts on which every model is judged.

    Returns
    -------
    followers : (24, 24, 4) of int
    texts : (512, 18) of int

    Examples
    --------
    After word 0 twice comes word 11 half of the time, then 3, 2 and 1:

    >>> followers, texts = language()
    >>> followers[0, 0].tolist()
    [11, 3, 2, 1]
    """
    followers = draw_language(np.random.default_rng(0))
    return followers, write_texts(np.random.default_rng(1), followers, n_texts=512)


def least_loss(words_seen):
    """The least loss of one who knows the language and the place, but sees so few words.

    Parameters
    ----------
    words_seen : int
        How many before the one that is foretold: 0, 1 or 2; with 2 the loss is `FLOOR`.

    Returns
    -------
    loss : float
        In nats, the mean over all places of a text.

    Examples
    --------
    >>> [round(least_loss(seen), 3) for seen in (0, 1, 2)]
    [2.158, 1.796, 1.213]
    """
    words_seen = whole("least_loss", "words_seen", words_seen, most=2)
    triples = _triples().sum(axis=tuple(range(1, 3 - words_seen)))
    before = triples.sum(axis=-1, keepdims=True) + np.zeros_like(triples)
    met = triples > 0
    return float(-(triples[met] * np.log(triples[met] / before[met])).sum())


def _triples():
    """For each place how often two words and the next stand there; all together 1."""
    followers, _ = language()
    chances = np.zeros((VOCAB_SIZE,) * 3)
    np.put_along_axis(chances, followers, np.array(CHANCES), axis=-1)
    pairs = np.zeros((VOCAB_SIZE, VOCAB_SIZE))
    pairs[0, 0] = 1 / LENGTH
    found = []
    for _ in range(LENGTH):
        found.append(pairs[..., np.newaxis] * chances)
        pairs = found[-1].sum(axis=0)
    return np.array(found)
