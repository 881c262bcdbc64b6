"""Cross-attention and the loop of words done wrongly, for wrong answers to be known by."""

import math

import numpy as np

from tfmath import toy
from tfmath.attention.heads import attention_head
from tfmath.parts.masks import causal_mask
from tfmath.parts.softmax import softmax

# Cross-attention ------------------------------------------------------------------------


def _head(divisor=None, weigh=softmax):
    """One head that does one thing otherwise."""

    def head(x, memory, W_Q, W_K, W_V):
        scale = math.sqrt(W_Q.shape[1]) if divisor is None else divisor(x, memory, W_Q, W_V)
        return weigh(x @ W_Q @ (memory @ W_K).T / scale) @ (memory @ W_V)

    return head


DIVISORS = {
    "the scores are not divided by √d_k": lambda x, memory, W_Q, W_V: 1,
    "√4 from the chapter stands in it; take the width of W_Q": (
        lambda x, memory, W_Q, W_V: 2
    ),
    "√3 from the chapter stands in it, and that is d_v; take the width of W_Q": (
        lambda x, memory, W_Q, W_V: math.sqrt(3)
    ),
    "you divide by √d_model, not by √d_k": (
        lambda x, memory, W_Q, W_V: math.sqrt(x.shape[1])
    ),
    "you divide by d_model, the rows of W_Q; take the root of its columns": (
        lambda x, memory, W_Q, W_V: W_Q.shape[0]
    ),
    "you divide by √d_v, not by √d_k": lambda x, memory, W_Q, W_V: math.sqrt(W_V.shape[1]),
    "you divide by d_k, not by its root; or by the root twice": (
        lambda x, memory, W_Q, W_V: W_Q.shape[1]
    ),
    "you multiply by √d_k instead of dividing": (
        lambda x, memory, W_Q, W_V: W_Q.shape[1] ** -0.5
    ),
    "you divide by the root of the number of source words": (
        lambda x, memory, W_Q, W_V: math.sqrt(len(memory))
    ),
    "you divide by the root of the number of words that ask": (
        lambda x, memory, W_Q, W_V: math.sqrt(len(x))
    ),
}


def _divided(scores):
    return scores / scores.sum(axis=-1, keepdims=True)


def _over_all(scores):
    return np.exp(scores) / np.exp(scores).sum()


def _hardest(scores):
    return np.eye(scores.shape[1])[scores.argmax(axis=1)]


