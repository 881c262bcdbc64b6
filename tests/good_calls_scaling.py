"""As `good_calls`, for what models cost, and for losses that fall with their size."""

import numpy as np

from tfmath.model.parameters import starting_values
from tfmath.study.scaling_runs import decoder_only_shapes
from tfmath.study.small_language import language
from tfmath.tracing import trace

RNG = np.random.default_rng(0)
FOLLOWERS, TEXTS = language()
TABLES = starting_values(RNG, decoder_only_shapes(4))
SIZES, LOSSES = np.array([1.0, 1.0, 4.0, 4.0, 16.0, 16.0]), [10.0, 9.0, 6.0, 5.0, 4.0, 3.0]
RUNS = {"parameters": [5, 5], "seed": [1, 1], "words": [1, 4], "flops": [10, 40]}
RUNS["loss"] = [3.0, 1.0]
n, rng, followers = ("whole", 4), ("no", RNG), ("no", FOLLOWERS)
layer = dict.fromkeys("d_model n_heads d_k d_v d_ff".split(), n)
model = layer | {"vocab_size": n, "n_layers": n}
points = {"sizes": ("no", SIZES), "losses": ("no", LOSSES), "c": ("number?", None)}
run = {"d_model": n, "seed": n, "checkpoints": ("no", (1, 2))}

SCALING = {
    "study.flops.decoder_only_parameters": model,
    "study.flops.decoder_only_multiply_adds": model | {"n": n},
    "study.flops.training_flops": {"forward": n},
    "study.flops.counted_both_ways": {"loss": ("traced", trace(1.0, "x"))},
    "study.flops.crossings": layer,
    "study.flops.decoder_only_bytes": model | {"n": n, "each": n},
    "study.fits.fit_power_law": points,
    "study.fits.refitted": points | {"rng": rng, "turns": n},
    "study.two_terms.fit_two_terms": {
        "sizes": ("no", SIZES),
        "words": ("no", SIZES[[0, 2, 4, 0, 2, 4]]),
        "losses": ("no", LOSSES),
    },
    "study.budgets.spend": {"runs": ("no", RUNS), "budget": ("number", 20.0)},
    "study.fits.interval": {"values": ("row", np.ones(3)), "share": ("number", 0.5)},
    "study.fits.frontier": dict.fromkeys(("costs", "losses"), ("row", np.ones(2))),
    "study.fits.at_budget": dict.fromkeys(("costs", "losses"), ("row", np.arange(1, 3.0)))
    | {"budget": ("number", 1.0)},
    "study.small_language.least_loss": {"words_seen": ("whole", 1)},
    "study.small_language.draw_language": {"rng": rng, "vocab_size": n},
    "study.small_language.write_texts": {"rng": rng, "followers": followers}
    | {"n_texts": n, "length": n},
    "study.small_language.language": {},
    "study.scaling_runs.decoder_only": {"parameters": ("no", TABLES)}
    | {"ids": ("ids", [3, 4])},
    "study.scaling_runs.decoder_only_shapes": dict.fromkeys(
        "d_model vocab_size n_heads n_layers".split(), n
    ),
    "study.scaling_runs.held_out_loss": {"parameters": ("no", TABLES)}
    | {"followers": followers, "texts": ("no", TEXTS)},
    "study.scaling_runs.train_on_texts": run,
    "study.scaling_runs.one_run": run,
    "study.scaling_runs.step_flops": {"d_model": n},
}
