"""The answers to the exercises, worked out another way than the exercises do."""

import math
from fractions import Fraction

import numpy as np

# What comes out with a pencil, or was found by trying the toy model. Every answer that is
# no function stands here once more, worked out another way.
BY_HAND = {
    "start_here.THIRD": 6 / 3,
    "start_here.READ": 0.055,
    "start_here.MIXED": 10 / 3 + 2 * 4 / 3,
    "start_here.ENOUGH": len("when you play".split()),
    "vocabulary.COUNT": (len("you win or you die die or win".split()), 4),
    "vocabulary.IDS": (24, 25, 11, 23),
    "vocabulary.WHOLE": 22,
    "embeddings.ENTRY": 11,
    "embeddings.MIXED": (3 + 5 + 5, 1 + 9 + 9),
    "embeddings.SPREAD": 4 * 5,
    "what_a_table_knows.OWN": (2 * 2 + 1 * 1, 2 * 3 + 1 * 3),
    "what_a_table_knows.SAVED": 2 * 50 * 6,
    "what_a_table_knows.LOST": "play",
    "positions.COUNT": (len([0, 2, 4, 6]), len([1, 3, 5])),
    "positions.WAVELENGTH": math.sqrt(10000),
    "positions.QUARTER": (0.8, -0.6),
    "positions.TWINS": min(range(1, 41), key=lambda k: 1 - math.cos(k)),
    "soft_dictionary.MIXTURE": Fraction(2 * 10 + 1 * 5 + 2 * 30, 2 + 1 + 2),
    "soft_dictionary.OUTVOTED": (4 * 16 - 16 - 1) + 1,
    "soft_dictionary.LINE": int(999 * 7.389056) + 1,
    "self_attention.QUERY": (3 + 2, -2),
    "self_attention.OUTPUT": 8 / 4 + 3 * 4 / 4,
    "self_attention.KNOB": "of",
    "why_divide_by_the_root.SCORE": (1 * 2 + 2 * 3 + 0 * 3 + 1 * 0) / 2,
    "why_divide_by_the_root.VARIANCE": (4 * 3) * 3,
    "why_divide_by_the_root.SLOPE": Fraction(4, 5) * Fraction(1, 5),
    "why_divide_by_the_root.LARGEST": 4,
    "many_heads.SCORES": (1 * 2 + 1 * 3, 0 * 1 + 1 * 4),
    "many_heads.COST": 4 * 512 * 512,
    "many_heads.SILENCED": 1,
    "masks.WEIGHT": 3 / (3 + 1),
    "masks.PAIRS": 10 * 11 / 2,
    "masks.REACH": 3 * 2 + 1,
    "encoder_layer.FIRST": (1 - 5) / math.sqrt((16 + 1 + 1 + 1 + 1) / 5),
    "encoder_layer.BEND": 0 * 2 + 3 * 1 + 1,
    "encoder_layer.ALIKE": 4,
    "decoder_layer.MIXED": (4 * 5 + 1 * 10) / (4 + 1),
    "decoder_layer.SHAPE": (7, 9),
    "decoder_layer.HARMLESS": 4,
    "whole_transformer.TABLES": (4 * (5 + 5 + 3) * 2, (3 + 3) * 4),
    "whole_transformer.PRODUCT": 3 * 4 * 2,
    "whole_transformer.LAYER": 1200 + 4 * 100,
    "whole_transformer.CROSSING": 6 * 512 + 1,  # 2 n² d > 12 n d²
    "before_the_transformer.STATE": Fraction(8, 8) + Fraction(4, 2) + 4,
    "before_the_transformer.GENERAL": 1 * (1 * 3 + 2 * 2) + 2 * (1 * 2),
    "scaling.CROSSING": 2 * 10 * 30 / (10 + 10),
    "scaling.LEVEL": 7 - 1 / (1 - 1 / 3),
    "scaling.BUDGET": 96e9 / (6 * (12 * 24**2 + 2 * 16 * 24 + 24 * 24)) / 7704,
    "slopes.CHAIN": 2 * 4,
    "slopes.LOGITS": (0.5, 0.3 - 1, 0.2),
    "slopes.NUDGE": 10**2,
    "backwards.PRODUCT": ((4, 1), (2 * 4 + 3 * 5, 2 * 1 + 3 * 2)),
    "backwards.NORMED": ((4 - 3 + 1) / 2, (1 - 3) / 2, (8 - 3 - 1) / 2, (-3 - 1) / 2),
    "backwards.RATE": 0.4,
    "training.STEP": 8 - 0.25 * 2 * (8 - 3),
    "training.ADAM": 2 + 0.1,
    "training.RATE": 1,
    "decoding.TEMPERATURE": Fraction(36, 36 + 9 + 1),
    "decoding.NUCLEUS": Fraction(4, 4 + 3),
    "decoding.BEAM": 4,
    "cheaper_attention.PAIRS": 3 + 4 + 6 * 5 + 4 + 3,
    "cheaper_attention.RUNNING": Fraction(22 * 2**1 + 4 * 2**2, 4 * 2**1 + 2**2),
    "cheaper_attention.WIDTH": 3,
    "more_ways_to_say_where.ROWS": len("0 1 2 3".split()),
    "more_ways_to_say_where.TURNED": round(((2 + 1j) * 1j**9 * (1j**6).conjugate()).real),
    "more_ways_to_say_where.LOST": 1 + round(3 + 6 * 2 * math.pi),
    "four_witnesses.MACHINE": 1030,
    "four_witnesses.STORED": Fraction(163, 64),
    "four_witnesses.FEWEST": 3,
    "four_witnesses.FORGED": 0.2,
    "several_processes.MEAN_LOSS": (6 * 1 + 2 * 5) / 8,
    "several_processes.TRAVELS": 10 * 8 + 10 * 8,
    "several_processes.ONES": 4096 / 2**8,
}


