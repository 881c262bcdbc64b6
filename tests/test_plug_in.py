"""A variant is a plain function; the whole model, the record, the cache take it as it is.

The oracles are PyTorch's attention with the bias written from the papers, complex numbers
for the rotation, and `enable_gqa` for shared heads.
"""

import numpy as np
import pytest
import torch
from tables import assert_close, draw
from variants import (
    D_K,
    N_HEADS,
    SOURCE,
    TARGET,
    VARIANTS,
    alibi,
    grouped,
    model,
    rotary,
    t5,
    turned,
)

from tfmath import named, positional_encoding, steps, traced, transformer
from tfmath.attention.dot_product import attend
from tfmath.attention.heads import multi_head_attention
from tfmath.decoding.cache import decode_next, next_word, start_cache
from tfmath.errors import ShapeError
from tfmath.model.parameters import flatten, shapes, starting_values, unflatten
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.norm import post_norm
from tfmath.show import backward_source, explain
from tfmath.show.formulas import value_of
from tfmath.tracing import gradients

every_variant = pytest.mark.parametrize("name", VARIANTS)


def squared(logits):
    return (logits * logits).mean()


@every_variant
def test_in_the_whole_model_every_table_has_the_slope_of_the_loss(name):
    tables, variant = model(name)
    loss = squared(transformer(traced(tables), SOURCE, TARGET, **variant))
    grads, flat, step = gradients(loss), flatten(tables), 1e-6
    for table, numbers in flat.items():
        along = np.random.default_rng(1).normal(size=numbers.shape)
        ends = []
        for sign in (1, -1):
            moved = unflatten(flat | {table: numbers + sign * step * along})
            ends.append(squared(transformer(moved, SOURCE, TARGET, **variant)))
        expected = (ends[0] - ends[1]) / (2 * step)
        found = (grads[table] * along).sum()
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-8), table


@every_variant
def test_traced_and_in_float32_it_gives_the_same_numbers(name):
    tables, variant = model(name, np.float32)
    plain = transformer(tables, SOURCE, TARGET, **variant)
    record = transformer(traced(tables), SOURCE, TARGET, **variant)
    np.testing.assert_array_equal(record.value, plain)
    kinds = {s.dtype for s in steps(record).values() if s.dtype.kind == "f"}
    assert kinds == {np.dtype(np.float32)}


@every_variant
def test_a_batch_is_one_sentence_after_the_other(name):
    tables, variant = model(name)
    sources, targets = np.stack([SOURCE, SOURCE[::-1]]), np.stack([TARGET, TARGET[::-1]])
    together = transformer(tables, sources, targets, **variant)
    for i in (0, 1):
        alone = transformer(tables, sources[i], targets[i], **variant)
        assert_close(together[i], alone, "one", 1e-12)


@every_variant
def test_the_cache_asks_the_same_function(name):
    tables, variant = model(name)
    of_source = {k: v for k, v in variant.items() if k != "cross_attention"}
    memory = encode_source(tables, SOURCE, **of_source)
    expected = decode_target(tables, TARGET, memory, **variant)
    cache, found = start_cache(tables, memory), []
    for word in TARGET:
        logits, cache = decode_next(tables, word, cache, **variant)
        found.append(logits[0])
    assert_close(np.stack(found), expected, "logits", 1e-12)
    log_p = next_word(tables, SOURCE, **variant)(TARGET)
    shifted = expected[-1] - expected[-1].max()
    assert_close(log_p, shifted - np.log(np.exp(shifted).sum()), "log p", 1e-12)


@every_variant
def test_it_is_explained_and_printed_backwards(name):
    tables, variant = model(name)
    loss = named("loss", squared(transformer(traced(tables), SOURCE, TARGET, **variant)))
    where = "decoder / layer 2 / self-attention / heads / "
    record = steps(loss)
    scores = next(s for n, s in record.items() if n.startswith(where) and "scores" in n)
    # Heads that share a key disagree with it about their words, so they have none.
    head = 1 if name == "grouped heads" else "head 2"
    row = max(scores.shape[-2] - 2, 0)
    formula = explain(scores, head, row, 1, depth=1).formula
    assert value_of(formula) == pytest.approx(scores.value[1, row, 1], rel=1e-12)
    program = backward_source(loss)
    ran, grads = program.run(), gradients(loss)
    for step in ("embedding", "decoder / layer 1 / self-attention / W_Q"):
        *where, last = step.split(" / ")
        printed = program.names[" / ".join([*where, f"grad_{last}"])]
        assert_close(ran[printed], grads[step], step, 1e-12)


