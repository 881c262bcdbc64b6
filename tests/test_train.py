"""Training: torch's own loss, gradients, optimizers on the toy model; how it stops."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tfmath import toy
from tfmath.errors import NonFiniteError
from tfmath.learning.dropout import with_dropout
from tfmath.learning.optimize import (
    adam,
    adamw,
    clip_gradients,
    inverse_square_root,
    momentum,
    sgd,
    start_state,
)
from tfmath.learning.train import loss_and_gradients, make_batch, traced_loss, train
from tfmath.model.parameters import flatten, shapes, starting_values, unflatten
from tfmath.tracing import named, trace, watched
from tfmath.witness.torch_training import as_tensors, torch_loss, torch_train

ROOT = Path(__file__).resolve().parent.parent
BATCH = make_batch(toy.PAIRS, toy.WORDS)


def plain_sgd(parameters, gradients, state, learning_rate):
    return sgd(parameters, gradients, learning_rate), state


OPTIMIZERS = {
    "sgd": (plain_sgd, lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (momentum, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "adam": (adam, lambda p: torch.optim.Adam(p, lr=0.05)),
    "adamw": (adamw, lambda p: torch.optim.AdamW(p, lr=0.05)),
}
STARTS = {"toy": toy.load(), "random": starting_values(np.random.default_rng(0), toy.SIZES)}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_loss_and_every_gradient_equal_torch(start, label_smoothing):
    flat = flatten(STARTS[start])
    theirs = as_tensors(flat)
    expected = torch_loss(theirs, BATCH, label_smoothing)
    expected.backward()
    loss, grads = loss_and_gradients(STARTS[start], BATCH, label_smoothing)
    assert loss == pytest.approx(expected.item(), abs=1e-12)
    assert list(grads) == list(flat)
    for name, grad in grads.items():
        np.testing.assert_allclose(
            grad, theirs[name].grad.numpy(), rtol=0, atol=1e-10, err_msg=name
        )


@pytest.mark.parametrize("max_norm", [None, 0.5])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_twenty_steps_of_training_equal_torch(name, max_norm):
    move, optimizer = OPTIMIZERS[name]
    theirs = as_tensors(flatten(STARTS["random"]))
    optimizer = optimizer(list(theirs.values()))
    ours = train(STARTS["random"], BATCH, 20, 0.05, 0.1, max_norm=max_norm, move=move)
    for step in ours:
        optimizer.zero_grad()
        loss = torch_loss(theirs, BATCH, 0.1)
        loss.backward()
        if max_norm is not None:
            norm = torch.nn.utils.clip_grad_norm_(theirs.values(), max_norm)
            assert norm > max_norm or step.number > 1  # the clipping is really at work
        optimizer.step()
        assert step.loss == pytest.approx(loss.item(), abs=1e-10)
        for table, array in flatten(step.parameters).items():
            np.testing.assert_allclose(
                array, theirs[table].detach().numpy(), rtol=0, atol=1e-10, err_msg=table
            )
    assert step.number == 20


def test_a_schedule_is_asked_at_every_step():
    asked = []

    def schedule(step):
        asked.append(step)
        return inverse_square_root(step, 5, 4)

    found = list(train(STARTS["random"], BATCH, 6, schedule))
    assert asked == [1, 2, 3, 4, 5, 6]
    flat, state = flatten(STARTS["random"]), start_state(flatten(STARTS["random"]))
    for step in found:
        _, grads = loss_and_gradients(unflatten(flat), BATCH)
        flat, state = adam(flat, grads, state, inverse_square_root(step.number, 5, 4))
        for name, array in flatten(step.parameters).items():
            np.testing.assert_array_equal(array, flat[name])


def test_the_start_is_left_as_it_was_and_the_same_start_gives_the_same_training():
    before = {name: array.copy() for name, array in flatten(STARTS["random"]).items()}
    first, second = (list(train(STARTS["random"], BATCH, 5, 0.02, 0.1)) for _ in "ab")
    for name, array in flatten(STARTS["random"]).items():
        np.testing.assert_array_equal(array, before[name])
    assert [s.loss for s in first] == [s.loss for s in second]
    for name, array in flatten(first[-1].parameters).items():
        np.testing.assert_array_equal(array, flatten(second[-1].parameters)[name])


def test_pytorch_trains_to_the_same_losses():
    ours = [step.loss for step in train(STARTS["random"], BATCH, 20, 0.05, 0.1)]
    theirs = [loss for loss, _ in torch_train(STARTS["random"], BATCH, 20, 0.05, 0.1)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_clipped_gradients_of_the_model_have_the_length_asked_for():
    _, grads = loss_and_gradients(STARTS["random"], BATCH)
    clipped, norm = clip_gradients(grads, 0.25)
    again = math.sqrt(sum(np.square(grad).sum() for grad in clipped.values()))
    assert norm > 0.25
    assert again == pytest.approx(0.25, rel=1e-5)


# How it stops -----------------------------------------------------------------------------


def spoiled(name, place, bad):
    flat = {key: table.copy() for key, table in flatten(STARTS["random"]).items()}
    flat[name][place] = bad
    return unflatten(flat)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_table_that_is_not_finite_is_named(bad):
    name = "encoder / layer 1 / feed-forward / W_1"
    with pytest.raises(NonFiniteError, match=rf"parameter {name} holds {bad} at \(2, 3\)"):
        next(train(spoiled(name, (2, 3), bad), BATCH, 3))


def test_a_table_that_a_step_spoils_is_named_at_the_next_step():
    name = "decoder / layer 1 / norm 3 / gain"

    def spoiling(parameters, gradients, state, learning_rate):
        parameters, state = adam(parameters, gradients, state, learning_rate)
        return parameters | ({name: np.full(5, np.nan)} if state.step == 2 else {}), state

    with pytest.raises(
        NonFiniteError, match=rf"train, step 3: {name} is the first .*\(0,\)"
    ):
        list(train(STARTS["random"], BATCH, 5, move=spoiling))


def test_the_step_and_the_first_bad_tensor_are_named():
    """So large a rate sends products beyond what float64 can hold, at the second step."""
    done = []
    with pytest.raises(NonFiniteError) as caught:
        done += train(STARTS["random"], BATCH, 5, 1e160)
    message = str(caught.value)
    assert message.startswith("train, step 2: encoder / layer 1 / self-attention / ")
    assert "is the first that is not finite: " in message


def test_the_first_is_really_the_first():
    huge = unflatten({n: 1e160 * t for n, t in flatten(STARTS["random"]).items()})
    with watched() as seen, np.errstate(all="ignore"), pytest.raises(NonFiniteError):
        traced_loss(huge, BATCH)
    finite = [np.isfinite(step.value).all() for step in seen]
    with pytest.raises(
        NonFiniteError, match=f"{seen[finite.index(False)].name} is the first"
    ):
        next(train(huge, BATCH, 1))


def test_a_gradient_that_is_not_finite_is_named_with_its_step():
    def broken(parameters, gradients, state, learning_rate):
        if state.step == 2:
            gradients = gradients | {"embedding": np.full((26, 5), np.nan)}
        return adam(parameters, gradients, state, learning_rate)

    with pytest.raises(NonFiniteError, match="adam, step 3: gradient embedding holds nan"):
        list(train(STARTS["random"], BATCH, 5, move=broken))


def test_watching_ends_with_the_block():
    with watched() as seen:
        named("inside", trace([1.0], "x") + 1)
        with watched() as inner:
            named("deeper", trace([1.0], "x") + 1)
        named("after", trace([1.0], "x") + 1)
    named("outside", trace([1.0], "x") + 1)
    assert [step.name for step in seen] == ["inside", "after"]
    assert [step.name for step in inner] == ["deeper"]


# That it learns ---------------------------------------------------------------------------


def test_a_new_model_knows_nothing():
    """At the start every word is about equally likely: the loss is near ln 26."""
    starts = [starting_values(np.random.default_rng(s), toy.SIZES) for s in range(20)]
    losses = [float(traced_loss(start, BATCH).value) for start in starts]
    assert abs(np.mean(losses) - math.log(26)) < 1.0


@pytest.mark.parametrize(
    "variant",
    [{}, {"max_norm": 1.0}, {"move": adamw}, {"label_smoothing": 0.1}],
    ids=["plain", "clipped", "adamw", "smoothed"],
)
def test_the_loss_falls(variant):
    losses = [step.loss for step in train(STARTS["random"], BATCH, 60, 0.02, **variant)]
    assert losses[-1] < 0.5 * losses[0]


def test_it_learns_with_dropout_too():
    block = with_dropout(0.1, np.random.default_rng(1))
    losses = [step.loss for step in train(STARTS["random"], BATCH, 80, 0.02, block=block)]
    assert np.mean(losses[-10:]) < 0.6 * losses[0]


def test_float32_trains_in_float32():
    start = starting_values(np.random.default_rng(0), toy.SIZES, np.float32)
    for step in train(start, BATCH, 3):
        assert {a.dtype for a in flatten(step.parameters).values()} == {np.dtype("float32")}


def test_more_layers_train_as_well():
    sizes = shapes(26, d_model=6, n_heads=2, d_k=3, d_v=2, d_ff=7, n_layers=2)
    start = starting_values(np.random.default_rng(0), sizes)
    losses = [step.loss for step in train(start, BATCH, 40, 0.02)]
    assert losses[-1] < 0.5 * losses[0]


def test_one_thread_or_two_give_the_same_digits():
    code = (
        "import numpy as np\nfrom tfmath import toy\n"
        "steps = toy.train_toy(np.random.default_rng(0), steps=30, rounded_steps=5)\n"
        "print([round(step.loss, 9) for step in steps])"
    )
    printed = set()
    for threads in "12":
        counts = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        environment = {**os.environ, **counts, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code]
        printed.add(subprocess.check_output(command, env=environment, text=True))
    assert len(printed) == 1


# What it is given -------------------------------------------------------------------------


def test_a_vocabulary_without_its_special_words_is_refused():
    """Padding would otherwise be the id of a word, and that word would never be learnt."""
    with pytest.raises(ValueError, match="make_batch: vocabulary must begin with <pad>, "):
        make_batch(toy.PAIRS, toy.WORDS[3:])


@pytest.mark.parametrize(
    "pairs, words",
    [
        ([], "pairs is empty"),
        (["ab"], r"pairs\[0\] is 'ab'; it must be a list or tuple of words"),
        ([("you", "win", "or")], r"pairs\[0\] holds 3 texts, not 2"),
        ([("you", 3)], r"pairs\[0\]\[1\] is 3; it must be a str"),
    ],
)
def test_pairs_that_are_none(pairs, words):
    with pytest.raises((TypeError, ValueError), match=f"make_batch: {words}"):
        make_batch(pairs, toy.WORDS)


def test_what_is_wrong_is_told_when_training_is_asked_for_not_at_its_first_step():
    for name, bad in {
        "steps": 1.5,
        "learning_rate": 0,
        "max_norm": "a",
        "move": None,
    }.items():
        with pytest.raises(
            (TypeError, ValueError), match=f"train: {name} is {bad!r}; it must"
        ):
            train(STARTS["random"], BATCH, **({"steps": 3} | {name: bad}))


def test_a_move_that_gives_nothing_back_is_named():
    with pytest.raises(TypeError, match=r"move must give back two things.* it gave None"):
        next(train(STARTS["random"], BATCH, 3, move=lambda *now: None))
