"""Answers to the exercises of heads, masks and layers, and what is said of them.

The kill matrix holds every mistake that an exercise knows to its own sentence. Here stand
answers that were once taken, refused or explained wrongly, as somebody would write them.
"""

import math
import re

import numpy as np
import pytest
import torch

from tfmath import attention_head, causal_mask, multi_head_attention, padding_mask, softmax
from tfmath import layer_norm as our_norm
from tfmath import scaled_dot_product_attention as attention
from tfmath.parts.masks import both
from tfmath.practice import check, decoder_layer, encoder_layer, many_heads, masks
from tfmath.practice.stored import exercises_of
from tfmath.practice.trials import trials_of

SUBJECTS = ("many_heads", "masks", "encoder_layer", "decoder_layer")
EVERY = {f"{s}.{n}": e for s in SUBJECTS for n, e in exercises_of(s).items()}


def each_head(x, W_Q, W_K, W_V, divisor=None):
    tables = zip(W_Q, W_K, W_V, strict=True)
    roots = math.sqrt(W_Q.shape[2]) if divisor is None else divisor
    return [softmax(x @ q @ (x @ k).T / roots) @ (x @ v) for q, k, v in tables]


def halved(x, W_Q, W_K, W_V, W_O):
    return np.concatenate(each_head(x, W_Q, W_K, W_V, divisor=2), axis=-1) @ W_O


def one_below_the_other(x, W_Q, W_K, W_V, W_O):
    return np.concatenate(each_head(x, W_Q, W_K, W_V)) @ W_O


def added(x, W_Q, W_K, W_V, W_O):
    return sum(each_head(x, W_Q, W_K, W_V)) @ W_O


def two_heads(x, W_Q, W_K, W_V, W_O):
    pair = [attention_head(x, x, x, W_Q[i], W_K[i], W_V[i]) for i in (0, 1)]
    return np.concatenate(pair, axis=1) @ W_O


def keys_ask(x, W_Q, W_K, W_V, W_O):
    heads = [attention_head(x, x, x, *t) for t in zip(W_K, W_Q, W_V, strict=True)]
    return np.concatenate(heads, axis=1) @ W_O


def cut_up(x, W_Q, W_K, W_V, W_O):
    wide = [x @ np.concatenate(list(W), axis=1) for W in (W_Q, W_K, W_V)]
    query, key, value = (w.reshape(len(W_Q), len(x), -1) for w in wide)
    return attention(query, key, value).swapaxes(0, 1).reshape(len(x), -1) @ W_O


def mixed_up(x, W_Q, W_K, W_V, W_O):
    return attention(x @ W_Q, x @ W_K, x @ W_V).reshape(len(x), -1) @ W_O


def slices(x, W_Q, W_K, W_V, W_O):
    parts = np.split(x, len(W_Q), axis=1)
    heads = [attention(p @ W_Q[i], p @ W_K[i], p @ W_V[i]) for i, p in enumerate(parts)]
    return np.concatenate(heads, axis=1) @ W_O


def a_little_more(scores, mask):
    hidden = np.where(mask, scores, -np.inf)
    grown = np.exp(hidden - np.where(mask, scores, -1e99).max(-1, keepdims=True))
    return grown / (grown.sum(axis=-1, keepdims=True) + 1e-6)


def norm_with(mean=True, keep=True, gains=True, biases=True):
    def norm(x, gain, bias):
        x = x - x.mean(axis=-1, keepdims=keep) * mean
        deviation = np.sqrt(x.var(axis=-1, keepdims=keep) + 1e-5)
        return x / deviation * (gain if gains else 1) + (bias if biases else 0)

    return norm


def network_with(bend):
    return lambda x, W_1, b_1, W_2, b_2: bend(x @ W_1 + b_1) @ W_2 + b_2


def cross_with(divisor=None, weigh=softmax, value=lambda x, memory: memory):
    def head(x, memory, W_Q, W_K, W_V):
        root = math.sqrt(W_Q.shape[1]) if divisor is None else divisor(W_Q, W_V)
        return weigh(x @ W_Q @ (memory @ W_K).T / root) @ (value(x, memory) @ W_V)

    return head


def writing(begin=None, stop=None, row=slice(None), keep_end=True):
    def write(step, start, end, longest):
        ids, last = [start if begin is None else begin], end if stop is None else stop
        for _ in range(longest):
            word = int(np.argmax(step(ids)[row]))
            if word == last and not keep_end:
                break
            ids.append(word)
            if word == last:
                break
        return ids

    return write


