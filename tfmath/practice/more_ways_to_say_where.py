"""Exercises of more ways to say where: rows of distances, slopes, turns, clocks."""

import numpy as np

from tfmath.attention.relative import alibi_slopes
from tfmath.attention.rotary import halves, rotate
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------

ROWS = Exercise(
    "Relative rows with reach 3, and a causal mask: how many different rows of the table "
    "does the last of ten words use?",
    len({max(j - 9, -3) for j in range(10)}),
    (
        Mistake(3, "you forget the distance 0: the word looks at itself as well"),
        Mistake(7, "the rows ahead count as well; nobody looks ahead"),
        Mistake(10, "every distance has a row of its own; from 3 on they share one"),
        Mistake(5, "what is farther than 3 has one more row; it shares that of 3"),
    ),
    (
        "The distances are 0, 1, 2, … up to 9.",
        "Everything from 3 on takes the row of 3.",
        "0, 1, 2, and 3 or more",
    ),
    tolerance=0,
)

TURNED = Exercise(
    "A place turns by a quarter: (x, y) becomes (−y, x). Query (2, 1) at place 9, key "
    "(1, 0) at place 6: what is their dot product?",
    1,
    (
        Mistake(2, "nothing is turned, or both by the same; they are three quarters apart"),
        Mistake(-1, "the query alone is turned, or both are turned the other way"),
        Mistake(-2, "the key alone is turned; the query turns too, by nine quarters"),
        Mistake(3, "you give the distance of the places; the dot product is asked"),
    ),
    (
        "Four quarters change nothing: nine do what one does, six do what two do.",
        "The query has become (−1, 2).",
        "(−1, 2) and (−1, 0)",
    ),
    tolerance=0,
)

