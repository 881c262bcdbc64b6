"""The receipt tells a sound machine from an unsound one, and gives nobody's paths away."""

import re
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from tfmath.__main__ import main
from tfmath.witness import receipt, roads


def test_the_receipt_names_versions_device_and_differences(capsys):
    assert main(["receipt"]) == 0
    text = capsys.readouterr().out
    for name in (*receipt.PACKAGES, "system", "Python", "GPU", "NumPy float64"):
        assert f"\n{name} " in "\n" + text
    assert f" {np.__version__}\n" in text
    assert str(Path.home()) not in text and str(Path.cwd()) not in text
    assert "/" not in text and "\\" not in text


def test_this_machine_is_sound():
    found = receipt.worst_differences()
    assert found["NumPy float64"][1] and 0 < found["NumPy float64"][0] < 1e-12


def without(monkeypatch, *missing):
    """As if some packages were not installed."""
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda n: None if n in missing else found(n))
    if "mpmath" in missing:
        monkeypatch.setattr(receipt.exact, "available", lambda: False)


@pytest.fixture
def unsound(monkeypatch):
    """A NumPy that is off by 1e-9 in the logits."""
    road = roads.numpy_road("float64")

    def walk(case, record):
        for name, value in road.walk(case, record):
            yield name, value + 1e-9 if name == "logits" else value

    monkeypatch.setattr(receipt.roads, "numpy_road", lambda dtype: road._replace(walk=walk))


def test_an_unsound_machine_is_told(unsound, monkeypatch):
    without(monkeypatch, "torch")
    worst, sound = receipt.worst_differences()["NumPy float64"]
    assert not sound and worst == pytest.approx(1e-9, rel=1e-3)
    assert "ABOVE" in receipt.receipt()


def test_a_missing_package_is_no_error(monkeypatch):
    without(monkeypatch, "torch")
    assert receipt.version("no-such-package") == "not installed"
    assert receipt.gpu() == "not known without torch"
    assert list(receipt.worst_differences()) == ["NumPy float64"]


def test_without_mpmath_numpy_is_not_held_against_itself(unsound, monkeypatch):
    """It would be off by 0 then, on any machine."""
    without(monkeypatch, "mpmath")
    found = receipt.worst_differences()
    assert "NumPy float64" not in found and len(found) == 1
    text = receipt.receipt()
    assert re.search(r"NumPy float64 +not checked: without mpmath ", text)
    assert re.search(r"off by at most \de-\d\d from NumPy's numbers, within", text)
    without(monkeypatch, "mpmath", "torch")
    assert receipt.worst_differences() == {} and "off by" not in receipt.receipt()
