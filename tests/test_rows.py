"""Every row of the table and every composite: numbers, slopes, formulas and lines.

All run the one table of `examples.py`.
"""

import numpy as np
import pytest
import torch
from examples import EXAMPLES, draw, names, without_example

from tfmath import trace
from tfmath.show import backward_source, explain
from tfmath.tracing import ancestors, backward, gradients, named, steps
from tfmath.tracing.composites import COMPOSITES
from tfmath.tracing.formula import value_of
from tfmath.tracing.gradient import gradient_name
from tfmath.tracing.rules import RULES


def example(name, dtype=np.float64, seed=0):
    call, twin, *shapes = EXAMPLES[name]
    return call, twin or call, draw(*shapes, seed=seed, dtype=dtype)


def follow(arrays):
    return [trace(a, f"x{i}") for i, a in enumerate(arrays)]


def recorded(name, seed=0):
    call, _, arrays = example(name, seed=seed)
    return call(*follow(arrays))


def weighted(call, arrays):
    """One number that every number of the result moves, each in its own way."""
    output = call(*arrays)
    (weights,) = draw(output.shape, seed=9)
    return (output * weights).sum()


def as_torch(arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def torch_weighted(twin, tensors):
    output = twin(*tensors)
    (weights,) = draw(tuple(output.shape), seed=9)
    return (output * torch.tensor(weights)).sum()


VARYING = [name for name in EXAMPLES if recorded(name).varies]
STILL = [name for name in EXAMPLES if name not in VARYING]


# The table of examples --------------------------------------------------------------------


def test_every_row_and_composite_has_an_example():
    assert without_example() == set(), "add a line to tests/examples.py"
    assert names(EXAMPLES) <= set(RULES) | set(COMPOSITES)


def test_control_what_has_no_example_is_seen():
    row = RULES["tanh"]
    assert without_example(rules=RULES | {"gamma": row}) == {"gamma"}
    assert without_example(composites=COMPOSITES | {"poly": np.poly}) == {"poly"}
    some = {name: e for name, e in EXAMPLES.items() if name not in ("exp", "sum: long")}
    assert without_example(examples=some) == {"exp", "sum"}


# Numbers and slopes -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_numbers_are_numpys_own(name, dtype):
    call, _, arrays = example(name, dtype)
    plain, traced = call(*arrays), call(*follow(arrays))
    if name in ("dot", "inner"):  # with more axes NumPy sums in another order
        np.testing.assert_array_max_ulp(traced.value, plain, 2)
    else:
        np.testing.assert_array_equal(traced.value, plain, strict=True)
    if name in RULES:
        assert name in {array.op for array in ancestors(traced)}


@pytest.mark.parametrize("name", VARYING)
def test_every_derivative_is_the_slope(name):
    call, _, arrays = example(name)
    grads = gradients(weighted(call, follow(arrays)))
    for i, array in enumerate(arrays):
        grad = grads[f"x{i}"]
        assert grad.shape == array.shape
        for seed in (1, 2):
            along = np.random.default_rng(seed).normal(size=array.shape)
            ends = []
            for side in (1e-5, -1e-5):
                moved = [*arrays[:i], array + side * along, *arrays[i + 1 :]]
                ends.append(weighted(call, moved))
            slope = (ends[0] - ends[1]) / 2e-5
            size = np.sum(np.abs(grad * along))
            assert abs(np.sum(grad * along) - slope) <= 1e-6 * size


@pytest.mark.parametrize("name", VARYING)
def test_every_derivative_is_torchs(name):
    call, twin, arrays = example(name)
    grads = gradients(weighted(call, follow(arrays)))
    tensors = as_torch(arrays)
    torch_weighted(twin, tensors).backward()
    for i, tensor in enumerate(tensors):
        np.testing.assert_allclose(grads[f"x{i}"], tensor.grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_numbers_are_torchs(name):
    call, twin, arrays = example(name)
    expected = twin(*map(torch.tensor, arrays)).numpy()
    np.testing.assert_allclose(call(*arrays), expected, rtol=1e-12, strict=True)


@pytest.mark.parametrize("name", STILL)
def test_no_slope_leads_through_what_does_not_vary(name):
    call, _, arrays = example(name)
    inputs = follow(arrays)
    answer = call(*inputs)
    loss = inputs[0].sum() * np.sum(answer * 1.0)
    expected = np.full(inputs[0].shape, answer.value.sum())
    np.testing.assert_array_equal(gradients(loss, of=inputs[0]), expected)
    np.testing.assert_array_equal(backward(loss)["x0"].value, expected)


@pytest.mark.parametrize("name", VARYING)
def test_the_backward_pass_is_a_record_of_the_same_numbers(name):
    call, _, arrays = example(name)
    loss = named("loss", weighted(call, follow(arrays)))
    grads, pass_ = gradients(loss), backward(loss)
    assert set(grads) == set(pass_)
    for step, grad in grads.items():
        np.testing.assert_array_equal(pass_[step].value, grad, strict=True)
        assert pass_[step].name == gradient_name(step)


@pytest.mark.parametrize("name", VARYING)
def test_the_backward_pass_can_be_differentiated_again(name):
    call, twin, arrays = example(name)
    inputs, tensors = follow(arrays), as_torch(arrays)
    pass_ = backward(weighted(lambda *a: call(*a) ** 2, inputs))
    first = torch.autograd.grad(
        torch_weighted(lambda *a: twin(*a) ** 2, tensors), tensors, create_graph=True
    )
    ours = sum(weighted(lambda g: g, [pass_[f"x{i}"]]) for i in range(len(arrays)))
    theirs = sum(torch_weighted(lambda g: g, [grad]) for grad in first)
    second = gradients(ours, of=inputs)
    for grad, expected in zip(second, torch.autograd.grad(theirs, tensors), strict=True):
        np.testing.assert_allclose(grad, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", [name for name in VARYING if name != "astype"])
def test_a_derivative_of_float32_is_float32(name):
    call, _, arrays = example(name, np.float32)
    output = call(*follow(arrays))
    grads = gradients((output * output).sum())
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


# Formulas and lines -----------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_formula_of_a_number_gives_the_number(name):
    result = named("result", recorded(name))
    places = np.random.default_rng(3).permutation(list(np.ndindex(result.shape)))[:12]
    for place in places:
        formula = explain(result, *map(int, place), depth=1).formula
        value = float(result.value[tuple(place)])
        assert value_of(formula) == pytest.approx(value, rel=1e-12, abs=1e-14)


def loss_of(name, seed):
    """Also where the result does not vary there is something to differentiate."""
    call, _, arrays = example(name, seed=seed)
    inputs = follow(arrays)
    result = named("result", call(*inputs))
    return named("loss", (result * 0.7).sum() + (inputs[0] ** 2).sum())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_printed_lines_run_with_other_numbers(name):
    first, other = loss_of(name, 0), loss_of(name, 1)
    program, fresh = backward_source(first), backward_source(other)
    assert str(program) == str(fresh)
    ran = program.run(**fresh.given)
    for step, node in steps(other).items():
        np.testing.assert_array_equal(ran[program.names[step]], node.value, strict=True)
    for step, grad in gradients(other).items():
        found = ran.get(program.names.get(gradient_name(step)), 0)  # no line: no slope
        np.testing.assert_allclose(found, grad, rtol=1e-12, atol=1e-14)
    assert "grad_x0" in ran
