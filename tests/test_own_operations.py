"""Operations of one's own: each keeps its row; slopes and formulas that lie are seen."""

import gc
import weakref

import numpy as np
import pytest

from tfmath import trace
from tfmath.errors import ShapeError, TraceError
from tfmath.show import backward_source, explain, source
from tfmath.tracing import backward, gradients, named, operation
from tfmath.tracing.formula import function, literal, total, value_of
from tfmath.tracing.rules import RULES


def scaling(factor):
    """An operation as a cell of a notebook makes it, again and again under one name."""

    @operation(
        derivative=(lambda grad, output, x: grad * factor,),
        formula=lambda at, node, index: at(0, index) * literal(factor),
    )
    def scaled_by(x):
        return x * factor

    return scaled_by


# Each its own row -------------------------------------------------------------------------


def test_two_operations_of_one_name_are_two():
    twice, five = scaling(2.0), scaling(5.0)
    x = trace([1.0, -3.0], "x")
    np.testing.assert_array_equal(twice(x).value, [2, -6])
    both = named("both", five(twice(x)))
    np.testing.assert_array_equal(both.value, [10, -30])
    np.testing.assert_array_equal(gradients(both.sum(), of=x), [10, 10])
    np.testing.assert_array_equal(backward(both.sum())["x"].value, [10, 10])
    assert repr(explain(both, 0, depth=1)).endswith("= 1 · 2 · 5")


def test_an_older_record_keeps_its_row_when_the_cell_runs_again():
    x = trace([1.0], "x")
    loss = named("loss", scaling(2.0)(x).sum())
    newer = scaling(7.0)(x)
    assert gradients(loss, of=x) == [2] and gradients(newer.sum(), of=x) == [7]
    assert source(loss).run(x=[3.0])["loss"] == 6


def test_source_tells_two_of_one_name_apart():
    one, two = scaling(2.0), scaling(5.0)
    y = named("y", two(one(trace([1.0], "x"))))
    assert str(source(y)) == "y = scaled_by_2(scaled_by(x))"
    assert source(y).run(x=[3.0])["y"] == [30]
    program = backward_source(named("loss", y.sum()))
    assert program.run()["grad_x"] == [10]


def test_a_text_of_its_own_never_means_the_other_of_that_name():
    def made(factor):
        @operation(derivative=(None,), source=lambda x, by=1: f"grown({x}, {by})")
        def grown(x, by=1):
            return x * factor * by

        return grown

    x = trace([1.0], "x")
    y = named("y", made(5.0)(made(2.0)(x, by=3)))
    assert str(source(y)) == "y = grown_2(grown(x, 3))"
    assert source(y).run()["y"] == [30]


def test_in_a_record_a_name_used_again_is_counted():
    first, again = (scaling(factor)(trace([1.0], "x")) for factor in (2.0, 3.0))
    assert first.op != again.op and str(again.op).startswith("scaled_by (")
    assert "scaled_by" not in RULES and RULES[again.op].names == ("x",)


def test_rows_go_with_the_last_that_needs_them():
    class Big:
        factor = 2.0

    def record_of_a_cell():
        big = Big()

        @operation(derivative=(lambda grad, output, x: grad * big.factor,))
        def grown(x):
            return x * big.factor

        return grown(trace([1.0], "x")), weakref.ref(big)

    y, big = record_of_a_cell()
    gc.collect()
    assert big() is not None and gradients(y.sum(), of=y.inputs[0]) == [2]
    assert "grown(x)" in repr(source(y)) and "no formula" in repr(explain(y + 1, 0))
    del y
    gc.collect()
    assert big() is None


def test_a_function_without_a_name_can_be_printed():
    doubled = operation(derivative=(lambda grad, output, x: grad * 2,))(lambda x: x * 2)
    y = named("y", doubled(trace([1.0], "x")))
    assert source(y).run(x=[3.0])["y"] == [6]


# What is no operation ---------------------------------------------------------------------


@pytest.mark.parametrize("derivative", [None, lambda g, o, x: g, (), 5, "abc", (3,)])
def test_a_derivative_is_a_tuple_of_functions(derivative):
    with pytest.raises(TraceError, match=r"derivative is .*derivative=\(slope,"):
        operation(derivative=derivative)


def test_other_arguments_of_operation_are_looked_at():
    none = (None,)
    for given, message in (
        ({"formula": 5}, "formula is 5; it must be a function"),
        ({"labels": "rows"}, "labels is 'rows'; it must be a function"),
        ({"colour": "red"}, "no column 'colour'"),
    ):
        with pytest.raises(TraceError, match=message):
            operation(derivative=none, **given)
    with pytest.raises(TraceError, match="lone takes 1 arguments, and derivative has 2"):

        @operation(derivative=(None, None))
        def lone(x):
            return x


def test_an_operation_gives_one_array():
    @operation(derivative=(lambda grad, output, x: grad,))
    def halves(x):
        return x[:1], x[1:]

    with pytest.raises(TraceError, match="halves gave a tuple of 2; a step is one array"):
        halves(trace([1.0, 2.0], "x"))


