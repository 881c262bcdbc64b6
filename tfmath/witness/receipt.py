"""The environment receipt: what a bug report needs to say about a machine."""

import platform
from importlib import metadata, util

import tfmath
from tfmath.witness import cases, exact, roads
from tfmath.witness.crosscheck import crosscheck, first_failure

PACKAGES = ("numpy", "pandas", "matplotlib", "jupyterlab", "torch", "mpmath")


def receipt():
    """Versions, device, and how far this machine's numbers are off, as text to copy.

    Returns
    -------
    str
        One line for each fact, no path and no name of a person or machine.
    """
    facts = {"system": f"{platform.system()} {platform.machine()}"}
    # What runs, not what was once installed: a checkout moves on without its metadata.
    facts |= {"Python": platform.python_version(), "tfmath": tfmath.__version__}
    facts |= {name: version(name) for name in PACKAGES} | {"GPU": gpu()}
    against = "" if exact.available() else " from NumPy's numbers"
    for road, (worst, sound) in worst_differences().items():
        judged = "within the rounding bound" if sound else "ABOVE the rounding bound"
        facts[road] = f"off by at most {worst:.0e}{against}, {judged}"
    if not exact.available():
        facts["NumPy float64"] = "not checked: without mpmath there is nothing to check by"
    width = max(map(len, facts))
    return "\n".join(f"{name:<{width}}  {fact}" for name, fact in facts.items())


def version(package):
    """The version of a package, or that it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def gpu():
    """The GPU that PyTorch sees, or "none"."""
    if util.find_spec("torch") is None:
        return "not known without torch"
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return "mps" if torch.backends.mps.is_available() else "none"


def worst_differences():
    """How far the toy model's steps and gradients are off, on each road in float64.

    Returns
    -------
    dict of str to (float, bool)
        The largest difference to the same record with fifty digits, and whether every step
        keeps within its rounding bound. Without mpmath NumPy's road is left out, for there
        is nothing to hold it against but itself, and PyTorch's is held against NumPy's.
    """
    mp = exact.Exact() if exact.available() else None
    walks = [] if mp is None else [roads.numpy_road("float64")]
    if util.find_spec("torch") is not None:
        walks.append(roads.replay_road("float64"))
    _, findings = crosscheck(cases.toy_case(), walks, mp)
    off = {road.name: [f for f in findings if f.road == road.name] for road in walks}
    return {
        name: (max(f.whole for f in found), first_failure(found) is None)
        for name, found in off.items()
    }
