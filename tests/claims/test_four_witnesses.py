"""What the chapter on the four witnesses says, proved."""

from fractions import Fraction

import numpy as np
import torch

from tests.claims.claim import says
from tests.claims.what_float32_loses import (  # noqa: F401
    judged,
    test_a_wrong_wish_takes_the_jump_away,
    test_against_the_largest,
    test_bits_and_roundoffs,
    test_bounds_of_a_whole_run,
    test_errors_along_the_run,
    test_of_its_bound,
    test_pytorch_jumps_at_once,
    test_the_jump_is_a_difference,
    test_weight_minus_a_wrong_wish,
    wished,
)
from tests.claims.who_hears import (  # noqa: F401  (tests, run from here)
    test_a_lie_that_nobody_hears,
    test_control_a_truth_breaks_no_law,
    test_culprits_and_victims,
    test_eleven_knobs,
    test_nobody_hears_padding_where_there_is_none,
    test_the_drawing_leaves_pale_what_is_right,
    test_the_norm_and_its_slope_are_what_autograd_gives,
    test_the_old_row_is_heard_below_u,
    test_the_softest,
    test_the_toy_has_no_transformer_of_pytorchs,
    test_three_lies,
    test_two_writings_forged_alike,
    test_who_breaks_a_law,
    test_who_hears_is_who_does_not_take,
    test_with_square_heads,
)
from tfmath import toy
from tfmath.model.names import flatten
from tfmath.parts.softmax import log_softmax
from tfmath.study.measured import measured
from tfmath.witness import (
    adding,
    blame,
    bounds,
    cases,
    exact,
    formats,
    ledger,
)
from tfmath.witness.few_bits import in_few_bits
from tfmath.witness.growing import growing

CHAPTER = "21_four_witnesses.ipynb"
DEFINITIONS = (
    "After every operation it rounds to the nearest such number: 1/3 becomes 0.333.",
    "So the **ledger** begins anew at each step: *from this witness's own numbers before, "
    "does its number follow, within the bound of this one step?* If every step follows, so "
    "does the last from the first.",
    "Four are called, and each is asked about every step that it passes:",
    "**PyTorch, each operation:** our record, every operation done by PyTorch;",
    "All thirteen, told in full, were measured once (`python -m tfmath measure lies`).",
    "**We can** say how far two right results may differ, judge every step by that, name "
    "the step where a lie begins, and say of each witness what he cannot hear.",
)

ROW = np.array([1.0, 3.0, 4.0, 5.0, 7.0])
U = 2.0**-24


# Two right answers ----------------------------------------------------------------------


@says(
    "**We have computed every number of a Transformer.",
    "Our record knows every operation, so it can be run again with fifty digits in each.",
)
def test_the_record_is_run_again():
    record = cases.run(blame.worked_case())
    done = exact.replay_exact(list(record.steps.values()))
    assert len(done) == len(record.steps) > 180
    for node in record.steps.values():
        if node.dtype.kind == "f":
            high, _ = exact.split(done[id(node)])
            np.testing.assert_allclose(high, node.value, rtol=0, atol=1e-12)


@says(
    "The translation agrees, and both are wrong: −3/2 is −1.500. (PyTorch's `std` divides "
    "by $n - 1$ unless told otherwise.) A translation repeats the mistake, because it "
    "repeats the plan.",
    "It disagrees, and it is right.",
)
def test_a_copy():
    tensor = torch.tensor(ROW)
    translated = ((tensor - tensor.mean()) / tensor.std()).numpy()
    ours = (ROW - ROW.mean()) / ROW.std(ddof=1)
    np.testing.assert_allclose(translated, ours, rtol=0, atol=1e-15)
    own = torch.nn.functional.layer_norm(tensor, [5]).numpy()
    np.testing.assert_allclose(own, (ROW - 4) / 2, rtol=0, atol=1e-5)
    assert abs(ours[0] + 1.5) > 0.1
    told = ((tensor - tensor.mean()) / tensor.std(correction=0)).numpy()
    np.testing.assert_allclose(told, (ROW - 4) / 2, rtol=0, atol=1e-15)


@says(
    "From 1000 to 10,000 this machine knows only tens: 1000, 1010, 1020.",
    "Rounding is off by half a gap at most: 5 of 1000, 5 thousandths of 1.",
)
def test_gaps():
    near = {adding.three_digits(x) for x in np.arange(1000, 1025, 0.5)}
    assert near == {1000, 1010, 1020} and adding.three_digits(999) == 999
    kept = {adding.three_digits(x) for x in range(1000, 10001)}
    assert kept == set(range(1000, 10001, 10)) and adding.three_digits(10010) == 10000
    for x in np.random.default_rng(0).uniform(1, 9999, 500):
        gap = 10.0 ** (np.floor(np.log10(x)) - 2)
        assert abs(adding.three_digits(x) - x) <= gap / 2 * 1.0001
        assert abs(adding.three_digits(x) / x - 1) <= 5 / 1000


@says(
    "A row times a column is a long sum, and every addition rounds.",
    "100 + 0.4 is 100 again, ten times over.",
    "The first order was off by 4.",
)
def test_order_of_a_sum():
    totals = []
    for order in ([100.0] + 10 * [0.4], 10 * [0.4] + [100.0]):
        total = 0.0
        for term in order:
            total = adding.three_digits(total + term)
        totals.append(total)
    assert totals == [100, 104]
    assert bounds.gamma(11, 5 / 1000) > 11 * 5 / 1000 * 1 and 11 * 5 / 1000 * 104 > 4