WRONG_CROSSING = {because: _head(divisor) for because, divisor in DIVISORS.items()} | {
    "the softmax runs over the target's words instead of the source's": (
        _head(weigh=lambda s: softmax(s.T).T)
    ),
    "the softmax runs over the whole table: each row that asks must sum to 1": (
        _head(weigh=_over_all)
    ),
    "the softmax is missing": _head(weigh=lambda s: s),
    "the scores are divided by their sum, without a power of e": _head(weigh=_divided),
    "the powers of e are not divided by their sum": _head(weigh=np.exp),
    "each word takes the value of its best source word alone": _head(weigh=_hardest),
    "a causal mask hides source words; here nothing is hidden": (
        _head(weigh=lambda s: softmax(s, np.tri(*s.shape) > 0))
    ),
    "causal_mask(5) from the chapter stands in it; here nothing is hidden": (
        _head(weigh=lambda s: softmax(s, causal_mask(5)))
    ),
    "a causal mask of all that ask stands in it; here nothing is hidden": (
        _head(weigh=lambda s: softmax(s, causal_mask(len(s))))
    ),
    "the division comes after the softmax; it comes before": (
        lambda x, memory, W_Q, W_K, W_V: (
            softmax(x @ W_Q @ (memory @ W_K).T) / math.sqrt(W_Q.shape[1]) @ (memory @ W_V)
        )
    ),
    "x is added already; that is the sum around the attention": (
        lambda x, memory, *W: x + attention_head(x, memory, memory, *W)
    ),
    "the encoder asks and the decoder is asked: x and memory are exchanged": (
        lambda x, memory, *W: attention_head(memory, x, x, *W)
    ),
    "x looks at itself: that is self-attention": (
        lambda x, memory, *W: attention_head(x, x, x, *W)
    ),
    "x looks at itself through a causal mask: that is the sublayer before": (
        lambda x, memory, *W: attention_head(x, x, x, *W, mask=np.tri(len(x), dtype=bool))
    ),
    "the memory looks at itself: that is the encoder": (
        lambda x, memory, *W: attention_head(memory, memory, memory, *W)
    ),
    "values come from x; there is none for each source word": (
        lambda x, memory, W_Q, W_K, W_V: softmax(x @ W_Q @ (memory @ W_K).T) @ (x @ W_V)
    ),
    "words of x meet words of memory where they do not fit: scores are query @ key.T, and "
    "key and value both come from memory": (
        lambda x, memory, W_Q, W_K, W_V: softmax(x @ W_Q @ (x @ W_K).T) @ (memory @ W_V)
    ),
    "W_Q and W_K are exchanged": (
        lambda x, memory, W_Q, W_K, W_V: attention_head(x, memory, memory, W_K, W_Q, W_V)
    ),
    "W_K is left out: keys are made with W_Q": (
        lambda x, memory, W_Q, W_K, W_V: attention_head(x, memory, memory, W_Q, W_Q, W_V)
    ),
    "W_V is left out: the rows of memory themselves are mixed": (
        lambda x, memory, W_Q, W_K, W_V: _weights(x, memory, W_Q, W_K) @ memory
    ),
    "the weights are handed over; they still have to weigh the values": (
        lambda x, memory, W_Q, W_K, W_V: _weights(x, memory, W_Q, W_K)
    ),
    "the scores are handed over; softmax and values are to come": (
        lambda x, memory, W_Q, W_K, W_V: _scores(x, memory, W_Q, W_K)
    ),
    "the keys are not turned: key.T gives each of them a column": (
        lambda x, memory, W_Q, W_K, W_V: x @ W_Q @ (memory @ W_K)
    ),
}


def _scores(x, memory, W_Q, W_K):
    return x @ W_Q @ (memory @ W_K).T / math.sqrt(W_Q.shape[1])


def _weights(x, memory, W_Q, W_K):
    return softmax(_scores(x, memory, W_Q, W_K))


# The loop -------------------------------------------------------------------------------


def greedy(step, start, end, longest):
    """What is right: the likeliest word, until <end> or so many words."""
    ids = [start]
    while len(ids) <= longest and (len(ids) == 1 or ids[-1] != end):
        ids.append(int(np.argmax(step(ids))))
    return ids


def _stepping(other):
    """The loop with another step."""
    return lambda step, start, end, longest: greedy(other(step), start, end, longest)


def _without_end(step, start, end, longest):
    ids = greedy(step, start, end, longest)
    return ids[:-1] if ids[-1] == end else ids


def _with_end(step, start, end, longest):
    ids = greedy(step, start, end, longest)
    return ids if ids[-1] == end else [*ids, end]


def _alike_twice(step, start, end, longest):
    """It stops as well when a word comes that was there before."""
    ids = greedy(step, start, end, longest)
    again = [i for i in range(len(ids)) if ids[i] in ids[:i]]
    return ids[: again[0] + 1] if again else ids


def _start_stops(step, start, end, longest):
    ids = greedy(step, start, end, longest)
    return ids[: ids.index(start, 1) + 1] if start in ids[1:] else ids


def _barred(step, start, end, longest):
    def another(ids):
        return np.where(np.arange(len(step(ids))) == start, -np.inf, step(ids))

    return greedy(another, start, end, longest)


def _start_once(step, start, end, longest):
    ids = greedy(step, start, end, longest)
    return [start, *(word for word in ids[1:] if word != start)]


def _until_both(step, start, end, longest):
    ids = [start]
    while len(ids) <= longest or ids[-1] != end:
        ids.append(int(np.argmax(step(ids))))
    return ids


def _without_start(step, start, end, longest):
    ids = greedy(lambda ids: step(ids[1:]), start, end, longest)
    return ids[1:]


def _literally(step):
    """The loop of the chapter, with its numbers."""
    return greedy(step, toy.START, toy.END, 8)


