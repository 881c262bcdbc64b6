"""Train short, test long: the questions, the model, its slopes, and a stored row again."""

import numpy as np
import pytest
from tables import assert_close

from tfmath import cross_entropy, one_hot
from tfmath.attention.dot_product import attend
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.model.transformer import encode_source
from tfmath.parts.masks import causal_mask
from tfmath.parts.norm import pre_norm
from tfmath.study import lengths as module
from tfmath.study import lookback as looking
from tfmath.study import what_if
from tfmath.study.lengths import (
    LENGTHS,
    N_WORDS,
    QUESTIONS,
    TRAINED,
    WAYS,
    learned,
    right_share,
    the_latest,
    three_back,
)
from tfmath.study.lookback import by_place, clocks, head_weights, longer, lookback, outvoted
from tfmath.study.measured import measured
from tfmath.study.slope import slope

every_way = pytest.mark.parametrize("way", WAYS)


def tables_of(way, seed=0):
    """Tables far from those that do nothing, and with a bias that is not 0."""
    rng = np.random.default_rng(seed)
    flat = flatten(starting_values(rng, module._sizes(way)))
    return unflatten({n: t + 0.3 * rng.normal(size=t.shape) for n, t in flat.items()})


def test_what_is_wanted_told_letter_by_letter():
    ids, wanted, asked = three_back(np.random.default_rng(0), 5, 9)
    for text, right, ask in zip(ids, wanted, asked, strict=True):
        assert set(text) <= {1, 2, 3, 4, 5}
        assert ask.tolist() == [False] * 3 + [True] * 6
        assert [text[i - 3] for i in range(3, 9)] == right[3:].tolist()
    ids, wanted, asked = the_latest(np.random.default_rng(0), 40, 9)
    for text, right, ask in zip(ids, wanted, asked, strict=True):
        last = text[0]
        for word, answer, at_a_dot in zip(text, right, ask, strict=True):
            last = word or last
            assert answer == last and at_a_dot == (word == 0)
    assert 0.7 < asked[:, 1:].mean() < 0.8 and (ids[:, 0] > 0).all()


@every_way
def test_the_model_is_the_encoder_of_the_whole_one_looking_back(way):
    tables, ids = tables_of(way), three_back(np.random.default_rng(1), 2, 20)[0]
    encoding = None if way == "learned" else WAYS[way].encoding
    options = {"encoding": encoding, "scale": 1.0, "block": pre_norm}
    parts = {name: part for name, part in tables.items() if name != "output"}
    mask, attention = causal_mask(20)[np.newaxis], WAYS[way].attention
    rows = encode_source(parts, ids, mask, attention=attention, **options)
    found = module.letter_scores(tables, one_hot(ids, N_WORDS), way)
    assert_close(found, rows @ tables["output"], way, 1e-13)
    if way in ("rotary", "ALiBi"):  # control: it acts
        plain = encode_source(parts, ids, mask, attention=attend, **options)
        assert np.abs(plain - rows).max() > 1e-3


@every_way
def test_loss_and_slopes_of_the_program_are_those_of_trying(way, monkeypatch):
    """Few texts: each number of a hidden row is a bend that may lie between the two."""
    monkeypatch.setattr(module, "BATCH", 3)
    monkeypatch.setattr(module, "TRAINED", 11)
    flat = flatten(tables_of(way))
    ids, wanted, asked = three_back(np.random.default_rng(2), 3, 11)
    words, targets = one_hot(ids, N_WORDS), one_hot(wanted, N_WORDS) * asked[..., None]

    def loss_of(flat):
        logits = module.letter_scores(unflatten(flat), words, way)
        return cross_entropy(logits[asked], wanted[asked]).item()

    loss, *grads = module._program(flat, {}, way)(*flat.values(), words, targets)
    assert loss == pytest.approx(loss_of(flat), rel=1e-12)
    along = {n: np.random.default_rng(3).normal(size=t.shape) for n, t in flat.items()}
    for name, grad in zip(flat, grads, strict=True):

        def moved(step, name=name):
            return loss_of(flat | {name: flat[name] + step * along[name]})

        expected = slope(moved, 0.0, nudge=1e-6).item()
        found = (grad * along[name]).sum()
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-8), name
        assert found != pytest.approx(2 * expected, rel=1e-6, abs=1e-8), name


