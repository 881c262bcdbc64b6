"""Decoding with keys and values kept: the same numbers, less work, and one maximum."""

import numpy as np
import pytest

from tfmath import gelu, pre_norm, toy
from tfmath.decoding import cache
from tfmath.decoding.cache import decode_next, next_word, start_cache
from tfmath.decoding.search import all_continuations, beam_search, greedy, sample
from tfmath.errors import ShapeError
from tfmath.learning.train import END, START
from tfmath.model.parameters import flatten, shapes, starting_values, traced, unflatten
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.norm import post_norm
from tfmath.parts.softmax import log_softmax
from tfmath.parts.text import encode
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import steps

VOCAB, N_SOURCE, N_TARGET = 23, 6, 9


def model(**changes):
    sizes = {"d_model": 5, "n_heads": 2, "d_k": 3, "d_v": 2, "d_ff": 7, "n_layers": 2}
    sizes |= changes
    rng = np.random.default_rng(7)
    flat = flatten(starting_values(rng, shapes(VOCAB, **sizes)))
    # Away from 0 and 1, so that a forgotten gain or bias shows.
    return unflatten({n: t + 0.3 * rng.normal(size=t.shape) for n, t in flat.items()})


IDS = np.random.default_rng(3).integers(0, VOCAB, N_TARGET)
SOURCE = np.random.default_rng(4).integers(0, VOCAB, N_SOURCE)
VARIANTS = {
    "post-norm": ({}, {}),
    "pre-norm, gelu": (
        {"biases": True, "final_norm": True},
        {"block": pre_norm, "activation": gelu},
    ),
    "untied, one head": (
        {"tied": False, "n_heads": 1, "biases": True},
        {"block": post_norm},
    ),
    "one layer, even": ({"n_layers": 1, "d_model": 8}, {}),
}


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("pieces", [[1] * 9, [9], [4, 1, 1, 3], [1, 8]])
def test_same_numbers_as_without(name, pieces):
    changes, variant = VARIANTS[name]
    parameters = model(**changes)
    memory = encode_source(parameters, SOURCE, **variant)
    expected = decode_target(parameters, IDS, memory, **variant)
    cache, rows, begun = start_cache(parameters, memory), [], 0
    for size in pieces:
        logits, cache = decode_next(parameters, IDS[begun : begun + size], cache, **variant)
        rows, begun = [*rows, logits], begun + size
    assert cache.length == N_TARGET
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=0, atol=1e-12)


def test_a_text_begun_once_can_be_continued_twice():
    parameters = model()
    memory = encode_source(parameters, SOURCE)
    _, begun = decode_next(parameters, IDS[:4], start_cache(parameters, memory))
    for last in (1, 2):
        logits, _ = decode_next(parameters, last, begun)
        plain = decode_target(parameters, np.array([*IDS[:4], last]), memory)
        np.testing.assert_allclose(logits[-1], plain[-1], rtol=0, atol=1e-12)
    assert begun.length == 4


def methods(step, rng):
    return [
        greedy(step, START, END, 8),
        beam_search(step, START, END, 6, 5, length_penalty=0.6),
        sample(step, START, END, 8, rng, temperature=1.3, top_k=9, top_p=0.9),
        all_continuations(step, START, END, 2),
    ]


def test_every_method_chooses_the_same_words_with_and_without():
    source = encode("when you play game of thrones", toy.WORDS)
    plain = methods(toy.next_word(toy.load(), source), np.random.default_rng(0))
    cached = methods(next_word(toy.load(), source), np.random.default_rng(0))
    for one, other in zip(plain, cached, strict=True):
        one, other = ([x] if not isinstance(x, list) else x for x in (one, other))
        assert [c.ids for c in one] == [c.ids for c in other]
        np.testing.assert_allclose(
            [c.log_probability for c in one],
            [c.log_probability for c in other],
            rtol=0,
            atol=1e-12,
        )


def test_a_beginning_asked_for_twice_is_worked_out_once(monkeypatch):
    import tfmath.decoding.cache

    asked, inner = [], cache.decode_next
    monkeypatch.setattr(
        tfmath.decoding.cache,
        "decode_next",
        lambda *a, **k: asked.append(a[1]) or inner(*a, **k),
    )
    step = next_word(model(), SOURCE)
    for ids in ([1], [1, 5], [1, 6], [1, 5, 2], [1, 5]):
        step(ids)
    assert asked == [1, 5, 6, 2]


def work(parameters, n):
    """Multiply-adds for the n-th word: with a cache, and with everything done again."""
    tables = traced(parameters)
    memory = encode_source(tables, SOURCE)
    before = sum(multiply_adds(memory).values())
    again = sum(multiply_adds(decode_target(tables, IDS[:n], memory)).values()) - before
    totals, cache, made = [], start_cache(tables, memory), []
    for word in IDS[:n]:
        logits, cache = decode_next(tables, word, cache)
        made.append(logits)
        totals.append(sum(multiply_adds(*made).values()))
    return totals[-1] - (totals[-2] if n > 1 else before), again


