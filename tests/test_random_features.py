"""Random features: right on average, and how far off with how many of them."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close, assert_same_function, draw

from tfmath import causal_mask, steps, trace
from tfmath.attention.dot_product import attend
from tfmath.attention.linear import causal_linear_attention
from tfmath.attention.random_features import (
    draw_directions,
    positive_features,
    random_feature_attention,
)
from tfmath.errors import DtypeError, NonFiniteError, ShapeError
from tfmath.study.growth import steepness

N_QUERY, N_KEY, D_K, D_V, MANY = 4, 6, 3, 5, 8
few = settings(max_examples=20)


def rows(seed=0, batch=(), n_query=N_QUERY, n_key=N_KEY, dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = {"query": (n_query, D_K), "key": (n_key, D_K), "value": (n_key, D_V)}
    return {n: draw(rng, *batch, *size, dtype=dtype) for n, size in sizes.items()}


def directions(n_features=MANY, seed=2, orthogonal=True):
    rng = np.random.default_rng(seed)
    return draw_directions(rng, n_features, D_K, orthogonal)


def papers(t, mask=None):
    """Equations (5) and (4): features, then their products in the softmax's place."""
    w, d_k = t["directions"], t["query"].shape[-1]

    def features(x):
        x = x / d_k**0.25
        inner = torch.einsum("...nd,md->...nm", x, w)
        return torch.exp(inner - (x**2).sum(dim=-1, keepdim=True) / 2) / len(w) ** 0.5

    similar = torch.einsum("...im,...jm->...ij", features(t["query"]), features(t["key"]))
    similar = similar if mask is None else similar * torch.tensor(mask)
    return similar / similar.sum(dim=-1, keepdim=True) @ t["value"]


def some_mask(*shape):
    mask = np.random.default_rng(1).random(shape) < 0.5
    mask[..., 2] = True
    return mask


MASKS = {
    "none": None,
    "padding": some_mask(2, 1, N_KEY),
    "another for each query": some_mask(2, N_QUERY, N_KEY),
}


@pytest.mark.parametrize("name", MASKS)
def test_numbers_and_gradients_are_the_papers(name):
    assert_same_function(
        lambda t: random_feature_attention(**t, mask=MASKS[name]),
        lambda t: papers(t, MASKS[name]),
        rows(batch=(2,)) | {"directions": directions()},
    )


# The estimate of exp(q · k)

PAIR = np.array([[0.3, 0.1, -0.4], [0.2, 0.5, 0.1]])
EXACT = math.exp(0.3 * 0.2 + 0.1 * 0.5 - 0.4 * 0.1)
SQUARED = 0.5**2 + 0.6**2 + 0.3**2  # |q + k|²


def products(w, n_features):
    """One estimate of exp(q · k) for each `n_features` of the directions."""
    phi = positive_features(PAIR, w) * math.sqrt(len(w))
    return (phi[0] * phi[1]).reshape(-1, n_features).mean(axis=1)


def estimates(orthogonal, n_features, draws=4000):
    rng = np.random.default_rng(0)
    return products(draw_directions(rng, n_features * draws, 3, orthogonal), n_features)


def sure(found):
    """How far the mean of independent estimates may be off: four standard errors."""
    return 4 * found.std() / math.sqrt(len(found))


@pytest.mark.parametrize("orthogonal", [True, False])
def test_the_estimate_is_right_on_average(orthogonal):
    found = estimates(orthogonal, 6, draws=20000)
    assert abs(found.mean() - EXACT) < sure(found) < 0.02 * EXACT


def test_control_directions_of_one_half_of_space_are_biased():
    """LAPACK's columns at right angles are such, until their signs are drawn as well."""
    rng = np.random.default_rng(0)
    raw = np.linalg.qr(rng.normal(size=(20000, 3, 3)))[0].swapaxes(1, 2).reshape(-1, 3)
    lengths = np.linalg.norm(rng.normal(size=(60000, 3)), axis=1, keepdims=True)
    found = products(lengths * raw, 3)
    assert abs(found.mean() - EXACT) > 3 * sure(found)


