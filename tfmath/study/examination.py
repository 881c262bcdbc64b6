"""An examination that looking at all words alike cannot pass: find one note of eight."""

from functools import partial

import numpy as np

from tfmath.arguments import callable_, generator, instance, whole, wholes
from tfmath.attention.dot_product import attend
from tfmath.attention.linear import linear_attention
from tfmath.attention.low_rank import low_rank_attention, pooling
from tfmath.attention.random_features import draw_directions, random_feature_attention
from tfmath.errors import ShapeError, whole_numbers
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import adam, start_state
from tfmath.tracing import gradients, trace

TABLES = "asked", "name", "letter", "out"
LOOKING = "all weights alike", "plain", "linear", "64 random features"  # at names
NOTES, BATCH, FRESH, RATE = 8, 64, 1000, 0.02  # values are as wide as there are letters


def notes(rng, n_rows):
    """Rows of eight notes, each a name and its letter, and the one name that is asked for.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_rows : int

    Returns
    -------
    names, letters : (n_rows, 8) of int
        Every name stands once in a row, somewhere; its letter, 0 to 7, is drawn anew.
    asked, answer : (n_rows,) of int
        A name, and its letter.

    Examples
    --------
    >>> names, letters, asked, answer = notes(np.random.default_rng(0), 1)
    >>> names[0].tolist(), letters[0].tolist()
    ([2, 4, 3, 6, 5, 0, 1, 7], [1, 6, 5, 7, 4, 4, 7, 5])
    >>> asked.tolist(), answer.tolist()
    ([5], [4])
    """
    rng, n_rows = generator("notes", rng), whole("notes", "n_rows", n_rows)
    names = rng.permuted(np.tile(np.arange(NOTES), (n_rows, 1)), axis=1)
    letters, asked = rng.integers(NOTES, size=names.shape), rng.integers(NOTES, size=n_rows)
    return names, letters, asked, letters[names == asked[:, np.newaxis]]


def candidates(width, draw=0):
    """The attentions that are examined, by name.

    Parameters
    ----------
    width : int
        Of a query and a key.
    draw : int
        Which random directions: a seed.

    Returns
    -------
    attentions : dict of str to function
        Of query, key, value; "low rank" takes its table `E` besides.

    Examples
    --------
    >>> list(candidates(4))[-1]
    'all weights alike'
    """
    width = whole("candidates", "width", width, least=1)
    draw = whole("candidates", "draw", draw)
    drawn = draw_directions(np.random.default_rng(draw), 64, width)
    return {
        "plain": attend,
        "64 random features": partial(random_feature_attention, directions=drawn),
        "linear": linear_attention,
        "low rank: 2 mixtures": low_rank_attention,
        "all weights alike": partial(attend, scale=0.0),
    }


def answers(tables, attention, names, letters, asked):
    """How likely each letter is the answer, for every row of notes.

    Parameters
    ----------
    tables : dict of str to array
        From `examined`.
    attention : function
        From `candidates`.
    names, letters, asked
        From `notes`.

    Returns
    -------
    scores : (n_rows, 8)

    Examples
    --------
    The query of name 0 fits the first note, and so its letter, 7, gets the largest score:

    >>> one = np.eye(8)
    >>> tables = {"asked": 9 * one, "name": one, "letter": one, "out": one}
    >>> names, letters = np.arange(8)[np.newaxis], np.array([[7, 6, 5, 4, 3, 2, 1, 0]])
    >>> answers(tables, attend, names, letters, np.array([0])).argmax(axis=1).tolist()
    [7]
    """
    tables, own = _known(tables)
    callable_("answers", "attention", attention, "from candidates")
    names, letters, asked = _notes_of(names, letters, asked)
    query = tables["asked"][asked][:, np.newaxis]
    key, value = tables["name"][names], tables["letter"][letters]
    return attention(query, key, value, **own)[:, 0] @ tables["out"]


def _known(tables):
    """The four tables, and what else an attention takes."""
    instance("answers", "tables", tables, dict, "a dict of tables, from examined")
    for name in TABLES:
        if name not in tables:
            raise ValueError(
                f"answers: tables has no {name!r}; it needs {', '.join(TABLES)}."
            )
    return tables, {name: tables[name] for name in tables.keys() - set(TABLES)}


def _notes_of(names, letters, asked):
    rows = {"names": names, "letters": letters, "asked": asked}
    found = [whole_numbers("answers", name, ids, NOTES) for name, ids in rows.items()]
    wanted = (found[2].size, NOTES)
    if found[2].ndim != 1 or not found[0].shape == found[1].shape == wanted:
        raise ShapeError(
            f"answers: names {found[0].shape} and letters {found[1].shape} must be "
            f"(n_rows, {NOTES}), and asked {found[2].shape} (n_rows,)."
        )
    return found


