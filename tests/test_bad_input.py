"""Bad input, everywhere alike: one sentence that names function, argument and value.

What only one function can get wrong stands in that function's own tests.
"""

import math
import warnings

import numpy as np
import pytest
from tables import attention_tables, draw, filled, layer

import tfmath
from tfmath import (
    attention_head,
    causal_mask,
    cross_entropy,
    decode,
    decoder_layer,
    embed,
    encode,
    encoder_layer,
    feed_forward,
    gelu,
    gelu_tanh,
    layer_norm,
    linear,
    log_softmax,
    lookup,
    multi_head_attention,
    one_hot,
    padding_mask,
    relu,
    scaled_dot_product_attention,
    softmax,
    standardize,
    trace,
)
from tfmath.errors import DtypeError, NonFiniteError, ShapeError, UnknownWordError
from tfmath.model.parameters import shapes

RNG = np.random.default_rng(0)
N_QUERY, N_KEY, D_MODEL, D_FF = 4, 6, 6, 7
WORDS = ("<pad>", "<start>", "<end>", "you", "win", "or", "die")
HEADS = {n: t for n, t in attention_tables(d_model=D_MODEL).items()}
ONE_HEAD = {n: t[0] for n, t in HEADS.items() if n not in ("W_O", "b_O")}


def rows(n=N_QUERY, width=D_MODEL):
    return draw(RNG, 2, n, width)


NETWORK = {
    "W_1": (D_MODEL, D_FF),
    "b_1": (D_FF,),
    "W_2": (D_FF, D_MODEL),
    "b_2": (D_MODEL,),
}
MODEL = filled(shapes(7, D_MODEL, 3, 2, 2, D_FF))

# Each function with arguments that it takes: arrays of numbers, and the rest.
DOORS = {
    linear: ({"x": rows(), "W": rows(5)[0].T, "b": rows()[0, 0, :5]}, {}),
    relu: ({"x": rows()}, {}),
    gelu: ({"x": rows()}, {}),
    gelu_tanh: ({"x": rows()}, {}),
    feed_forward: ({"x": rows()} | {n: draw(RNG, *s) for n, s in NETWORK.items()}, {}),
    softmax: ({"scores": rows()}, {}),
    log_softmax: ({"scores": rows()}, {}),
    scaled_dot_product_attention: (
        {"query": rows(), "key": rows(N_KEY), "value": rows(N_KEY, 3)},
        {},
    ),
    attention_head: (
        {"query": rows(), "key": rows(N_KEY), "value": rows(N_KEY)} | ONE_HEAD,
        {},
    ),
    multi_head_attention: (
        {"query": rows(), "key": rows(N_KEY), "value": rows(N_KEY)} | HEADS,
        {},
    ),
    standardize: ({"x": rows()}, {}),
    layer_norm: ({"x": rows(), "gain": rows()[0, 0], "bias": rows()[0, 1]}, {}),
    lookup: ({"table": rows()[0]}, {"ids": [3, 0]}),
    embed: ({"table": rows()[0]}, {"ids": [3, 0]}),
    cross_entropy: ({"logits": rows()}, {"targets": np.ones((2, N_QUERY), int)}),
    encoder_layer: ({"x": rows()}, {"layer": layer("encoder")}),
    decoder_layer: ({"x": rows(), "memory": rows(N_KEY)}, {"layer": layer()}),
}
ARGUMENTS = [(door, name) for door, (arrays, _) in DOORS.items() for name in arrays]
IDS = [f"{door.__name__} {name}" for door, name in ARGUMENTS]
every_argument = pytest.mark.parametrize("door, name", ARGUMENTS, ids=IDS)


def call(door, name, value):
    arrays, rest = DOORS[door]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return door(**(arrays | {name: value}), **rest)


def places(array, value):
    """The array with one number replaced."""
    changed = np.array(array, np.result_type(array, type(value)))
    changed[(-1,) * changed.ndim] = value
    return changed


def refused(door, name, value, error, *words):
    with pytest.raises(error) as caught:
        call(door, name, value)
    text = str(caught.value)
    assert name in text.replace(":", " ").split(), text
    assert all(word in text for word in words), text


def test_every_public_function_of_arrays_is_tried():
    """New functions of arrays join the table above, or the list of those without arrays."""
    without = set(
        "backward causal_mask decode encode gradients greedy named one_hot padding_mask "
        "positional_encoding post_norm pre_norm scope steps tokenize trace vocabulary "
        "decoder encoder transformer both sgd slope traced".split()
    )
    assert {door.__name__ for door in DOORS} | without >= set(tfmath.__all__)


@every_argument
def test_not_a_number(door, name):
    good = DOORS[door][0][name]
    place = str(tuple(n - 1 for n in good.shape))
    for bad in (math.nan, math.inf):
        if door in (softmax, log_softmax):
            refused(door, name, places(good, bad), NonFiniteError, "-inf")
        else:
            refused(door, name, places(good, bad), NonFiniteError, str(bad), place)


@every_argument
@pytest.mark.parametrize("kind", [bool, np.float16, complex, "U4", object])
def test_the_wrong_kind_of_number(door, name, kind):
    bad = DOORS[door][0][name].astype(kind)
    refused(door, name, bad, DtypeError, str(bad.dtype), "float32 or float64")


@every_argument
def test_none_is_no_array(door, name):
    if name.startswith("b_") and door in (attention_head, multi_head_attention):
        assert np.isfinite(call(door, name, None)).all()  # a bias may be left out
    elif (door, name) != (linear, "b") and (door, name[:2]) != (feed_forward, "b_"):
        with pytest.raises(DtypeError, match="None; it must be an array"):
            call(door, name, None)


