"""Who hears which lie, and why, in words for `tfmath.show.witnesses`."""

from tfmath.show.witnesses import DEAF, HEARS
from tfmath.witness.blame import PARTS, TAKEN
from tfmath.witness.forger import LIES


def who_hears(columns, whom):
    """Who hears the whole lie, in words for `tfmath.show.witnesses.cells`.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("lies")`` gives them.
    whom : iterable of str
        Whose columns are wanted.

    Returns
    -------
    dict of str to list of str
        For each of them a word for each lie.

    Examples
    --------
    >>> rows = {"lie": ["bend", "ε"], "listener": ["a law"] * 2, "smallest": [0.1, 0.0]}
    >>> who_hears(rows, ["a law"])
    {'a\\nlaw': ['hears', '']}
    """
    rows = list(zip(columns["listener"], columns["smallest"], strict=True))
    return {
        who.replace(" ", "\n", 1): [
            HEARS if size else DEAF for by, size in rows if by == who
        ]
        for who in whom
    }


def who_hears_what(columns):
    """As `who_hears`, for the four witnesses, and whose it is that each lie is about.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("lies")`` gives them.

    Returns
    -------
    dict of str to list of (str, str)
        For each witness and each of `LIES`: a word of `blame.TAKEN`, and "hears" or "".

    Examples
    --------
    The row of "you" is ours with each of them; nobody hears that it was changed:

    >>> from tfmath.study.measured import measured
    >>> [words[-1] for words in who_hears_what(measured("lies")).values()]
    [('ours', ''), ('ours', ''), ('ours', ''), ('ours', '')]
    """
    return {
        who: [
            (whose[PARTS.index(lie.about)], word)
            for lie, word in zip(LIES.values(), words, strict=True)
        ]
        for who, whose in TAKEN.items()
        for words in who_hears(columns, [who.replace("\n", " ")]).values()
        if words
    }


def by_part(lies=LIES):
    """The lies in their order, under what each is about.

    Parameters
    ----------
    lies : dict of str to Lie

    Returns
    -------
    dict of str to list of str

    Examples
    --------
    >>> by_part()["each slope"]
    ['slope']
    """
    return {
        part: [name for name, lie in lies.items() if lie.about == part] for part in PARTS
    }
