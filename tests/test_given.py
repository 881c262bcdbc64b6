"""What a record is given it keeps; what it cannot answer it refuses; nobody is replaced."""

import numpy as np
import pytest

from tfmath import (
    cross_entropy,
    log_softmax,
    scaled_dot_product_attention,
    softmax,
    trace,
)
from tfmath.errors import DtypeError, TraceError
from tfmath.parts.softmax import logsumexp
from tfmath.show import explain
from tfmath.tracing import (
    ancestors,
    backward,
    constant,
    gradients,
    named,
    operation,
    steps,
)
from tfmath.tracing.formula import value_of
from tfmath.tracing.rules import RULES
from tfmath.witness.roads import replay_torch, to_numpy

RNG = np.random.default_rng(8)


def scores(name="scores", *shape):
    return trace(RNG.normal(size=shape or (3, 4)), name)


# Arrays that change afterwards ------------------------------------------------------------

MASK, PLACES = np.ones((3, 4), bool), np.array([2, 0, 1])
USES = {
    "targets": (lambda x, a: cross_entropy(x, a), PLACES),
    "a mask of softmax": (lambda x, a: (softmax(x, a) * x).sum(), MASK),
    "a mask of log_softmax": (lambda x, a: log_softmax(x, a)[:, 1].sum(), MASK),
    "a mask of logsumexp": (lambda x, a: logsumexp(x, a).sum(), MASK),
    "a mask of attention": (
        lambda x, a: scaled_dot_product_attention(x, np.eye(4), np.eye(4), a)[:, 0].sum(),
        MASK,
    ),
    "places": (lambda x, a: (x[a] * x).sum(), PLACES),
    "places behind a slice": (lambda x, a: (x[:, a] * x[:, 1:]).sum(), PLACES),
    "a mask that picks": (lambda x, a: (x[a] ** 2).sum(), MASK),
    "a condition": (lambda x, a: np.where(a, x, 2 * x).sum(), MASK),
    "a factor": (lambda x, a: (x * a).sum(), MASK),
    "a constant": (lambda x, a: (x * constant("kept", a, beside=x)).sum(), MASK),
}


@pytest.mark.parametrize("name", USES)
def test_a_record_keeps_its_own_copy_of_every_array(name):
    function, given = USES[name]
    x, given = scores(), given.copy()
    loss = function(x, given)
    before, back = gradients(loss, of=x), backward(loss)["scores"].value
    given[...] = ~given if given.dtype == bool else 0
    np.testing.assert_array_equal(gradients(loss, of=x), before)
    np.testing.assert_array_equal(back, before)
    assert not np.array_equal(gradients(function(x, given), of=x), before)


@pytest.mark.parametrize("name", USES)
def test_every_array_is_an_input_and_none_an_option(name):
    function, given = USES[name]
    for node in ancestors(function(scores(), given)):
        for option in node.options.values():
            parts = option if isinstance(option, tuple) else (option,)
            assert not any(isinstance(part, np.ndarray) for part in parts)


@operation(derivative=(lambda grad, output, x, **options: grad,))
def listened(x, wishes=(), weights=None):
    return x + len(wishes)


def test_options_are_python_values_and_lists_are_copied():
    x, wishes = scores(), [1, [2, 3]]
    node = listened(x, wishes)
    wishes[1].append(4)
    assert node.options["wishes"] == [1, [2, 3]]
    for weights in (np.ones(3), [np.ones(3)], {"w": np.ones(3)}, (x,)):
        with pytest.raises(TraceError, match="listened: weights= .*None where it has no"):
            listened(x, weights=weights)


def test_arrays_without_a_slope_may_be_left_out_but_not_in_the_middle():
    @operation(derivative=(lambda g, out, x, *others: g, None, None))
    def three(x, first=None, second=None):
        return x + (0 if first is None else first) + (0 if second is None else second)

    x = scores("x", 2)
    for arguments, n_inputs in (((), 1), (([1, 2],), 2), (([1, 2], [3.0, 4.0]), 3)):
        node = three(x, *arguments)
        assert len(node.inputs) == n_inputs and node.options == {}
        np.testing.assert_array_equal(gradients(node.sum(), of=x), [1, 1])
    assert [i.dtype.kind for i in node.inputs] == ["f", "i", "f"]
    with pytest.raises(TraceError, match="three: first is None, but"):
        three(x, None, [1, 2])
    with pytest.raises(TypeError, match="multiple values for argument 'first'"):
        three(x, [1, 2], first=[1, 2])
    with pytest.raises(TypeError, match="too many positional"):
        three(x, None, None, 3)


def masked(values):
    return np.ma.masked_array(values, np.arange(np.size(values)).reshape(values.shape) > 1)


