"""Training: show the model what should come next, move every number a little, repeat."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from tfmath.errors import NonFiniteError
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import adam, clip_gradients, start_state
from tfmath.model.parameters import flatten, rounded, traced, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.parts.text import encode
from tfmath.tracing import gradients, named, watched

PAD, START, END = 0, 1, 2  # their ids: the first three words of the vocabulary


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

    Examples
    --------
    >>> words = ("<pad>", "<start>", "<end>", "you", "win", "or", "die")
    >>> make_batch([("you win", "or die"), ("you", "die")], words).following.tolist()
    [[5, 6, 2], [6, 2, 0]]
    """
    read = [encode(source, vocabulary) for source, _ in pairs]
    written = [encode(target, vocabulary) for _, target in pairs]
    return Batch(
        _filled(read),
        _filled([[START, *ids] for ids in written]),
        _filled([[*ids, END] for ids in written]),
    )


def _filled(rows):
    longest = max(len(row) for row in rows)
    return np.array([[*row, *[PAD] * (longest - len(row))] for row in rows])


def traced_loss(parameters, batch, label_smoothing=0.0, **variant):
    """The loss of a batch, with the record of how it came about.

    Parameters
    ----------
    parameters : dict
    batch : Batch
    label_smoothing : float
    **variant
        ``block`` and ``activation``, as for `transformer`.

    Returns
    -------
    loss : Traced
    """
    logits = transformer(
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
    """The loss of a batch and its gradient by every table, as a flat dict."""
    loss = traced_loss(parameters, batch, label_smoothing, **variant)
    by_step = gradients(loss)
    return float(loss.value), {name: by_step[name] for name in flatten(parameters)}


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
        ``(parameters, gradients, state, learning_rate) -> parameters, state``.
    **variant
        ``block`` and ``activation``, as for `transformer`.

    Yields
    ------
    Step
        Its parameters are not rounded; round the last ones with `rounded`.

    Raises
    ------
    NonFiniteError
        If the loss is no number any more. It says at which step of the training, and which
        table or named step of the record holds the first NaN or infinity.

    References
    ----------
    .. [1] Y. Bengio, N. Léonard, A. Courville, "Estimating or Propagating Gradients Through
       Stochastic Neurons for Conditional Computation", 2013.
    """
    flat = flatten(parameters)
    state = start_state(flat)
    for number in range(1, steps + 1):
        now = unflatten(flat)
        seen = now if decimals is None else rounded(now, decimals)
        with _naming_what_is_not_finite(f"train, step {number}", seen):
            loss, grads = loss_and_gradients(seen, batch, label_smoothing, **variant)
        if max_norm is not None:
            grads, _ = clip_gradients(grads, max_norm)
        rate = learning_rate(number) if callable(learning_rate) else learning_rate
        flat, state = move(flat, grads, state, rate)
        yield Step(number, loss, unflatten(flat))


@contextmanager
def _naming_what_is_not_finite(where, parameters):
    """Look at every step that gets a name; what is not finite stops the training."""
    with watched() as seen, np.errstate(over="ignore", invalid="ignore"):
        try:
            yield
        except NonFiniteError as error:
            raise NonFiniteError(
                f"{where}: {_first_bad(parameters, seen) or error}"
            ) from None
    if not np.isfinite(seen[-1].value):
        raise NonFiniteError(f"{where}: {_first_bad(parameters, seen)}")


def _first_bad(parameters, seen):
    arrays = list(flatten(parameters).items()) + [(step.name, step.value) for step in seen]
    for name, array in arrays:
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            return f"{name} is the first that is not finite: {array[place]} at {place}."
    return None
