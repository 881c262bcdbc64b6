"""Nothing leaves the record silently: it is kept, or an error says what to write."""

import math
import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from tfmath.errors import ShapeError, TraceError
from tfmath.parts.feed_forward import linear
from tfmath.tracing import Traced, ancestors, gradients, trace

PLAIN = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.fixture
def x():
    return trace([[0.5, 3.0, 1.5], [2.5, 1.0, 2.0]], "x")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def chain(error):
    """An error and those it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def refused(action, *words):
    """The action raises, and the learner reads each of the words in the traceback."""
    with pytest.raises((TypeError, ValueError)) as caught:
        action()
    ours = [e for e in chain(caught.value) if isinstance(e, TraceError)]
    assert ours, f"{caught.value!r} teaches nothing"
    for word in words:
        assert any(word in str(error) for error in ours), f"{word!r} not in {ours}"


NUMBER = {
    "float": float,
    "int": int,
    "bool": bool,
    "complex": complex,
    "round": round,
    "math.exp": math.exp,
    "math.floor": math.floor,
    "math.fsum": lambda s: math.fsum([s, s]),
    "math.hypot": lambda s: math.hypot(s, s),
    "item": lambda s: s.item(),
    "tolist": lambda s: s.tolist(),
    "format": lambda s: f"{s:.2f}",
    "index": lambda s: [1, 2, 3][s],
    "range": range,
    "if": lambda s: 1 if s else 2,
    "and": lambda s: s and 2,
    "np.eye": np.eye,
}


@pytest.mark.parametrize("name", NUMBER)
def test_one_number_does_not_leave(name, x):
    refused(lambda: NUMBER[name](x.sum()), "x.value", "np.exp(x)", "np.where")


COPIES = {
    "np.array": np.array,
    "np.asarray": np.asarray,
    "of objects": lambda x: np.array(x, dtype=object),
    "a list of rows": lambda x: np.array([x[0], x[1]]),
    "a list of numbers": lambda x: np.array([x[0, 0], 1.0]),
    "np.full": lambda x: np.full((2, 3), x.sum()),
    "a row of a plain array": lambda x: PLAIN.copy().__setitem__(0, x[0]),
    "a number of a plain array": lambda x: PLAIN.copy().__setitem__((0, 0), x[0, 0]),
    "fill": lambda x: PLAIN.copy().fill(x.sum()),
    "plain.dot": lambda x: PLAIN.dot(x.T),
    "np.vectorize": np.vectorize(lambda a: a + 1),
    "np.fromiter": lambda x: np.fromiter(x[0], float),
    "np.arange": lambda x: np.arange(x.sum()),
    "np.ma": lambda x: np.ma.masked_array(x, PLAIN > 2),
    "a masked array on the left": lambda x: np.ma.masked_array(PLAIN, PLAIN > 2) * x,
    "pd.DataFrame": pd.DataFrame,
    "pd.Series": lambda x: pd.Series(x[0]),
    "a column of a frame": lambda x: pd.DataFrame(PLAIN).assign(new=x[:, 0]),
    "torch.tensor": torch.tensor,
    "torch.as_tensor": lambda x: torch.as_tensor(x),
    "torch.tensor of one": lambda x: torch.tensor(x.sum()),
    "a list in our own functions": lambda x: linear([x[0], x[1]], np.ones((3, 2))),
}


@pytest.mark.parametrize("name", COPIES)
def test_no_plain_copy_is_made(name, x):
    refused(lambda: COPIES[name](x), "x.value")


def test_a_random_generator_takes_no_traced_numbers(x, rng):
    for draw in (rng.normal, rng.permutation, rng.choice, rng.poisson):
        refused(lambda draw=draw: draw(x), "x.value")
    with pytest.warns(UserWarning, match="not a subclass of 'Sequence'"):
        refused(lambda: rng.shuffle(x), "item assignment")


def in_place(operator):
    def action(x):
        exec(f"x {operator}= 2", {"x": x})

    return action


@pytest.mark.parametrize("operator", "+ - * / ** // % @ & | ^ << >>".split())
def test_no_operator_works_in_place(operator, x):
    refused(lambda: in_place(operator)(x), "x = x + y")


@pytest.mark.parametrize("operator", "+ - * / **".split())
def test_no_traced_number_is_added_into_a_plain_array(operator, x):
    before = PLAIN.copy()
    refused(lambda: exec(f"a {operator}= x", {"a": before, "x": x}), "out=", "x = x + y")
    np.testing.assert_array_equal(before, PLAIN)


def test_no_item_is_assigned(x):
    for action in (
        lambda: x.__setitem__(0, 1.0),
        lambda: x.__setitem__(x > 2, -np.inf),
    ):
        refused(action, "scores = np.where(mask, -np.inf, scores)")
    np.testing.assert_array_equal(x.value[0], [0.5, 3.0, 1.5])


# What Python does with sequences keeps the record


def test_python_walks_over_rows(x):
    first, second = x
    assert (first.op, second.op) == ("getitem", "getitem")
    assert [row.shape for row in x] == [(3,), (3,)]
    assert [row.value[0] for row in reversed(list(x))] == [2.5, 0.5]
    head, *rest = x[0]
    assert head.value == 0.5 and len(rest) == 2


def test_pythons_sum_max_min_sorted_and_prod_keep_the_record(x):
    row = x[0]
    assert gradients(sum(row), of=x).tolist() == [[1, 1, 1], [0, 0, 0]]
    assert gradients(max(row), of=x).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert gradients(min(row), of=x).tolist() == [[1, 0, 0], [0, 0, 0]]
    assert gradients(sorted(row)[1], of=x).tolist() == [[0, 0, 1], [0, 0, 0]]
    assert gradients(math.prod(row), of=x)[0].tolist() == [4.5, 0.75, 1.5]


def test_comparing_and_searching_are_numpys_own(x):
    assert 3.0 in x[0] and 4.0 not in x[0]
    with pytest.raises(ValueError, match="ambiguous"):
        x in [PLAIN]  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        {}.get(x)
    with pytest.raises(ValueError, match="ambiguous"):
        assert x > 1
    assert (1 if x.sum() > 1 else 2) == 1


def test_other_peoples_numbers_on_either_side(x):
    frame = torch.ones(2, 3, dtype=torch.float64)
    for product in (frame * x, x * frame, np.float64(1) * x, [[1, 1, 1]] * x):
        assert isinstance(product, Traced) and x in ancestors_of(product)
    grown = torch.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="requires grad"):
        grown * x
    for action in (
        lambda: pd.DataFrame(PLAIN) * x,
        lambda: Fraction(x.sum()),
        lambda: Decimal(x.sum()),
        lambda: statistics.mean(x[0]),
        lambda: memoryview(x),
        lambda: np.nditer(x),
        lambda: torch.from_numpy(x),
    ):
        with pytest.raises((TypeError, ValueError)):
            action()


def ancestors_of(array):
    class Same(list):
        def __contains__(self, one):
            return any(one is other for other in self)

    return Same(ancestors(array))


def test_one_letter_is_one_size(x):
    with pytest.raises(ShapeError, match="i is both 2 and 1"):
        np.einsum("ij,i->j", x, np.ones(1))


def test_writing_into_a_view_of_the_numbers_is_refused(x):
    for write in (
        lambda: x.value.__setitem__(0, 1),
        lambda: x.T.value.__setitem__(0, 1),
        lambda: (x + 1).value.fill(0),
    ):
        with pytest.raises(ValueError, match="read-only"):
            write()
