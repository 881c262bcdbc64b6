"""What was checked, on which machine, with which versions: as a page and as a file."""

import datetime
import json
import platform
from pathlib import Path

import numpy as np

from tfmath.model.files import write_whole
from tfmath.parts.text import data_path
from tfmath.witness.cases import size_of
from tfmath.witness.formats import FORMATS

REFERENCES = {
    (True, True): "the record replayed with 50 digits (mpmath)",
    (False, True): "NumPy float64 with its own bound added: 50 digits take too long here",
    (False, False): "NumPy float64 with its own bound added: mpmath is not installed",
}


def report(case, record, findings, device, fifty_digits):
    """The facts of one cross-check, ready for JSON."""
    from tfmath.witness import exact

    return {
        "size": case.name,
        "model": case.note,
        "steps": len(record.forward),
        "gradients": len(record.gradients),
        "numbers": size_of(record),
        "reference": REFERENCES[fifty_digits, exact.available()]
        if fifty_digits or case.name == "base"
        else REFERENCES[False, False],
        "date": datetime.date.today().isoformat(),
        "device": device_name(device),
        "versions": versions(device),
        "roads": [_road(road, findings) for road in _roads(findings)],
    }


def device_name(device):
    """The machine's own name for its processor or GPU."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return (
        f"{device}: {models[0] if models else platform.processor() or platform.machine()}"
    )


def versions(device="cpu"):
    """The versions that take part."""
    import torch

    found = {"Python": platform.python_version(), "NumPy": np.__version__}
    found["PyTorch"] = torch.__version__
    return found | ({"CUDA": torch.version.cuda} if device == "cuda" else {})


def _roads(findings):
    return list(dict.fromkeys(finding.road for finding in findings))


def _road(road, findings):
    own = [finding for finding in findings if finding.road == road]
    worst = max(own, key=lambda f: f.share)
    failed = [finding.step for finding in own if not finding.share <= 1]
    return {
        "road": road,
        "steps": len(own),
        "whole run": max(finding.whole for finding in own),
        "share": worst.share,
        "at": worst.step,
        "first failure": failed[0] if failed else None,
    }


# As a page --------------------------------------------------------------------------------


def page(report, findings, everything=False, worst=12):
    """The report as text: the roads, then the steps that use most of their bounds."""
    lines = [
        f"Cross-check of the {report['size']} model: {report['model']}",
        f"{report['steps']} steps and {report['gradients']} gradients, "
        f"{report['numbers']:,} numbers. Reference: {report['reference']}.",
        f"{report['device']}; "
        + ", ".join(f"{name} {version}" for name, version in report["versions"].items())
        + f"; {report['date']}; {report.get('seconds', 0)} s.",
        "",
        *_road_table(report["roads"]),
        "",
        *_step_table(findings, None if everything else worst),
        "",
        summary(report, findings),
    ]
    return "\n".join(lines)


def _road_table(roads):
    width = max(len(road["road"]) for road in roads)
    yield f"{'road':{width}}  steps  error of the whole run  of a step's bound  at"
    for road in roads:
        yield (
            f"{road['road']:{width}}  {road['steps']:5d}  {road['whole run']:22.1e}  "
            f"{_percent(road['share']):>17}  {road['at']}"
        )


def _step_table(findings, worst):
    names, by_step = _roads(findings), {}
    for finding in findings:
        by_step.setdefault(finding.step, {})[finding.road] = finding
    order = sorted(by_step, key=lambda s: -max(f.share for f in by_step[s].values()))
    width = max(len(step) for step in order[:worst])
    yield "Roads: " + ", ".join(f"{i} {name}" for i, name in enumerate(names, 1))
    title = "step, and how much of its bound each road uses"
    yield f"{title:{width}} " + "".join(f"{i:>6}" for i in range(1, len(names) + 1))
    for step in order[:worst]:
        cells = (by_step[step].get(name) for name in names)
        shares = ("—" if cell is None else _percent(cell.share) for cell in cells)
        yield f"{step:{width}} " + "".join(f"{share:>6}" for share in shares)
    if worst and len(order) > worst:
        yield f"… and {len(order) - worst} more; --all shows them."


def _percent(share):
    return f"{100 * share:.0f} %" if share < 100 else "∞" if np.isinf(share) else ">>"


def summary(report, findings):
    """One sentence: all is well, or where the first road left its bound."""
    failed = next((f for f in findings if not f.share <= 1), None)
    if failed is None:
        return (
            "Every step follows from the ones before it, on each of "
            f"{len(report['roads'])} roads, within its rounding bound: "
            f"{len(findings)} comparisons."
        )
    return (
        f"{failed.road} leaves its bound first at {failed.step!r}: "
        f"it is {failed.local:.2g} away from what its own numbers give, "
        f"{failed.share:.3g} times the bound."
    )


# As a file --------------------------------------------------------------------------------


def write(path, report, findings):
    """The report and every finding as one JSON file."""
    whole = report | {"findings": [finding._asdict() for finding in findings]}
    write_whole(Path(path).resolve(), json.dumps(whole, indent=1) + "\n")


def record(path, report):
    """Put the report into a ledger, in place of the same device's last of the same size."""
    path = Path(path).resolve()
    entries = read(path) if path.exists() else []
    same = [report["device"], report["size"]]
    entries = [e for e in entries if [e["device"], e["size"]] != same] + [report]
    write_whole(path, json.dumps(entries, indent=1) + "\n")


def read(path):
    """The entries of a ledger."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def shown(path=None):
    """The ledger as text: each machine and its roads, and what has not been recorded yet.

    Parameters
    ----------
    path : path, optional
        By default the stored ``data/ledger.json``.
    """
    entries = read(path or data_path("ledger.json"))
    lines = [line for entry in entries for line in _entry(entry)]
    if not any(entry["versions"].get("CUDA") for entry in entries):
        lines.append("No GPU has been recorded yet.")
    return "\n".join(lines)


def _entry(entry):
    versions = ", ".join(f"{name} {v}" for name, v in entry["versions"].items())
    yield f"{entry['size']} on {entry['device']}; {versions}; {entry['date']}"
    for road in entry["roads"]:
        verdict = road["first failure"] or f"at most {_percent(road['share'])} of a bound"
        yield f"    {road['road']:26} {road['steps']:5d} steps  {verdict}"


def worst_errors(entries, size="toy"):
    """The worst error of the whole run in each format, each operation done by PyTorch.

    Parameters
    ----------
    entries : list of dict
        As `read` gives them.
    size : str

    Returns
    -------
    dict of str to list of (str, float, float)
        For each machine its formats: a name, the unit roundoff, the worst error.

    Examples
    --------
    >>> roads = [{"road": "PyTorch replay float32", "whole run": 8e-6}]
    >>> worst_errors([{"size": "toy", "device": "here", "roads": roads}])
    {'here': [('float32', 5.960464477539063e-08, 8e-06)]}
    """
    runs = [entry for entry in entries if entry["size"] == size]
    return {entry["device"]: list(_by_format(entry["roads"])) for entry in runs}


def _by_format(roads):
    found = {road["road"].lower(): road["whole run"] for road in roads}
    for name, shape in FORMATS.items():
        road = f"pytorch replay {name.lower()}"
        if road in found:
            yield name, shape.roundoff, found[road]
