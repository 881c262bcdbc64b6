"""Which number type comes out: float32 rows stay float32, whatever stands beside them.

The rule stands in `tfmath.errors.floats`. What is put onto the scores of an attention is
tested in test_beside_a_query.py, every function with float32 alone in test_dtypes.py.
"""

import numpy as np
import pytest

from tfmath import embed, feed_forward, layer_norm, linear, multi_head_attention, post_norm
from tfmath.attention.heads import attention_head
from tfmath.errors import DtypeError, NonFiniteError, floats
from tfmath.parts.activation import relu_backward
from tfmath.parts.feed_forward import feed_forward_backward, linear_backward
from tfmath.parts.recurrent import recurrence
from tfmath.tracing import Traced, gradients, trace

RNG = np.random.default_rng(0)
ROWS, SQUARE = np.round(RNG.normal(size=(2, 2, 2)), 2).astype(np.float32)
HEADS = SQUARE[np.newaxis]

CALLS = {
    "linear": lambda x, t: linear(x, t(SQUARE), t(SQUARE[0])),
    "linear, its bias alone": lambda x, t: linear(x, SQUARE, t(SQUARE[0])),
    "layer_norm": lambda x, t: layer_norm(x, t(SQUARE[0]), t(SQUARE[1])),
    "post_norm": lambda x, t: post_norm("here", x, np.sin, t(SQUARE[0]), t(SQUARE[1])),
    "feed_forward": lambda x, t: feed_forward(
        x, SQUARE, t(SQUARE[0]), t(SQUARE), t(SQUARE[1])
    ),
    "recurrence": lambda x, t: recurrence(x, t(SQUARE), t(SQUARE)),
    "attention_head": lambda x, t: attention_head(
        x, x, t(ROWS), SQUARE, t(SQUARE), SQUARE, b_Q=t(SQUARE[0])
    ),
    "multi_head_attention": lambda x, t: multi_head_attention(
        x, x, x, HEADS, HEADS, t(HEADS), t(SQUARE), b_V=t(HEADS[:, 0]), b_O=t(SQUARE[0])
    ),
    "embed": lambda x, t: embed([1, 0], x, encoding=t(SQUARE)),
}
FORMS = {
    "lists": np.ndarray.tolist,
    "tuples": lambda a: tuple(a.tolist()),
}


def typed(found):
    return found.value if isinstance(found, Traced) else found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "start", [np.array, lambda a: trace(a, "x")], ids=["plain", "traced"]
)
def test_what_has_no_type_of_its_own_takes_that_of_the_first_array(name, form, start):
    call = CALLS[name]
    expected = typed(call(start(ROWS), np.array))
    found = typed(call(start(ROWS), FORMS[form]))
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(found, expected, strict=True)
    found = typed(call(start(ROWS.astype(np.float64)), FORMS[form]))
    assert found.dtype == np.float64


def test_whole_numbers_have_no_float_type_either():
    whole = np.array([[1, 0], [0, 2]])
    assert linear(ROWS, whole).dtype == layer_norm(ROWS, whole[0], whole[1]).dtype == "f4"
    assert linear(ROWS.tolist(), whole).dtype == np.float64
    assert linear([[1, 2]], SQUARE).dtype == np.float32  # the first that has a type
    assert {g.dtype for g in linear_backward([[1.0, 2.0]], ROWS[:1], SQUARE)} == {
        np.dtype("f4")
    }
    assert relu_backward([[1.0, 2.0], [3.0, 4.0]], ROWS).dtype == np.float32
    back = feed_forward_backward(ROWS, ROWS, SQUARE, [0.0, 0.5], SQUARE)
    assert {grad.dtype for grad in back} == {np.dtype("f4")}


@pytest.mark.parametrize(
    "scale", [np.sqrt(4), np.float64(2), np.float32(2), np.array(2.0), 2]
)
def test_a_number_never_widens(scale):
    found = embed([1, 0], SQUARE, scale=scale)
    np.testing.assert_array_equal(found, embed([1, 0], SQUARE, scale=2.0), strict=True)
    assert found.dtype == np.float32


def test_a_float64_table_widens_as_it_does_in_numpy():
    table = SQUARE.astype(np.float64)
    assert linear(ROWS, table).dtype == linear(ROWS, SQUARE, table[0]).dtype == np.float64
    assert layer_norm(ROWS, table[0], SQUARE[0]).dtype == np.float64
    assert linear(table, SQUARE).dtype == np.float64


def test_places_take_the_type_of_the_words():
    places = SQUARE.astype(np.float64)
    found = embed([1, 0], SQUARE, encoding=places)
    np.testing.assert_array_equal(
        found, embed([1, 0], SQUARE, encoding=SQUARE), strict=True
    )
    traced = trace(places, "places")
    loss = embed([1, 0], SQUARE, encoding=traced).sum()
    assert loss.dtype == np.float32
    slopes = gradients(loss, of=traced)
    assert slopes.dtype == np.float64 and slopes.tolist() == [[1.0, 1.0]] * 2
    assert embed([1, 0], places, encoding=SQUARE).dtype == np.float64


def test_floats_alone_are_what_they_were():
    """Controls: a list alone is float64, and what is refused stays refused."""
    assert floats("here", x=[1.0]).dtype == floats("here", x=[1]).dtype == np.float64
    assert floats("here", x=np.float32(1)).dtype == np.float32
    assert floats("here", ROWS, x=[1]).dtype == floats("here", [1], x=ROWS).dtype == "f4"
    assert floats("here", [1], x=[1]).dtype == np.float64
    for wrong in ([True], ["1"], np.ones(2, np.float16), [np.float16(1)], [1j], None):
        with pytest.raises(DtypeError, match="here: y "):
            floats("here", x=ROWS, y=wrong)
    with pytest.raises(NonFiniteError, match=r"here: y holds inf at \(1,\)"):
        floats("here", x=ROWS, y=[0.0, 1e39])
