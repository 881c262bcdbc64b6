"""The toy model: 764 numbers of one decimal that finish three quotes."""

import numpy as np

from tfmath.decoding.search import greedy
from tfmath.learning.train import END, START, make_batch, train
from tfmath.model.files import load_csv
from tfmath.model.parameters import rounded, shapes, starting_values
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.softmax import log_softmax
from tfmath.parts.text import SPECIALS, data_path, encode, read_corpus, tokenize, vocabulary

PAIRS = (
    ("i drink and", "i know things"),
    ("when you play game of thrones", "you win or you die"),
    ("the true enemy won't wait out the storm", "he brings the storm"),
)
"""What the encoder reads, and what the decoder is to write."""

WORDS = vocabulary([w for quote in read_corpus() for w in tokenize(quote)], SPECIALS)
"""The 26 words of the embedding: three special ones, and the corpus's 23."""

SIZES = shapes(len(WORDS), d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7)
"""The name and shape of every table."""

LONGEST = 8
"""The most words the decoder may write."""


def load(path=None):
    """The trained tables, from ``data/toy.csv`` or another file of the same kind.

    Raises
    ------
    ValueError
        If the file is not a whole toy model; see `load_csv`.
    """
    path = data_path("toy.csv") if path is None else path
    parameters, words = load_csv(path, SIZES)
    if words != WORDS:
        raise ValueError(
            f"{path}: the embedding's words are not those of the corpus: {words}."
        )
    return parameters


def finish(parameters, text):
    """Let the model finish a text, word by word.

    Parameters
    ----------
    parameters : dict
    text : str

    Returns
    -------
    list of (str, float)
        Each word written, ``<end>`` included, with its probability.
    """
    step = next_word(parameters, encode(text, WORDS))
    ids = greedy(step, START, END, LONGEST).ids
    return [
        (WORDS[ids[i]], float(np.exp(step(list(ids[:i]))[ids[i]])))
        for i in range(1, len(ids))
    ]


def next_word(parameters, source):
    """The function ``step(ids) -> log-probabilities`` that all decoding methods take."""
    memory = encode_source(parameters, source)

    def step(ids):
        return log_softmax(decode_target(parameters, np.array(ids), memory)[-1])

    return step


def recites(parameters):
    """The lowest probability of any word of the three quotes, or 0 if one is wrong."""
    lowest = 1.0
    for source, target in PAIRS:
        written = finish(parameters, source)
        if [word for word, _ in written] != [*target.split(), "<end>"]:
            return 0.0
        lowest = min([lowest, *(p for _, p in written)])
    return lowest


def train_toy(rng, steps=500, rounded_steps=700, learning_rate=0.02):
    """Train the toy model from random numbers, then teach it to be rounded.

    Parameters
    ----------
    rng : numpy.random.Generator
    steps, rounded_steps : int
        Steps of Adam without and with rounding to one decimal.
    learning_rate : float

    Yields
    ------
    Step
        The tables of the last one, rounded, are the toy model.
    """
    batch = make_batch(PAIRS, WORDS)
    parameters = starting_values(rng, SIZES)
    for step in train(parameters, batch, steps, learning_rate, label_smoothing=0.1):
        yield step
    for after in train(
        step.parameters, batch, rounded_steps, learning_rate / 2, 0.1, decimals=1
    ):
        yield after._replace(number=steps + after.number)


def final(step):
    """The tables of a training step, rounded to one decimal."""
    return rounded(step.parameters, 1)
