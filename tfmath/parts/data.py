"""Where the files of ``data/`` are: the quotes, the toy model, what others published."""

from pathlib import Path

from tfmath.arguments import instance


def data_path(name):
    """Find the file `name` of ``data/``, in an installed package or in a checkout.

    Parameters
    ----------
    name : str or pathlib.Path

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    FileNotFoundError
        If neither has it; the message names both places.

    Examples
    --------
    >>> data_path("corpus.txt").name
    'corpus.txt'
    """
    instance("data_path", "name", name, str | Path, "the name of a file")
    package = Path(__file__).resolve().parent.parent
    places = [package / "data" / name, package.parent / "data" / name]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(
        f"data_path: no file has the name {name!r}, neither {places[0]} nor {places[1]}."
    )
