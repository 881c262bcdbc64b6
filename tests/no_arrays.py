"""Public functions that `test_dtypes` does not call: no floats in and out."""

NO_ARRAYS = {
    "wavelengths", "rotation", "perplexity", "inverse_square_root",  # Python numbers in
    "greedy", "sample", "beam_search", "all_continuations",  # words out
    "layer_costs", "longest_chain", "layers_until_connected",  # counts out
    "draw_games", "right_answers", "hand_set", "share_of_b", "play", "longest_game",  # A, B
    "shapes", "count", "save_csv", "load_csv", "flatten", "unflatten", "layers",  # moved
    "attention_multiply_adds", "transformer_multiply_adds", "multiply_adds", "by_part",
    "matrix_products", "table_sizes", "leaks", "who_notices",  # counts and places out
    "measured", "measure", "growth", "by_rows",  # rows of a file
    "by_place", "head_weights", "outvoted", "longer",
    "stopped_clocks", "any_start", "two_layers",
    "lengths", "lookback", "clocks", "three_back", "the_latest", "learned", "right_share",
    "least_error", "least_errors",  # float64 always
    "against_cost", "growing", "trained_anew", "finished_with", "right", "three_heads",
    "methods", "relative_error", "multiply_adds_of", "toy_attentions", "mixing_tables",
    "true_values", "estimates", "expected_spread", "feature_trials",  # float64 always
    "both", "causal_mask", "padding_mask", "sliding_window_mask", "check_mask", "is_many",
    "window_mask", "global_window_mask", "strided_mask", "fixed_mask", "block_mask",
    "window_pairs", "fixed_pairs", "block_pairs", "in_stretch", "checked_layout",  # places
    "tokenize", "vocabulary", "encode", "decode", "pieces", "pair_merges",  # words
    "read_corpus", "data_path", "make_batch", "traced_loss", "train",  # loss_and_gradients
    "distances", "places", "check_layer", "check_model", "check_parts",  # whole numbers
    "look_back_bucket", "two_way_bucket", "bucket_starts", "alibi_slopes",  # counts in
    "neighbours", "halves", "halves_first",  # places out
    "pooling", "draw_directions", "is_the_same_for_all",  # float64 always; nothing
    "one_meaning", "check_variant", "check_keeping", "only", "embedded", "decoder_blocks",
    "decoder_only_parameters", "decoder_only_multiply_adds", "decoder_only_bytes",  # counts
    "training_flops", "step_flops", "counted_both_ways", "crossings", "decoder_only_shapes",
    "fit_power_law", "refitted", "interval", "frontier",  # float64 always: losses of runs
    "fit_two_terms", "spend",  # as well
    "at_budget", "least_loss", "larger_runs", "longer_runs",  # places, a Python number
    "draw_language", "write_texts", "checked_followers", "language",  # words
    "held_out_loss", "train_on_texts", "one_run", "all_runs",  # Python numbers; no array in
    "finish", "recites", "right_words", "set_in_a_new_python", "worked_example",  # words
    "recurrent_shapes", "load", "train_toy",  # float64 always: no array goes in
    "fading", "backwards", "backwards_games", "hidden_places", "alignment",  # rows, games
    "ab_game", "ab_game_time", "train_quotes", "trained", "recite", "last_heard",  # rows
    "ab_game_later", "slow_to_learn", "two_ways", "cheating", "whispered",  # rows
    "opened_gates", "in_order",  # rows
    "dice", "exchanged", "unshifted",  # rows
    "trained_without", "medians", "counts_alone",  # rows, Python numbers
    "notes", "candidates", "examined", "examination", "looks",  # tables, rows
    "missing_transpose", "error_of_slope",  # rows, a Python number
    "held_still", "questions",  # rows
    "silenced", "without_head", "surprise", "crossed_out",  # dicts of tables, words out
    "with_word", "one_word", "one_number", "quotes_lost",  # words out, rows, a count
    "answers_of",  # yes and no
    "without_words", "exchanges", "word_rows", "nearest_of", "by_word",  # dicts, rows
    "one_or_two", "half_or_none", "two_wishes",  # rows
    "row_map", "shortest_rows", "shorter",  # tables of the toy model, words in
    "two_tables", "four_ways", "by_table", "mean_curves", "sizes_before",  # rows, dicts
    "row_lengths",  # rows
    "slope_lengths", "draw_lookups", "steps_to_learn", "roots", "at_best_rate",  # lengths
    "woken",  # rows
    "rates", "helped", "trained_by", "followed",  # rows, tables, columns
    "slope",  # float64 always: they are compared with 1 and with 0
    "at_step", "alike", "sizes_of", "check_place", "write_whole", "records",  # names, files
    "check_scores", "seconds", "peak_memory", "recorded_bytes", "steepness",  # bytes
    "check_squares", "length", "spreads",  # nothing, Python numbers
    "operation", "watched", "naming_what_is_not_finite",  # no array comes out
}  # fmt: skip
