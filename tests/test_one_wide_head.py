"""One softmax for all heads, by the wide head that it is; and what was trained anew."""

import math

import numpy as np
import pytest

from tfmath import softmax, toy, trace
from tfmath.errors import ShapeError
from tfmath.model.names import flatten
from tfmath.model.parameters import count, shapes
from tfmath.study.measured import measured
from tfmath.study.one_wide_head import (
    ALIKE,
    TRAINED,
    WIDTHS,
    _missed,
    _sentences,
    half_or_none,
    one_or_two,
    one_softmax,
    two_wishes,
)


def drawn(batch=()):
    rng = np.random.default_rng(6)
    sizes = ((3, 4, 2), (3, 5, 2), (3, 5, 6))
    return [rng.normal(size=(*batch, *size)) for size in sizes]


def by_one_wide_head(query, key, value, mask=None):
    """Queries and keys of all heads side by side, and one head as wide as they all."""
    wide = [np.concatenate(list(heads), axis=1) for heads in (query, key)]
    scores = wide[0] @ wide[1].T / math.sqrt(wide[0].shape[1])
    return softmax(scores if mask is None else np.where(mask, scores, -np.inf)) @ value


@pytest.mark.parametrize("mask", [None, np.tri(4, 5, 1) > 0])
def test_it_is_one_wide_head(mask):
    found = one_softmax(*drawn(), mask)
    np.testing.assert_allclose(found, by_one_wide_head(*drawn(), mask), atol=1e-12)


def test_axes_in_front_and_a_record():
    query, key, value = drawn((2,))
    for i in range(2):
        alone = one_softmax(query[i], key[i], value[i])
        np.testing.assert_array_equal(one_softmax(query, key, value)[i], alone)
    traced = one_softmax(trace(query, "query"), key, value)
    np.testing.assert_array_equal(traced.value, one_softmax(query, key, value))


def test_both_cuts_hold_as_many_numbers():
    sizes = [shapes(26, 5, h, d_k=k, d_v=v, d_ff=7) for h, (k, v) in WIDTHS.items()]
    numbers = {sum(math.prod(size) for size in of.values()) for of in sizes}
    assert numbers == {count(toy.load())} == {764}
    assert flatten(toy.load()).keys() == sizes[1].keys()


def test_weights_alike_are_a_mean():
    query, key, value = drawn()
    for attention in ALIKE.values():
        found = attention(query, key, value)
        mean = value.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(found, np.broadcast_to(mean, found.shape), atol=1e-12)
    assert TRAINED["two heads"] == (2, {}) and TRAINED["one wide head"] == (1, {})


@pytest.mark.parametrize(
    "experiment, seed, n", [(one_or_two, 1, 3), (half_or_none, 0, 3), (two_wishes, 3, 2)]
)
def test_rows_are_trained_again(experiment, seed, n):
    """With other starts, other processors may end elsewhere."""
    columns = measured(experiment.__name__)
    stored = [
        dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)
    ]
    rows = experiment(seeds=[seed])
    assert len(rows) == n and all(row in stored for row in rows)


def test_without_a_head_and_without_both_are_what_they_say():
    """Whatever seed: silencing the only head that writes is silencing both."""
    row, *_ = half_or_none(seeds=[0], steps=1)
    assert row["where"] == "encoder" and len({*map(str, row.values())}) == 5


def test_without_an_axis_of_heads_it_is_told():
    with pytest.raises(ShapeError, match=r"one_softmax: query \(4, 2\) .* need three axes"):
        one_softmax(*(array[0] for array in drawn()))


def test_two_wishes_are_what_two_words_hold():
    """And tables set by hand: two heads miss neither, one head all of the second."""
    asked, keys, values, wanted = _sentences(np.random.default_rng(1), 500)
    for n in range(3):
        first, second = np.split(asked[n, 0], 2)
        places = [np.flatnonzero((keys[n] == word).all(axis=1)) for word in (first, second)]
        assert [values[n, place, -1].item() for place in places] == wanted[n].tolist()
        assert len(np.unique(keys[n].argmax(axis=1))) == 6
    look = [np.eye(24, 12, -12 * i) * 10 for i in range(2)]  # the first word, the second
    key, value = np.eye(12), np.eye(13)[:, 12:]
    both = {"W_Q": look, "W_K": [key] * 2, "W_V": [value] * 2, "W_O": np.eye(2)}
    np.testing.assert_allclose(_missed(both, (asked, keys, values, wanted)), 0, atol=1e-9)
    one = {"W_Q": look[:1], "W_K": [key], "W_V": [value], "W_O": [[1.0, 0.0]]}
    found = _missed(one, (asked, keys, values, wanted))
    np.testing.assert_allclose(found, [0, (wanted[:, 1] ** 2).mean()], atol=1e-9)