def encoding(n_positions, d_model):
    rows = np.zeros((n_positions, d_model))
    for position in range(n_positions):
        for i in range(0, d_model, 2):
            angle = position / 10000 ** (i / d_model)
            rows[position, i : i + 2] = [math.sin(angle), math.cos(angle)][: d_model - i]
    return rows


def softmax(scores):
    below = [[s - max(row) for s in row] for row in scores]
    return np.array([[math.exp(s) / sum(map(math.exp, row)) for s in row] for row in below])


def attention(x, W_Q, W_K, W_V):
    scores = np.einsum("id,dk,jk->ij", x, W_Q, x @ W_K) / W_Q.shape[1] ** 0.5
    return np.einsum("ij,jd,dv->iv", softmax(scores), x, W_V)


def split(wide, n_heads):
    return np.stack(np.split(wide, n_heads, axis=1))


def multi_head(x, W_Q, W_K, W_V, W_O):
    query, key, value = (np.einsum("nd,hdk->hnk", x, W) for W in (W_Q, W_K, W_V))
    grown = np.exp(np.einsum("hik,hjk->hij", query, key) / W_Q.shape[2] ** 0.5)
    heads = grown / grown.sum(axis=2, keepdims=True) @ value
    return np.einsum("hnv,hvd->nd", heads, W_O.reshape(len(W_V), -1, W_O.shape[1]))


def looked_up(query, key, value):
    """One query, one key at a time."""
    rows = []
    for q in query:
        grown = [math.exp(sum(a * b for a, b in zip(q, k, strict=True))) for k in key]
        rows.append(sum(g / sum(grown) * v for g, v in zip(grown, value, strict=True)))
    return rows


def share_of_b(letters, c):
    """Letter after letter, with a sum of votes for each side."""
    votes, shares = [0.0, 0.0], []
    for letter in letters:
        votes[letter] += math.exp(c * letter)
        shares.append(votes[1] / sum(votes))
    return shares


def slopes_times_distances(n, slopes):
    return [[[-m * abs(i - j) for j in range(n)] for i in range(n)] for m in slopes]


def turned(rows, positions):
    """Each pair of columns times a table of 2 by 2."""
    found = np.zeros(rows.shape)
    for row, place in enumerate(positions):
        for i in range(0, rows.shape[1], 2):
            angle = place / 10000 ** (i / rows.shape[1])
            turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
            found[row, i : i + 2] = turn @ rows[row, i : i + 2]
    return found


OTHER_WAYS = {
    "more_ways_to_say_where.BIAS": slopes_times_distances,
    "more_ways_to_say_where.ROTATE": turned,
    "soft_dictionary.LOOKUP": looked_up,
    "soft_dictionary.SHARE": share_of_b,
    "positions.ENCODING": encoding,
    "self_attention.SOFTMAX": softmax,
    "self_attention.ATTENTION": attention,
    "many_heads.SPLIT": split,
    "many_heads.MULTI_HEAD": multi_head,
}