@pytest.mark.parametrize("orthogonal", [True, False])
def test_the_error_falls_as_one_over_the_root_of_the_number_of_features(orthogonal):
    counts = [3, 12, 48, 192]
    errors = [np.std(estimates(orthogonal, n)) for n in counts]
    assert abs(steepness(counts, errors) + 0.5) < 0.04


def test_the_variance_is_the_formulas():
    """Of one feature: exp(2 q·k) (exp(|q + k|²) − 1), for E exp(2 w·z) = exp(2 |z|²)."""
    expected = EXACT**2 * (math.exp(SQUARED) - 1) / 4
    assert estimates(False, 4, draws=40000).var() == pytest.approx(expected, rel=0.1)


def test_right_angles_vary_less_if_only_a_little():
    """By theorem 2 of the paper at least by this much; no promise of more."""
    free, right = (estimates(orthogonal, 3, draws=200000) for orthogonal in (False, True))
    apart = EXACT - math.exp(-(PAIR**2).sum() / 2)
    at_least = 2 * (3 - 1) / (3 * (3 + 2)) * apart**2
    assert 0.5 * at_least < free.var() - right.var() < 3 * at_least


def test_attention_comes_nearer_with_more_features():
    arrays, errors = rows(), []
    arrays |= {name: arrays[name] / 2 for name in ("query", "key")}
    expected, counts = attend(**arrays), [12, 48, 192, 768]
    for n in counts:
        drawn = [directions(n, seed) for seed in range(40)]
        found = [random_feature_attention(**arrays, directions=w) for w in drawn]
        errors.append(np.median(np.abs(np.array(found) - expected)))
    assert abs(steepness(counts, errors) + 0.5) < 0.05 and errors[-1] < 0.02


@few
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 5))
def test_directions_stand_at_right_angles_in_blocks(seed, n_features, d_k):
    w = draw_directions(np.random.default_rng(seed), n_features, d_k)
    assert w.shape == (n_features, d_k)
    for first in range(0, n_features, d_k):
        block = w[first : first + d_k]
        angles = block @ block.T
        np.testing.assert_allclose(
            angles, np.diag(np.diagonal(angles)), atol=1e-12 * (1 + np.abs(angles).max())
        )


def test_directions_are_as_long_as_normal_rows_are():
    w = draw_directions(np.random.default_rng(0), 6000, 5)
    assert (w * w).sum(axis=1).mean() == pytest.approx(5, rel=0.03)
    assert np.abs(w.mean(axis=0)).max() < 0.05  # and prefer no side
    np.testing.assert_allclose(w.T @ w / len(w), np.eye(5), atol=0.05)


# Laws


@few
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_the_future_changes_nothing_bit_for_bit(seed, now):
    arrays, mask = rows(seed, n_query=7, n_key=7), causal_mask(7)
    way = partial(random_feature_attention, mask=mask, directions=directions())
    before = way(**arrays)
    for array in arrays.values():
        array[now:] = np.random.default_rng(seed + 1).normal(size=array[now:].shape)
    after = way(**arrays)
    np.testing.assert_array_equal(after[:now], before[:now])
    assert (after[now:] != before[now:]).any()


@few
@given(st.integers(0, 10**6))
def test_looking_back_by_running_sums_gives_the_same(seed):
    """As the notes say: queries and keys divided by the fourth root of d_k."""
    arrays, w = rows(seed, n_query=7, n_key=7), directions()
    expected = random_feature_attention(**arrays, mask=causal_mask(7), directions=w)
    scaled = {n: arrays[n] / D_K**0.25 for n in ("query", "key")}
    features = partial(positive_features, directions=w)
    found = causal_linear_attention(**(arrays | scaled), features=features, block=3)
    assert_close(found, expected, "running", 1e-12)


@few
@given(st.integers(0, 10**6), st.floats(-1e300, 1e300))
def test_hidden_keys_and_values_may_hold_anything(seed, anything):
    for mask in (np.ones((1, N_KEY), bool), np.tri(N_QUERY, N_KEY, 2, dtype=bool)):
        mask[:, 1] = False
        arrays = rows(seed)
        way = partial(random_feature_attention, mask=mask, directions=directions())
        before = way(**arrays)
        arrays["key"][1] = arrays["value"][1] = anything
        np.testing.assert_array_equal(way(**arrays), before)


