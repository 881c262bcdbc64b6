"""Claims of the chapter on scaling: from records, formulas, and the stored runs."""

import itertools
import math

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.scaling_budgets import (  # noqa: F401
    test_a_budget_is_best_spent_between,
    test_each_size_in_turn_is_the_lowest,
    test_the_best_size_is_where_two_terms_balance,
    test_the_starts_do_not_agree,
    test_what_the_map_shows,
    test_without_the_table_of_words_the_power_is_higher,
)
from tests.claims.scaling_fitted import (  # noqa: F401  (tests, run from here)
    RUNS,
    SIZES,
    test_a_fit_with_a_pencil,
    test_it_is_no_straight_line,
    test_the_fit_is_good_and_wrong,
    test_the_larger_model_lies_above_every_fit,
    test_two_terms_end_below_the_floor,
    test_what_an_interval_tells,
)
from tests.claims.scaling_warned import (  # noqa: F401
    test_fewer_models,
    test_the_smallest_and_the_largest,
    test_the_upturn_is_one_run,
    test_these_runs_cannot_tell,
    test_what_cheaper_attention_saves,
    test_what_warns_without_a_floor,
)
from tfmath import cross_entropy, toy, transformer
from tfmath.model.parameters import count, starting_values, traced
from tfmath.study import flops
from tfmath.study.scaling import multiply_adds
from tfmath.study.scaling_runs import SEEDS, WIDTHS, decoder_only, decoder_only_shapes
from tfmath.study.small_language import (
    CHANCES,
    FLOOR,
    LENGTH,
    N_TEXTS,
    language,
    least_loss,
)
from tfmath.tracing import steps

CHAPTER = "20_scaling.ipynb"
DEFINITIONS = (
    "A **decoder-only** model is a single stack: attention that looks back only, then the "
    "feed-forward, layer upon layer.",
    "We run its first row, and draw all; a dot is the mean of four, after 125, 250, 500, "
    "1000 or 2000 steps.",
    "Take the smallest alone, or leave small ones out, or hold $c$ at the floor:",
    "(GPT-3 itself takes less: every second layer looks at a band; Brown et al., 2020, "
    "section 2.1.)",
    "A **look** is the loss of one run after so many steps; all $7 \\cdot 4 \\cdot 5 = "
    "140$ can be fitted at once:",
    "$E$ is what stays of the loss when both grow without end",
)
SMALL = dict(vocab_size=6, d_model=2, n_heads=1, d_k=2, d_v=2, d_ff=8)


def small_model():
    start = starting_values(np.random.default_rng(0), decoder_only_shapes(2, 6))
    return start, decoder_only(traced(start), [5, 4, 1])


def parts_of_the_decoder(record):
    names = (name.split(" / ") for name in record)
    return {name[2] for name in names if name[:2] == ["decoder", "layer 1"]}


# What it costs --------------------------------------------------------------------------


@says(
    "(Such a stack is our decoder without the cross-attention.) Here is a small one, its "
    "numbers drawn at random: six words, one layer of one head, width $d = 2$, and a "
    "feed-forward four times as wide, $d_{ff} = 8$. Below it, our machine.",
    "Together 78.",
    "$6 \\cdot 2 = 12$",
    "attention, four tables: $4 \\cdot 2 \\cdot 2 = 16$",
    "biases 8 and 2: $42$",
    "$2 \\cdot 2 \\cdot 2 = 8$",
)
def test_the_smallest_model():
    start, logits = small_model()
    assert {name.split(" / ")[0] for name in steps(logits)} >= {"decoder", "logits"}
    toys = transformer(traced(toy.load()), [3, 4], [1, 4])
    ours, other = (parts_of_the_decoder(steps(one)) for one in (logits, toys))
    assert ours == other - {"cross-attention", "norm 3"} and len(ours) == len(other) - 2
    parts = flops.decoder_only_parameters(**SMALL)
    assert list(parts.values()) == [12, 16, 42, 8] and sum(parts.values()) == count(start)
    weights = [s for name, s in steps(logits).items() if name.endswith("/ weights")]
    assert weights and all((np.triu(w.value, 1) == 0).all() for w in weights)