@every_argument
def test_ragged_lists(door, name):
    ragged = [[1.0], [2.0, 3.0]]
    with pytest.raises(ShapeError, match=r"the rows of \w+ differ in length"):
        call(door, name, ragged)


@every_argument
def test_lists_and_whole_numbers_are_computed_in_float64(door, name):
    good = DOORS[door][0][name]
    np.testing.assert_array_equal(call(door, name, good.tolist()), call(door, name, good))
    whole = np.arange(good.size, dtype=np.int32).reshape(good.shape) % 5 - 2
    expected = call(door, name, whole.astype(np.float64))
    np.testing.assert_array_equal(call(door, name, whole), expected, strict=True)


@every_argument
def test_nothing_given_is_changed(door, name):
    arrays, _ = DOORS[door]
    before = arrays[name].copy()
    call(door, name, arrays[name])
    np.testing.assert_array_equal(arrays[name], before)


@every_argument
def test_a_shape_that_does_not_fit_is_never_a_numpy_error(door, name):
    """Any other shape: our own error with the shape in it, or a result that makes sense."""
    good = DOORS[door][0][name].shape
    for shape in {(), (1,), (0,), (3,), (3, 8), (1, 1), (2, 9, 1), (5, 2, 3, 2), good[1:]}:
        if shape == good:
            continue
        try:
            result = call(door, name, np.ones(shape))
        except ShapeError as error:
            assert str(shape) in str(error), error
        except ValueError as error:
            assert type(error) is ValueError and "0 …" in str(error), error
        else:
            assert np.isfinite(result).all()


# Nothing in it


def test_sentences_of_no_words_and_batches_of_no_sentences():
    tables, x = layer("encoder"), rows()
    assert encoder_layer(x[:, :0], tables).shape == (2, 0, D_MODEL)
    assert encoder_layer(x[:0], tables).shape == (0, N_QUERY, D_MODEL)
    heads = multi_head_attention(x, x[:, :0], x[:, :0], **HEADS)
    expected = np.broadcast_to(HEADS["b_O"], x.shape)
    np.testing.assert_array_equal(heads, expected)  # nothing seen: only the bias is left
    assert feed_forward(x[:, :0], **DOORS_OF_NETWORK).shape == (2, 0, D_MODEL)
    assert decoder_layer(x, x[:, :0], layer()).shape == x.shape
    assert causal_mask(0).shape == (0, 0) and padding_mask([]).shape == (1, 0)


DOORS_OF_NETWORK = {n: t for n, t in DOORS[feed_forward][0].items() if n != "x"}


@pytest.mark.parametrize("door", [linear, relu, gelu, softmax, log_softmax, lookup])
def test_no_rows(door):
    arrays, rest = DOORS[door]
    name = next(iter(arrays))
    if door is lookup:
        assert lookup(np.zeros((0,), int), arrays["table"]).shape == (0, D_MODEL)
    else:
        empty = arrays[name][:, :0]
        assert door(**(arrays | {name: empty}), **rest).shape[:2] == (2, 0)


def test_a_table_of_no_columns_has_no_width_to_divide_by():
    with pytest.raises(ShapeError, match="d_k = 0"):
        multi_head_attention(
            *[rows()] * 3,
            HEADS["W_Q"][..., :0],
            HEADS["W_K"][..., :0],
            HEADS["W_V"],
            HEADS["W_O"],
        )
    with pytest.raises(ShapeError, match="no row to take a mean of"):
        layer_norm(np.ones((2, 0)), [], [])


# Words and ids


def test_an_unknown_word_is_named_with_its_place_and_its_neighbours():
    with pytest.raises(UnknownWordError, match=r"(?s)'wim'.*'win'") as caught:
        encode("you wim or die", WORDS)
    assert "1" in str(caught.value) or "2" in str(caught.value)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_no_text(text):
    with pytest.raises(ValueError, match="word"):
        encode(text, WORDS)


@pytest.mark.parametrize("bad", [-1, 7])
@pytest.mark.parametrize(
    "use",
    [
        lambda ids: decode(ids, WORDS),
        lambda ids: one_hot(ids, 7),
        lambda ids: lookup(ids, np.ones((7, 3))),
        lambda ids: embed(ids, np.ones((7, 3))),
        lambda ids: cross_entropy(np.ones((2, 7)), ids),
        lambda ids: tfmath.transformer(MODEL, ids, [1]),
        lambda ids: tfmath.transformer(MODEL, [3], ids),
    ],
    ids="decode one_hot lookup embed cross_entropy source target".split(),
)
def test_ids_outside_the_vocabulary(use, bad):
    with pytest.raises(ValueError, match=rf"holds {bad} at \(1,\).*0 … 6"):
        use([0, bad])
    with pytest.raises(DtypeError, match="whole numbers"):
        use([0.0, 1.0])


# Masks


def attend(mask):
    return multi_head_attention(rows(), rows(N_KEY), rows(N_KEY), **HEADS, mask=mask)


@pytest.mark.parametrize("dtype", [int, np.float32, np.float64, object, "U4"])
def test_a_mask_of_numbers(dtype):
    with pytest.raises(DtypeError, match="mask must hold bool, True = may look"):
        attend(np.ones((N_QUERY, N_KEY)).astype(dtype))


@pytest.mark.parametrize(
    "shape", [(N_KEY, N_QUERY), (3, N_QUERY, N_KEY), (5,), (1, 1, 2, 4, 6)]
)
def test_a_mask_that_does_not_fit(shape):
    with pytest.raises(ShapeError, match=r"(?s)mask .*scores \(2, 4, 6\)"):
        attend(np.ones(shape, bool))


def test_a_traced_mask_of_numbers_is_no_mask():
    with pytest.raises(TypeError, match="mask must hold bool"):
        attend(trace(np.ones((N_QUERY, N_KEY)), "mask"))
