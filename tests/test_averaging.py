"""Random attentions one after another: PyTorch finds the same distances."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tfmath.errors import NonFiniteError, ShapeError
from tfmath.parts.norm import standardize
from tfmath.study.averaging import spreads
from tfmath.tracing import trace

X = np.random.default_rng(5).normal(size=(6, 4))


def alone(x, attended):
    return attended


def added(x, attended):
    return x + attended


def by_torch(x, join, n_layers, seed):
    rng, x = np.random.default_rng(seed), torch.tensor(x)
    found = [x]
    for _ in range(n_layers):
        tables = torch.tensor(rng.normal(0.0, 1 / math.sqrt(4), size=(3, 4, 4)))
        x = join(x, F.scaled_dot_product_attention(*(x @ W for W in tables)))
        found.append(x)
    return [float((x.max(dim=0)[0] - x.min(dim=0)[0]).max()) for x in found]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("join", [alone, added])
def test_equals_torch(join, seed):
    expected = by_torch(X, join, 5, seed)
    np.testing.assert_allclose(spreads(X, join, 5, seed), expected, rtol=1e-9, atol=1e-12)


def test_without_the_sum_rows_become_alike_and_with_it_not_so_soon():
    for seed in range(6):
        assert (
            spreads(X, alone, 12, seed)[-1] < 1e-6 < 0.1 < spreads(X, added, 12, seed)[-1]
        )


def test_with_a_norm_after_the_sum_they_do_in_the_end():
    """The sum slows it; it does not forbid it."""
    late = [spreads(X, lambda x, a: standardize(x + a), 60, seed) for seed in range(6)]
    assert all(found[-1] < 0.01 < found[3] for found in late)


def test_other_seeds_and_no_layer():
    assert spreads(X, alone, 2, seed=1) != spreads(X, alone, 2, seed=2)
    assert spreads(X.tolist(), alone, 0) == [np.ptp(X, axis=0).max()]


@pytest.mark.parametrize(
    "call, error, says",
    [
        (
            lambda: spreads(X[0], alone, 1),
            ShapeError,
            r"spreads: x \(4,\) must have 2 axes",
        ),
        (lambda: spreads(X[:0], alone, 1), ShapeError, "at least one row"),
        (lambda: spreads(X, lambda x, a: a[:2], 1), ShapeError, r"join must .*\(2, 4\)"),
        (lambda: spreads(X, lambda x, a: x / 0, 1), NonFiniteError, "spreads: x "),
        (lambda: spreads(X, "sum", 1), TypeError, "join is 'sum'"),
        (lambda: spreads(X, alone, -1), ValueError, "n_layers is -1"),
        (lambda: spreads(trace(X, "x"), alone, 1), TypeError, "x is traced"),
    ],
)
def test_what_is_wrong_is_said(call, error, says):
    with np.errstate(divide="ignore"), pytest.raises(error, match=says):
        call()
