"""The A/B game: say A while all letters so far were A, and B once any was B."""

import math

import numpy as np

from tfmath.arguments import flag, generator, number, whole
from tfmath.attention.heads import attention_head
from tfmath.errors import ShapeError, whole_numbers
from tfmath.parts.embedding import one_hot
from tfmath.parts.masks import causal_mask

A, B = 0, 1


def draw_games(rng, n_games, length):
    """Letters for some games: each is B with chance 1 / length.

    So a game has one B on average, anywhere; about 37 of 100 have none (at length 1 the
    only letter is B).

    Parameters
    ----------
    rng : numpy.random.Generator
    n_games, length : int

    Returns
    -------
    letters : (n_games, length) of int
        0 is A and 1 is B.

    Examples
    --------
    >>> letters = draw_games(np.random.default_rng(0), n_games=1000, length=50)
    >>> letters.shape, bool(0.9 < letters.sum(axis=1).mean() < 1.1)
    ((1000, 50), True)
    """
    generator("draw_games", rng)
    n_games = whole("draw_games", "n_games", n_games)
    length = whole("draw_games", "length", length, least=1)
    return (rng.random((n_games, length)) < 1 / length).astype(int)


def right_answers(letters):
    """A while all letters so far were A, B once any was B.

    Parameters
    ----------
    letters : (*batch, n) of int
        0 is A and 1 is B.

    Returns
    -------
    answers : (*batch, n) of int
        One after each letter: it counts that letter, and none that comes later.

    Raises
    ------
    ValueError
        If a letter is neither 0 nor 1.

    Examples
    --------
    >>> right_answers([A, A, B, A, A]).tolist()
    [0, 0, 1, 1, 1]
    """
    return np.maximum.accumulate(_letters("right_answers", letters), axis=-1)


def hand_set(sharpness=0.0):
    """Three tables for one attention head that looks for B's.

    A letter's row is (1, 0) for A and (0, 1) for B. Every letter asks the same, 1. The key
    of A is 0 and that of B is `sharpness`; the value is 1 for B and 0 for A.

    Parameters
    ----------
    sharpness : float, 0 or more
        A B gets e to this power times the weight of an A; at 0 all letters weigh the same.

    Returns
    -------
    dict of str to array
        W_Q, W_K and W_V, each (2, 1).

    Examples
    --------
    >>> {name: table.ravel().tolist() for name, table in hand_set(3).items()}
    {'W_Q': [1.0, 1.0], 'W_K': [0.0, 3.0], 'W_V': [0.0, 1.0]}
    """
    sharpness = number("hand_set", "sharpness", sharpness, least=0)
    columns = {"W_Q": (1.0, 1.0), "W_K": (0.0, sharpness), "W_V": (0.0, 1.0)}
    return {name: np.array([column]).T for name, column in columns.items()}


def share_of_b(letters, sharpness=0.0, causal=True):
    r"""What one attention head with `hand_set` tables collects: the weight of the B's.

    .. math:: \frac{k e^c}{k e^c + (n - k)}

    for n letters so far, k of them B, and the sharpness c.

    Parameters
    ----------
    letters : (*batch, n) of int
        0 is A and 1 is B.
    sharpness : float
    causal : bool
        Whether each place looks at itself and back only; else it sees later letters too.

    Returns
    -------
    share : (*batch, n)
        At each place.

    Examples
    --------
    Without sharpness, how many of the letters so far were B:

    >>> share_of_b([A, A, B, A]).round(3).tolist()
    [0.0, 0.0, 0.333, 0.25]

    A sharpness of ln 8 lets a B weigh as much as eight A's:

    >>> share_of_b([A, A, B, A], sharpness=np.log(8)).round(3).tolist()
    [0.0, 0.0, 0.8, 0.727]
    """
    x = one_hot(_letters("share_of_b", letters), 2)
    seen = np.broadcast_to(causal_mask(x.shape[-2]), (*x.shape[:-1], x.shape[-2]))
    mask = seen if flag("share_of_b", "causal", causal) else None
    return attention_head(x, x, x, **hand_set(sharpness), mask=mask)[..., 0]


def play(letters, sharpness=0.0, line=0.0):
    """The answers of that head: B where the share of the B's is above a line.

    With the line at 0 every answer is right, at any length: without a B the share is a sum
    of zeros, with one it is at least 1 / n. With another line, see `longest_game`.

    Parameters
    ----------
    letters : (*batch, n) of int
        0 is A and 1 is B.
    sharpness : float
    line : float
        From 0 to 1, and below 1.

    Returns
    -------
    answers : (*batch, n) of int

    Examples
    --------
    >>> play([A, A, B, A, A]).tolist()
    [0, 0, 1, 1, 1]

    At the line 1/2 and with a B that weighs as much as two A's, the third A outvotes it:

    >>> play([B, A, A, A], sharpness=np.log(2.5), line=0.5).tolist()
    [1, 1, 1, 0]
    """
    line = _line("play", line)
    return (share_of_b(letters, sharpness) > line).astype(int)


def longest_game(sharpness, line=0.5):
    r"""Up to which length `play` is right, whatever the letters are.

    .. math:: \frac{e^c}{e^c + n - 1} > t \iff n - 1 < \frac{1 - t}{t}\, e^c

    for the sharpness c and the line t: one B among n letters is the hardest case.

    Parameters
    ----------
    sharpness, line : float

    Returns
    -------
    int or float
        Infinity if the line is 0, or if the length has more than 304 digits.

    Examples
    --------
    A B that weighs as much as 2.5 A's wins against two, and loses against three:

    >>> longest_game(np.log(2.5), line=0.5)
    3
    >>> longest_game(0.0, line=0.0)
    inf
    """
    sharpness = number("longest_game", "sharpness", sharpness, least=0)
    line = _line("longest_game", line)
    against = math.inf if line == 0 else sharpness + math.log1p(-line) - math.log(line)
    return math.inf if against > 700 else math.ceil(math.exp(against))


def _letters(where, letters):
    letters = whole_numbers(where, "letters", letters, 2)
    if letters.ndim == 0:
        raise ShapeError(f"{where}: letters is a single number; give a row, (n,).")
    return letters


def _line(where, line):
    return number(where, "line", line, least=0, below=1)
