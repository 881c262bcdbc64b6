"""Training by the printed program is training by the record, to the last bit."""

import numpy as np
import pytest
from restless import BLOCKS, LEAVING, Tiring, late_looking
from variants import VARIANTS

from tfmath import named, toy
from tfmath.errors import TraceError
from tfmath.learning import recorded
from tfmath.learning.recorded import Recorded
from tfmath.learning.train import loss_and_gradients, make_batch, traced_loss, train
from tfmath.model.parameters import flatten, shapes, starting_values, unflatten
from tfmath.parts.activation import gelu, relu
from tfmath.parts.norm import pre_norm
from tfmath.tracing import backward, operation, steps, trace
from tfmath.tracing.program import Compiled, compiled

BATCH = make_batch(toy.PAIRS, toy.WORDS)
SIZES = shapes(26, d_model=6, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=2)


def start_of(change=dict, dtype=np.float64):
    return starting_values(np.random.default_rng(0), change(dict(SIZES)), dtype)


def by_records_alone(monkeypatch):
    monkeypatch.setattr(Recorded, "by_program", lambda self, parameters: None)
    monkeypatch.setattr(recorded, "_agreeing", lambda *_: None)


def trained(start, count=10, **options):
    found = list(train(start, BATCH, count, 0.02, **options))
    return [step.loss for step in found], flatten(found[-1].parameters)


def programs(monkeypatch):
    """What comes of looking for a program, each time one is looked for."""
    found, own = [], recorded._agreeing
    monkeypatch.setattr(
        recorded, "_agreeing", lambda *a: found.append(own(*a)) or found[-1]
    )
    return found


def assert_same(found, expected):
    assert found[0] == pytest.approx(expected[0], rel=1e-12)
    for name, table in expected[1].items():
        assert found[1][name].dtype == table.dtype
        np.testing.assert_allclose(found[1][name], table, rtol=0, atol=1e-12, err_msg=name)


