"""Dropout: while learning, forget some numbers by chance, to rely on none alone."""

from tfmath.arguments import callable_, generator, number
from tfmath.errors import floats
from tfmath.parts.norm import post_norm
from tfmath.tracing import constant
from tfmath.tracing.looks import looked


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

    Steps
    -----
    kept
        1 for each number that stays, 0 for the others.

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

    >>> import numpy as np
    >>> dropout(np.ones(8), 0.5, np.random.default_rng(0)).tolist()
    [2.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0]
    >>> dropout(np.ones(8), 0.5).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    x, p = floats("dropout", x=x), number("dropout", "p", p, least=0, below=1)
    if rng is None:
        return x
    generator("dropout", rng)
    looked("chance")
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
    >>> import numpy as np
    >>> block, one = with_dropout(0.5, np.random.default_rng(0)), np.ones(2)
    >>> block("norm 1", np.array([[1.0, 3.0]]), np.zeros_like, one, one).round(2)
    array([[0., 2.]])
    """
    p = number("with_dropout", "p", p, least=0, below=1)
    callable_("with_dropout", "block", block, "post_norm or pre_norm")
    if rng is not None:
        generator("with_dropout", rng)

    def dropping(where, x, sublayer, *tables, **own):
        return block(where, x, lambda x: dropout(sublayer(x), p, rng), *tables, **own)

    return dropping