def test_work_per_word_grows_only_by_one_more_key_and_value_to_look_at():
    parameters = model()
    cached, again = zip(*[work(parameters, n) for n in range(2, N_TARGET + 1)], strict=True)
    n_layers, n_heads, d_k, d_v = 2, 2, 3, 2
    assert set(np.diff(cached)) == {n_layers * n_heads * (d_k + d_v)}
    projections = again[1] - again[0] - (cached[1] - cached[0])
    assert projections > 10 * (cached[1] - cached[0])
    assert all(np.diff(again) > np.diff(cached) * 10)
    assert again[-1] > 7 * cached[-1]


def test_what_is_kept_grows_by_one_row_a_word():
    parameters = model()
    cache = start_cache(parameters, encode_source(parameters, SOURCE))
    for n, word in enumerate(IDS, 1):
        _, cache = decode_next(parameters, word, cache)
        for kept in cache.words.values():
            assert (kept.key.shape, kept.value.shape) == ((2, n, 3), (2, n, 2))
        for kept in cache.source.values():
            assert kept.key.shape == (2, N_SOURCE, 3)


def test_it_can_be_traced_and_its_steps_have_names():
    tables = traced(toy.load(), toy.WORDS)
    memory = encode_source(tables, encode("i drink and", toy.WORDS))
    logits, _ = decode_next(tables, [1, 3], start_cache(tables, memory))
    weights = steps(logits)["decoder / layer 1 / self-attention / heads / weights"]
    assert weights.shape == (2, 2, 2)
    assert not weights.value[:, 0, 1].any()
    assert steps(logits)["decoder / layer 1 / cross-attention / heads / key"].shape == (
        2,
        3,
        4,
    )


def test_float32_stays_float32():
    flat = {n: t.astype(np.float32) for n, t in flatten(model()).items()}
    parameters = unflatten(flat)
    cache = start_cache(parameters, encode_source(parameters, SOURCE))
    logits, cache = decode_next(parameters, IDS[:3], cache)
    assert {logits.dtype, cache.words["layer 1"].key.dtype} == {np.dtype(np.float32)}


def test_more_words_than_there_are_positions_is_an_error():
    parameters = model()
    cache = start_cache(parameters, encode_source(parameters, SOURCE), max_length=4)
    with pytest.raises(ValueError, match="5 words after 0 make 5; max_length is 4"):
        decode_next(parameters, IDS[:5], cache)
    _, cache = decode_next(parameters, IDS[:4], cache)
    with pytest.raises(ValueError, match="1 words after 4 make 5; max_length is 4"):
        decode_next(parameters, 0, cache)
    step = next_word(parameters, SOURCE, max_length=2)
    with pytest.raises(ValueError, match="max_length is 2"):
        step([1, 2, 3])


def test_bad_words_and_memories_are_named():
    parameters = model()
    memory = encode_source(parameters, SOURCE)
    cache = start_cache(parameters, memory)
    for words, message in (
        (VOCAB, f"holds {VOCAB} at"),
        (-1, "holds -1 at"),
        ([], "whole numbers|no word"),
        ([[1, 2]], "one row of ids"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            decode_next(parameters, words, cache)
    with pytest.raises(
        ShapeError, match=r"memory \(1, 6, 5\) must be \(n_source, d_model\)"
    ):
        start_cache(parameters, memory[None])


def test_nothing_but_log_probabilities_comes_out():
    step = next_word(model(), SOURCE)
    memory = encode_source(model(), SOURCE)
    plain = log_softmax(decode_target(model(), np.array([1, 4]), memory)[-1])
    np.testing.assert_allclose(step([1, 4]), plain, rtol=0, atol=1e-12)


def test_tables_are_looked_through_once_but_others_at_every_word(monkeypatch):
    """The finite check of a table is half of a word's time; one not seen gets its own."""
    tables = toy.load()
    memory = encode_source(tables, [3, 4, 5])
    cache = start_cache(tables, memory)
    looked, real = [], np.vdot
    monkeypatch.setattr(np, "vdot", lambda a, b: looked.append(id(a)) or real(a, b))
    decode_next(tables, 1, cache)
    assert looked and not {id(table) for table in flatten(tables).values()} & set(looked)
    flat = flatten(tables)
    flat["decoder / layer 1 / feed-forward / W_1"] = np.full((5, 8), np.nan)
    with pytest.raises(ValueError, match=r"W holds nan|W_1 holds nan"):
        decode_next(unflatten(flat), 1, cache)
