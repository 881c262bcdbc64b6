"""Every step and every gradient on every road, each judged by a stated bound."""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfmath.model.files import check_place
from tfmath.witness import cases, exact, ledger, roads
from tfmath.witness.bounds import follow
from tfmath.witness.formats import UNITS


class Finding(NamedTuple):
    """One step on one road.

    Attributes
    ----------
    step, road : str
    size : float
        The largest number of the step.
    whole : float
        The largest error of the whole run, against the reference.
    local : float
        The largest error of this step alone, from the road's own numbers before it.
    share : float
        The most that any number of the step uses of its bound; above 1 is a failure.
    """

    step: str
    road: str
    size: float
    whole: float
    local: float
    share: float


def reference(record, mp):
    """Each step's numbers as high and low part: exact, or float64 where `mp` is None."""
    if mp is None:
        return {name: (node.value, 0.0) for name, node in record.steps.items()}
    done = exact.replay_exact(list(record.steps.values()), mp)
    return {name: exact.split(done[id(node)]) for name, node in record.steps.items()}


def judge(case, record, road, truth, mp=None):
    """Walk one road and judge each of its steps.

    Parameters
    ----------
    case : Case
    record : Record
        The case's run in float64.
    road : Road
    truth : dict
        From `reference`.
    mp : exact.Exact, optional

    Returns
    -------
    list of Finding
        Of what was computed, not given, in the order of the record: the first above its
        bound is where the road left.
    """
    given = dict(road.walk(case, record))
    sound = {name: v for name, v in given.items() if _fits(v, record.steps[name].value)}
    names = {id(node): name for name, node in record.steps.items()}
    found = []
    for node, expected, bound in follow(list(record.steps.values()), road.unit, sound, mp):
        step = names.get(id(node))
        if step in given and node.op != "input" and node.dtype.kind == "f":
            value = np.asarray(given[step], np.float64)
            parts = exact.split(expected) if mp else (expected, 0.0)
            found.append(_finding(step, road, value, truth[step], parts, bound))
    return found


def _fits(value, recorded):
    """Whether the walk can go on from a road's numbers."""
    same_shape = value.shape == recorded.shape
    return same_shape and (np.isfinite(value) >= np.isfinite(recorded)).all()


def _finding(step, road, value, truth, expected, bound):
    if value.shape != np.shape(expected[0]):
        return Finding(step, road.name, np.nan, np.inf, np.inf, np.inf)
    whole, local = (_apart(value, *parts) for parts in (truth, expected))
    largest = _worst(local)
    with np.errstate(all="ignore"):  # 0 / 0: no error where none is allowed
        share = np.fmax.reduce(
            local / (0.0 if bound is None else bound), axis=None, initial=0
        )
    share = float(share) if np.isfinite(largest) else np.inf
    return Finding(step, road.name, _worst(np.abs(truth[0])), _worst(whole), largest, share)


def _apart(value, high, low):
    with np.errstate(all="ignore"):
        apart = value - high
        return np.abs(apart - low if np.any(low) else apart)


def _worst(numbers):
    worst = float(np.max(numbers, initial=0.0))
    return np.inf if np.isnan(worst) else worst


def crosscheck(case, walks, mp=None):
    """All findings of all roads, and the record they were judged by."""
    record = cases.run(case)
    truth = reference(record, mp)
    return record, [f for road in walks for f in judge(case, record, road, truth, mp)]


def first_failure(findings):
    """The first finding above its bound, or None."""
    return next((f for f in findings if not f.share <= 1), None)


# The command ------------------------------------------------------------------------------


def default_types(device):
    """The number types a device is asked for by default."""
    types = {"cuda": [*UNITS], "mps": ["float32"]}
    return types.get(device, ["float64", "float32"])


def main(chosen):
    """Run the command; give back its exit status."""
    start = time.perf_counter()
    _check_files(chosen)
    walks = roads.all_roads(chosen.dtype or default_types(chosen.device), chosen.device)
    if chosen.size == "base":  # NumPy float64 is the reference, nn.Transformer has autograd
        walks = [road for road in walks[1:] if "autograd" not in road.name]
    case = cases.toy_case(chosen.weights) if chosen.size == "toy" else cases.base_case()
    mp = exact.Exact() if chosen.size == "toy" and exact.available() else None
    record, findings = crosscheck(case, walks, mp)
    report = ledger.report(case, record, findings, chosen.device, mp is not None)
    report["seconds"] = round(time.perf_counter() - start, 1)
    print(ledger.page(report, findings, everything=chosen.all))
    if chosen.json:
        ledger.write(chosen.json, report, findings)
    if chosen.ledger:
        ledger.record(chosen.ledger, report)
    return 1 if first_failure(findings) else 0


def _check_files(chosen):
    """Raise, before anything is compared, if what is found could not be written."""
    for path in filter(None, (chosen.json, chosen.ledger)):
        check_place(path, overwrite=True)
    if chosen.ledger and Path(chosen.ledger).exists():
        try:
            sound = isinstance(ledger.read(chosen.ledger), list)
        except ValueError:
            sound = False
        if not sound:
            raise ValueError(f"{chosen.ledger}: it is no ledger, a JSON list of reports.")
