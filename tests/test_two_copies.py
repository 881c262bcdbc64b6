"""Two processes that train: rightly they are one; their slopes not added, they part."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tfmath import toy
from tfmath.errors import NonFiniteError, ShapeError
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.parameters import flatten, starting_values, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.parts.text import PAD
from tfmath.show import cuts, processes
from tfmath.study.measured import measured
from tfmath.witness import distributed, two_copies

BATCH = make_batch(toy.PAIRS, toy.WORDS)
STEPS = 3


@pytest.fixture(scope="module")
def start():
    return starting_values(np.random.default_rng(5), toy.SIZES)


def test_added_up_they_are_one_process(start):
    """Our own training, in NumPy and on one process, finds the same tables and losses."""
    both = two_copies.trained(start, BATCH, STEPS, forgotten=False)
    alone = list(train(start, BATCH, STEPS, two_copies.RATE))
    for (first, second), step in zip(both[1:], alone, strict=True):
        together = flatten(two_copies.saved(first[0], second[0]))
        for name, table in flatten(step.parameters).items():
            np.testing.assert_allclose(together[name], table, rtol=0, atol=1e-9)
    for at, tables in enumerate([start, *(s.parameters for s in alone)]):
        loss = loss_and_gradients(tables, BATCH)[0]
        assert both[at][0][1] == both[at][1][1] == pytest.approx(loss, abs=1e-9)


def test_forgotten_the_copies_part_at_the_first_step(start):
    both = two_copies.trained(start, BATCH, 1, forgotten=True)
    apart = [np.abs(a["embedding"] - b["embedding"]).max() for (a, _), (b, _) in both]
    assert apart[0] == 0 and apart[1] > 0.01
    assert both[0][0][1] == both[0][1][1]  # forwards nothing is wrong, in this step


def test_what_is_saved_has_the_shares_of_both(start):
    (first, _), (second, _) = two_copies.trained(start, BATCH, 0, forgotten=True)[0]
    for name, table in flatten(two_copies.saved(first, second)).items():
        np.testing.assert_array_equal(table, flatten(start)[name])
    other = {name: table + 1 for name, table in second.items()}
    kept = flatten(two_copies.saved(first, other))
    np.testing.assert_array_equal(kept["embedding"], first["embedding"])


def test_a_process_that_fails_does_not_leave_the_other_waiting(start, monkeypatch):
    def fails(rank, *given):
        raise ZeroDivisionError(rank)

    monkeypatch.setattr(two_copies, "adam", fails)
    with pytest.raises(ZeroDivisionError):
        two_copies.trained(start, BATCH, 1, forgotten=False)


def test_two_copies_measured_again():
    """The first ten steps of one start; 200 are left to the command."""
    seen = measured("two_copies")
    again = two_copies.two_copies(seeds=[0], steps=10)
    for row in again:
        i = [*zip(seen["seed"], seen["sum"], seen["step"], strict=True)].index(
            (row["seed"], row["sum"], row["step"])
        )
        for what in ("loss", "saved", "apart"):
            assert row[what] == pytest.approx(seen[what][i], abs=2e-5)


# Pictures -------------------------------------------------------------------------------


def test_the_cuts_say_who_waits():
    said = cuts.cuts("T.").alt
    assert "between layers: done at 8, each idle 50%, something travels 2 times" in said
    assert "the same, in 4 parts: done at 5, each idle 20%" in said
    assert "between sentences: done at 4, each idle 0%, something travels once" in said


def test_parts_and_their_sum_in_one_picture():
    shown = cuts.added(np.array([[1.0, -2], [0.5, 3]]), [1.5, 1], "T.", 1)
    assert shown.alt == "T. 1.0 and 0.5 make 1.5; -2.0 and 3.0 make 1.0."
    first, second = (bars.patches for bars in shown.figure.axes[0].containers[:2])
    assert [(bar.get_y(), bar.get_height()) for bar in first] == [(0, 1), (0, -2)]
    assert [(bar.get_y(), bar.get_height()) for bar in second] == [(1, 0.5), (-2, 3)]


def test_the_ring_adds_and_hands_on():
    tables = np.arange(9 * 2).reshape(3, 3, 2)
    seen = cuts.ring(tables)
    assert len(seen) == 5 and (seen[0] == tables).all()
    assert (seen[1][1, 0] == tables[0, 0] + tables[1, 0]).all()
    assert (
        seen[2][2, 0] == tables[:, 0].sum(axis=0)
    ).all()  # after two rounds, in process 2
    assert (seen[2][1, 0] == seen[1][1, 0]).all()  # who has handed on keeps what there was
    assert (seen[4] == tables.sum(axis=0)).all()
    assert cuts.hands_over(3, 1) == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    with pytest.raises(ShapeError, match=r"ring: parts \(2, 3\) must be"):
        cuts.ring(np.ones((2, 3)))


def test_a_piece_has_the_colours_of_those_whose_parts_are_in_it():
    picture = cuts.rounds("T.")
    assert "0, 0, 0, 4, 8, 12, 16 of 16" in picture.alt
    *panels, circle = [picture.figure.axes[i] for i in (0, 1, 2, 3, 5, 6, 7, 4)]
    of_circle = {p.get_facecolor(): p.center for p in circle.patches[:4]}
    whose = np.broadcast_to(np.eye(4, dtype=int)[:, None], (4, 4, 4))
    for at, (ax, have) in enumerate(zip(panels, cuts.ring(whose), strict=True)):
        framed = {
            (3 - int(p.get_y()), int(p.get_x())) for p in ax.patches if p.get_lw() == 2
        }
        came = {(to, piece) for _, to, piece in cuts.hands_over(4, at - 1)}
        assert framed == (came if at else set())
        filled = [p for p in ax.patches if p.get_facecolor()[3]]
        assert len(filled) == have.sum()
        for part in filled:
            x, y = np.array(part.get_center())
            rank = int(3 - y // 1)
            across, up = of_circle[part.get_facecolor()]
            assert have[rank, int(x), cuts.OF_FOUR.index(to_hex(part.get_facecolor()))]
            assert (x % 1 > 0.5, y % 1 > 0.5) == (across > 2, up > 2), "as in the ring"


def test_the_means_of_words_and_of_means():
    shown = processes.means([(["a", "b"], [1.0, 3.0]), (["c"], [8.0])], "T.").alt
    assert "a 1.0, b 3.0, c 8.0" in shown
    assert "mean of all words: 4.000; mean of the two means: 5.000" in shown


def test_the_losses_of_words_have_the_mean_that_training_has():
    words, losses = processes.word_losses(toy.load(), *toy.PAIRS[1])
    assert words == "you win or you die <end>".split()
    one = loss_and_gradients(toy.load(), make_batch(toy.PAIRS[1:2], toy.WORDS))[0]
    assert np.mean(losses) == pytest.approx(one, abs=1e-12)


def test_where_two_ways_send_as_much():
    shown = processes.travelling([10, 100], [5e6, 50e6], [20e6] * 2, 50, "T.").alt
    assert "10 words 5.0 and 20.0" in shown and shown.endswith("equal at 40 words.")


def test_two_trainings_and_what_the_saved_model_says():
    shown = processes.two_trainings(measured("two_copies"), 0, "T.").alt
    assert "sum added, from 4.12 to 0.01; sum forgotten, both together" in shown
    assert shown.endswith('he he he he he he he he".')


def test_quotes_of_two_processes_that_forget():
    """With nothing forgotten they are the model; with all, each is its own half of it."""
    flat = flatten(toy.load())
    batch = make_batch(toy.PAIRS, toy.WORDS)
    halves = []
    for rank in (0, 1):
        half = {name: np.array(table) for name, table in flat.items()}
        for name, table in half.items():
            if name.endswith(("W_O", "W_2")):
                cut = (len(table) + 1) // 2
                table[slice(cut, None) if rank == 0 else slice(cut)] = 0
            if name.endswith("b_2") and rank:
                table[:] = 0
        said = transformer(unflatten(half), *batch[:2], padding_mask(batch.source, PAD))
        right = (said.argmax(-1) == batch.following) | (batch.following == PAD)
        halves.append(int(right.all(axis=1).sum()))
    assert two_copies.quotes_right(toy.load(), two_copies.SUMS) == tuple(halves)
    assert two_copies.quotes_right(toy.load()) == (3, 3)
    with pytest.raises(ValueError, match="did you mean 'decoder: self-attention'"):
        two_copies.quotes_right(toy.load(), ["decoder: selfattention"])


@pytest.mark.parametrize(
    ("name", "table", "error", "said"),
    [
        ("embedding", np.full((26, 5), np.nan), NonFiniteError, "embedding holds"),
        ("embedding", np.ones((10, 5)), ShapeError, r"(10, 5); it must be (26, 5)"),
        ("output / W", np.ones((5, 26)), ShapeError, "(5, 26); it must be not there"),
    ],
)
def test_only_the_toy_models_tables_say_quotes(name, table, error, said):
    with pytest.raises(error) as refused:
        two_copies.quotes_right(unflatten(flatten(toy.load()) | {name: table}))
    assert said in str(refused.value)
    with pytest.raises(ShapeError, match="encoder / .* is not there; it must be"):
        two_copies.quotes_right({"embedding": np.ones((26, 5))})


def test_only_known_sums_are_forgotten():
    with pytest.raises(ValueError, match="forget is 'both'"):
        distributed.start(2, ["float64"], "both")
    with pytest.raises(ValueError, match="types holds 'float61'; did you mean 'float64'"):
        distributed.start(2, ["float61"])


@pytest.mark.parametrize("forget", ["nothing", "forth", "back"])
@pytest.mark.parametrize("status", [0, 1, 2, distributed.DOUBTED])
def test_a_process_that_fails_is_told_from_one_that_doubts(monkeypatch, forget, status):
    ended = SimpleNamespace(communicate=lambda: ("one\ntwo", "why"), returncode=status)
    monkeypatch.setattr(distributed, "_started", lambda *_: ended)
    if status == 0 or (status == distributed.DOUBTED and forget != "nothing"):
        assert distributed.start(2, ["float64"], forget) == ["one", "two"]
    else:
        with pytest.raises(RuntimeError, match="a process failed: why"):
            distributed.start(2, ["float64"], forget)