# Beside oracles that are not ours


def heads(seed=0, n_query=4, n_key=4, shared=N_HEADS):
    rng = np.random.default_rng(seed)
    query = draw(rng, 2, N_HEADS, n_query, D_K)
    return query, draw(rng, 2, shared, n_key, D_K), draw(rng, 2, shared, n_key, 5)


def torchs(*arrays, **options):
    tensors = [torch.tensor(a) for a in arrays]
    return torch.nn.functional.scaled_dot_product_attention(*tensors, **options)


def test_alibi_is_torchs_attention_with_the_papers_bias():
    """Slopes 2^(-8/h), 2^(-16/h), …; m · (j - i), as Press et al. write it."""
    arrays, i = heads(n_query=6, n_key=6), torch.arange(6.0, dtype=torch.float64)
    m = torch.tensor([2 ** (-8 * h / N_HEADS) for h in (1, 2, 3)], dtype=torch.float64)
    bias = m[:, None, None] * (i[None, :] - i[:, None])
    assert_close(alibi(*arrays), torchs(*arrays, attn_mask=bias), "output")


def test_rotary_is_a_product_of_complex_numbers_and_knows_only_differences():
    query, key, value = heads(n_query=6, n_key=6)
    half = D_K // 2
    turn = np.exp(1j * np.outer(np.arange(6), 10000.0 ** (-np.arange(half) / half)))

    def as_complex(rows):
        z = (rows[..., :half] + 1j * rows[..., half:]) * turn
        return np.concatenate([z.real, z.imag], axis=-1)

    expected = torchs(as_complex(query), as_complex(key), value)
    assert_close(rotary(query, key, value), expected, "output")
    later = [turned(a, np.arange(6) + 11) for a in (query, key)]
    now = [turned(a, np.arange(6)) for a in (query, key)]
    assert_close(later[0] @ later[1].mT, now[0] @ now[1].mT, "scores", 1e-12)


def test_a_learned_bias_and_shared_heads_are_torchs():
    query, key, value = heads(n_query=6, n_key=6)
    table, i = draw(np.random.default_rng(3), N_HEADS, 3), np.arange(6)
    bias = np.zeros((N_HEADS, 6, 6))
    for h, q, k in np.ndindex(bias.shape):
        bias[h, q, k] = table[h, min(max(i[q] - i[k], 0), 2)]
    found = t5(query, key, value, by_distance=table)
    expected = torchs(query, key, value, attn_mask=torch.tensor(bias))
    assert_close(found, expected, "T5")
    query, key, value = heads(shared=1)
    expected = torchs(query, key, value, enable_gqa=True)
    assert_close(grouped(query, key, value), expected, "grouped")
    assert_close(attend(query, key, value), expected, "one for all")


def test_a_scale_is_torchs():
    arrays = heads()
    assert_close(attend(*arrays, scale=0.3), torchs(*arrays, scale=0.3), "output")


def test_heads_may_have_masks_of_their_own():
    rng = np.random.default_rng(0)
    sizes = {"W_Q": (3, 5, 4), "W_K": (3, 5, 4), "W_V": (3, 5, 2)}
    tables = {name: draw(rng, *size) for name, size in sizes.items()}
    tables["W_O"], x = np.eye(6), draw(rng, 2, 7, 5)
    mask = rng.random((2, 3, 7, 7)) < 0.6
    found = multi_head_attention(x, x, x, **tables, mask=mask)
    for h in range(3):
        one = {n: t[h : h + 1] for n, t in tables.items() if n != "W_O"}
        alone = multi_head_attention(x, x, x, **one, W_O=np.eye(2), mask=mask[:, h])
        assert_close(found[..., 2 * h : 2 * h + 2], alone, f"head {h + 1}", 1e-13)


def test_plain_positions_are_the_default():
    tables, _ = model("plain")
    expected = transformer(tables, SOURCE, TARGET)
    given = transformer(tables, SOURCE, TARGET, encoding=positional_encoding)
    np.testing.assert_array_equal(given, expected)
    places = tables | {"position": positional_encoding(np.arange(9), 5)}
    assert_close(transformer(places, SOURCE, TARGET), expected, "a table of them", 1e-14)


# Refused


