"""Training: show the model what should come next, move every number a little, repeat."""

import math
from typing import NamedTuple

import numpy as np

from tfmath import arguments
from tfmath.arguments import callable_, instance, items, number, whole
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import adam, clip_gradients, start_state
from tfmath.learning.recorded import Recorded, naming_what_is_not_finite
from tfmath.model.names import flatten, tables_of, unflatten
from tfmath.model.parameters import rounded, traced
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.parts.text import END, PAD, SPECIALS, START, encode
from tfmath.tracing import named

MOVE = ("parameters", "gradients", "state", "learning_rate")


class Batch(NamedTuple):
    """Sentences side by side, filled up with ``<pad>`` to the longest.

    Attributes
    ----------
    source : (n_sentences, n_source) of int
        What the encoder reads.
    target : (n_sentences, n_target) of int
        What the decoder reads: ``<start>`` and the right words.
    following : (n_sentences, n_target) of int
        What it should say: the right words and ``<end>``.
    """

    source: np.ndarray
    target: np.ndarray
    following: np.ndarray


class Step(NamedTuple):
    """What a training step leaves: its number, the loss before it, the tables after it."""

    number: int
    loss: float
    parameters: dict


def make_batch(pairs, vocabulary):
    """Ids for pairs of texts (what is read, what is to be written).

    Parameters
    ----------
    pairs : list of (str, str)
    vocabulary : tuple of str
        Begins with the three `SPECIALS`.

    Returns
    -------
    batch : Batch

    Examples
    --------
    >>> words = ("<pad>", "<start>", "<end>", "you", "win", "or", "die")
    >>> make_batch([("you win", "or die"), ("you", "die")], words).following.tolist()
    [[5, 6, 2], [6, 2, 0]]
    """
    vocabulary = arguments.words("make_batch", "vocabulary", vocabulary)
    if vocabulary[:3] != SPECIALS:
        raise ValueError(
            f"make_batch: vocabulary must begin with {', '.join(SPECIALS)}; "
            "vocabulary(words, SPECIALS) makes one."
        )
    pairs = _text_pairs(pairs)
    read = [encode(source, vocabulary) for source, _ in pairs]
    written = [encode(target, vocabulary) for _, target in pairs]
    return Batch(
        _filled(read),
        _filled([[START, *ids] for ids in written]),
        _filled([[*ids, END] for ids in written]),
    )


def _text_pairs(pairs):
    pairs = items("make_batch", "pairs", pairs, "(text, text)")
    for place, pair in enumerate(pairs):
        pair = arguments.words("make_batch", f"pairs[{place}]", pair)
        if len(pair) != 2:
            raise ValueError(f"make_batch: pairs[{place}] holds {len(pair)} texts, not 2.")
    if not pairs:
        raise ValueError("make_batch: pairs is empty; give at least one.")
    return pairs


def _filled(rows):
    longest = max(len(row) for row in rows)
    return np.array([[*row, *[PAD] * (longest - len(row))] for row in rows])


def traced_loss(parameters, batch, label_smoothing=0.0, model=transformer, **variant):
    """The loss of a batch, with the record of how it came about.

    Parameters
    ----------
    parameters : dict
    batch : Batch
    label_smoothing : float
    model : function
        ``(parameters, source, target, source_mask, **variant) -> logits``.
    **variant
        For `model`: ``block`` and ``activation``, as for `transformer`.

    Returns
    -------
    loss : Traced

    Examples
    --------
    >>> from tfmath import toy
    >>> traced_loss(toy.load(), make_batch(toy.PAIRS, toy.WORDS)).name
    'loss'
    """
    label_smoothing = _checked("traced_loss", parameters, batch, label_smoothing)
    callable_("traced_loss", "model", model, "such as transformer")
    logits = model(
        traced(parameters),
        batch.source,
        batch.target,
        padding_mask(batch.source, PAD),
        **variant,
    )
    loss = cross_entropy(
        logits, batch.following, label_smoothing=label_smoothing, ignore_id=PAD
    )
    return named("loss", loss)


def loss_and_gradients(parameters, batch, label_smoothing=0.0, **variant):
    """The loss of a batch and its gradient by every table, as a flat dict.

    Parameters
    ----------
    parameters, batch, label_smoothing, **variant
        As for `traced_loss`.

    Returns
    -------
    loss : float
    gradients : dict of name → array

    Examples
    --------
    The stored model is sure of its three quotes, so little is left to learn:

    >>> from tfmath import toy
    >>> loss, slopes = loss_and_gradients(toy.load(), make_batch(toy.PAIRS, toy.WORDS))
    >>> round(loss, 2), slopes["embedding"].shape
    (0.12, (26, 5))
    """
    label_smoothing = _checked("loss_and_gradients", parameters, batch, label_smoothing)
    return _recorded(batch, label_smoothing, variant).by_record(parameters)