@says(
    "With $d_{ff} = 4d$ the attention of a layer holds $4d^2$ parameters and its "
    "feed-forward $8d^2$: together $12 d^2$, and a few more.",
    "A layer with $d_{ff} = 4d$ and heads that are $d$ wide together: $12 d^2$ "
    "parameters, as many multiply-adds a word, and $2nd$ more for scores and mixtures, "
    "which overtake the feed-forward at $n = d_{ff}$.",
)
def test_twice_the_width():
    for d in (64, 512, 4096):
        layer = dict(vocab_size=0, d_model=d, n_heads=1, d_k=d, d_v=d, d_ff=4 * d)
        parts = flops.decoder_only_parameters(**layer)
        assert parts["attention"] == 4 * d**2
        assert parts["feed-forward"] == 8 * d**2 + 5 * d
        assert sum(parts.values()) == 12 * d**2 + 9 * d
        for n in (1, 10, 999):
            work = flops.decoder_only_multiply_adds(n, **layer)
            assert sum(work.values()) == n * (12 * d**2 + 2 * n * d)
    twice = (12 * 128**2 + 9 * 128) / (12 * 64**2 + 9 * 64)
    assert 3.95 < twice < 4


@says(
    "For three words: four projections of $3 \\cdot 2 \\cdot 2$ are 48; scores and "
    "mixtures 18 each; the feed-forward 96; the logits, 3 rows by 6 words, 36.",
    "In all 216.",
)
def test_three_words_through_the_smallest_model():
    counted = multiply_adds(small_model()[1])
    ends = {"query": 12, "key": 12, "value": 12, "products": 18, "heads / output": 18}
    assert {e: n for e in ends for s, n in counted.items() if s.endswith(e)} == ends
    attention = sum(n for s, n in counted.items() if "attention" in s)
    network = sum(n for s, n in counted.items() if "feed-forward" in s)
    assert (attention, network) == (48 + 2 * 18, 96) and attention == 84
    assert counted["logits"] == 36 and sum(counted.values()) == 216


@says(
    "So a parameter of a table takes one multiply-add a word there and two back.",
    "Training: on the way back each product $y = xW$ is met by two: one for the slope by "
    "$x$, one for the slope by $W$, each as large as the first.",
    "**training takes 6 FLOPs for each parameter and word.**",
    "The rule counts norms and biases, which take no product, and leaves out scores and "
    "mixtures: 1404 instead of 1296.",
)
def test_six_flops_for_each_parameter_and_word():
    _, logits = small_model()
    there, both = flops.counted_both_ways(cross_entropy(logits, [4, 1, 5]))
    assert (there, both) == (216, 3 * 216)
    assert 2 * both == 1296 and 6 * 78 * 3 == 1404
    assert 1404 - 1296 == 6 * 3 * (8 + 8 + 2) - 6 * 2 * 18  # norms, biases; two products
    tables = flops.decoder_only_parameters(50257, **flops.GPT_3)
    once = flops.decoder_only_multiply_adds(2048, 50257, **flops.GPT_3)
    found = flops.training_flops(sum(once.values())) / 2048
    held = flops.training_flops(once["scores and mixtures"]) / 2048
    assert found - held == pytest.approx(6 * sum(tables.values()), rel=1e-3)
    assert held / found > 0.025


@says(
    "Parameters, slopes and averages are 2793 GB together.",
    "It takes 35 GPUs of 80 GB before the first word is read.",
    "464 GB of squares $n \\times n$ for one text, two thirds of what the parameters take.",
    "and 16 bytes for each parameter with Adam.",
)
def test_what_gpt_3_holds():
    held = flops.decoder_only_bytes(2048, 50257, **flops.GPT_3)
    whole = held["tables"] + held["gradients"] + held["averages"]
    assert round(whole / 1e9) == 2793 and math.ceil(whole / 80e9) == 35
    assert whole == 16 * sum(flops.decoder_only_parameters(50257, **flops.GPT_3).values())
    assert round(held["n × n"] / 1e9) == 464
    assert abs(held["n × n"] / held["tables"] - 2 / 3) < 0.01


