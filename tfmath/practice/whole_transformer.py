"""Exercises of chapter 10: the whole Transformer."""

from tfmath.model.parameters import shapes
from tfmath.practice.answers import Exercise, Mistake
from tfmath.study.scaling import attention_multiply_adds, table_sizes

# Pencil ---------------------------------------------------------------------------------

TABLES = Exercise(
    "d_model = 4, 2 heads, d_k = 3, d_v = 2, no biases. How many numbers do W_Q, W_K, W_V "
    "and W_O hold together?",
    sum(
        size
        for name, size in table_sizes(
            shapes(1, d_model=4, n_heads=2, d_k=3, d_v=2, d_ff=1)
        ).items()
        if name.startswith("encoder / layer 1 / self-attention")
    ),
    (
        Mistake(64, "W_O is left out: n_heads · d_v rows, d_model columns"),
        Mistake(48, "you count one head; there are two"),
        Mistake(40, "you count one head, and a W_O with one head's rows"),
        Mistake(72, "W_O is given d_v = 2 rows, not n_heads · d_v = 4"),
        Mistake(88, "d_v is taken as wide as d_k in W_V"),
        Mistake(32, "you count W_Q, W_K and W_V of one head, and no W_O"),
    ),
    (
        "One head: 4 · 3 for W_Q, 4 · 3 for W_K, 4 · 2 for W_V.",
        "W_O takes the heads side by side: 2 · 2 rows, 4 columns.",
        "2 · (12 + 12 + 8) + 16",
    ),
)

PRODUCT = Exercise(
    "How many multiply-adds does (3 × 4) · (4 × 2) take?",
    24,
    (
        Mistake(6, "you count the numbers of the result; each takes 4 products"),
        Mistake(48, "multiplications and additions are counted apart"),
        Mistake(20, "you count the numbers of the two tables"),
        Mistake(96, "you multiply all four sizes; the inner one counts once"),
    ),
    ("The result has 3 · 2 numbers.", "Each of them is a sum of 4 products."),
)

# Code -----------------------------------------------------------------------------------


def _attention(n_query, n_key, d_model, n_heads, d_k, d_v):
    return sum(attention_multiply_adds(n_query, n_key, d_model, n_heads, d_k, d_v).values())


def _without(*parts):
    def wrong(*sizes):
        counts = attention_multiply_adds(*sizes)
        return sum(count for part, count in counts.items() if part not in parts)

    return wrong


WORK = Exercise(
    "Write work(n_query, n_key, d_model, n_heads, d_k, d_v): the multiply-adds of "
    "multi-head attention.",
    _attention,
    (
        Mistake(_without("W_O"), "W_O is left out"),
        Mistake(_without("query, key, value"), "the projections are left out"),
        Mistake(_without("weights @ value"), "the weighing of the values is left out"),
        Mistake(_without("scores"), "the scores are left out"),
        Mistake(
            lambda n_query, n_key, d, h, d_k, d_v: _attention(
                n_query, n_key, d, 1, d_k, d_v
            ),
            "you count one head",
        ),
        Mistake(
            lambda n_query, n_key, d, h, d_k, d_v: _attention(
                n_query, n_query, d, h, d_k, d_v
            ),
            "the keys are taken to be as many as the queries",
        ),
        Mistake(
            lambda n_query, n_key, d, h, d_k, d_v: _attention(
                n_query, n_key, d, h, d_k, d_k
            ),
            "the values are taken to be as wide as the keys",
        ),
        Mistake(
            lambda *sizes: 2 * _attention(*sizes),
            "multiplications and additions are counted apart",
        ),
    ),
    (
        "(n × d) · (d × k) takes n · d · k.",
        "Queries: n_query · d_model · d_k. Keys and values: n_key rows.",
        "All but W_O is done by every head.",
    ),
    lambda rng: tuple(int(size) for size in rng.choice(range(2, 20), 6, replace=False)),
)

# Wonder ---------------------------------------------------------------------------------


def quadratic_share(n, d_model=512, n_heads=8, d_k=64, d_v=64, d_ff=2048):
    """Which part of a layer's work lies in the scores and in weighing the values."""
    parts = attention_multiply_adds(n, n, d_model, n_heads, d_k, d_v)
    total = sum(parts.values()) + 2 * n * d_model * d_ff
    return (parts["scores"] + parts["weights @ value"]) / total


CROSSING = Exercise(
    "From how many words on does quadratic_share(n) exceed one half in the paper's layer?",
    next(n for n in range(1, 10_000) if quadratic_share(n) > 0.5),
    (
        Mistake(3072, "you stop where it is exactly one half"),
        Mistake(6145, "you count pairs once; scores and values are two products"),
        Mistake(512, "you compare with the recurrent layer of the paper's table"),
        Mistake(1025, "you leave the feed-forward network out"),
    ),
    (
        "Try n = 1000, 2000, 4000, and close in.",
        "Scores and values cost 2 n² d, all else 12 n d²: equal at n = 6 d.",
    ),
    tolerance=0.5,
)
