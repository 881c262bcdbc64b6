"""Answers as readers have written them, and what each must be told.

`tests/test_practice.py` tries every exercise with the mistakes and forms it knows. Here
stand whole answers, copied from a chapter or written from it alone, that were once refused
though right, accepted though wrong, or told a wrong reason.
"""

import numpy as np
import pytest
import torch

from tfmath.practice import (
    answers,
    backwards,
    decoding,
    four_witnesses,
    several_processes,
    slopes,
    training,
)
from tfmath.practice import whole_transformer as whole

# Right ----------------------------------------------------------------------------------


def clip_if_longer(gradient, max_norm):
    length = np.linalg.norm(gradient)
    return gradient if length <= max_norm else gradient * max_norm / length


def clip_as_pytorch(gradient, max_norm):
    length = np.sqrt(np.sum(gradient * gradient))
    return gradient * min(1, max_norm / (length + 1e-6))


def key_by_pytorch(grad_output, query, key, value, weights):
    theirs = [torch.tensor(array, requires_grad=True) for array in (query, key, value)]
    output = torch.nn.functional.scaled_dot_product_attention(*theirs)
    output.backward(torch.tensor(grad_output))
    return theirs[1].grad


def nucleus_in_pytorch(probabilities, p):
    best, ids = torch.sort(torch.tensor(probabilities), descending=True)
    kept = torch.cumsum(best, 0) - best < p
    found = torch.zeros_like(best)
    found[ids[kept]] = best[kept]
    return found / found.sum()


def greedy_with_arrays(step, start, end, max_length):
    ids = np.array([start])
    while len(ids) <= max_length:
        ids = np.append(ids, np.exp(step(ids)).argmax())
        if ids[-1] == end:
            return ids
    return ids


def share_in_pytorch(rank, x, W_1, b_1, W_2):
    x, W_1, b_1, W_2 = map(torch.tensor, (x, W_1, b_1, W_2))
    W, b, V = W_1.chunk(2, 1)[rank], b_1.chunk(2)[rank], W_2.chunk(2)[rank]
    return torch.relu(x @ W + b) @ V


@pytest.fixture(autouse=True, scope="module")
def pytorch_is_awake():
    """Its first walk back takes seconds, as long as an answer may take in all."""
    shapes = (3, 2), (3, 4), (5, 4), (5, 2)
    key_by_pytorch(*(np.ones(shape) for shape in shapes), None)


