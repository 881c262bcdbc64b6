"""Laws that a run must keep: witnesses that compute nothing a second time."""

import numpy as np

from tfmath.learning.train import PAD, Batch
from tfmath.model.parameters import flatten, unflatten
from tfmath.tracing import gradients, steps
from tfmath.witness.cases import SMOOTHING

CLOSE = 1e-6


def weights_add_up(case, loss):
    """Whether each row of attention weights has the sum 1.

    Parameters
    ----------
    case : Case
    loss : function
        ``loss(parameters, batch, label_smoothing)``, traced.

    Returns
    -------
    bool

    Examples
    --------
    >>> from tfmath.learning.train import traced_loss
    >>> from tfmath.witness.cases import toy_case
    >>> weights_add_up(toy_case(), traced_loss)
    True
    """
    run = steps(loss(case.parameters, case.batch, SMOOTHING))
    weights = [step.value for name, step in run.items() if name.endswith("heads / weights")]
    return all(_near(w.sum(axis=-1), 1.0) for w in weights)


def slopes_are_slopes(case, loss):
    """Whether the loss grows as its gradients say, a little way in one direction.

    Parameters and what comes back as for `weights_add_up`.

    Examples
    --------
    >>> from tfmath.learning.train import traced_loss
    >>> from tfmath.witness.cases import toy_case
    >>> slopes_are_slopes(toy_case(), traced_loss)
    True
    """
    flat, rng = flatten(case.parameters), np.random.default_rng(0)
    way = {name: rng.normal(size=np.shape(table)) for name, table in flat.items()}

    def at(far):
        moved = {name: flat[name] + far * way[name] for name in flat}
        return loss(unflatten(moved), case.batch, SMOOTHING)

    found = gradients(at(0.0))
    said = sum((found[name] * way[name]).sum() for name in flat)
    return bool(abs((at(1e-6).value - at(-1e-6).value) / 2e-6 / said - 1) < 1e-5)


def padding_is_silent(case, loss):
    """Whether each sentence gets the same scores alone as among the padded others.

    Parameters and what comes back as for `weights_add_up`.

    Examples
    --------
    >>> from tfmath.learning.train import traced_loss
    >>> from tfmath.witness.cases import toy_case
    >>> padding_is_silent(toy_case(), traced_loss)
    True
    """
    together = _logits(case.parameters, case.batch, loss)
    for scores, *ids in zip(together, *case.batch, strict=True):
        alone = Batch(*(row[row != PAD][None] for row in ids))
        found = _logits(case.parameters, alone, loss)[0]
        if not _near(scores[: len(found)], found):
            return False
    return True


def quotes_are_finished(case, loss):
    """Whether the largest score is the right word's, after each right beginning.

    Parameters and what comes back as for `weights_add_up`.

    Examples
    --------
    >>> from tfmath.learning.train import traced_loss
    >>> from tfmath.witness.cases import toy_case
    >>> quotes_are_finished(toy_case(), traced_loss)
    True
    """
    chosen = _logits(case.parameters, case.batch, loss).argmax(axis=-1)
    following = case.batch.following
    return bool((chosen == following)[following != PAD].all())


def _logits(parameters, batch, loss):
    return steps(loss(parameters, batch, SMOOTHING))["logits"].value


def _near(found, expected):
    return bool((np.abs(found - expected) <= CLOSE).all())


LAWS = {
    "weights add up to 1": weights_add_up,
    "slopes are slopes": slopes_are_slopes,
    "padding is silent": padding_is_silent,
    "quotes are finished": quotes_are_finished,
}
"""Each law by its name."""
