"""The leak test: silent for honest models, and it sees every known way to leak."""

import numpy as np
import pytest

from tfmath import softmax, toy, transformer
from tfmath.errors import DtypeError, ShapeError
from tfmath.model.parameters import starting_values, traced, unflatten
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.masks import both, causal_mask, padding_mask
from tfmath.study.leak import leaks, who_notices

IDS = np.array([1, 9, 15, 16, 9])
N = len(IDS)
FUTURE = [(i, j) for i in range(N) for j in range(i + 1, N)]


@pytest.fixture(scope="module")
def parameters():
    return toy.load()


def decoder(parameters, mask=None):
    memory = encode_source(parameters, np.array([8, 9, 10, 12, 13, 14]))
    return lambda ids: decode_target(parameters, ids, memory, target_mask=mask)


def test_the_decoder_notices_exactly_what_its_mask_allows(parameters):
    model = decoder(parameters)
    np.testing.assert_array_equal(who_notices(model, IDS, 26), causal_mask(N), strict=True)
    assert leaks(model, IDS, 26) == []


def test_a_traced_model_is_tested_too(parameters):
    assert leaks(decoder(traced(parameters)), IDS, 26) == []


def test_without_a_mask_every_position_notices_the_future(parameters):
    model = decoder(parameters, np.ones((N, N), bool))
    assert leaks(model, IDS, 26) == FUTURE


@pytest.mark.parametrize("place", [(0, 1), (2, 4)])
def test_one_wrong_entry_of_a_mask_is_found(parameters, place):
    mask = causal_mask(N)
    mask[place] = True
    found = leaks(decoder(parameters, mask), IDS, 26)
    assert place in found
    assert {row for row, _ in found} == {place[0]}


def attention_with(weigh):
    rng = np.random.default_rng(0)
    table, W = rng.normal(size=(7, 5)), rng.normal(size=(5, 5))

    def model(ids):
        x = table[ids]
        return weigh(x @ W @ x.T, causal_mask(len(ids))) @ x

    return model


def zero_first(scores, mask):
    return softmax(np.where(mask, scores, 0.0))


def after_softmax(scores, mask):
    return softmax(scores) * mask


def renormalized(scores, mask):
    weights = softmax(scores) * mask
    return weights / weights.sum(axis=-1, keepdims=True)


def over_queries(scores, mask):
    return softmax(np.where(mask, scores, -np.inf).T).T


def upside_down(scores, mask):
    return softmax(scores, mask.T)


@pytest.mark.parametrize("weigh", [zero_first, after_softmax, over_queries, upside_down])
def test_wrong_maskings_leak(weigh):
    assert leaks(attention_with(weigh), np.array([3, 1, 6, 2]), 7) != []


def test_masking_after_the_softmax_leaks_through_the_sum_alone():
    """Every weight on the future is 0, and yet all rows but the last know the future."""
    found = leaks(attention_with(after_softmax), np.array([3, 1, 6, 2]), 7)
    assert found == [(i, j) for i in range(4) for j in range(i + 1, 4)]


def test_minus_a_billion_does_not_leak():
    def weigh(scores, mask):
        return softmax(np.where(mask, scores, -1e9))

    assert leaks(attention_with(weigh), np.array([3, 1, 6, 2]), 7) == []
    assert leaks(attention_with(softmax), np.array([3, 1, 6, 2]), 7) == []


def test_padding_is_noticed_by_nobody():
    sizes = {"embedding": (11, 5)}
    table = starting_values(np.random.default_rng(1), sizes)["embedding"]
    real = np.array([True, True, True, False, False])
    mask = both(causal_mask(5), real[np.newaxis])

    def model(ids):
        x = table[ids]
        return softmax(x @ x.T, mask) @ x

    noticed = who_notices(model, np.array([4, 2, 7, 0, 0]), 11)
    assert not noticed[:3, 3:].any()
    assert leaks(model, np.array([4, 2, 7, 0, 0]), 11) == []
    np.testing.assert_array_equal(
        padding_mask([4, 2, 7, 0, 0])[0], real, err_msg="the mask of this test"
    )


def test_norm_over_the_sentence_leaks_whatever_the_mask():
    def model(ids):
        x = np.eye(7)[ids] + np.arange(7) * ids[:, np.newaxis]
        return x - x.mean(axis=0)

    assert len(leaks(model, np.array([3, 1, 6, 2]), 7)) == 6


def test_the_last_bit_counts():
    def model(ids):
        return 1.0 + np.spacing(1.0) * np.roll(ids, -1)

    assert leaks(model, np.array([0, 1, 1]), 3) == [(0, 1), (1, 2)]


def test_nan_that_stays_nan_is_no_change():
    assert not who_notices(lambda ids: np.full(len(ids), np.nan), np.array([0, 1]), 3).any()


def test_ids_are_left_alone():
    ids = np.array([2, 0, 1])

    def spoils(given):
        given[:] = 0
        return np.zeros(3)

    leaks(spoils, ids, 3)
    np.testing.assert_array_equal(ids, [2, 0, 1])


def test_a_model_that_is_random_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="dropout"):
        leaks(lambda ids: rng.normal(size=len(ids)), np.array([0, 1]), 3)


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(ShapeError, match=r"(?s)each of the 3 ids.*\(2,\)"):
        leaks(lambda ids: ids[1:], np.array([0, 1, 2]), 3)
    with pytest.raises(ValueError, match="vocab_size is 1"):
        leaks(lambda ids: ids, np.array([0, 0]), 1)
    with pytest.raises(ValueError, match=r"holds 5 at \(1,\)"):
        leaks(lambda ids: ids, np.array([0, 5]), 3)
    with pytest.raises(DtypeError):
        leaks(lambda ids: ids, np.array([0.0, 1.0]), 3)


def test_the_encoder_notices_everything(parameters):
    sentence = np.array([8, 9, 10, 12, 13, 14])
    noticed = who_notices(lambda ids: encode_source(parameters, ids), sentence, 26)
    assert noticed.all()


def test_every_target_position_notices_every_source_word(parameters):
    """Cross-attention: no mask, so the source is seen whole."""
    for place in range(6):
        source = np.array([8, 9, 10, 12, 13, 14])
        before = transformer(parameters, source, IDS)
        source[place] = 3
        assert (before != transformer(parameters, source, IDS)).any(axis=1).all()


def test_untied_and_random_models_do_not_leak():
    sizes = toy.shapes(11, 6, n_heads=2, d_k=3, d_v=2, d_ff=7, n_layers=2, tied=False)
    parameters = unflatten(dict(starting_values_flat(sizes)))
    memory = encode_source(parameters, np.array([3, 1, 4, 1, 5]))

    def model(ids):
        return decode_target(parameters, ids, memory)

    assert leaks(model, np.array([2, 7, 1, 8]), 11) == []


def starting_values_flat(sizes):
    rng = np.random.default_rng(2)
    for name, size in sizes.items():
        yield name, rng.normal(0.5, 0.5, size)
