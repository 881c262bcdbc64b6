"""Models of seven sizes learn a language whose least loss is known with a pencil."""

import numpy as np

from tfmath.arguments import whole, wholes
from tfmath.errors import ShapeError, axes, whole_numbers
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import adam, inverse_square_root, start_state
from tfmath.model.layers import encoder
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import count, shapes, starting_values, traced
from tfmath.model.stacks import check_model
from tfmath.model.transformer import embedded, word_scores
from tfmath.parts.masks import causal_mask
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax
from tfmath.study.flops import decoder_only_multiply_adds, training_flops
from tfmath.study.small_language import (
    CHANCES,
    LENGTH,
    N_TEXTS,
    VOCAB_SIZE,
    checked_followers,
    language,
    write_texts,
)
from tfmath.tracing import backward, named, scope, steps
from tfmath.tracing.program import compiled

WIDTHS, SEEDS = (4, 6, 8, 12, 16, 24, 32), (1, 2, 3, 4)
"""The models: how wide, and from how many starts."""

CHECKPOINTS, WARMUP = (125, 250, 500, 1000, 2000), 100
"""After how many steps the loss is taken; the step with the highest rate."""


# The models -------------------------------------------------------------------------------


def decoder_only(parameters, ids):
    """Score every next word by a stack that looks back only, and at no other text.

    Parameters
    ----------
    parameters : dict
        ``"embedding"`` and ``"encoder"``, as for `transformer`: a decoder without
        cross-attention is an encoder with a causal mask.
    ids : (*batch, n) of int

    Returns
    -------
    logits : (*batch, n, vocab_size)

    Steps
    -----
    decoder / …
        What `embed` and `encoder` record.
    logits
        The scores of all words.

    Examples
    --------
    The last word changes no row before it:

    >>> start = starting_values(np.random.default_rng(0), decoder_only_shapes(d_model=6))
    >>> scores, changed = decoder_only(start, [3, 4, 5]), decoder_only(start, [3, 4, 9])
    >>> scores.shape, (scores == changed).all(axis=-1).tolist()
    ((3, 24), [True, True, False])
    """
    ids = whole_numbers("decoder_only", "ids", ids)
    if ids.ndim == 0:
        raise ShapeError("decoder_only: ids is a single number; give a row, (n,).")
    mask = causal_mask(ids.shape[-1])
    mask = mask[np.newaxis] if ids.ndim > 1 else mask
    check_model("decoder_only", parameters, "embedding", "encoder")
    with scope("decoder"):
        x = embedded(parameters, ids, None, positional_encoding, None)
        x = encoder(x, parameters["encoder"], mask)
    return named("logits", word_scores(x, parameters))


def decoder_only_shapes(d_model, vocab_size=VOCAB_SIZE, n_heads=1, n_layers=1):
    """The tables of a model of that form: d_ff = 4 d_model, and d_k = d_v = d_model / h.

    Parameters
    ----------
    d_model, vocab_size, n_heads, n_layers : int
        `n_heads` divides `d_model`.

    Returns
    -------
    dict of str to tuple

    Examples
    --------
    24 · 4 words, 4 · 4² in the attention, 8 · 4² + 5 · 4 in the feed-forward, 4 · 4 norms:

    >>> from tfmath.study.scaling import table_sizes
    >>> sum(table_sizes(decoder_only_shapes(d_model=4)).values())
    324
    """
    counts = dict(d_model=d_model, vocab_size=vocab_size, n_heads=n_heads)
    for name, size in (counts | {"n_layers": n_layers}).items():
        whole("decoder_only_shapes", name, size, least=1)
    if d_model % n_heads:
        raise ValueError(
            f"decoder_only_shapes: n_heads is {n_heads}; it must divide d_model, {d_model}."
        )
    d_k = d_model // n_heads
    found = shapes(vocab_size, d_model, n_heads, d_k, d_k, 4 * d_model, n_layers)
    return {name: size for name, size in found.items() if not name.startswith("decoder")}


def held_out_loss(parameters, followers, texts):
    """The mean surprise of a model by texts of the language, without luck.

    At each place the surprises at the four words that may come are weighed by their true
    chances, whichever of them came. So the loss is `FLOOR` plus how far the model's
    chances are from the true ones, and no model is below `FLOOR`.

    Parameters
    ----------
    parameters : dict
    followers : (vocab_size, vocab_size, 4) of int
    texts : (n_texts, 2 + length) of int
        From `write_texts`.

    Returns
    -------
    loss : float
        In nats.

    Examples
    --------
    A model without an opinion is surprised by ln 24 = 3.178 at each of 24 words:

    >>> sizes = decoder_only_shapes(d_model=4)
    >>> start = starting_values(np.random.default_rng(0), sizes)
    >>> start["embedding"] = 0 * start["embedding"]
    >>> round(held_out_loss(start, *language()), 3)
    3.178
    """
    followers = checked_followers("held_out_loss", followers)
    texts = whole_numbers("held_out_loss", "texts", texts, len(followers))
    axes("held_out_loss", 2, texts=texts)
    before, now = texts[:, :-2], texts[:, 1:-1]
    logs = log_softmax(decoder_only(parameters, now).astype(np.float64))
    logs = np.take_along_axis(logs, followers[before, now], axis=-1)
    return float(-(logs @ np.array(CHANCES)).mean())