@says(
    "GPT-3 has $d_{ff} = 49152$, and reads 2048 words: 24 times less.",
    "They meet where **the text is as long as the feed-forward is wide**: here at 2048.",
    "Of a word's $12 d^2 + 2nd$ multiply-adds in a layer the famous $n^2$ takes $n / (6d "
    "+ n) = 2048 / 75776$, one in 37.",
)
def test_where_they_meet():
    layer = dict(d_model=512, n_heads=8, d_k=64, d_v=64, d_ff=2048)
    assert list(flops.crossings(**layer).values()) == [2048, 1024]
    for h, d_k, d_ff in itertools.product((1, 3), (2, 5), (7, 30)):
        found = flops.crossings(h * d_k, h, d_k, d_k, d_ff)
        assert found["scores and mixtures"] == d_ff
    assert flops.GPT_3["d_ff"] == 49152 == 24 * 2048
    once = flops.decoder_only_multiply_adds(2048, 50257, **flops.GPT_3)
    assert 2048 / (6 * flops.GPT_3["d_model"] + 2048) == 2048 / 75776
    share = 2048 / 75776
    layers = sum(once.values()) - once["logits"]
    assert once["scores and mixtures"] / layers == pytest.approx(share)
    assert share == 1 / 37


# The language ---------------------------------------------------------------------------


@says(
    "A chance of $1/2^k$ surprises by $k$ bits, so whoever knows the rules is surprised, "
    "on the mean, by",
    "Times $\\ln 2$ that is 1.213, in the units of our loss.",
    "So no model can be below this **floor**, not even by luck.",
    "Two more levels can be worked out: the least loss of one who knows the place and "
    "sees one word before, or none.",
    "A guess $q$ is surprised by $-\\sum p \\ln q$ on the mean, the true chances $p$ by "
    "$-\\sum p \\ln p$.",
    "We sum over the four words that may come: there $\\sum p = 1$, and $\\sum q \\le 1$.",
    "And $\\ln x \\le x - 1$ (the logarithm lies below its tangent at 1):",
)
def test_no_model_is_below_the_floor():
    surprises = [-math.log2(chance) for chance in CHANCES]
    assert surprises == [1, 2, 3, 3]
    bits = sum(c * s for c, s in zip(CHANCES, surprises, strict=True))
    assert bits == 7 / 4 and round(bits * math.log(2), 3) == round(FLOOR, 3) == 1.213
    p = np.array(CHANCES)
    x = np.linspace(0.01, 9, 900)
    assert (np.log(x) <= x - 1 + 1e-12).all()  # its tangent: touches at 1, with slope 1
    assert np.log(1) == 0 and abs(np.log(1 + 1e-6) / 1e-6 - 1) < 1e-6
    assert least_loss(0) > least_loss(1) > least_loss(2) == pytest.approx(FLOOR)
    rng = np.random.default_rng(0)
    for guess in rng.dirichlet(np.ones(4), size=500):  # any other chances lose more
        assert -(p * np.log(guess)).sum() > FLOOR
        gain = FLOOR + p @ np.log(guess)
        assert gain == pytest.approx(p @ np.log(guess / p)) and gain <= p @ (guess / p - 1)
    assert (RUNS["loss"] > FLOOR).all()


@says(
    "Double the parameters, and both double; with 20 words for each of them the work is "
    "four times as much.",
)
def test_twice_the_parameters():
    def bills(n, words):
        return 6 * n * words, 16 * n

    assert bills(2000, 500) == tuple(2 * bill for bill in bills(1000, 500))
    assert bills(2000, 20 * 2000)[0] == 4 * bills(1000, 20 * 1000)[0]


@says(
    "Seven models of one layer and one head learn it, 4 to 32 wide, each from four random "
    "starts.",
    "We judge each model on 512 other texts, and weigh what surprises it by the true "
    "chances, whatever word came.",
    "Every step brings 64 new texts of 16 words.",
    "our sizes differ 90 times",
)
def test_the_runs():
    assert len(SIZES) == len(WIDTHS) == 7 and (min(WIDTHS), max(WIDTHS)) == (4, 32)
    assert len(language()[1]) == 512
    assert len(SEEDS) == 4 and (N_TEXTS, LENGTH) == (64, 16)
    assert (RUNS["words"] == RUNS["steps"] * 64 * 16).all()
    assert round(29232 / SIZES[0]) == 90