PLAIN = {
    "as the paper": {},
    "smoothed": {"label_smoothing": 0.1},
    "rounded": {"decimals": 1, "label_smoothing": 0.1},
    "clipped": {"max_norm": 0.5},
    "pre-norm, gelu": {"block": pre_norm, "activation": gelu},
}
OF_ONES_OWN = (
    *("ALiBi", "rotary", "a mask of one's own", "grouped heads", "another scale"),
    *("a running maximum", "strides", "one group"),
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("options", PLAIN.values(), ids=PLAIN)
def test_ten_steps_by_the_program_end_at_the_tables_of_the_record(
    options, dtype, monkeypatch
):
    used = programs(monkeypatch)
    found = trained(start_of(dtype=dtype), **options)
    assert [type(program) for program in used] == [Compiled]
    by_records_alone(monkeypatch)
    assert_same(found, trained(start_of(dtype=dtype), **options))


@pytest.mark.parametrize("name", OF_ONES_OWN)
def test_so_do_attentions_of_ones_own(name, monkeypatch):
    _, variant = VARIANTS[name]
    change = dict.fromkeys(("grouped heads", "one group"), one_key).get(name, dict)
    used = programs(monkeypatch)
    found = trained(start_of(change), **variant)
    assert [type(program) for program in used] == [Compiled]
    by_records_alone(monkeypatch)
    assert_same(found, trained(start_of(change), **variant))


def one_key(sizes):
    small = [n for n in sizes if "self-attention" in n and n[-3:] in ("W_K", "W_V")]
    return sizes | {name: (1, *sizes[name][1:]) for name in small}


def test_the_program_says_what_it_computes_and_nothing_else():
    loss = traced_loss(toy.load(), BATCH)
    table = steps(loss)["encoder / layer 1 / self-attention / W_Q"]
    grad = backward(loss)[table.name]
    program = compiled([table], [loss, grad])
    lines = program.text.splitlines()
    for place, line in enumerate(lines[:-1]):
        name = line.split(" = ")[0].strip()
        used = any(name in later.split(" = ")[-1] for later in lines[place + 1 :])
        assert used or line.startswith("def program("), line
    assert "embedding" in program.given
    ran = program(table.value)
    assert ran[0] == loss.value
    np.testing.assert_array_equal(ran[1], grad.value)


def test_a_program_takes_what_is_not_used_and_gives_what_was_given():
    x, y = trace([1.0, 2.0], "program"), trace([3.0], "y")
    program = compiled([x, y], [named("twice", 2 * x), x])
    twice, same = program(np.array([5.0, 6.0]), np.array([0.0]))
    assert twice.tolist() == [10.0, 12.0] and same.tolist() == [5.0, 6.0]


def test_what_hangs_on_no_argument_runs_once():
    x, W = trace([1.0, 2.0], "x"), trace([3.0, 4.0], "W")
    fixed = named("fixed", np.exp(W))
    program = compiled([x], [(fixed * x).sum()])
    before, body = program.text.split("def program(x):")
    assert before == "fixed = np.exp(W)\n" and "exp" not in body
    assert program(np.array([1.0, 0.0])) == (np.exp(3.0),)


# Where no program applies -----------------------------------------------------------------


@pytest.mark.parametrize("name", LEAVING)
def test_a_block_that_leaves_the_record_is_traced_at_every_step(name, monkeypatch):
    used = programs(monkeypatch)
    found = trained(start_of(), block=LEAVING[name]())
    assert not any(used)
    by_records_alone(monkeypatch)
    assert_same(found, trained(start_of(), block=LEAVING[name]()))


@pytest.mark.parametrize(("patience", "step"), [(2.5, 4), (3.5, 8)])
def test_a_block_that_changes_its_mind_later_is_found_at_a_power_of_two(patience, step):
    """Patience in records: those of steps 1, 2, 4, 8. The program calls no block."""
    taken = train(start_of(), BATCH, 20, 0.02, block=Tiring(patience * BLOCKS))
    for expected in range(1, step):
        assert next(taken).number == expected
    with pytest.raises(TraceError, match='let it call looked\\("a count"\\)'):
        next(taken)


def test_a_block_that_begins_to_look_is_traced_from_then_on():
    block = late_looking(after=2 * BLOCKS)
    assert_same(trained(start_of(), block=block), trained(start_of()))
    assert block.calls == BLOCKS * (10 - 1)  # step 3 was the program's


def test_an_operation_that_prints_another_line_than_it_runs_is_traced(monkeypatch):
    @operation(
        derivative=(lambda grad, out, x: grad * 1.5,), source=lambda x: f"{x:atom} * 1.25"
    )
    def misprinted(x):
        return x * 1.5

    used = programs(monkeypatch)
    found = trained(start_of(), activation=lambda x: misprinted(relu(x)))
    assert used == [None]
    by_records_alone(monkeypatch)
    assert_same(found, trained(start_of(), activation=lambda x: misprinted(relu(x))))


def test_a_gradient_that_cannot_be_traced_is_no_program(monkeypatch):
    @operation(derivative=(lambda grad, out, x: np.array(grad.tolist()) * 2.0,))
    def unprintable(x):
        return x * 2.0

    used = programs(monkeypatch)
    trained(start_of(), activation=lambda x: unprintable(relu(x)))
    assert used == [None]


def test_other_tables_or_words_begin_anew():
    batch = BATCH._replace(source=BATCH.source.copy())
    of = Recorded(lambda tables: traced_loss(tables, batch), batch)
    flat = flatten(start_of())
    for _ in range(2):
        assert of.by_program(flat) is None
        of.by_record(unflatten(flat))
    assert of.by_program(flat) is not None
    single = {name: table.astype(np.float32) for name, table in flat.items()}
    assert of.by_program(single) is None
    batch.source[0, :2] = [4, 3]
    assert of.by_program(flat) is None
    for _ in range(2):
        of.by_record(unflatten(flat))
    loss, grads = of.by_program(flat)
    expected, slopes = loss_and_gradients(unflatten(flat), batch)
    assert loss == expected
    np.testing.assert_array_equal(grads["embedding"], slopes["embedding"])


def test_what_is_not_finite_is_named_by_the_record():
    def spoiled(step):
        return 1e160 if step == 9 else 0.01

    done = []
    with pytest.raises(ValueError, match=r"train, step 10: encoder / layer 1 / .* first"):
        done += train(start_of(), BATCH, 20, spoiled)


def test_gradients_of_a_program_share_no_memory():
    of = Recorded(lambda tables: traced_loss(tables, BATCH), BATCH)
    for _ in range(2):
        of.by_record(start_of())
    _, grads = of.by_program(flatten(start_of()))
    arrays = list(grads.values())
    for i, array in enumerate(arrays):
        assert array.flags.writeable
        assert not any(np.shares_memory(array, other) for other in arrays[:i])


# Controls ---------------------------------------------------------------------------------


def test_a_wrong_program_would_be_seen(monkeypatch):
    """One line changed after the check: the comparison above must notice."""
    own = recorded._agreeing

    def spoiled(*arguments):
        program = own(*arguments)
        text = program.text.replace("np.maximum(", "0.999 * np.maximum(", 1)
        assert text != program.text
        return Compiled(text, program.given, dict(program._function.__globals__))

    monkeypatch.setattr(recorded, "_agreeing", spoiled)
    with pytest.raises(TraceError, match="does not do now"):
        trained(start_of())
    found = trained(start_of(), count=3)
    by_records_alone(monkeypatch)
    with pytest.raises(AssertionError):
        assert_same(found, trained(start_of(), count=3))


def test_a_wrong_program_is_not_taken(monkeypatch):
    def spoiled(arguments, results):
        program = compiled(arguments, results)
        text = program.text.replace("np.maximum(", "0.999999999 * np.maximum(", 1)
        return Compiled(text, program.given, dict(program._function.__globals__))

    used = programs(monkeypatch)
    monkeypatch.setattr(recorded, "compiled", spoiled)
    trained(start_of())
    assert used == [None]
