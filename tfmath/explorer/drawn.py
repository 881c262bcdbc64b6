"""The drawing of the whole machine, and its stations, as JSON knows them."""

from dataclasses import fields

from tfmath.show.layout import WIDTH, Box, Heat, Label, Wire
from tfmath.show.machine import machine


def drawing(output):
    """The shapes of the drawing of a whole machine, each with its place.

    Parameters
    ----------
    output : Traced

    Returns
    -------
    dict
        ``"w"``, ``"h"`` and ``"shapes"``: the fields of `tfmath.show.layout`'s shapes that
        are not as usual, and their ``"type"``. Tables have no colours: those are painted
        from today's numbers.

    Examples
    --------
    >>> from tfmath import named, trace
    >>> x = trace([[1.0, 2.0]], "x", rows=["you"])
    >>> found = drawing(named("doubled", 2 * x))
    >>> [s["name"] for s in found["shapes"] if s["type"] == "Heat" and s["name"]]
    ['doubled']
    """
    page = machine(output, whole=True).page
    met, shapes = {}, []
    for shape in page.shapes:
        if isinstance(shape, Heat):
            met[shape.name] = met.get(shape.name, -1) + 1
            shapes.append(_heat(shape, met[shape.name]))
        elif isinstance(shape, Box | Label | Wire):
            shapes.append(_plain(shape))
    return {"w": WIDTH, "h": _rounded(page.h), "shapes": shapes}


def _heat(heat, place):
    found = {name: _rounded(getattr(heat, name)) for name in ("x", "y", "w", "h")}
    return {"type": "Heat", "name": heat.name, "place": place} | found


def _plain(shape):
    """What is not as usual; the room of a label is nothing that is seen."""
    told = [f.name for f in fields(shape) if f.name != "room"]
    usual = {f.name: f.default for f in fields(shape)}
    found = {name: getattr(shape, name) for name in told}
    unusual = {name: _rounded(x) for name, x in found.items() if x != usual[name]}
    return {"type": type(shape).__name__} | unusual


def _rounded(value):
    """Lengths to a hundredth of a unit: nobody sees less."""
    if isinstance(value, tuple):
        return [_rounded(part) for part in value]
    return round(value, 2) if isinstance(value, float) else value


def stations_of(found, at):
    """Stations with the numbers of their steps, and of the stations that they read.

    Parameters
    ----------
    found : list of Station
    at : dict of int to int
        From the id of a step to its number.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> from tfmath import named, trace
    >>> from tfmath.show.machine_record import stations
    >>> y = named("doubled", 2 * trace([[1.0]], "x"))
    >>> stations_of(stations(y), {id(y): 2})[0]["steps"]
    [2]
    """
    order = {id(station): i for i, station in enumerate(found)}
    return [
        {
            "name": station.name,
            "title": station.title(),
            "stack": station.stack,
            "frame": station.frame,
            "is_sum": station.is_sum,
            "steps": [at[id(step)] for step in station.steps],
            "reads": [order[id(source)] for source in station.sources],
        }
        for station in found
    ]
