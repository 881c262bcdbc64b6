"""How near softmax and layer norm come to the exact numbers, in units in the last place.

A unit in the last place (ULP) is the gap between two neighbouring float32 numbers. A
correctly rounded result is at most 0.5 ULP away. The battery draws float32 inputs, computes
the exact results from them with seventy digits (ln(1 − 10⁻⁴⁰) needs that many), and
measures ours and PyTorch's. Ours are computed in float64 and rounded once.
"""

from typing import NamedTuple

import numpy as np

from tfmath.parts.norm import EPSILON, layer_norm
from tfmath.parts.softmax import log_softmax, logsumexp, softmax
from tfmath.tracing.rules import RULES
from tfmath.witness.exact import Exact, split

SCALES = (1.0, 10.0, 1000.0)
LENGTHS = (2, 7, 64, 1000, 50_000)
OFFSETS = (0.0, 100.0, 10_000.0)
WIDTHS = (5, 64, 512)
LIMITS = {"softmax": 0.51, "log_softmax": 0.51, "logsumexp": 0.51, "layer norm": 2.0}


class Measured(NamedTuple):
    """The largest error of a function on one kind of input, in ULP: ours and PyTorch's."""

    function: str
    inputs: str
    ours: float
    torch: float


def ulps(value, exact):
    """How many float32 gaps a float32 result lies from the exact numbers.

    Examples
    --------
    >>> third = Exact().number(np.array([1.0])) / 3
    >>> ulps(np.float32([1 / 3]), third).round(2).tolist()
    [0.33]
    """
    high, low = split(exact)
    gap = np.spacing(np.abs(high).astype(np.float32)).astype(np.float64)
    return np.abs((np.asarray(value, np.float64) - high) - low) / gap


def scores_of(rng, scale, length):
    """A few rows of float32 scores, of the given size; fewer where they are long."""
    rows = max(1, min(20, 2000 // length))
    return (rng.normal(size=(rows, length)) * scale).astype(np.float32)


def softmaxes(rng, lengths=LENGTHS, scales=SCALES):
    """Measure softmax, log_softmax and logsumexp.

    Yields
    ------
    Measured
    """
    import torch

    mp = Exact(70)
    roads = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": logsumexp}
    for length in lengths:
        for scale in scales:
            scores = scores_of(rng, scale, length)
            for name, ours in roads.items():
                exact = RULES[name].exact(mp, mp.load(scores))
                theirs = getattr(torch, name)(torch.tensor(scores), -1).numpy()
                both = (ulps(value, exact).max() for value in (ours(scores), theirs))
                yield Measured(name, f"{length} scores of size {scale:g}", *both)


def layer_norms(rng, widths=WIDTHS, offsets=OFFSETS):
    """Measure layer norm, without and with gain and bias.

    With a bias the last sum may cancel, and a ULP of what is left says nothing of the sum's
    own rounding; there the gap is that of the larger of the two numbers that were added.

    Yields
    ------
    Measured
    """
    mp = Exact(70)
    for width in widths:
        for offset in offsets:
            x = (rng.normal(size=(20, width)) + offset).astype(np.float32)
            plain = np.ones(width, np.float32), np.zeros(width, np.float32)
            drawn = rng.normal(size=(2, width)).astype(np.float32)
            for said, gain, bias in [("", *plain), (", gain and bias", *drawn)]:
                inputs = f"{width} numbers about {offset:g}{said}"
                yield Measured("layer norm", inputs, *_layer_norm(mp, x, gain, bias))


def _layer_norm(mp, x, gain, bias):
    import torch

    normalized = RULES["standardized"].exact(mp, mp.load(x), None, None)
    product = normalized * mp.load(gain)
    exact = product + mp.load(bias)
    tensors = [torch.tensor(array) for array in (x, gain, bias)]
    theirs = torch.nn.functional.layer_norm(tensors[0], x.shape[-1:], *tensors[1:], EPSILON)
    larger = np.maximum(np.abs(split(product)[0]), np.abs(split(exact)[0]))
    gaps = np.spacing(larger.astype(np.float32)) / np.spacing(
        np.abs(split(exact)[0]).astype(np.float32)
    )
    for value in (layer_norm(x, gain, bias), theirs.numpy()):
        yield (ulps(value, exact) / gaps).max()


def too_far(found):
    """Those of the measured whose own figure is above its limit."""
    return [m for m in found if not m.ours <= LIMITS[m.function]]


def main(chosen):
    """Print the table; give back the exit status."""
    rng = np.random.default_rng(0)
    found = [*softmaxes(rng), *layer_norms(rng)]
    print("The largest error in ULP of float32 (0.5 is correct rounding).")
    print(f"{'function':12} {'inputs':38} {'ours':>8} {'PyTorch':>12}  limit")
    for m in found:
        limit = LIMITS[m.function]
        print(f"{m.function:12} {m.inputs:38} {m.ours:8.3f} {m.torch:12.5g}  {limit}")
    for name, ours in (("softmax", softmax), ("log_softmax", log_softmax)):
        print(f"{name} of ±10,000: {ours(np.array([1e4, -1e4], np.float32)).tolist()}")
    print(
        "All within their limits." if not too_far(found) else f"Too far: {too_far(found)}"
    )
    return 1 if too_far(found) else 0
