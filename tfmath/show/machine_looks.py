"""Which boxes of a machine are marked, crossed out or pale: words of a name say it."""

from tfmath.arguments import nearest
from tfmath.show.machine_record import SLASH, covers, last_part, within

WORDS = "words"
"""What the words at the bottom are called."""


class Looks:
    """How each thing looks: a station, or a frame or stack by its name.

    Parameters
    ----------
    here : list of Station or str
    crossed, pale : sequence of str
    """

    def __init__(self, here, crossed, pale):
        self.here, self.crossed, self.pale = here, crossed, pale

    def __call__(self, thing):
        """ "crossed", "pale", "here" or "plain"."""
        for look, names in (("crossed", self.crossed), ("pale", self.pale)):
            if any(means(name, thing) for name in names):
                return look
        return "here" if any(thing is h or thing == h for h in self.here) else "plain"


def means(name, thing):
    """Whether a few words of a name say a station, or something around it.

    A sum is said by its own name or by that of its layer, not by that of its part.

    Parameters
    ----------
    name : str
    thing : Station or str
    """
    if isinstance(thing, str):
        return covers(name, thing)
    if not thing.is_sum:
        return covers(name, thing.name)
    own = last_part(name) == last_part(thing.name)
    return covers(name, thing.frame or thing.stack) or (own and covers(name, thing.name))


def marked(stations, here):
    """What a name marks: a stack, or frames, or stations; or that which its step stands in.

    Parameters
    ----------
    stations : list of Station
    here : str or None

    Returns
    -------
    list of Station or str
    """
    if here is None or here == WORDS:
        return [WORDS] if here else []
    stacks, frames = (
        dict.fromkeys(getattr(s, k) for s in stations) for k in ("stack", "frame")
    )
    hits = [name for name in stacks if name and covers(here, name)]
    hits = hits or [name for name in frames if name and covers(here, name)]
    hits = hits or [s for s in stations if covers(here, s.name)]
    return hits or [s for s in stations if within(s.name, here)]


def refuse_unknown(stations, argument, name):
    """Say that a name is that of nothing in the drawing, and which one may be meant."""
    if not marked(stations, name):
        known = dict.fromkeys(s.name for s in stations)
        ends = dict.fromkeys(
            SLASH.join(k.split(SLASH)[i:]) for k in known for i in range(4)
        )
        raise ValueError(
            f"machine: {argument} names {name!r}, which is no part of this machine"
            f"{nearest(name, [end for end in ends if end])}"
        )