LOST = Exercise(
    "Turn sees up from 16: at which number of words do the two clocks first look elsewhere "
    "than three back?",
    42,
    (
        Mistake(41, "you give the distance; 41 back is the 42nd word that is seen"),
        Mistake(48, "you take the second place that wins, 47 back; one wins before it"),
        Mistake(47, "you give the highest of the far places; a lower one comes sooner"),
        Mistake(10, "you follow the fast clock alone; 9 back the slow one is against it"),
        Mistake(17, "you take the first new length; the clocks hold out longer"),
        Mistake(63, "you wait until the slow clock is round; it is high before"),
        Mistake(1, "nothing is three back yet; turn the knob up from 16"),
    ),
    (
        "As long as the line says 3, let the clocks see more words.",
        "Try 32 and 64, then halve what lies between.",
        "With 41 words the farthest is 40 back, and 3 still wins.",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _alibi(sign=-1, far=abs, scale=1):
    """A table of slopes times distances, perhaps wrong."""

    def bias(n, slopes):
        i = np.arange(n)
        distance = far(i - i[:, np.newaxis])
        return sign * scale * np.reshape(slopes, (-1, 1, 1)) * distance

    return bias


def _hiding_ahead(n, slopes):
    return np.where(np.tri(n, dtype=bool), _alibi()(n, slopes), -np.inf)


def _bias_by_loops(n, slopes):
    found = np.zeros((len(slopes), n, n))
    for h, i, j in np.ndindex(found.shape):
        found[h, i, j] = -slopes[h] * abs(i - j)
    return found


def _bias_by_outer(n, slopes):
    far = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.multiply.outer(-np.asarray(slopes), far)


BIAS = Exercise(
    "Write my_bias(n, slopes): for each head an (n, n) table, minus its slope times the "
    "distance.",
    _alibi(),
    (
        Mistake(_alibi(sign=1), "the sign is turned round: what is far would be preferred"),
        Mistake(
            _alibi(far=lambda d: d),
            "it grows from left to right and the distance is not made positive: the first "
            "places are preferred",
        ),
        Mistake(
            _alibi(far=lambda d: -d),
            "the distance is not made positive: what is ahead would be preferred",
        ),
        Mistake(_alibi(far=np.square), "the distance is squared"),
        Mistake(
            _hiding_ahead,
            "what is ahead is hidden; that is the mask's task, here too it is −m|i − j|",
        ),
        Mistake(_alibi(far=lambda d: abs(d) + 1), "the distance to oneself is 1, not 0"),
        Mistake(
            lambda n, slopes: np.moveaxis(_alibi()(n, slopes), 0, -1),
            "the heads are the last axis; they come first",
        ),
        Mistake(
            lambda n, slopes: _alibi()(n, alibi_slopes(len(slopes))),
            "the slopes are the published ones, not those that were given",
        ),
        Mistake(
            lambda n, slopes: _alibi()(n, slopes).sum(axis=0),
            "the heads are added up; each needs a table of its own",
        ),
    ),
    (
        "i = np.arange(n); abs(i[:, np.newaxis] - i) is the table of distances.",
        "slopes[:, np.newaxis, np.newaxis] has an axis a head, and two that stretch.",
        "return -slopes[:, np.newaxis, np.newaxis] * abs(i[:, np.newaxis] - i)",
    ),
    (
        lambda rng: (sizes(rng, 1)[0], alibi_slopes(sizes(rng, 2, most=5)[1])[::-1] / 3),
        lambda rng: (sizes(rng, 1, least=4)[0], rng.random(sizes(rng, 1, most=6)[0])),
    ),
    forms=(_bias_by_loops, _bias_by_outer),
)


def _angles(positions, d, exponent=None):
    pair = np.arange(d) // 2
    exponent = -2 * pair / d if exponent is None else exponent(pair, d)
    return np.reshape(positions, (-1, 1)) * 10000.0**exponent


def _turned(rows, angles):
    x, y = rows[:, 0::2], rows[:, 1::2]
    cos, sin = np.cos(angles[:, 0::2]), np.sin(angles[:, 0::2])
    found = np.empty(rows.shape)
    found[:, 0::2], found[:, 1::2] = x * cos - y * sin, x * sin + y * cos
    return found


def _by_exponent(exponent):
    return lambda rows, positions: _turned(
        rows, _angles(positions, rows.shape[-1], exponent)
    )


def _overwriting(rows, positions):
    angles = _angles(positions, rows.shape[-1])[:, 0::2]
    x, y, cos, sin = rows[:, 0::2], rows[:, 1::2], np.cos(angles), np.sin(angles)
    found = np.empty(rows.shape)
    found[:, 0::2] = x = x * cos - y * sin
    found[:, 1::2] = x * sin + y * cos
    return found


def _as_complex(rows, positions):
    z = rows[:, 0::2] + 1j * rows[:, 1::2]
    z = z * np.exp(1j * _angles(positions, rows.shape[-1])[:, 0::2])
    return np.stack([z.real, z.imag], axis=-1).reshape(rows.shape)


def _by_pairs(rows, positions):
    found = [list(row) for row in rows]
    for row, place in zip(found, positions, strict=True):
        for i in range(0, len(row), 2):
            angle = place * 10000 ** (-i / len(row))
            x, y = row[i], row[i + 1]
            row[i] = x * np.cos(angle) - y * np.sin(angle)
            row[i + 1] = y * np.cos(angle) + x * np.sin(angle)
    return found


def _rows_and_places(rng):
    n, pairs = sizes(rng, 2, least=2, most=7)
    return rng.normal(size=(n, 2 * pairs)), rng.integers(5, 400, n)


ROTATE = Exercise(
    "Write my_rotate(rows, positions): columns 0 and 1 are pair 0, columns 2 and 3 pair 1, "
    "…; pair i turns by position / 10000^(2i/d).",
    rotate,
    (
        Mistake(
            lambda rows, positions: rotate(rows, -positions),
            "it turns the other way: in the new x it is − y sin, in the new y + x sin",
        ),
        Mistake(
            _overwriting,
            "the new y is made with the new x; it takes the old one, so keep it",
        ),
        Mistake(
            lambda rows, positions: rotate(rows, positions, halves),
            "column i is paired with column i + d/2; here neighbours are a pair",
        ),
        Mistake(
            lambda rows, positions: rotate(rows, np.arange(len(rows))),
            "the rows are counted 0, 1, 2, …; the positions are given",
        ),
        Mistake(_by_exponent(lambda i, d: -i / d), "the exponent is i/d, not 2i/d"),
        Mistake(_by_exponent(lambda i, d: -4 * i / d), "the exponent is doubled, 4i/d"),
        Mistake(
            _by_exponent(lambda i, d: 2 * i / d), "you multiply by the power, not divide"
        ),
        Mistake(
            lambda rows, positions: rows * np.cos(_angles(positions, rows.shape[-1])),
            "each column is only shrunk by its cosine; its partner has to come in",
        ),
        Mistake(
            lambda rows, positions: _turned(
                rows, np.radians(_angles(positions, rows.shape[-1]))
            ),
            "the angles are degrees, not radians",
        ),
        Mistake(
            lambda rows, positions: rotate(rows, positions, base=1000.0),
            "the base is 1000, not 10000",
        ),
    ),
    (
        "x, y = rows[:, 0::2], rows[:, 1::2] are the two columns of each pair.",
        "angle = positions[:, np.newaxis] / 10000 ** (np.arange(0, d, 2) / d)",
        "found[:, 0::2] = x cos − y sin, found[:, 1::2] = y cos + x sin",
    ),
    _rows_and_places,
    forms=(_as_complex, _by_pairs),
)

EXERCISES = (ROWS, TURNED, BIAS, ROTATE, LOST)
