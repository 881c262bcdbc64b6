"""The toy model: 764 numbers of one decimal that finish three quotes."""

import numpy as np

from tfmath.arguments import generator, instance, number, whole
from tfmath.decoding.search import greedy
from tfmath.errors import whole_numbers
from tfmath.learning.train import Step, make_batch, train
from tfmath.model.files import load_csv
from tfmath.model.names import tables_of
from tfmath.model.parameters import rounded, shapes, starting_values, traced
from tfmath.model.transformer import decode_target, encode_source, transformer
from tfmath.parts.softmax import log_softmax
from tfmath.parts.text import (
    END,
    SPECIALS,
    START,
    data_path,
    encode,
    read_corpus,
    tokenize,
    vocabulary,
)
from tfmath.tracing import steps

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

    Parameters
    ----------
    path : path of a file, optional

    Returns
    -------
    parameters : dict

    Raises
    ------
    ValueError
        If the file is not a whole toy model; see `load_csv`.

    Examples
    --------
    >>> load()["embedding"].shape
    (26, 5)
    """
    path = data_path("toy.csv") if path is None else path
    parameters, words = load_csv(path, SIZES)
    if words != WORDS:
        raise ValueError(
            f"{path}: the embedding's words are not those of the corpus: {words}."
        )
    return parameters


def worked_example():
    """The record of the course's example: every step on the way to the word ``die``.

    The model has read *when you play game of thrones* and written *you win or you*.

    Returns
    -------
    record : dict
        As of `steps`: the traced array of each step, by its name.

    Examples
    --------
    >>> record = worked_example()
    >>> record["encoder / input"].shape, record["logits"].shape
    ((6, 5), (5, 26))
    >>> WORDS[record["logits"].value[-1].argmax()]
    'die'
    """
    read, written = PAIRS[1][0], [SPECIALS[START], *PAIRS[1][1].split()[:-1]]
    ids = encode(read, WORDS), encode(written, WORDS)
    return steps(transformer(traced(load(), WORDS), *ids))


def finish(parameters, text, **variant):
    """Let the model finish a text, word by word.

    Parameters
    ----------
    parameters : dict
    text : str
    **variant
        What is built otherwise, as for `transformer`.

    Returns
    -------
    list of (str, float)
        Each word written, ``<end>`` included, with its probability.

    Examples
    --------
    >>> [word for word, _ in finish(load(), "i drink and")]
    ['i', 'know', 'things', '<end>']
    """
    tables_of("finish", parameters)
    instance("finish", "text", text, str, "a str")
    step = next_word(parameters, encode(text, WORDS), **variant)
    ids = greedy(step, START, END, LONGEST).ids
    return [
        (WORDS[ids[i]], float(np.exp(step(list(ids[:i]))[ids[i]])))
        for i in range(1, len(ids))
    ]


def next_word(parameters, source, **variant):
    """The function ``step(ids) -> log-probabilities`` that all decoding methods take.

    Every word is worked out from the first one on; `tfmath.decoding.cache.next_word` comes
    to the same numbers and keeps what it can.

    Parameters
    ----------
    parameters : dict
    source : (n_source,) of int
    **variant
        What is built otherwise, as for `transformer`.

    Returns
    -------
    step : function

    Examples
    --------
    >>> step = next_word(load(), encode("i drink and", WORDS))
    >>> WORDS[step([START]).argmax()]
    'i'
    """
    tables_of("next_word", parameters)
    source = whole_numbers("next_word", "source", source)
    own = {name: part for name, part in variant.items() if name != "cross_attention"}
    memory = encode_source(parameters, source, **own)

    def step(ids):
        logits = decode_target(parameters, np.array(ids), memory, **variant)
        return log_softmax(logits[-1])

    return step


def recites(parameters):
    """The lowest probability of any word of the three quotes, or 0 if one is wrong.

    Parameters
    ----------
    parameters : dict

    Returns
    -------
    lowest : float

    Examples
    --------
    >>> recites(load()) > 0.75
    True
    """
    tables_of("recites", parameters)
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

    Returns
    -------
    steps : iterator of Step
        The tables of the last one, rounded, are the toy model.

    Examples
    --------
    >>> few = train_toy(np.random.default_rng(0), steps=2, rounded_steps=1)
    >>> [step.number for step in few]
    [1, 2, 3]
    """
    generator("train_toy", rng)
    steps = whole("train_toy", "steps", steps, least=1)
    rounded_steps = whole("train_toy", "rounded_steps", rounded_steps)
    rate = number("train_toy", "learning_rate", learning_rate, above=0)
    return _train_toy(rng, steps, rounded_steps, rate)


def _train_toy(rng, steps, rounded_steps, rate):
    batch = make_batch(PAIRS, WORDS)
    parameters = starting_values(rng, SIZES)
    for step in train(parameters, batch, steps, rate, label_smoothing=0.1):
        yield step
    start = step.parameters
    for after in train(start, batch, rounded_steps, rate / 2, 0.1, decimals=1):
        yield after._replace(number=steps + after.number)


def final(step):
    """The tables of a training step, rounded to one decimal.

    Parameters
    ----------
    step : Step

    Returns
    -------
    parameters : dict

    Examples
    --------
    >>> final(Step(1, 0.5, {"W": [0.26]}))["W"].tolist()
    [0.3]
    """
    instance("final", "step", step, Step, "a Step, from train_toy")
    return rounded(step.parameters, 1)