RIGHT = [
    (slopes.LOGITS, np.float32([0.5, -0.7, 0.2])),
    (slopes.LOGITS, torch.tensor([0.5, -0.7, 0.2])),
    (backwards.GRAD_KEY, key_by_pytorch),
    (training.CLIP, clip_if_longer),
    (training.CLIP, clip_as_pytorch),
    (decoding.TOP_P, nucleus_in_pytorch),
    (decoding.GREEDY, greedy_with_arrays),
    (four_witnesses.STORED, "163/64"),
    (four_witnesses.STORED, 2.547),
    (several_processes.SHARE, share_in_pytorch),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_is_right(exercise, answer):
    assert answers.judged(exercise, answer).text == "Right."


# Wrong ----------------------------------------------------------------------------------


def work_of_one_head(n_query, n_key, d_model, n_heads, d_k, d_v):
    projections = d_model * (n_query * d_k + n_key * d_k + n_key * d_v)
    return projections + n_query * n_key * (d_k + d_v) + n_query * d_v * d_model


def key_as_in_the_chapter(grad_output, query, key, value, weights):
    grad_weights = grad_output @ value.T
    average = np.sum(grad_weights * weights, axis=1, keepdims=True)
    grad_scores = weights * (grad_weights - average)
    return grad_scores.T @ query / 2


def key_as_found_in_the_chapter(grad_output, query, key, value, weights):
    grad_weights = grad_output @ value.T
    average = np.sum(grad_weights * weights, axis=1, keepdims=True)
    grad_scores = weights * (grad_weights - average) / query.shape[1] ** 0.5
    return grad_scores @ query


def adam(w, g, m, v, t, rate, under=0.0, beside=0.0):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - rate * m_hat / (np.sqrt(v_hat + under) + beside)


def adam_as_in_the_table(w, g, m, v, t, rate):
    return adam(w, g, m, v, t, rate)


def adam_with_epsilon_under_the_root(w, g, m, v, t, rate):
    return adam(w, g, m, v, t, rate, under=1e-8)


def clip_by_the_largest(gradient, max_norm):
    if np.abs(gradient).max() > max_norm:
        return gradient * max_norm / np.linalg.norm(gradient)
    return gradient


def two_words(probabilities, p):
    best = np.argsort(-probabilities)[:2]
    kept = np.zeros_like(probabilities)
    kept[best] = probabilities[best]
    return kept / kept.sum()


def passed(probabilities, p):
    kept, total = np.zeros_like(probabilities), 0.0
    for i in np.argsort(-probabilities):
        kept[i], total = probabilities[i], total + probabilities[i]
        if total > p:
            break
    return kept / total


def as_in_the_chapter(step, start, end, max_length):
    ids = [1]
    while ids[-1] != 2 and len(ids) < 9:
        ids.append(int(step(ids).argmax()))
    return ids


def of_the_last_word(step, start, end, max_length):
    ids = [start]
    for _ in range(max_length):
        ids.append(int(step([ids[-1]]).argmax()))
        if ids[-1] == end:
            break
    return ids


def until_the_end(step, start, end, max_length):
    ids = [start]
    while ids[-1] != end:
        ids.append(int(step(ids).argmax()))
    return ids


def for_ever(step, start, end, max_length):
    ids = [start]
    while ids[-1] != end:
        ids.append(int(step([ids[-1]]).argmax()))
    return ids


def of_the_last_row(step, start, end, max_length):
    ids = [start]
    for _ in range(max_length):
        ids.append(int(step(ids)[-1].argmax()))
    return ids


def four_hidden_numbers(rank, x, W_1, b_1, W_2):
    mine = slice(4 * rank, 4 * rank + 4)
    return np.maximum(x @ W_1[:, mine] + b_1[mine], 0) @ W_2[mine]


WRONG = [
    (whole.PRODUCT, 42, "counted apart"),
    (whole.PRODUCT, 48, "every multiply-add twice"),
    (whole.TABLES, (104, 48), "for each head"),
    (whole.WORK, work_of_one_head, "one head"),
    (backwards.GRAD_KEY, key_as_in_the_chapter, "by 2 as in the chapter"),
    (backwards.GRAD_KEY, key_as_found_in_the_chapter, "not transposed"),
    (training.ADAM, 2.32, "not corrected for the start"),
    (training.ADAM_STEP, adam_as_in_the_table, "ε is left out"),
    (training.ADAM_STEP, adam_with_epsilon_under_the_root, "under the root"),
    (training.CLIP, clip_by_the_largest, "one number is too long"),
    (decoding.TEMPERATURE, 0.78, "right to two decimals; three are asked for"),
    (decoding.TEMPERATURE, 0.5, "you give the temperature"),
    (decoding.TOP_P, two_words, "two are kept"),
    (decoding.TOP_P, passed, "a sum that is p does not count"),
    (decoding.GREEDY, as_in_the_chapter, "the chapter's numbers"),
    (decoding.GREEDY, of_the_last_word, "about the last word alone"),
    (decoding.GREEDY, until_the_end, "whatever max_length is"),
    (decoding.GREEDY, for_ever, "is not done after"),
    (decoding.GREEDY, of_the_last_row, "leave the [-1] out"),
    (decoding.BEAM, 2, "dropped the best text"),
    (four_witnesses.MACHINE, 1010, "after the first 6"),
    (several_processes.SHARE, four_hidden_numbers, "four hidden numbers"),
]


@pytest.mark.parametrize(("exercise", "answer", "words"), WRONG)
def test_a_wrong_answer_is_told_why(exercise, answer, words):
    verdict = answers.judged(exercise, answer, seconds=0.5)
    assert verdict.state == "wrong"
    assert words in verdict.text