@every_way
def test_a_place_of_a_long_text_is_the_last_of_a_short_one(way):
    tables, ids = tables_of(way), three_back(np.random.default_rng(4), 3, 40)[0]
    whole = module.letter_scores(tables, one_hot(ids, N_WORDS), way)
    for n in (1, 17, 32):
        short = module.letter_scores(tables, one_hot(ids[:, :n], N_WORDS), way)
        assert_close(short[:, -1], whole[:, n - 1], f"{n} words", 1e-12)


def test_rows_of_places_that_were_never_met_stay_as_they_began():
    rng = np.random.default_rng(0)
    start = starting_values(rng, module._sizes("learned"))["position"]
    after = learned("three back", "learned", seed=0, n_steps=5)["position"]
    np.testing.assert_array_equal(after[TRAINED:], start[TRAINED:])
    assert (after[:TRAINED] != start[:TRAINED]).all()


def test_a_machine_that_knows_is_always_right_and_one_that_guesses_in_one_of_five(
    monkeypatch,
):
    """Tables set by hand, for a way that gives the wanted letter, and one that says 1."""
    back = np.eye(128, k=-3)
    monkeypatch.setattr(module, "letter_scores", lambda t, words, way, mask: back @ words)
    assert set(right_share({}, "three back", "none", 0, n_texts=50).values()) == {1.0}
    first = np.eye(N_WORDS)[1]
    monkeypatch.setattr(
        module, "letter_scores", lambda t, words, way, mask: words * 0 + first
    )
    for question in QUESTIONS:
        shares = right_share({}, question, "none", 0, n_texts=400)
        assert all(0.1 < share < 0.3 for share in shares.values())


@pytest.fixture(scope="module")
def rotary_tables():
    return learned("three back", "rotary", seed=0)


@pytest.fixture
def trained_once(monkeypatch, rotary_tables):
    """The rotary model, trained as for the stored rows, once for all that ask."""
    for place in (module, looking, what_if):
        monkeypatch.setattr(place, "learned", lambda *which: rotary_tables)


def test_stored_rows_are_measured_again(trained_once):
    stored = measured("lengths")
    rows = zip(*(stored[k] for k in ("question", "way", "seed", "length")), strict=True)
    asked = [
        (q, w, s, n) for q in QUESTIONS for w in WAYS for s in range(5) for n in LENGTHS
    ]
    assert list(rows) == asked
    for row in module._tested("three back", "rotary", 0, n_steps=400):
        place = asked.index(("three back", "rotary", 0, row["length"]))
        assert row["right"] == pytest.approx(stored["right"][place], abs=0.1)
        assert row["near"] == pytest.approx(stored["near"][place], abs=0.1)
    kept, again = measured("clocks"), clocks([0])
    assert kept["seed"] == [seed for seed in range(5) for _ in range(128)]
    assert kept["distance"] == list(range(128)) * 5
    for name in ("clock 1", "clock 2", "weight"):
        found = np.array([row[name] for row in again])
        np.testing.assert_allclose(found, kept[name][:128], atol=0.05 + 0.05 * found.std())
    kept = measured("lookback")
    assert list(dict.fromkeys(kept["way"])) == list(WAYS)
    assert kept["distance"] == list(range(128)) * len(WAYS)


def stored_where(name, **wanted):
    columns = measured(name)
    rows = (
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    )
    return [row for row in rows if wanted.items() <= row.items()]


def test_scores_and_heads_of_the_rotary_model_are_measured_again(trained_once):
    again, kept = by_place(["rotary"], [0]), stored_where("by_place", way="rotary", seed=0)
    assert [row["place"] for row in kept] == list(range(3, 64))
    for found, row in zip(again, kept, strict=True):
        assert found["three back"] == pytest.approx(row["three back"], abs=0.5)
        assert found["best other"] == pytest.approx(row["best other"], abs=0.5)
    again, kept = head_weights(["rotary"]), stored_where("head_weights", way="rotary")
    for found, row in zip(again, kept, strict=True):
        assert found["head"] == row["head"]
        for name in ("three back", "far"):
            assert found[name] == pytest.approx(row[name], rel=0.1)


