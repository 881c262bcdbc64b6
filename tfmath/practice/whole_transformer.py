"""Exercises of the whole Transformer: how many numbers it holds, how much work it does."""

from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.scaling import attention_multiply_adds

# Pencil ---------------------------------------------------------------------------------


def _tables(d_model, n_heads, d_k, d_v):
    """How many numbers W_Q, W_K and W_V hold, and how many W_O."""
    return n_heads * d_model * (2 * d_k + d_v), n_heads * d_v * d_model


TABLES = Exercise(
    "d_model = 4, 2 heads, d_k = 5, d_v = 3, no biases. How many numbers do W_Q, W_K and "
    "W_V hold together, and how many does W_O hold? As a pair of whole numbers.",
    _tables(4, 2, 5, 3),
    (
        Mistake((52, 24), "you count W_Q, W_K and W_V of one head; there are two"),
        Mistake((52, 12), "you count one head; there are two"),
        Mistake((104, 12), "W_O is given one head's rows, d_v, not n_heads · d_v"),
        Mistake((104, 48), "W_O is counted for each head; there is one for all"),
        Mistake((104, 16), "W_O is taken to be d_model wide and long; it has h · d_v rows"),
        Mistake((104, 40), "W_O is given n_heads · d_k rows; the heads give d_v each"),
        Mistake((120, 24), "W_V is taken to be as wide as W_Q and W_K: d_k for d_v"),
        Mistake((120, 40), "d_v is not used: every table is taken to be d_k wide"),
        Mistake((88, 40), "d_k and d_v are swapped"),
        Mistake((80, 24), "W_V is left out"),
        Mistake((64, 24), "W_K is left out: it holds as many as W_Q"),
        Mistake((96, 24), "every table is taken to be d_model wide"),
        Mistake((130, 28), "biases are counted too; here are none"),
        Mistake((24, 104), "the two are given in the other order"),
        Mistake((104, 0), "W_O is left out: n_heads · d_v rows, d_model columns"),
        Mistake(104 + 24, "you add the two up; they are asked for one after the other"),
        Mistake(104, "you leave W_O out: it is the second number of the pair"),
    ),
    (
        "One head: 4 · 5 for W_Q, 4 · 5 for W_K, 4 · 3 for W_V. There are two.",
        "W_O takes the heads side by side: 2 · 3 rows, 4 columns.",
        "(2 · (20 + 20 + 12), 6 · 4)",
    ),
    tolerance=0,
)

PRODUCT = Exercise(
    "How many multiply-adds does (3 × 4) · (4 × 2) take? A whole number.",
    3 * 4 * 2,
    (
        Mistake(6, "you count the numbers of the result; each takes 4 products"),
        Mistake(4, "you count the products of one number of the result; there are six"),
        Mistake(8, "you count one row of the result; there are three"),
        Mistake(12, "you count one column of the result; there are two"),
        Mistake(
            24 + 18,
            "multiplications (24) and additions (18) are counted apart; one multiply-add "
            "is both",
        ),
        Mistake(18, "you count additions: adding up 4 products takes 3"),
        Mistake(
            48, "you count every multiply-add twice: each is one product and one addition"
        ),
        Mistake(20, "you count the numbers of the two tables"),
        Mistake(26, "you count the numbers of all three tables"),
        Mistake(96, "you multiply all four sizes; the inner one counts once"),
        Mistake(36, "you take 3 · 4 · 3: the result has 3 rows and 2 columns"),
        Mistake(16, "you take 4 · 2 · 2: the result has 3 rows and 2 columns"),
        Mistake(9, "you add 3, 4 and 2; they are multiplied"),
    ),
    (
        "The result has 3 · 2 numbers.",
        "Each of them is a sum of 4 products.",
        "3 · 4 · 2",
    ),
    tolerance=0,
)

