"""What the chapter on the encoder layer says of models trained without a part, proved."""

import numpy as np

from tests.claims.claim import says
from tfmath import encode, toy
from tfmath.learning.train import train
from tfmath.model.parameters import shapes, starting_values
from tfmath.model.transformer import encode_source
from tfmath.parts.norm import post_norm
from tfmath.study import trained_without as module
from tfmath.study.crossed_out import crossed_out, without_sum
from tfmath.study.measured import measured
from tfmath.study.trained_without import counts_alone, medians


@says(
    "Without the sums.",
    "Without networks or norms it still learns these three quotes.",
    "They alone lack the norm *before the logits*: larger rows, surer chances.",
    "With that norm kept, the model without the others ends no lower than the whole one.) "
    "Yet all norms are what the trained model misses most.",
    "**Crossing out shows what a model leans on, not what is needed.**",
)
def test_trained_anew_with_one_layer():
    ends = last_losses(layers=1)
    others = np.array([losses for part, losses in ends.items() if part != "the sums"])
    assert np.all(others < ends.pop("the sums"))  # start by start
    low = ends["the norms"] + ends["nothing (pre-norm)"]
    assert 5 * max(low) < min(ends["nothing"] + ends["the networks"])
    assert np.median(losses_with_the_last_norm()) > np.median(ends["nothing"])
    assert max(max(losses) for losses in ends.values()) < 0.1
    crossed = {row["without"]: row["loss"] for row in crossed_out(toy.load())}
    assert max(crossed, key=crossed.get) == "the norms"


def losses_with_the_last_norm(steps=400):
    """Of three starts, all norms left out but the decoder's third, before the logits."""

    def block(where, x, sublayer, gain, bias):
        one = post_norm if where.endswith("norm 3") else module._no_norm
        return one(where, x, sublayer, gain, bias)

    found = []
    for seed in range(3):
        sizes = shapes(26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7)
        start = starting_values(np.random.default_rng(seed), sizes)
        *_, last = train(start, module.BATCH, steps, 0.005, block=block)
        found.append(last.loss)
    return found


@says(
    "Without the sums, and without the norms unless sublayers begin small.",
    "**What one layer can do without, six may need, or something in its place**: the norm, "
    "or sublayers that begin small (Zhang et al., 2019, *Fixup*; for Transformers Huang et "
    "al., 2020).",
)
def test_trained_anew_with_six_layers():
    one, six = last_losses(layers=1)["the norms"], last_losses(layers=6)
    small = six.pop("the norms, small start")
    assert 2 * max(small) < min(min(losses) for losses in six.values())
    assert max(one) < 0.01 and min(six.pop("the norms") + six.pop("the sums")) > 1
    _, lines = medians(measured("trained_without"), 6)
    assert max(lines[part][-1] for part in six) < 0.3
    without = (lines["nothing (pre-norm)"][-1], lines["the norms, small start"][-1])
    assert 10 * max(without) < min(lines["the networks"][-1], lines["nothing"][-1])


@says(
    "Without the sums the middle line lies flat at 2.40, where a model ends that knows "
    "only how often each word occurs.",
    "It predicts the same at each place of a quote, in all three starts.",
    "Its rows are equal.",
)
def test_without_sums_all_places_are_one():
    columns = measured("trained_without")
    _, lines = medians(columns, 6)
    assert abs(np.array(lines["the sums"][-10:]) - counts_alone()).max() < 0.03
    assert round(lines["the sums"][-1], 1) == 2.4 == round(counts_alone(), 2)
    apart = last_losses(6, "apart")
    assert apart.pop("the sums") == [0, 0, 0]
    assert min(min(found) for found in apart.values()) > 0.1
    rows = memory(start=0)
    assert np.ptp(rows, axis=0).max() < 1e-6 < 0.1 < np.abs(rows).max()


def memory(start):
    """What the encoder makes of six words, six layers trained a little without sums."""
    tables = module._start(6, "the sums", start)
    *_, last = train(tables, module.BATCH, 20, learning_rate=0.005, block=without_sum)
    source = encode("when you play game of thrones", toy.WORDS)
    return encode_source(last.parameters, source, block=without_sum)


def last_losses(layers, column="loss"):
    columns, found = measured("trained_without"), {}
    for n, part, step, number in zip(
        *(columns[key] for key in ("layers", "without", "step", column)), strict=True
    ):
        if (n, step) == (layers, max(columns["step"])):
            found.setdefault(part, []).append(number)
    assert all(len(numbers) == 3 for numbers in found.values()) and len(found) == (
        5 if layers == 1 else 6
    )
    return found
