"""What is solved where, as the notebooks lie in their folder."""

import json

from tfmath.practice.stored import exercises_of, notebooks_in, state_of, stored_in

ORDER = ("right", "tried", "open", "not run")


def progress(folder=None):
    """The state of every exercise of every notebook in a folder.

    Nothing is run, written or sent: a check said something when its cell was run last, and
    that is what stands in the file.

    Parameters
    ----------
    folder : path, optional
        By default that of the course.

    Returns
    -------
    states : dict of dict
        For each notebook the exercises of its module, each ``"right"``, ``"tried"``,
        ``"open"`` or ``"not run"``. An exercise that is right once is right.
    """
    read = {path.stem: _readable(path) for path in notebooks_in(folder)}
    return {stem: _states(stored) for stem, stored in read.items() if stored is not None}


def _readable(path):
    """A notebook that asks exercises of the course; None if it is another file."""
    try:
        stored = stored_in(path)
        return stored if stored.subject and exercises_of(stored.subject) else None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, ModuleNotFoundError):
        return None


def _states(stored):
    found = dict.fromkeys(exercises_of(stored.subject), "not run")
    for name, text in stored.verdicts:
        if name in found:
            found[name] = min(found[name], state_of(text), key=ORDER.index)
    return found


def as_text(states):
    """One line a notebook, and one below them for all."""
    width = max(map(len, states), default=0)
    lines = [f"{name:<{width}}  {_line(found)}" for name, found in states.items()]
    every = [state for found in states.values() for state in found.values()]
    return "\n".join([*lines, f"{'all':<{width}}  {_solved(every)}"])


def _line(found):
    groups = {
        state: " ".join(name for name, its in found.items() if its == state)
        for state in ORDER
    }
    told = [f"{state}: {names}" for state, names in groups.items() if names]
    return f"{_solved(list(found.values()))}  {'; '.join(told)}"


def _solved(states):
    return f"{states.count('right'):3d} of {len(states):3d} right"