@says("what is there is hardly more than the sum of the sizes:")
def test_of_each_addition():
    rng = np.random.default_rng(0)
    for _ in range(300):
        terms = rng.integers(-999, 999, rng.integers(2, 9)) * 10.0 ** rng.integers(-2, 2)
        total, sizes, n = 0.0, np.abs(terms).sum(), len(terms)
        for term in terms:
            total = adding.three_digits(total + term)
            assert abs(total) <= sizes * (1 + n * 5 / 1000)
        assert abs(total - terms.sum()) <= n * 5 / 1000 * sizes


@says(
    "**No binary format holds 0.7**, not even float64, which Python uses all day.",
    "0.7 is a weight of the toy model.",
)
def test_no_format_holds_it():
    ten = exact.Exact().context.mpf(7) / 10
    for shape in formats.FORMATS.values():
        assert (
            exact.Exact().context.mpf(float(formats.keep_bits(0.7, shape.fraction))) != ten
        )
    assert 7 * 2**60 % 10 != 0  # 7/10 · 2^n is whole for no n: 5 divides no power of two
    assert any((np.abs(t) == 0.7).any() for t in flatten(toy.load()).values())


@says(
    "Of the weights with one decimal only wholes and halves end in binary; the digits of "
    "the rest never do, like those of 1/3."
)
def test_which_decimals_end_in_binary():
    """A fraction ends in binary if its lowest terms stand over a power of two."""
    for tenths in range(-100, 101):
        below = Fraction(tenths, 10).denominator
        assert (below & (below - 1) == 0) == (2 * tenths % 10 == 0)
    assert Fraction(1, 3).denominator == 3
    for table in flatten(toy.load()).values():
        np.testing.assert_array_equal(table, np.round(table, 1))


# A witness is wrong -----------------------------------------------------------------


@says(
    "Of two scores, 20 and 0, the first gets almost the whole weight, so the logarithm of "
    "that weight is close to 0.",
    "PyTorch adds 1 and e⁻²⁰ in float32: our 1000 + 0.4.",
    "We never add the 1 (`log1p`, inside float64).",
    "The error is far below $u$ of the scores, so it is no bug, but *none* of the digits "
    "is right.",
)
def test_a_witness_is_wrong():
    scores = np.array([20, 0], np.float32)
    theirs = torch.log_softmax(torch.tensor(scores), -1)[0].item()
    assert theirs == 0 and np.float32(1) + np.float32(np.exp(-20)) == 1
    assert log_softmax(scores)[0] == np.float32(-np.log1p(np.exp(-20)))
    assert 0 < np.log1p(np.exp(-20)) < 20 * U / 100
    assert 1 + np.exp(-40) == 1 and log_softmax(np.array([40.0, 0.0]))[0] < 0
    many = np.random.default_rng(0).normal(size=(99, 7)).astype(np.float32)
    wide = log_softmax(many.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(log_softmax(many), wide)
    assert (torch.log_softmax(torch.tensor(many), -1).numpy() != wide).any()


# Elsewhere ------------------------------------------------------------------------------


@says(
    "About 65,000 times, and every step is inside its bound, on every road.",
    "From 16 digits down to 2, the worst error is some hundred $u$.",
    "(It is no share here: the largest number of the run is 73.) TF32 lies lower: a GPU "
    "rounds only the *factors* of products to it; results stay float32.",
)
def test_the_ledger():
    entries = ledger.read(toy.data_path("ledger.json"))
    assert all(r["share"] <= 1 for e in entries for r in e["roads"])
    cpu, gpu = (
        {name: (u, error) for name, u, error in found}
        for found in ledger.worst_errors(entries).values()
    )
    in_u = {name: error / u for name, (u, error) in gpu.items()}
    assert all(100 < times < 200 for name, times in in_u.items() if name != "TF32")
    assert in_u["TF32"] < 50
    assert 60_000 < gpu["bfloat16"][1] / gpu["float32"][1] < 70_000
    assert {name for name in cpu} == {"float64", "float32"}
    for name, (_, error) in cpu.items():
        assert 0.5 < gpu[name][1] / error < 2.5
    record = cases.run(cases.toy_case())
    largest = max(
        np.abs(n.value[np.isfinite(n.value)]).max()
        for n in record.steps.values()
        if n.dtype.kind == "f" and n.op != "input"
    )
    assert round(float(largest)) == 73
    off = {kept: in_few_bits(*kept)[1] for kept in ((23, 10), (10, 10), (10, None))}
    assert off[23, 10] < off[10, 10] / 3  # results kept finely: that is what lowers it
    assert 0.9 < off[10, None] / off[10, 10] < 1.1  # and not the factors
    assert 0.5 < off[23, 10] / gpu["TF32"][1] < 2


@says(
    "About four times with one layer, about twice with six, where the bound of a sum grew "
    "64 times, and its root 8 times."
)
def test_growing():
    columns = measured("growing")
    rows = list(zip(*(columns[k] for k in ("columns", "layers", "typical")), strict=True))

    def typical(d, n):
        return np.mean(
            [error for width, layers, error in rows if (width, layers) == (d, n)]
        )

    assert (
        len(set(columns["seed"])) == 10
    )  # six layers of 8 columns differ by a factor of 3
    assert 3.5 < typical(512, 1) / typical(8, 1) < 4.5
    assert 1.6 < typical(512, 6) / typical(8, 6) < 2.7
    (again,) = growing((8,), (1,), (1,))
    assert 0.5 < again["typical"] / rows[0][2] < 2
    assert (again["columns"], again["layers"]) == rows[0][:2]