def test_a_stopped_clock_is_measured_again(trained_once):
    again = what_if.stopped_clocks([0], [6, 15], n_texts=32)
    assert len(again) == 12
    for found in again:
        known = {name: found[name] for name in ("seed", "clock", "stop", "length")}
        (row,) = stored_where("stopped_clocks", **known)
        assert found["right"] == pytest.approx(row["right"], abs=0.15), known


def test_longer_training_is_the_same_training(trained_once):
    """After as many steps as elsewhere the rows are those that are stored there."""
    again = longer([("rotary", 400)], [0])
    kept = stored_where("lengths", question="three back", way="rotary", seed=0)
    for found, row in zip(again, kept, strict=True):
        assert found["length"] == row["length"]
        assert found["right"] == pytest.approx(row["right"], abs=0.1)
    tried = [(row["way"], row["steps"], row["seed"]) for row in stored_where("longer")]
    asked = [(way, n, seed) for way, n in looking.LONGER for seed in (0, 1)]
    assert list(dict.fromkeys(tried)) == asked


def test_the_highest_other_score_and_how_far_back_it_is(monkeypatch):
    monkeypatch.setattr(looking, "learned", lambda *which: tables_of("sinusoids"))
    found, head = looking._of_long_texts("sinusoids", 0, 1)
    scores = found["scores"][:, head].mean(axis=0)
    for row in by_place(["sinusoids"], [0]):
        by_back = {back: scores[row["place"], row["place"] - back] for back in range(64)}
        others = {b: x for b, x in by_back.items() if b != 3 and b <= row["place"]}
        assert row["back"] == max(others, key=others.get)
        assert row["best other"] == pytest.approx(max(others.values()), abs=0.006)
        assert row["three back"] == pytest.approx(by_back[3], abs=0.006)


def test_a_machine_that_counts_far_letters_is_right_while_the_right_one_leads(monkeypatch):
    """It names the commonest of the letters 12 back or more."""
    far = np.tile(np.arange(128) < 116, (128, 1))
    monkeypatch.setattr(looking, "learned", lambda *which: {})
    monkeypatch.setattr(looking, "letter_scores", lambda t, words, way: far @ words)
    rows = outvoted(300)
    assert sum(row["texts"] for row in rows) == 300
    assert [row["lead"] for row in rows] == sorted({row["lead"] for row in rows})
    for row in rows:
        if row["lead"] != 0:  # a tie goes to the first of the alphabet
            assert row["right"] == (row["texts"] if row["lead"] < 0 else 0)
    assert 0 < sum(row["right"] for row in rows) < 300


def test_the_clocks_of_a_score_sum_to_it(monkeypatch):
    monkeypatch.setattr(looking, "learned", lambda *which: tables_of("rotary"))
    found, head = looking._of_long_texts("rotary", 0, 1)
    parts = looking._parts(found, head)
    scores = found["scores"][:, head, -1, ::-1]
    assert parts.shape == (32, 128, 4)
    assert_close(parts.sum(axis=-1), scores, "the sum of four clocks", 1e-12)
    assert np.abs(parts[..., :3].sum(axis=-1) - scores).max() > 0.01


def test_weights_of_all_distances_sum_to_one():
    for name in ("lookback", "clocks"):
        weights = np.reshape(measured(name)["weight"], (-1, 128))
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=0.01)
    rows = lookback(["Shaw"], n_steps=1)
    assert sum(row["weight"] for row in rows) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: learned("first", "none", 0),
            "question is 'first'; .* three back",
        ),
        (lambda: learned("three back", "T4", 0), "learned: way is 'T4'; .* ALiBi"),
        (lambda: right_share({}, "last", "none", 0), "right_share: question is 'last'"),
        (lambda: lookback(["all"]), "learned: way is 'all'"),
    ],
)
def test_names_that_nothing_has_are_told_the_others(call, words):
    with pytest.raises(ValueError, match=words):
        call()