MASKED = {
    "trace": lambda: trace(masked(np.ones(3)), "x"),
    "constant": lambda: constant("m", masked(np.ones(3)), beside=scores()),
    "a factor": lambda: scores() * masked(np.ones(4)),
    "a mask": lambda: softmax(scores(), masked(MASK)),
    "targets": lambda: cross_entropy(scores(), masked(PLACES)),
    "places": lambda: scores()[masked(PLACES)],
    "places among others": lambda: scores()[0, masked(PLACES)],
    "a condition": lambda: np.where(masked(MASK), scores(), 0),
    "a part": lambda: np.concatenate([scores(), masked(np.ones((3, 4)))]),
    "an operand": lambda: np.einsum("ij,j->i", scores(), masked(np.ones(4))),
}


@pytest.mark.parametrize("name", MASKED)
def test_a_masked_array_is_refused_wherever_it_enters(name):
    with pytest.raises(TypeError) as caught:
        MASKED[name]()
    error = caught.value
    while error is not None and not isinstance(error, TraceError):
        error = error.__cause__  # NumPy wraps what its own masked arrays raise
    assert "MaskedArray" in str(error) and "np.where" in str(error)


def test_constants_are_numbers_whole_numbers_or_bools():
    x = scores()
    for array in (np.ones(3), np.arange(3), MASK, [1, 2]):
        node = constant("c", array, beside=x)
        assert node.dtype == np.asarray(array).dtype and not node.varies
    assert constant("again", node, beside=x) is node
    for wrong in (np.array(["a"]), np.array([1j])):
        with pytest.raises(DtypeError, match="constant: c holds"):
            constant("c", wrong, beside=x)
    with pytest.raises(TraceError, match="objects"):
        constant("c", np.array([None]), beside=x)
    assert constant("c", MASK, beside=MASK) is MASK


# Rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["exp", "softmax", "getitem", "input", "constant"])
def test_an_operation_may_not_take_the_place_of_another(name):
    before = dict(RULES)
    exec(f"def {name}(x):\n    return x", space := {"__name__": __name__})
    with pytest.raises(TraceError, match=f"another operation '{name}' already"):
        operation(derivative=(lambda grad, output, x: grad,))(space[name])
    assert dict(RULES) == before


def test_an_operation_may_be_written_again_and_is_never_numpys():
    for factor in (2, 3):

        @operation(derivative=(lambda g, out, x, factor=factor: g * factor,))
        def nancumprod(x, factor=factor):
            return x * factor

    x = scores("x", 2)
    np.testing.assert_array_equal(gradients(nancumprod(x).sum(), of=x), [3, 3])
    with pytest.raises(TraceError, match="nancumprod is not traced"):
        np.nancumprod(x)


# Words ------------------------------------------------------------------------------------


def test_where_two_disagree_about_the_words_there_are_none():
    x = trace(np.ones((2, 2)), "x", rows=["you", "win"], cols=["a", "b"])
    y = trace(np.ones((2, 2)), "y", rows=["or", "die"], cols=["a", "b"])
    agreed = (None, ("a", "b"))
    for result in (x + y, x + x[::-1], np.where(x > 0, x, y), np.maximum(x, y)):
        assert result.labels == agreed
    assert np.concatenate([x, y], axis=1).labels == (None, ("a", "b", "a", "b"))
    assert np.concatenate([x, y]).labels == (("you", "win", "or", "die"), ("a", "b"))
    assert np.einsum("ij,ij->ij", x, y).labels == agreed
    assert np.einsum("ij,ij->i", x, x).labels == (("you", "win"),)
    batch = (np.stack([x, x])[:, None] @ x, np.stack([x, y]) @ y)
    assert [b.labels for b in batch] == [
        (None, None, ("you", "win"), ("a", "b")),
        (None, None, ("a", "b")),
    ]


# Elsewhere --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        slice(None, None, -1),
        (slice(None), slice(3, 0, -2)),
        (0, slice(None), [2, 0, 1]),
        (slice(2, 0, -1), [0, 1, 1]),
        ([1, 0], slice(None), [2, 2]),
        (..., None, -1),
        (np.array([True, False, True]), slice(None, None, -1)),
        (),
    ],
)
def test_pytorch_picks_as_numpy_does(index):
    x = scores("x", 3, 4, 5)
    loss = named("loss", (named("picked", x[index]) ** 2).sum())
    nodes = [steps(loss)["picked"], backward(loss)["x"]]
    done = replay_torch(nodes, "float64")
    for node in nodes:
        np.testing.assert_array_equal(to_numpy(done[id(node)]), node.value, strict=True)


@pytest.mark.parametrize("shift", [0.0, 700.0, -700.0, 5000.0])
def test_scores_far_from_zero_are_explained_by_numbers(shift):
    x = trace(np.array([[0.5, -1.0, 2.0]]) + shift, "x")
    for function in (softmax, log_softmax):
        y = named("y", function(x))
        for k in range(3):
            formula = explain(y, 0, k, depth=1).formula
            assert value_of(formula) == pytest.approx(y.value[0, k], rel=1e-10)