WRONG = [
    (
        many_heads.SPLIT,
        lambda wide, n_heads: wide.reshape(2, 6, 4),
        "the chapter's wrong way",
    ),
    (many_heads.MULTI_HEAD, halved, "√4 from the chapter"),
    (many_heads.MULTI_HEAD, one_below_the_other, "side by side"),
    (many_heads.MULTI_HEAD, added, "side by side"),
    (many_heads.MULTI_HEAD, two_heads, "always two heads"),
    (many_heads.MULTI_HEAD, keys_ask, "queries and keys are swapped"),
    (many_heads.MULTI_HEAD, cut_up, "split by reshape alone"),
    (many_heads.MULTI_HEAD, mixed_up, "joined by reshape alone"),
    (many_heads.MULTI_HEAD, slices, "every head reads all of x"),
    (masks.MASKED_SOFTMAX, a_little_more, "1e-06 is added to every sum"),
    (masks.MASK_OF, lambda ids: both(causal_mask(8), padding_mask(ids)), "both: mask"),
    (
        masks.MASK_OF,
        lambda ids: causal_mask(len(ids)) & (np.outer(ids, ids) > 0),
        "rows of",
    ),
    (encoder_layer.ALIKE, 3, "seed 0"),
    (encoder_layer.LAYER_NORM, norm_with(gains=False), "the gain is left out"),
    (encoder_layer.LAYER_NORM, norm_with(biases=False), "the bias is left out"),
    (encoder_layer.LAYER_NORM, norm_with(mean=False), "the mean is not subtracted"),
    (encoder_layer.LAYER_NORM, norm_with(keep=False), "keepdims=True"),
    (encoder_layer.FEED_FORWARD, network_with(lambda z: max(0, z)), "np.maximum(z, 0)"),
    (decoder_layer.CROSS_ATTENTION, cross_with(lambda Q, V: math.sqrt(3)), "√3"),
    (decoder_layer.CROSS_ATTENTION, cross_with(lambda Q, V: Q.shape[1]), "by its root"),
    (decoder_layer.CROSS_ATTENTION, cross_with(lambda Q, V: V.shape[1] ** 0.5), "√d_v"),
    (decoder_layer.CROSS_ATTENTION, cross_with(weigh=lambda s: s), "softmax is missing"),
    (decoder_layer.CROSS_ATTENTION, cross_with(value=lambda x, m: x), "values come from x"),
    (decoder_layer.WRITE, writing(begin=1, stop=2), "the chapter's start and end"),
    (decoder_layer.WRITE, writing(row=-1), "[-1] is too much"),
    (decoder_layer.WRITE, writing(keep_end=False), "<end> is missing"),
]


def by_torch(x, gain, bias):
    x, gain, bias = (torch.tensor(a, dtype=torch.float32) for a in (x, gain, bias))
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, bias)


def in_float32(x, gain, bias):
    return our_norm(*(a.astype(np.float32) for a in (x, gain, bias)))


def hidden_later(scores, mask):
    weights = softmax(np.where(mask, scores, -1e9))
    return np.where(mask, weights, 0)


RIGHT = [
    (many_heads.MULTI_HEAD, lambda x, *W: multi_head_attention(x, x, x, *W)),
    (masks.MASKED_SOFTMAX, hidden_later),
    (masks.MASK_OF, lambda ids: [[j <= i and ids[j] > 0 for j, _ in enumerate(ids)]
                                 for i, _ in enumerate(ids)]),
    (encoder_layer.LAYER_NORM, by_torch),
    (encoder_layer.LAYER_NORM, in_float32),
    (encoder_layer.FEED_FORWARD, network_with(lambda z: np.where(z > 0, z, 0))),
    (decoder_layer.CROSS_ATTENTION, cross_with()),
    (decoder_layer.WRITE, writing()),
]  # fmt: skip


@pytest.mark.parametrize("exercise, answer, says", WRONG)
def test_what_is_wrong_is_told_why(exercise, answer, says):
    verdict = check(exercise, answer)
    assert verdict.state == "wrong" and says in verdict.text
    assert "matmul" not in verdict.text and "should be (" not in verdict.text


@pytest.mark.parametrize("exercise, answer", RIGHT)
def test_what_is_right_another_way_passes(exercise, answer):
    assert check(exercise, answer).text == "Right."


# Laws -----------------------------------------------------------------------------------


def leaving_a_trace(scores, mask):
    return softmax(scores, mask) + 1e-15 * ~mask


def noticing(scores, mask):
    return softmax(scores, mask) * (1 + 1e-13 * np.tanh((scores * ~mask).sum()))


@pytest.mark.parametrize(
    "answer, says",
    [(leaving_a_trace, "must be 0, not only very small"), (noticing, "it still counts")],
)
def test_numbers_may_be_right_and_a_law_broken(answer, says):
    verdict = check(masks.MASKED_SOFTMAX, answer)
    assert verdict.text.startswith("Not yet: its numbers are right, but")
    assert says in verdict.text


def test_padding_stands_in_front_in_the_middle_and_at_the_end():
    tried = [ids for (ids,) in trials_of(masks.MASK_OF)]
    assert {(ids[0] == 0, ids[-1] == 0) for ids in tried} == {
        (True, False),
        (False, False),
        (False, True),
    }
    assert all((ids == 0).any() and len(set(ids)) < len(ids) for ids in tried)


def test_a_row_that_may_look_at_nothing_and_thousands_are_tried():
    tried = trials_of(masks.MASKED_SOFTMAX)
    assert 0 < sum(not mask.any(axis=1).all() for _, mask in tried) < len(tried)
    assert any(abs(scores).min() > 900 for scores, _ in tried)


def test_the_loop_ends_by_itself_or_is_cut_off_on_either_side_of_eight():
    tried = trials_of(decoder_layer.WRITE)
    lengths = [len(decoder_layer.WRITE.answer(*inputs)) - 1 for inputs in tried]
    stopped = [n == inputs[3] for n, inputs in zip(lengths, tried, strict=True)]
    assert min(lengths) < 8 < max(lengths) and 0 < sum(stopped) < len(stopped)
    assert {(start, end) for _, start, end, _ in tried} != {(1, 2)}


# Questions ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_question_asks_one_thing_and_says_in_which_form(name):
    question = EVERY[name].question
    assert question.count("?") + question.startswith("Write my_") == 1
    if not EVERY[name].inputs:
        form = "whole number|decimals|a pair|1 or 2"
        assert re.search(form, question), question


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_chapter_has_five_exercises_and_hints_in_steps(subject):
    exercises = exercises_of(subject).values()
    assert len(exercises) >= 5
    assert all(len(exercise.hints) >= 2 for exercise in exercises)