@few
@given(st.integers(0, 10**6), st.floats(1e-3, 1e2))
def test_the_output_lies_among_the_values_however_long_the_rows(seed, size):
    arrays = rows(seed)
    arrays |= {n: size * arrays[n] for n in ("query", "key")}
    low, high = arrays["value"].min(axis=0) - 1e-9, arrays["value"].max(axis=0) + 1e-9
    for mask in (None, np.tri(N_QUERY, N_KEY, 2, dtype=bool)):
        output = random_feature_attention(**arrays, mask=mask, directions=directions())
        assert (output >= np.minimum(low, 0)).all() and (
            output <= np.maximum(high, 0)
        ).all()


def test_nothing_to_see_gives_zeros():
    way = partial(random_feature_attention, directions=directions())
    mask = np.ones((N_QUERY, N_KEY), bool)
    mask[1] = False
    assert (way(**rows(), mask=mask)[1] == 0).all()
    assert (way(**rows(), mask=np.zeros((1, N_KEY), bool)) == 0).all()
    assert way(**rows(n_key=0)).tolist() == [[0.0] * D_V] * N_QUERY
    assert way(**rows(n_query=0)).shape == (0, D_V)


def test_float32_stays_whatever_the_directions_are():
    arrays = rows(dtype=np.float32)
    assert random_feature_attention(**arrays, directions=directions()).dtype == np.float32


def test_heads_may_have_directions_of_their_own():
    arrays, drawn = rows(batch=(2,)), np.stack([directions(), directions(seed=5)])
    together = random_feature_attention(**arrays, directions=drawn)
    for head in (0, 1):
        one = {n: a[head] for n, a in arrays.items()}
        alone = random_feature_attention(**one, directions=drawn[head])
        assert_close(together[head], alone, "head", 1e-13)


def test_the_scores_are_estimates_of_the_plain_ones():
    traced = {n: trace(a, n) for n, a in rows().items()}
    mask = np.tri(N_QUERY, N_KEY, 2, dtype=bool)
    w = directions(20000)
    found = steps(random_feature_attention(**traced, mask=mask, directions=w))["scores"]
    arrays = rows()
    plain = arrays["query"] @ arrays["key"].T / math.sqrt(D_K)
    assert np.abs(found.value - plain).max() < 0.25


# Refused


@pytest.mark.parametrize("n_features", [0, -2, 1.5, None, "8"])
def test_no_features(n_features):
    with pytest.raises((ValueError, TypeError), match="draw_directions: n_features is"):
        draw_directions(np.random.default_rng(0), n_features, 3)


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"directions": None}, ShapeError, "directions is None; .* draw_directions"),
        ({"directions": np.ones((0, 3))}, ShapeError, "has no features"),
        ({"directions": np.ones((8, 4))}, ShapeError, "same d_k"),
        ({"directions": np.ones(3)}, ShapeError, "two axes"),
        ({"directions": np.full((8, 3), np.nan)}, NonFiniteError, "directions holds nan"),
        ({"key": np.ones((6, 2))}, ShapeError, "same d_k"),
        ({"value": np.ones((5, 2))}, ShapeError, "same n_key"),
        ({"mask": np.ones((1, 6))}, DtypeError, "must hold bool"),
    ],
)
def test_what_does_not_fit_is_said(change, error, words):
    arrays = rows() | {"directions": directions()} | change
    with pytest.raises(error, match=f"random_feature_attention: (?s:.*){words}"):
        random_feature_attention(**arrays)


def test_draw_directions_and_features_name_what_is_wrong():
    with pytest.raises(TypeError, match="draw_directions: rng is 0"):
        draw_directions(0, 3, 3)
    with pytest.raises(TypeError, match="draw_directions: orthogonal is 'yes'"):
        draw_directions(np.random.default_rng(0), 3, 3, "yes")
    with pytest.raises(ShapeError, match="positive_features: x and directions"):
        positive_features(np.ones((2, 4)), directions())