# Slopes that do not fit -------------------------------------------------------------------


def adding(by_b):
    @operation(derivative=(lambda grad, output, a, b: grad, by_b))
    def bad_add(a, b):
        return a + b

    return bad_add(trace(np.ones((2, 3)), "a"), trace(np.ones(3), "b")).sum()


@pytest.mark.parametrize("walk", [gradients, backward])
def test_a_gradient_has_the_shape_of_its_argument(walk):
    with pytest.raises(ShapeError, match=r"of bad_add.* by b gave \(2, 3\); .*, \(3,\)"):
        walk(adding(lambda grad, output, a, b: grad))
    with pytest.raises(ShapeError, match=r"of bad_add.* by b gave \(\); .*, \(3,\)"):
        walk(adding(lambda grad, output, a, b: grad.sum()))
    right = walk(adding(lambda grad, output, a, b: grad.sum(axis=0)))["b"]
    np.testing.assert_array_equal(getattr(right, "value", right), [2, 2, 2])


def test_a_gradient_is_numbers_and_of_the_record():
    with pytest.raises(ShapeError, match=r"by b gave \(\)"):
        gradients(adding(lambda grad, output, a, b: 1.0))
    with pytest.raises(TraceError, match="by b gave plain object numbers"):
        gradients(adding(lambda grad, output, a, b: None))
    listed = adding(lambda grad, output, a, b: [2.0, 2.0, 2.0])
    assert gradients(listed)["b"].tolist() == [2, 2, 2]
    with pytest.raises(TraceError, match="by b gave plain float64 numbers, of this run"):
        backward(listed)


# Formulas that lie ------------------------------------------------------------------------


def told(formula, call=lambda x: x * 2.0, slope=lambda grad, output, x: 2 * grad):
    @operation(derivative=(slope,), formula=formula)
    def doubled(x):
        return call(x)

    return doubled


def twice(at, node, index):
    return at(0, index) * literal(2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_formula_that_gives_another_number_is_refused(dtype):
    x = trace(np.array([3.0, 0.1], dtype), "x")
    assert "= x[1] · 2" in repr(explain(told(twice)(x), 1))
    lie = told(lambda at, node, index: at(0, index) * literal(2.01))(x)
    for asked in (lie, named("far behind", np.exp(-lie))):
        with pytest.raises(
            TraceError, match=r"doubled.* gives 6.03 at \(0,\), .* holds 6;"
        ):
            explain(asked, 0)
    with pytest.raises(TraceError, match=r"doubled.* gave 6; it must give a Formula, such"):
        explain(told(lambda at, node, index: 6)(x), 0)


def test_rounding_is_no_lie_even_where_numbers_cancel():
    """The mean of squares less the squared mean: sixteen digits go, sixteen are left."""

    def formula(at, node, index):
        squares = total([at(0, (i,)) ** literal(2) for i in range(3)])
        mean = total([at(0, (i,)) for i in range(3)]) / literal(3)
        return squares / literal(3) - mean ** literal(2)

    @operation(derivative=(None,), formula=formula)
    def spread(x):
        return np.mean((x - np.mean(x)) ** 2)

    far = trace(1e7 + np.array([0.0, 1.0, 2.0]), "x")
    assert abs(value_of(explain(spread(far), depth=1).formula) - 2 / 3) > 1e-3
    near = trace(np.array([0.0, 1.0, 2.0]), "x")
    assert value_of(explain(spread(near), depth=1).formula) == pytest.approx(2 / 3)


@pytest.mark.filterwarnings("ignore:overflow")
def test_what_is_infinite_or_no_number_is_explained_as_such():
    large = told(twice, lambda x: x * np.float32(2))(trace(np.array([3e38], "f4"), "x"))
    assert "= inf" in repr(explain(large, 0)).splitlines()[0]
    none = told(twice)(trace([np.nan], "x"))
    assert "= nan" in repr(explain(none, 0)).splitlines()[0]
    with pytest.raises(TraceError, match="gives 6 at .* holds inf"):
        explain(told(twice, lambda x: x + np.inf)(trace([3.0], "x")), 0)


def test_an_answer_yes_or_no_is_checked_too():
    def asked(name):
        return lambda at, node, index: function(name, at(0, index), literal(0))

    x = trace([3.0, -1.0], "x")
    right = told(asked("greater"), lambda x: x > 0, None)(x)
    assert repr(explain(right, 0)).endswith("x[0] = 3  (given)")
    with pytest.raises(TraceError, match="gives 0 at .* holds 1"):
        explain(told(asked("less"), lambda x: x > 0, None)(x), 0)


def test_a_formula_that_nobody_can_work_out_is_refused():
    with pytest.raises(TraceError, match="a formula calls 'wobble', and NumPy has no such"):
        explain(
            told(lambda at, node, index: function("wobble", at(0, index)))(
                trace([1.0], "x")
            ),
            0,
        )