def examined(attention, width, seed, n_steps):
    """The tables of one head that was trained to answer, each time on other notes.

    Parameters
    ----------
    attention : function
        From `candidates`.
    width, seed, n_steps : int

    Returns
    -------
    tables : dict of str to array

    Examples
    --------
    >>> {name: t.shape for name, t in examined(attend, 4, seed=0, n_steps=1).items()}
    {'asked': (8, 4), 'name': (8, 4), 'letter': (8, 8), 'out': (8, 8)}
    """
    width, n_steps = (
        whole("examined", n, x) for n, x in (("width", width), ("n_steps", n_steps))
    )
    callable_(
        "examined", "attention", attention, "of query, key and value, from candidates"
    )
    rng = np.random.default_rng(whole("examined", "seed", seed))
    tables = {
        n: rng.normal(size=(NOTES, width)) / np.sqrt(width) for n in ("asked", "name")
    }
    for name in ("letter", "out"):
        tables[name] = rng.normal(size=(NOTES, NOTES)) / np.sqrt(NOTES)
    if attention is low_rank_attention:
        tables["E"] = pooling(NOTES, 2)
    state = start_state(tables)
    for _ in range(n_steps):
        *given, answer = notes(rng, BATCH)
        traced = {name: trace(table, name) for name, table in tables.items()}
        loss = cross_entropy(answers(traced, attention, *given), answer)
        tables, state = adam(tables, gradients(loss, of=traced), state, RATE)
    return tables


def examination(widths=(2, 3, 4, 5, 6, 7, 8), seeds=(0, 1, 2), n_steps=400):
    """Which attentions learn to find a note.

    Parameters
    ----------
    widths, seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Attention, width, seed, the share of right answers to 1,000 other rows, and the
        same with other random directions than those it was trained with.

    Examples
    --------
    >>> rows = examination(widths=[4], seeds=[0], n_steps=1)
    >>> [row["attention"] for row in rows][:2]
    ['plain', '64 random features']
    """
    widths = wholes("examination", "widths", widths, least=1)
    seeds = wholes("examination", "seeds", seeds)
    *given, answer = notes(np.random.default_rng(100), FRESH)
    rows = []
    for width in widths:
        others = candidates(width, draw=1)
        for name, attention in candidates(width).items():
            for seed in seeds:
                tables, row = examined(attention, width, seed, n_steps), {"attention": name}
                row |= {"width": width, "seed": seed}
                row["right"] = _right(tables, attention, given, answer)
                row["another_draw"] = _right(tables, others[name], given, answer)
                rows.append(row)
    return rows


def _right(tables, attention, given, answer):
    """The share of right answers."""
    found = answers(tables, attention, *given).argmax(axis=1) == answer
    return round(float(found.mean()), 4)


def looks(widths=(2, 4, 6, 8), seeds=(0, 1, 2), n_steps=400):
    """Whom the heads look at after their training: of the seeds the one least often right.

    Parameters
    ----------
    widths, seeds : sequence of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Attention, width, the share of right answers, the name that is asked for, and its
        weight on each of the eight names. Heads with random directions come again, asked
        with another draw; mixtures, which look at places and not at names, do not.

    Examples
    --------
    >>> rows = looks(widths=[4], seeds=[0], n_steps=1)
    >>> rows[-1]["attention"], len(rows)
    ('64, redrawn', 40)
    """
    widths, seeds = (
        wholes("looks", "widths", widths, least=1),
        wholes("looks", "seeds", seeds),
    )
    *given, answer = notes(np.random.default_rng(100), FRESH)
    rows = []
    for width in widths:
        known = {n: candidates(width)[n] for n in LOOKING}
        heads = {n: [examined(known[n], width, s, n_steps) for s in seeds] for n in known}
        heads["64, redrawn"] = heads[LOOKING[-1]]
        known["64, redrawn"] = candidates(width, draw=1)[LOOKING[-1]]
        for name, attention in known.items():
            right = [_right(head, attention, given, answer) for head in heads[name]]
            head = {"attention": name, "width": width, "right": min(right)}
            weights = _weights(heads[name][right.index(min(right))], attention)
            rows += [head | {"asked": asked} | row for asked, row in enumerate(weights)]
    return rows


def _weights(tables, attention):
    """For each name that is asked for, its weight on every name, as a dict."""
    weights = attention(tables["asked"], tables["name"], np.eye(NOTES))
    return [{f"name {i}": round(float(w), 3) for i, w in enumerate(row)} for row in weights]