def _appended(step, start, end, longest):
    ids = [start]
    for _ in range(longest):
        ids = ids.append(int(np.argmax(step(ids))))
    return ids


def _scores_for_words(step, start, end, longest):
    ids = [start]
    while len(ids) <= longest:
        ids.append(step(ids).max())
    return ids


WRONG_LOOP = {
    "<start> is missing from the list": lambda *given: greedy(*given)[1:],
    "<end> is missing from the list: it is a word too": _without_end,
    "the last word is always missing, <end> or not": lambda *given: greedy(*given)[:-1],
    "<start> and the last word are missing": lambda *given: greedy(*given)[1:-1],
    "<end> is put at the end, though the model has not written it": _with_end,
    "it never stops at <end>": (
        lambda step, start, end, longest: greedy(step, start, -1, longest)
    ),
    "it does not stop after longest words": (
        lambda step, start, end, longest: greedy(step, start, end, 10**4)
    ),
    "the limit counts <start> as one of the words written": (
        lambda step, start, end, longest: greedy(step, start, end, longest - 1)
    ),
    "it writes one word more than longest": (
        lambda step, start, end, longest: greedy(step, start, end, longest + 1)
    ),
    "it stops after 8 words, as in the chapter; longest says how many": (
        lambda step, start, end, longest: greedy(step, start, end, 8)
    ),
    "the chapter's start and end, 1 and 2, stand in it; take what is handed over": (
        lambda step, start, end, longest: greedy(step, toy.START, toy.END, longest)
    ),
    "the chapter's loop stands in it, with its start, its end and its 8 words": (
        lambda step, start, end, longest: _literally(step)
    ),
    "the chapter's loop stands in it, with its start, its end, its 8 words and its [-1]; "
    "step gives one row": (
        lambda step, start, end, longest: _literally(lambda ids: step(ids)[-1])
    ),
    "ids.append(…) gives nothing back: let it stand alone, without ids =": _appended,
    "the list begins empty, and the model has not seen <start>": _without_start,
    "it stops when both are so, <end> and longest; one of them is enough": _until_both,
    "the chapter's start, 1, stands in it; take what is handed over": (
        lambda step, start, end, longest: greedy(step, toy.START, end, longest)
    ),
    "the chapter's end, 2, stands in it; take what is handed over": (
        lambda step, start, end, longest: greedy(step, start, toy.END, longest)
    ),
    "it stops when a word comes a second time; only <end> stops it": _alike_twice,
    "it stops at <start> as well; only <end> stops it": _start_stops,
    "<start> can never be written again; take the largest score, whosever it is": _barred,
    "<start> is left out where the model writes it again": _start_once,
    "the whole row of scores is appended; np.argmax says which word it means": (
        lambda step, start, end, longest: step([start, step([start])])
    ),
    "the smallest score is taken": _stepping(lambda step: lambda ids: -step(ids)),
    "the largest score is appended; its place, argmax, is the word": _scores_for_words,
    "step(ids)[-1] is the score of the last word of the vocabulary; [-1] is too much: "
    "step gives one row": _stepping(lambda step: lambda ids: step(ids)[-1]),
    "the model sees only the last word, not all so far": (
        _stepping(lambda step: lambda ids: step(ids[-1:]))
    ),
    "the model is given one word, not a list: step(ids)": (
        _stepping(lambda step: lambda ids: step(ids[-1]))
    ),
    "the model sees <start> alone, each time": (
        _stepping(lambda step: lambda ids: step(ids[:1]))
    ),
    "the model does not see <start>": _stepping(lambda step: lambda ids: step(ids[1:])),
    "the model sees the words in the opposite order": (
        _stepping(lambda step: lambda ids: step(ids[::-1]))
    ),
    "only one word is written: the loop is missing, or return stands inside it": (
        lambda step, start, end, longest: greedy(step, start, end, 1)
    ),
    "the last word alone is handed over, not the list": lambda *given: greedy(*given)[-1],
    "the scores of the next word are handed over: the loop is to come": (
        lambda step, start, end, longest: step([start])
    ),
}
