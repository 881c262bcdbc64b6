"""Dropout: while learning, forget some numbers by chance, to rely on none alone."""

import numpy as np

from tfmath.errors import floats
from tfmath.parts.norm import post_norm
from tfmath.tracing import constant


def dropout(x, p, rng=None):
    r"""Put each number to 0 with probability p, and enlarge the others to make up for it.

    .. math:: \mathrm{Dropout}(x)_i = \begin{cases} 0 & \text{with probability } p \\
              x_i / (1 - p) & \text{otherwise} \end{cases}

    Parameters
    ----------
    x : array of any shape
    p : float
        0 or more, below 1.
    rng : numpy.random.Generator, optional
        Draws what is dropped. Without it nothing is: dropout is for learning only.

    Returns
    -------
    output : array of the shape and dtype of `x`
        On average over what may be drawn equal to `x`.

    Raises
    ------
    ValueError
        If p is outside 0 … 1, or is 1: then nothing would be left to enlarge.

    Notes
    -----
    Because the enlarging happens here, nothing has to be shrunk when the model is used:
    "inverted" dropout, as ``torch.nn.Dropout``. [1]_ shrinks the weights afterwards.

    References
    ----------
    .. [1] N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
       Overfitting", 2014.

    Examples
    --------
    What is not dropped is doubled, since half of it all is missing:

    >>> dropout(np.ones(8), 0.5, np.random.default_rng(0)).tolist()
    [2.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0]
    >>> dropout(np.ones(8), 0.5).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    x, p = floats("dropout", x=x), _probability("dropout", p)
    if rng is None:
        return x
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"dropout: rng is {rng!r}; pass np.random.default_rng(seed).")
    kept = (rng.random(x.shape) >= p) / (1 - p)
    return x * constant("kept", kept.astype(x.dtype), beside=x)


def with_dropout(p, rng=None, block=post_norm):
    """A block that drops some of each sublayer's output before it is added.

    Parameters
    ----------
    p : float
    rng : numpy.random.Generator, optional
        As for `dropout`.
    block : function
        `post_norm` or `pre_norm`.

    Returns
    -------
    block : function
        To be given to `transformer` or `train` as ``block=``.

    Notes
    -----
    Section 5.4 of "Attention Is All You Need", which takes p = 0.1 and also drops from the
    sum of embeddings and positions; that is left out here.

    Examples
    --------
    >>> block, one = with_dropout(0.5, np.random.default_rng(0)), np.ones(2)
    >>> block("norm 1", np.array([[1.0, 3.0]]), np.zeros_like, one, one).round(2)
    array([[0., 2.]])
    """
    _probability("with_dropout", p)

    def dropping(where, x, sublayer, gain, bias):
        return block(where, x, lambda x: dropout(sublayer(x), p, rng), gain, bias)

    return dropping


def _probability(where, p):
    if not 0 <= p < 1:
        raise ValueError(f"{where}: p is {p}; allowed is 0 or more and below 1.")
    return float(p)
