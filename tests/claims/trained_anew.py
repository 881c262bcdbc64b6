"""What the chapter on the encoder layer says of models trained without a part, proved."""

from tests.claims.claim import says
from tfmath import toy
from tfmath.study.crossed_out import crossed_out
from tfmath.study.measured import measured
from tfmath.study.trained_without import medians


@says(
    "Without the sums.",
    "It can do without norms, even without networks: three quotes are too easy to need "
    "them.",
    "Yet all norms are what the trained model misses most.",
    "**Crossing out shows what a model leans on, not what is needed.**",
)
def test_trained_anew_with_one_layer():
    ends = last_losses(layers=1)
    assert max(ends, key=lambda part: min(ends[part])) == "the sums"
    sums = ends.pop("the sums")
    assert min(sums) > 2 * max(max(losses) for losses in ends.values())
    assert max(max(losses) for losses in ends.values()) < 0.1
    crossed = {row["without"]: row["loss"] for row in crossed_out(toy.load())}
    assert max(crossed, key=crossed.get) == "the norms"


@says("**What one layer can do without, six may need.**")
def test_trained_anew_with_six_layers():
    one, six = last_losses(layers=1)["the norms"], last_losses(layers=6)
    assert max(one) < 0.01 and min(six.pop("the norms") + six.pop("the sums")) > 1
    assert max(max(losses) for losses in six.values()) < 0.5
    _, lines = medians(measured("trained_without"), 6)
    assert max(lines[part][-1] for part in six) < 0.3


def last_losses(layers):
    columns, found = measured("trained_without"), {}
    for n, part, step, loss in zip(
        *(columns[key] for key in ("layers", "without", "step", "loss")), strict=True
    ):
        if (n, step) == (layers, max(columns["step"])):
            found.setdefault(part, []).append(loss)
    assert all(len(losses) == 3 for losses in found.values()) and len(found) == 5
    return found