# The experiment ---------------------------------------------------------------------------


def train_on_texts(d_model, seed, checkpoints=CHECKPOINTS):
    """Train one model on texts that are written for each step anew.

    Parameters
    ----------
    d_model, seed : int
    checkpoints : sequence of int
        After how many steps to stop and look, rising.

    Yields
    ------
    step : int
    parameters : dict
        In float32.

    Examples
    --------
    >>> [step for step, _ in train_on_texts(d_model=4, seed=1, checkpoints=(1, 3))]
    [1, 3]
    """
    where, (followers, _) = "train_on_texts", language()
    whole(where, "d_model", d_model, least=1)
    whole(where, "seed", seed)
    checkpoints = wholes(where, "checkpoints", checkpoints, least=1)
    if not checkpoints:
        raise ValueError(f"{where}: checkpoints is empty; give at least one step.")
    rng = np.random.default_rng([2, seed, d_model])
    start = starting_values(rng, decoder_only_shapes(d_model), np.float32)
    tables, program = flatten(start), _program(start)
    state = start_state(tables)
    for step in range(1, max(checkpoints) + 1):
        texts = write_texts(rng, followers)
        _, *grads = program(*tables.values(), texts[:, 1:-1], texts[:, 2:])
        rate = inverse_square_root(step, d_model, WARMUP)
        grads = dict(zip(tables, grads, strict=True))
        tables, state = adam(tables, grads, state, rate)
        if step in checkpoints:
            yield step, unflatten(tables)


def _program(start):
    """The record as one function: tables, ids, targets -> loss and gradients."""
    ids = np.zeros((N_TEXTS, LENGTH), int)
    tables = flatten(traced(start))
    loss = cross_entropy(decoder_only(unflatten(tables), ids), ids + 1)
    grads = backward(loss)
    given = steps(loss)["decoder / ids"], loss.inputs[1]
    return compiled([*tables.values(), *given], [loss, *(grads[name] for name in tables)])


def one_run(d_model, seed, checkpoints=CHECKPOINTS):
    """One model's losses on the way, a row for each checkpoint.

    Parameters
    ----------
    d_model, seed : int
    checkpoints : sequence of int

    Returns
    -------
    rows : list of dict
        With the size, the work so far and the held-out loss.

    Examples
    --------
    >>> row = one_run(d_model=4, seed=1, checkpoints=(1,))[0]
    >>> row["parameters"], row["words"], row["flops"]
    (324, 1024, 2555904)
    """
    return [
        {
            "d_model": d_model,
            "parameters": count(parameters),
            "seed": seed,
            "steps": step,
            "words": step * N_TEXTS * LENGTH,
            "flops": step * step_flops(d_model),
            "loss": round(held_out_loss(parameters, *language()), 5),
        }
        for step, parameters in train_on_texts(d_model, seed, checkpoints)
    ]


def step_flops(d_model):
    """The floating-point operations of one step of the training, by formula.

    Parameters
    ----------
    d_model : int

    Returns
    -------
    int

    Examples
    --------
    64 texts of 16 words, and for each word 12 · 4² + 2 · 16 · 4 + 24 · 4 multiply-adds:

    >>> step_flops(4) == 64 * 16 * 3 * 2 * (12 * 4**2 + 2 * 16 * 4 + 24 * 4)
    True
    """
    d_model = whole("step_flops", "d_model", d_model)
    sizes = dict(n_heads=1, d_k=d_model, d_v=d_model, d_ff=4 * d_model)
    forward = decoder_only_multiply_adds(LENGTH, VOCAB_SIZE, d_model, **sizes)
    return training_flops(N_TEXTS * sum(forward.values()))


def all_runs(widths=WIDTHS, seeds=SEEDS):
    """Every model of the chapter: the rows of ``data/measured/scaling.csv``.

    Parameters
    ----------
    widths, seeds : sequence of int
        As for `one_run`.

    Returns
    -------
    rows : list of dict
        As in `one_run`; about seven minutes on one core.

    Examples
    --------
    >>> all_runs(seeds=[])
    []
    """
    widths = wholes("all_runs", "widths", widths, least=1)
    seeds = wholes("all_runs", "seeds", seeds)
    return [row for width in widths for seed in seeds for row in one_run(width, seed)]