def test_what_a_variant_does_not_know_is_named():
    tables, _ = model("T5's table")
    with pytest.raises(TypeError, match="attend takes no by_distance; its arguments are"):
        transformer(tables, SOURCE, TARGET)
    with pytest.raises(TypeError, match="attention is 'rotary'; it must be a function"):
        transformer(model("plain")[0], SOURCE, TARGET, attention="rotary")


def test_heads_that_cannot_be_shared_out_are_named():
    tables = {n: t for n, t in model("plain")[0]["encoder"]["layer 1"].items()}
    W = dict(tables["self-attention"])
    W["W_Q"] = np.concatenate([W["W_Q"]] * 2)
    W["W_O"], x = np.concatenate([W["W_O"]] * 2), draw(np.random.default_rng(0), 4, 5)
    with pytest.raises(ShapeError, match="6 heads ask and 3 can be looked at"):
        multi_head_attention(x, x, x, **W)
    assert multi_head_attention(x, x, x, **W, attention=grouped).shape == (4, 5)
    W["W_K"] = W["W_K"][:2]
    with pytest.raises(ShapeError, match="the same number of heads"):
        multi_head_attention(x, x, x, **W, attention=grouped)


def test_a_mask_that_means_two_things_is_refused():
    tables = model("plain")[0]["encoder"]["layer 1"]["self-attention"]
    x = draw(np.random.default_rng(0), 4, 4, 5)  # four sentences of four words
    seen = np.tri(4, dtype=bool)
    with pytest.raises(ShapeError, match=r"could be \(n_query, n_key\) or"):
        multi_head_attention(x, x, x, **tables, mask=seen)
    causal = multi_head_attention(x, x, x, **tables, mask=seen[np.newaxis])
    padded = multi_head_attention(x, x, x, **tables, mask=seen[:, np.newaxis])
    assert np.abs(causal - padded).max() > 0.01
    alone = multi_head_attention(x[0], x[0], x[0], **tables, mask=seen)
    assert_close(causal[0], alone, "one sentence", 1e-13)
    transformer(model("plain")[0], np.ones((4, 4), int), np.ones((4, 4), int))


def test_a_place_without_a_row_is_named():
    tables, variant = model("learned places, no √d")
    with pytest.raises(ValueError, match=r"positions holds 9 at \(9,\); allowed is 0 … 8"):
        transformer(tables, np.ones(10, int), TARGET, **variant)
    tables["position"] = tables["position"][:, :4]
    with pytest.raises(ShapeError, match=r"encoding \(9, 4\) must have d_model = 5"):
        transformer(tables, SOURCE, TARGET, **variant)


@pytest.mark.parametrize("wrong", ["Layer 1", "layer1", "layer 01", "layers"])
def test_a_stack_without_layers_is_no_empty_encoder(wrong):
    tables, _ = model("plain")
    tables["encoder"] = {wrong: tables["encoder"]["layer 1"]}
    with pytest.raises(ValueError, match="a stack holds 'layer 1', 'layer 2', …"):
        transformer(tables, SOURCE, TARGET)


def test_layers_are_taken_in_the_order_of_their_numbers():
    sizes = shapes(23, d_model=5, n_heads=2, d_k=3, d_v=2, d_ff=7, n_layers=11)
    tables = starting_values(np.random.default_rng(0), sizes)
    expected = transformer(tables, SOURCE, TARGET)
    tables["encoder"] = dict(sorted(tables["encoder"].items()))  # "layer 10" second
    np.testing.assert_array_equal(transformer(tables, SOURCE, TARGET), expected)
    del tables["encoder"]["layer 4"]
    with pytest.raises(ValueError, match="a stack holds"):
        transformer(tables, SOURCE, TARGET)


@pytest.mark.parametrize("part", ["norm 1", "feed-forward", "self-attention"])
def test_a_missing_part_is_named(part):
    tables, _ = model("plain")
    del tables["decoder"]["layer 2"][part]
    with pytest.raises(KeyError, match=part):
        transformer(tables, SOURCE, TARGET)
    memory = encode_source(tables, SOURCE)
    with pytest.raises(KeyError, match=f"start_cache.*{part}"):
        start_cache(tables, memory)


def test_a_block_of_ones_own_meets_the_tables_of_the_layer():
    def twice(where, x, sublayer, gain, bias):
        return post_norm(
            where, post_norm(where, x, sublayer, gain, bias), sublayer, gain, bias
        )

    tables, _ = model("plain")
    assert transformer(tables, SOURCE, TARGET, block=twice).shape == (4, 23)
