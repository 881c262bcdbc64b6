"""tfmath: the Transformer as plain NumPy, traced.

Contents, in reading order. A module imports only from floors below its own.

Floor 0, what everybody needs
    errors              errors that teach, and the checks that raise them

Floor 1, what a number remembers
    trace.formula       the formula of one number, as a small tree
    trace.labels        which words rows and columns carry
    trace.calls         how NumPy's own calls are read
    trace.derivatives   derivatives of more than a line
    trace.formulas      how one number came about, for each operation
    trace.rules         one table: every operation's derivative, formula, labels
    trace.composites    other NumPy functions, said with those of the table
    trace.array         the traced array
    trace.names         names for steps, and scopes that nest them
    trace.record        walking the record
    trace.gradient      the gradient walk

Floor 2, the mathematics
    text                words become ids
    position            where a word stands
    embedding           a row of numbers for each word
    masks               who may look at whom
    softmax             scores become weights
    attention           every position takes a weighted average
    feed_forward        each position thinks on its own
    heads               several small attentions side by side
    norm                layer normalisation, post-norm and pre-norm
    dropout             forget by chance, while learning
    slope               a derivative by trying

Floor 3, the model, learning, using
    parameters          the tables: names, sizes, start, file
    transformer         the encoder, the decoder, the two together
    loss                how surprised the model is
    optimize            which way to move, and how far
    decode              choosing the next word
    cache               what decoding may keep between two words
    train               show, compare, move, repeat
    toy                 764 numbers that finish three quotes
    leak                change one word, and see whose numbers change
    scaling             how large, how much work
    wiring              attention, recurrence, convolution compared

Floor 4, views of a record, and practice
    show.numbers        how a number is printed
    show.tables         numbers with words beside them
    show.explain        one number's formula, down to the words
    show.source         a record as NumPy that runs
    show.figures        heat maps and curves
    show.drawings       pictures that belong to one chapter
    practice.check      exercises that answer
    practice.chapter_00  exercises of chapter 00
    practice.chapter_01  exercises of chapter 01
    practice.chapter_02  exercises of chapter 02
    practice.chapter_03  exercises of chapter 03
    practice.chapter_05  exercises of chapter 05
    practice.chapter_06  exercises of chapter 06
    practice.chapter_07  exercises of chapter 07
    practice.chapter_08  exercises of chapter 08
    practice.chapter_09  exercises of chapter 09
    practice.chapter_10  exercises of chapter 10
    practice.chapter_11  exercises of chapter 11
    practice.chapter_12  exercises of chapter 12
    practice.chapter_13  exercises of chapter 13
    practice.chapter_17  exercises of chapter 17
    witness.replay      a record run again in another arithmetic
    witness.exact       with fifty digits
    witness.bounds      how far rounding may carry each number
    witness.cases       the models that are cross-checked
    witness.roads       NumPy and PyTorch, in several number types
    witness.torch_modules  PyTorch's modules with our tables in them
    witness.torch_steps  which of our steps those modules pass
    witness.torch_training  the toy model trained by PyTorch
    witness.formats     number types, and a replay with few bits
    witness.crosscheck  every step on every road, judged
    witness.digits      is each printed decimal right, and is that safe
    witness.receipt     what a bug report needs
    witness.accuracy    softmax and layer norm to the last place
    witness.distributed  one model on several processes
    witness.ledger      what was checked where, as page and file
    benchmark           what plain arrays pay for being traceable

Floor 5, the command line
    __main__            python -m tfmath
"""

from tfmath.attention import scaled_dot_product_attention
from tfmath.decode import greedy
from tfmath.embedding import embed, lookup, one_hot
from tfmath.feed_forward import feed_forward, gelu, gelu_tanh, linear, relu
from tfmath.heads import attention_head, multi_head_attention
from tfmath.loss import cross_entropy
from tfmath.masks import causal_mask, padding_mask
from tfmath.norm import layer_norm, post_norm, pre_norm, standardize
from tfmath.position import positional_encoding
from tfmath.softmax import log_softmax, softmax
from tfmath.text import decode, encode, tokenize, vocabulary
from tfmath.trace import backward, gradients, named, scope, steps, trace
from tfmath.transformer import decoder, decoder_layer, encoder, encoder_layer, transformer

__all__ = [
    "attention_head",
    "backward",
    "causal_mask",
    "cross_entropy",
    "decode",
    "decoder",
    "decoder_layer",
    "embed",
    "encode",
    "encoder",
    "encoder_layer",
    "feed_forward",
    "gelu",
    "gelu_tanh",
    "gradients",
    "greedy",
    "layer_norm",
    "linear",
    "log_softmax",
    "lookup",
    "multi_head_attention",
    "named",
    "one_hot",
    "padding_mask",
    "positional_encoding",
    "post_norm",
    "pre_norm",
    "relu",
    "scaled_dot_product_attention",
    "scope",
    "softmax",
    "standardize",
    "steps",
    "tokenize",
    "trace",
    "transformer",
    "vocabulary",
]
