"""Exercises that answer: not yet, right, or which mistake was made.

The contents page of `tfmath` says what makes them; here are those of each chapter.

Floor 4, exercises
    practice.start_here  exercises of start here
    practice.wrong_ids  words numbered wrongly
    practice.vocabulary  exercises of vocabulary
    practice.embeddings  exercises of embeddings
    practice.what_a_table_knows  exercises of what a table knows
    practice.positions  exercises of positions
    practice.soft_dictionary  exercises of a soft dictionary
    practice.self_attention  exercises of self attention
    practice.why_divide_by_the_root  exercises of dividing by √d_k
    practice.wrong_heads  many heads with one thing done differently
    practice.many_heads  exercises of many heads
    practice.wrong_masks  masks used wrongly
    practice.masks  exercises of masks
    practice.wrong_parts  layer norm and feed-forward done wrongly
    practice.encoder_layer  exercises of encoder layer
    practice.wrong_crossing  cross-attention and the loop of words done wrongly
    practice.decoder_layer  exercises of decoder layer
    practice.whole_transformer  exercises of whole transformer
    practice.before_the_transformer  exercises of attention before the Transformer
    practice.slopes  exercises of slopes
    practice.backwards  exercises of backwards through the machine
    practice.training  exercises of training
    practice.decoding  exercises of decoding
    practice.cheaper_attention  exercises of cheaper attention
    practice.more_ways_to_say_where  exercises of more ways to say where
    practice.scaling    exercises of scaling
    practice.four_witnesses  exercises of four witnesses
    practice.wrong_shares  a share of a feed-forward network done wrongly
    practice.several_processes  exercises of several processes
"""

from tfmath.practice.answers import Exercise, Law, Mistake, check

__all__ = ["Exercise", "Law", "Mistake", "check"]