LAYER = Exercise(
    "By the rule 12 d² a layer of an encoder with d = 10 holds 1200 numbers. How many does "
    "a layer of a decoder hold by the same count? A whole number.",
    (4 + 4 + 8) * 10**2,
    (
        Mistake(1200, "you count the encoder's layer; a decoder's has two attentions"),
        Mistake(2400, "you double all of it; the feed-forward network is there once"),
        Mistake(2000, "you count three attentions; a decoder's layer has two"),
        Mistake(800, "you leave the feed-forward network out: 8 d²"),
        Mistake(400, "you count what one more attention brings: add it to the 1200"),
        Mistake(160, "d is not squared"),
        Mistake(16, "you count in d²: put d = 10 in"),
        Mistake(1500, "the second attention's W_O is left out: it has 4 d², not 3"),
        Mistake(1400, "cross-attention is given two tables; it has four of its own"),
    ),
    (
        "What does a decoder's layer have that an encoder's has not?",
        "One attention more, with its own W_Q, W_K, W_V and W_O: 4 d².",
        "(4 + 4 + 8) · 10²",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _work(n_query, n_key, d_model, n_heads, d_k, d_v):
    parts = attention_multiply_adds(n_query, n_key, d_model, n_heads, d_k, d_v)
    return sum(parts.values())


def _without(*parts):
    def wrong(*of):
        counts = attention_multiply_adds(*of)
        return sum(count for part, count in counts.items() if part not in parts)

    return wrong


def _with(change):
    """The right count of other sizes."""
    return lambda *of: _work(*change(*of))


def _plus(more):
    """The right count, and something that does not belong to it."""
    return lambda *of: _work(*of) + more(*of)


def _product(n, k, m):
    return n * k * m


def _product_by_product(n_query, n_key, d_model, n_heads, d_k, d_v):
    total = 0
    for _ in range(n_heads):
        total += _product(n_query, d_model, d_k) + _product(n_key, d_model, d_k)
        total += _product(n_key, d_model, d_v) + _product(n_query, d_k, n_key)
        total += _product(n_query, n_key, d_v)
    return total + _product(n_query, n_heads * d_v, d_model)


WORK = Exercise(
    "Write my_work(n_query, n_key, d_model, n_heads, d_k, d_v): how many multiply-adds "
    "multi-head attention takes, one whole number.",
    _work,
    (
        Mistake(_without("W_O"), "W_O is left out"),
        Mistake(_without("query, key, value"), "the projections are left out"),
        Mistake(_without("weights @ value"), "the weighing of the values is left out"),
        Mistake(_without("scores"), "the scores are left out"),
        Mistake(
            _without("W_O", "query, key, value"),
            "you count the pairs alone, not the projections and W_O",
        ),
        Mistake(
            _without("scores", "weights @ value"),
            "you count the tables alone: scores and weighing are products too",
        ),
        Mistake(_with(lambda q, k, d, h, *of: (q, k, d, 1, *of)), "you count one head"),
        Mistake(
            lambda q, k, d, h, d_k, d_v: (
                _work(q, k, d, 1, d_k, d_v) + q * (h - 1) * d_v * d
            ),
            "the heads count in W_O alone; each has projections and scores as well",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: q * d_v * d * (1 - h)),
            "W_O is given one head's rows, d_v, not n_heads · d_v",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: q * h * d_v * d * (h - 1)),
            "W_O is counted for each head; there is one for all",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: q * d * (d - h * d_v)),
            "W_O is taken to be d_model wide and long; it has n_heads · d_v rows",
        ),
        Mistake(
            _with(lambda q, k, *of: (q, q, *of)),
            "the keys are taken to be as many as the queries",
        ),
        Mistake(
            _with(lambda q, k, *of: (k, k, *of)),
            "the queries are taken to be as many as the keys",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: h * d * (q - k) * (d_k + d_v)),
            "keys and values are counted with n_query rows; they have n_key",
        ),
        Mistake(
            _with(lambda q, k, d, h, d_k, d_v: (q, k, d, h, d_k, d_k)),
            "the values are taken to be as wide as the keys",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: h * q * k * (d - d_k)),
            "a score is taken to multiply d_model numbers; it is d_k of them",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: h * q * k),
            "the softmax is counted as well; it is no matrix product",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: h * d_v * d * (k - q)),
            "W_O is counted with n_key rows; it has one for each query",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: h * q * k * (d_k * d_v - d_k - d_v)),
            "the work of the scores is multiplied by that of the weighing; it is added",
        ),
        Mistake(
            lambda q, k, d, h, d_k, d_v: 2 * q * k * d,
            "you take 2 n² d, the pairs of heads that are together d_model wide",
        ),
        Mistake(
            lambda q, k, d, h, d_k, d_v: 4 * q * d * d + 2 * q * k * d,
            "the heads are taken to be together d_model wide; they need not be",
        ),
        Mistake(
            _plus(lambda q, k, d, h, d_k, d_v: (1 - h) * q * k * (d_k + d_v)),
            "scores and weighing are counted for one head; each head has its own",
        ),
        Mistake(
            lambda q, k, d, h, d_k, d_v: h * d * (2 * d_k + 2 * d_v),
            "you count the numbers of the tables; each works once for every row",
        ),
        Mistake(lambda *of: 2 * _work(*of), "every multiply-add is counted as two"),
        Mistake(
            lambda *of: list(attention_multiply_adds(*of).values()),
            "you give the parts one by one; their sum is asked for",
        ),
    ),
    (
        "(n × d) · (d × k) takes n · d · k.",
        "Queries: n_query · d_model · d_k. Keys and values: n_key rows.",
        "Scores: n_query · d_k · n_key. All but W_O is done by every head.",
    ),
    lambda rng: sizes(rng, 6, most=12),
    forms=(
        _product_by_product,
        lambda q, k, d, h, d_k, d_v: h * (d_k + d_v) * (d * (q + k) + q * k),
        lambda *of: float(_work(*of)),
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _share_of_pairs(n):
    """In the paper's encoder layer: scores and weighing, as a part of all its work."""
    parts = attention_multiply_adds(n, n, d_model=512, n_heads=8, d_k=64, d_v=64)
    total = sum(parts.values()) + 2 * n * 512 * 2048
    return (parts["scores"] + parts["weights @ value"]) / total


CROSSING = Exercise(
    "From how many words on do pairs take more than half of the work in the paper's "
    "encoder layer? A whole number.",
    next(n for n in range(1, 10_000) if _share_of_pairs(n) > 0.5),
    (
        Mistake(3072, "you stop where it is exactly one half"),
        *(
            Mistake(n, "you stop too early: it is less than a half there")
            for n in (100, 1000, 2000, 3000, 3070, 3071)
        ),
        *(
            Mistake(n, "It is over a half there, but with fewer words too: close in.")
            for n in (3074, 3075, 3080, 3100, 3200, 3500, 4000, 5000, 6000, 6144, 10_000)
        ),
        Mistake(6145, "you count pairs once; scores and values are two products"),
        Mistake(2049, "you leave the projections and W_O out"),
        Mistake(1025, "you leave the feed-forward network out"),
        Mistake(73729, "that is GPT-3's layer; the paper's is 512 wide"),
        Mistake(512, "you take as many words as columns; the network works too"),
        Mistake(513, "you compare n² with n d; the network and the projections work too"),
    ),
    (
        "Try n = 1000, 2000, 4000, and close in.",
        "Scores and values cost 2 n² d, all else 12 n d².",
        "They are equal at n = 6 d.",
    ),
    tolerance=0,
)
