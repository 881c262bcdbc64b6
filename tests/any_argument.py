"""What an argument may be instead: things of every kind, and which kinds they fit.

An argument is of a kind (see `good_calls`), and `FITS` says which of the bad things are of
that kind after all, such as -1 for a number. An argument that may be left out has a kind
with "?" at its end; None fits it.
"""

import numpy as np

from tfmath.parts.text import data_path
from tfmath.tracing import trace

MODULES = (
    "parts.data parts.text parts.position parts.activation parts.feed_forward "
    "decoding.filters decoding.search learning.optimize learning.train learning.dropout "
    "model.names model.parameters model.files "
    "parts.recurrent parts.gated attention.additive attention.luong "
    "attention.windows attention.patterns attention.sparse attention.blockwise "
    "attention.grouped "
    "study.slope study.leak study.averaging study.scaling study.costs study.ab_game "
    "study.flops study.fits study.small_language study.scaling_runs "
    "study.two_terms study.budgets toy"
).split()

BAD = {
    "None": lambda: None,
    "text": lambda: "text",
    "no text": lambda: "",
    "bytes": lambda: b"text",
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-1": lambda: -1,
    "0": lambda: 0,
    "1.5": lambda: 1.5,
    "True": lambda: True,
    "1j": lambda: 1j,
    "[]": lambda: [],
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "words": lambda: ["you", "win"],
    "numbers": lambda: np.array([0.5, 0.25]),
    "a number alone": lambda: np.array(0.5),
    "five axes": lambda: np.ones((1, 2, 1, 2, 1)),
    "nan inside": lambda: np.array([[1.0, np.nan]]),
    "masked": lambda: np.ma.masked_array([[1.0, 2.0]], [[True, False]]),
    "complex": lambda: np.array([[1j, 2.0]]),
    "object": lambda: object(),
    "objects": lambda: np.array([[None, object()]]),
    "{}": lambda: {},
    "a dict": lambda: {"x": np.ones(2)},
    "a dict of None": lambda: {"W_1": None},
    "a set": lambda: {"you"},
    "a function": lambda: lambda *values, **named: None,
    "traced": lambda: trace([[1.0, 2.0]], "t"),
}
NUMBERS = {"-1", "0", "1.5", "a number alone"}
ARRAYS = NUMBERS | {"[]", "numbers", "five axes", "traced"}
FITS = {
    "number": NUMBERS,
    "whole": {"-1", "0"},
    "array": ARRAYS,
    "plain array": ARRAYS - {"traced"},
    "ids": {"0", "-1", "[]"},
    "dict": {"{}", "a dict"},
    "tree": {"{}", "a dict", "a dict of None"},
    "sizes": {"{}"},
    "words": {"words", "[]"},
    "text": {"text", "no text"},
    "text or words": {"text", "no text", "words", "[]"},
    "flag": {"True"},
    "function": {"a function"},
    "traced": {"traced"},
    "row": {"numbers"},
    "no": set(),
}
FITS |= {f"{kind}?": fits | {"None"} for kind, fits in FITS.items()}
# What an error may be besides the project's own, if it names function and argument.
SAYS = (ValueError, TypeError, FileNotFoundError, FileExistsError, IsADirectoryError)
# Who speaks for whom: one public function that hands a whole argument to another.
SPEAKS = {
    "attention.additive.additive_attention": "additive_scores: ",
    "attention.luong.concat_attention": "concat_scores: ",
    "attention.luong.general_attention": "general_scores: ",
    "attention.luong.dot_attention": "dot_scores: ",
    "learning.train.traced_loss": ("transformer: the parameters", "cross_entropy: logits"),
    "learning.train.loss_and_gradients": "transformer: the parameters",
    "learning.train.train": "transformer: the parameters",
    "parts.text.encode": "tokenize: text",
    "model.parameters.traced": "trace: embedding",
    "study.scaling_runs.one_run": "train_on_texts: ",
    "study.scaling_runs.decoder_only": "embed: ids",
    "study.scaling_runs.held_out_loss": "decoder_only: ",
    "study.ab_game.share_of_b": "hand_set: sharpness",
    "study.ab_game.play": ("share_of_b: ", "hand_set: sharpness"),
    "toy.load": "load_csv: path",
    "toy.finish": ("encode_source: the parameters", "encode: ", "tokenize: text"),
    "toy.next_word": ("encode_source: the parameters", "embed: "),
    "toy.recites": "encode_source: the parameters",
    "model.files.load_csv": str(data_path("toy.csv")),  # what is wrong in a file
}
UNCHECKED = {
    "parts.recurrent.one_by_one": "told who asks, by those who checked",
    "parts.recurrent.fitted_cell": "a check itself, and told who asks",
    "parts.recurrent.first_state": "a check itself, and told who asks",
    "attention.additive.weighted_average": "a check itself, and told who asks",
    "attention.windows.window_pairs": "for sizes that were checked",
    "attention.patterns.in_stretch": "for places that were checked",
    "attention.patterns.fixed_pairs": "for sizes that were checked",
    "attention.patterns.block_pairs": "for sizes that were checked",
    "attention.patterns.checked_layout": "a check itself, and told who asks",
    "attention.blockwise.running_attention": "for arrays that were checked",
    "attention.blockwise.taken_in": "for arrays that were checked",
    "study.scaling.records": "a check itself, and told who asks",
    "study.small_language.checked_followers": "a check itself, and told who asks",
    "study.scaling_runs.all_runs": "hands its arguments on to one_run, and takes minutes",
    "toy.worked_example": "takes no argument",
    "model.names.tables_of": "a check itself, and told who asks",
    "model.names.sizes_of": "a check itself, and told who asks",
    "model.names.answers_of": "a check itself, and told who asks",
    "model.files.check_place": "a check itself, for the command line",
    "model.files.write_whole": "writes what was put together by its callers",
    "parts.feed_forward.affine": "the line of linear, for what linear has checked",
    "decoding.filters.log_probabilities": "a check itself, and told who asks",
}
