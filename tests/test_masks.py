"""Masks: counted by hand, compared with torch's own, and refused when ambiguous."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close

from tfmath import scaled_dot_product_attention
from tfmath.errors import DtypeError, ShapeError
from tfmath.parts.masks import (
    both,
    causal_mask,
    check_mask,
    padding_mask,
    sliding_window_mask,
)


@given(st.integers(0, 23))
@settings(deadline=None)
def test_causal_is_the_opposite_of_torch(n):
    hides = torch.nn.Transformer.generate_square_subsequent_mask(n).numpy() == -np.inf
    np.testing.assert_array_equal(causal_mask(n), ~hides, strict=True)


def test_of_1300_words_the_first_sees_one_and_the_last_all():
    mask = causal_mask(1300)
    np.testing.assert_array_equal(mask.sum(axis=1), np.arange(1, 1301))
    assert mask.sum() == 1300 * 1301 // 2


def test_padding_hides_columns_only():
    ids = np.array([[3, 9, 7], [4, 0, 0]])
    mask = padding_mask(ids)
    assert mask.shape == (2, 1, 3)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask[:, 0], [[1, 1, 1], [1, 0, 0]])
    np.testing.assert_array_equal(padding_mask([5, 9, 7], pad_id=9), [[1, 0, 1]])
    assert padding_mask(np.ones((2, 3, 5), dtype=int)).shape == (2, 3, 1, 5)
    assert padding_mask(np.ones((2, 0), dtype=int)).shape == (2, 1, 0)


def test_window_by_hand():
    np.testing.assert_array_equal(
        sliding_window_mask(5, 2),
        [
            [1, 1, 1, 0, 0],
            [1, 1, 1, 1, 0],
            [1, 1, 1, 1, 1],
            [0, 1, 1, 1, 1],
            [0, 0, 1, 1, 1],
        ],
    )


@given(st.integers(0, 12), st.integers(0, 14))
@settings(deadline=None)
def test_window_laws(n, width):
    mask = sliding_window_mask(n, width)
    assert mask.shape == (n, n)
    assert mask.dtype == bool
    torch_band = torch.ones(n, n).tril(width).triu(-width).bool().numpy()
    np.testing.assert_array_equal(mask, torch_band)
    back = both(causal_mask(n), mask)
    np.testing.assert_array_equal(back.sum(axis=1), np.minimum(np.arange(n), width) + 1)


def test_both_at_once():
    ids = np.array([[3, 9, 7, 8], [4, 5, 0, 0]])
    mask = both(causal_mask(4), padding_mask(ids))
    assert mask.shape == (2, 4, 4)
    for row, column, sentence in np.ndindex(4, 4, 2):
        may = column <= row and ids[sentence, column] != 0
        assert mask[sentence, row, column] == may


def test_empty_is_legal():
    assert causal_mask(0).shape == sliding_window_mask(0, 3).shape == (0, 0)


@pytest.mark.parametrize(
    "call", [causal_mask, lambda n: sliding_window_mask(n, 1)], ids=["causal", "window"]
)
def test_negative_sizes_are_refused(call):
    with pytest.raises(ValueError, match="n is -1; it must be a whole number, 0 or more"):
        call(-1)
    with pytest.raises(TypeError):
        call(2.5)


def test_negative_width_is_refused():
    with pytest.raises(ValueError, match="width is -2"):
        sliding_window_mask(3, -2)


@pytest.mark.parametrize(
    "mask", [np.ones((2, 3), int), np.ones((2, 3)), [[0, 1, 1]], [None]]
)
def test_only_bool_is_a_mask(mask):
    with pytest.raises(
        DtypeError, match=r"heads: mask must hold bool.*mask\.astype\(bool\)"
    ):
        check_mask(mask, (2, 3), where="heads")
    with pytest.raises(DtypeError, match=r"both: other must hold bool.*other\.astype"):
        both(np.ones((2, 3), bool), mask)


@pytest.mark.parametrize(
    "shape", [(), (5,), (1, 5), (3, 1), (3, 5), (2, 1, 5), (7, 2, 3, 5)]
)
def test_masks_that_fit_pass_untouched(shape):
    mask = np.ones(shape, bool)
    assert check_mask(mask, (7, 2, 3, 5)) is mask


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 5), (4, 7, 2, 3, 5), (1, 7, 2, 3, 5)])
def test_masks_that_do_not_fit_are_refused(shape):
    with pytest.raises(ShapeError, match=r"(?s)attention: .*mask .*scores +\(7, 2, 3, 5\)"):
        check_mask(np.ones(shape, bool), (7, 2, 3, 5))


def test_a_mask_may_not_enlarge_the_scores():
    with pytest.raises(ShapeError):
        check_mask(np.ones((4, 5), bool), (1, 5))


def test_both_names_the_two_shapes():
    with pytest.raises(ShapeError, match=r"(?s)mask +\(2, 3\).*other +\(3, 2\)"):
        both(np.ones((2, 3), bool), np.ones((3, 2), bool))


def test_padding_wants_a_row_of_ids():
    with pytest.raises(ShapeError, match="row of ids"):
        padding_mask(3)
    with pytest.raises(DtypeError, match="whole numbers"):
        padding_mask([0.0, 1.0])


# A mask of two axes beside a batch as long

MASK = np.random.default_rng(0).random((4, 6)) < 0.5
MASK[:, 2] = True


def three(batch):
    rng = np.random.default_rng(1)
    sizes = {"query": (4, 3), "key": (6, 3), "value": (6, 2)}
    return {name: rng.normal(size=(*batch, *size)) for name, size in sizes.items()}


@pytest.mark.parametrize("batch", [(4,), (4, 2), (2, 4), (4, 2, 3)])
def test_a_mask_that_could_be_of_rows_or_of_sentences(batch):
    """The way out that the sentence names is right, for either of the two meanings."""
    arrays, mask = three(batch), MASK
    with pytest.raises(ShapeError) as caught:
        scaled_dot_product_attention(**arrays, mask=mask)
    said = re.search(r"Write (.+) for the first, (.+) for the second", str(caught.value))
    of_rows, of_sentences = (eval(way, {"mask": mask, "np": np}) for way in said.groups())
    for turned, meant in ((of_rows, mask), (of_sentences, _of_sentences(mask, batch))):
        found = scaled_dot_product_attention(**arrays, mask=turned)
        expected = torch.nn.functional.scaled_dot_product_attention(
            *(torch.tensor(a) for a in (*arrays.values(), meant))
        )
        assert_close(found, expected.numpy(), f"batch {batch}", 1e-13)


def _of_sentences(mask, batch):
    """Row by row, for PyTorch: sentence i of the axis that is as long has row i."""
    there = batch.index(len(mask))
    whole = np.empty((*batch, len(mask), mask.shape[1]), bool)
    for place in np.ndindex(*batch):
        whole[place] = mask[place[there]]
    return whole


@pytest.mark.parametrize("batch", [(), (5,), (3, 2), (1, 5)])
def test_control_a_mask_with_one_meaning_passes(batch):
    assert scaled_dot_product_attention(**three(batch), mask=MASK).shape == (*batch, 4, 2)
