"""Planted mistakes: who notices, and who cannot. And what sums lose."""

from functools import partial

import numpy as np
import pytest

from tfmath import steps, toy
from tfmath.learning import train
from tfmath.learning.train import traced_loss
from tfmath.model.parameters import flatten, unflatten
from tfmath.parts.norm import post_norm
from tfmath.parts.position import positional_encoding
from tfmath.tracing.rules import RULES
from tfmath.witness import blame, cases, few_bits
from tfmath.witness.adding import in_pairs, left_to_right, off_by
from tfmath.witness.blame import accusations, first_doubts, planted, within, worked_case
from tfmath.witness.crosscheck import Finding, first_failure, judge, reference
from tfmath.witness.few_bits import words_right
from tfmath.witness.roads import modules_road

CASES = {
    "functions": cases.toy_case(),
    "nn.Transformer": cases.square_case("small", 1, 23, 6, 2, 7, n_layers=2),
}


def blind(found):
    return {name for name, step in found.items() if step == "nothing"}


def test_what_is_right_is_accused_by_nobody():
    assert set(first_doubts(worked_case()).values()) == {"nothing"}


def test_a_wrong_operation_is_noticed_by_all_where_it_begins():
    with planted("standardized", call=blame.divided_by_n_minus_1):
        found = first_doubts(worked_case())
    assert not blind(found)
    norm = "encoder / layer 1 / norm 1"
    assert set(found.values()) == {f"{norm} / normalized", f"{norm} / output"}


def test_a_wrong_derivative_is_noticed_by_those_who_derive_themselves():
    with planted("softmax", derivative=(blame.no_sum,)):
        found = first_doubts(worked_case())
    assert blind(found) == {"fifty digits", "PyTorch, each operation"}


def test_a_wrong_plan_is_noticed_only_by_those_who_have_their_own():
    found = first_doubts(worked_case(), blame.norm_before)
    assert set(found) - blind(found) == {"PyTorch's modules"}


NORM, LOOK = "encoder / layer 1 / norm 1 / output", "encoder / layer 1 / self-attention"
PLANS = {
    "another ε": ({"block": partial(post_norm, epsilon=1.1e-5)}, NORM),
    "no √d": ({"scale": 1.0}, "encoder / scaled embedding"),
    "positions from 1": (
        {"encoding": lambda p, d_model, dtype: positional_encoding(p + 1, d_model)},
        "encoder / position",
    ),
    "another base": (
        {"encoding": partial(positional_encoding, base=9999.0)},
        "encoder / position",
    ),
}


def heard_by_the_modules(name, loss):
    case = CASES[name]
    run = cases.run(case, traced_loss=loss)
    found = first_failure(judge(case, run, modules_road("float64"), reference(run, None)))
    return found and found.step


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("plan", PLANS)
def test_pytorchs_transformer_has_positions_root_and_epsilon_of_its_own(plan, name):
    variant, step = PLANS[plan]
    assert heard_by_the_modules(name, traced_loss) is None
    assert heard_by_the_modules(name, partial(traced_loss, **variant)) == step


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "wrong",
    [lambda ids, pad: np.ones((len(ids), 1, ids.shape[1]), bool),
     lambda ids, pad: (ids != pad)[:, None] & (np.arange(ids.shape[1]) > 0)],
    ids=["hides nothing", "hides the first word too"],
)  # fmt: skip
def test_pytorchs_transformer_hides_the_padding_itself(wrong, name, monkeypatch):
    monkeypatch.setattr(train, "padding_mask", wrong)
    assert heard_by_the_modules(name, traced_loss).startswith(LOOK)


def test_a_wrong_table_is_noticed_by_nobody():
    tables = flatten(worked_case().parameters)
    tables = {name: table.copy() for name, table in tables.items()}
    tables["embedding"][9] *= -1
    assert set(first_doubts(worked_case(unflatten(tables))).values()) == {"nothing"}


def test_a_planted_mistake_is_taken_out_again():
    before = RULES["softmax"]
    with pytest.raises(KeyError), planted("softmax", call=None):
        raise KeyError
    assert RULES["softmax"] is before


def test_how_many_words_survive_few_bits():
    """A mean and a deviation keep so few bits, too, and the norm divides by them.

    With two bits a wrong word has the very logit of a right one: no word has won.
    """
    assert [words_right(bits) for bits in (1, 2, 3, 7, 10, 23)] == [11, 14, *[15] * 4]


def test_which_words_tie():
    batch = train.make_batch(toy.PAIRS, toy.WORDS)
    logits = steps(traced_loss(toy.load(), batch))["logits"]
    (found,) = few_bits.replay_with_bits([logits], 2)
    wanted = batch.following != train.PAD
    first = found[wanted] == found[wanted].max(axis=-1, keepdims=True)
    shared = {tuple(np.flatnonzero(row)) for row in first if row.sum() > 1}
    assert [[toy.WORDS[i] for i in ids] for ids in shared] == [["storm", "he"]]
    assert first[np.arange(15), batch.following[wanted]].all()


def test_a_tie_is_not_right(monkeypatch):
    """Whatever stands first in the vocabulary."""
    monkeypatch.setattr(
        few_bits, "replay_with_bits", lambda arrays, *_: [0 * arrays[0].value]
    )
    assert words_right(7) == 0


def test_sums_and_their_errors():
    x = np.array([2.0**24, 1, 1, 1], np.float32)  # 2^24 + 1 is not a float32 number
    assert (left_to_right(x), in_pairs(x)) == (2**24, 2**24 + 2)
    assert [round(off_by(add, [x]), 3) for add in (left_to_right, in_pairs)] == [3, 1]


def test_the_tables_of_findings():
    findings = [
        Finding("a / x", "PyTorch replay", 1, 0, 0, 0.5),
        Finding("a / x", "NumPy", 1, 0, 0, 1.5),
        Finding("a / y", "NumPy", 1, 0, 0, 1.0),
    ]
    found = within(findings, "a", ["x", "y"])
    assert found.cols == ["replay", "NumPy"]
    assert found.numbers.tolist() == [["within", "outside"], ["—", "within"]]
    assert "logits" in repr(accusations({"PyTorch": "logits"}))