def _recorded(batch, label_smoothing, variant):
    return Recorded(lambda now: traced_loss(now, batch, label_smoothing, **variant), batch)


def train(
    parameters,
    batch,
    steps,
    learning_rate=0.01,
    label_smoothing=0.0,
    decimals=None,
    max_norm=None,
    move=adam,
    **variant,
):
    """Take `steps` steps downhill on one batch, giving each as it is done.

    Parameters
    ----------
    parameters : dict
        Where to start; left as they are.
    batch : Batch
    steps : int
    learning_rate : float, or function of the step's number
        One rate, or a schedule: ``lambda step: inverse_square_root(step, 5, 100)``. Steps
        are counted from 1.
    label_smoothing : float
    decimals : int, optional
        Round every number to so many decimals in the forward pass, and let the gradient
        pass as if it had not been rounded (the straight-through estimator [1]_): the
        numbers learn to be good when rounded.
    max_norm : float, optional
        Shorten gradients that are longer, see `clip_gradients`.
    move : function
        `adam`, `adamw` or `momentum`, or another function
        ``(parameters, gradients, state, learning_rate) -> parameters, state``. For `sgd`,
        which keeps no state, ``functools.partial(momentum, beta=0)``.
    **variant
        ``model``, and what it takes, as for `traced_loss`.

    Returns
    -------
    steps : iterator of Step
        Its parameters are not rounded; round the last ones with `rounded`.

    Raises
    ------
    TraceError
        If a block has changed its mind without a word, see Notes.
    NonFiniteError
        If the loss is no number any more. It says at which step of the training, and which
        table or named step of the record holds the first NaN or infinity.

    Notes
    -----
    The first two steps are traced. Then the record, printed as one function of the tables,
    runs in its place, where that is the same to the last bit. At steps 4, 8, 16 … it is
    compared again. A block that counts its calls and changes its mind in between has to
    say so: see `Recorded`.

    References
    ----------
    .. [1] Y. Bengio, N. Léonard, A. Courville, "Estimating or Propagating Gradients Through
       Stochastic Neurons for Conditional Computation", 2013.

    Examples
    --------
    >>> from tfmath import toy
    >>> start, batch = toy.load(), make_batch(toy.PAIRS, toy.WORDS)
    >>> first, second = train(start, batch, steps=2, learning_rate=0.001)
    >>> second.number, second.loss < first.loss
    (2, True)
    """
    label_smoothing = _checked("train", parameters, batch, label_smoothing)
    steps = whole("train", "steps", steps)
    if not callable(learning_rate):
        number("train", "learning_rate", learning_rate, above=0)
    if decimals is not None:
        whole("train", "decimals", decimals, least=-math.inf)
    if max_norm is not None:
        number("train", "max_norm", max_norm, above=0)
    way = "such as adam; functools.partial(momentum, beta=0) is sgd"
    callable_("train", "move", move, way, MOVE)
    options = learning_rate, label_smoothing, decimals, max_norm, move
    return _steps(parameters, batch, steps, *options, **variant)


def _steps(
    parameters,
    batch,
    steps,
    learning_rate,
    label_smoothing,
    decimals,
    max_norm,
    move,
    **variant,
):
    flat = flatten(parameters)
    state = start_state(flat)
    recorded = _recorded(batch, label_smoothing, variant)
    for step in range(1, steps + 1):
        seen = flat if decimals is None else flatten(rounded(flat, decimals))
        audited = step & (step - 1) == 0  # 1, 2, 4, 8 …: traced, beside the program
        by_program = None if audited else recorded.by_program(seen)
        loss, grads = by_program or _by_record(recorded, step, unflatten(seen))
        if max_norm is not None:
            grads, _ = clip_gradients(grads, max_norm)
        rate = learning_rate(step) if callable(learning_rate) else learning_rate
        rate = number(f"train, step {step}", "learning_rate", rate, above=0)
        flat, state = _moved(move, flat, grads, state, rate)
        yield Step(step, loss, unflatten(flat))


def _by_record(recorded, step, parameters):
    with naming_what_is_not_finite(f"train, step {step}", parameters):
        return recorded.by_record(parameters)


def _moved(move, *now):
    after = move(*now)
    if isinstance(after, tuple) and len(after) == 2:
        return after
    raise TypeError(
        "train: move must give back two things, (parameters, state); "
        f"it gave {arguments.said(after)}."
    )


def _checked(where, parameters, batch, label_smoothing):
    tables_of(where, parameters)
    instance(where, "batch", batch, Batch, "a Batch, from make_batch")
    return number(where, "label_smoothing", label_smoothing, least=0, most=1)
