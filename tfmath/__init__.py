"""tfmath: the Transformer as plain NumPy, traced. In reading order; imports only go down.

Most asked for: `trace`, `named`, `gradients` from `tfmath`; `explain`, `table`, `source`
from `tfmath.show`; `operation` from `tfmath.tracing`; `load` from `tfmath.toy`.

Floor 0, what everybody needs
    arguments           checks of numbers, functions, words
    errors              errors that teach, and the checks of arrays that raise them
    memory              whether a size fits into this machine

Floor 1, what a number remembers
    tracing.frozen      what a record keeps, copied and unchanging
    tracing.formula     the formula of one number, as a small tree
    tracing.labels      which words rows and columns carry
    tracing.calls       how NumPy's own calls are read
    tracing.rules.row   what a row of the table of rules holds
    tracing.rules.elementwise  rows: arithmetic, functions, choices
    tracing.rules.functions  rows: angles, bases, roots, steps
    tracing.rules.comparisons  rows: yes or no about each number
    tracing.rules.reductions  rows: sums, means, extremes
    tracing.rules.running  rows: running sums and products, order
    tracing.rules.products  rows: products of matrices
    tracing.rules.moves  rows: what moves numbers and computes none
    tracing.rules       one table: every operation's derivative, formula, labels
    tracing.composites.shapes  NumPy functions that turn and join, said with those rows
    tracing.composites.picks  and those that pick and repeat
    tracing.composites.order  and those that sort, and find places
    tracing.composites.amounts  and those that count and measure
    tracing.composites.folds  and those that join two numbers, all along an axis
    tracing.composites.products  and those that multiply arrays
    tracing.composites.arithmetic  and functions of single numbers
    tracing.composites  all of them by name
    tracing.instead     what is not traced, and what to write instead
    tracing.looks       numbers that left a record as plain Python
    tracing.guard       what would leave the record, refused
    tracing.methods     the methods of an array
    tracing.misfits     what NumPy could not compute, said of which arrays
    tracing.array       the traced array
    tracing.operations  a function of one's own as one step: operation
    tracing.names       names for steps, and scopes that nest them
    tracing.record      walking the record
    tracing.gradient    the gradient walk
    tracing.writer      names and lines for the steps of a record
    tracing.program     a record as NumPy that runs: source, backward_source

Floor 2, the mathematics
    parts.data          where the files of data/ are
    parts.text          words become ids
    parts.position      where a word stands
    parts.embedding     a row of numbers for each word
    parts.masks         who may look at whom
    parts.rows          a few rows at a time
    parts.softmax       scores become weights
    parts.softmax_row   its row of the table of rules
    parts.activation    bends, number by number
    parts.feed_forward  each position thinks on its own
    parts.recurrent     reading what came before
    parts.gated         the same, with gates: GRU and LSTM
    parts.standardize   rows of mean 0 and variance 1
    parts.standardize_row  its rows of the table of rules
    parts.norm          layer normalisation, post-norm and pre-norm
    attention.blocks    many scores, a few at a time
    attention.dot_product  every position takes a weighted average
    attention.additive  a small network says what fits
    attention.luong     three ways to score a key
    attention.positional  how far apart queries and keys stand
    attention.relative  scores that know the distance: Shaw, ALiBi
    attention.buckets   distances sorted into buckets: T5
    attention.rotary    queries and keys turn with their place
    attention.fitting   do rows, tables, masks fit each other
    attention.pairs     some queries meet some keys
    attention.windows   attention to neighbours, and to a few words that see all
    attention.patterns  strides and blocks: who looks at whom
    attention.sparse    attention that looks at few
    attention.blockwise  all scores, a few at a time: a running maximum and sum
    attention.grouped   several heads look at the same keys
    attention.sums      averages by sums that all queries share
    attention.linear    no softmax, and so no n²
    attention.low_rank  n keys mixed into a few
    attention.random_features  a softmax, estimated by products
    attention.heads     several small attentions side by side

Floor 3, the model, learning, using
    model.names         the tables: what each is called
    model.parameters    the tables: sizes, start
    model.files         the tables in a file
    model.turned        PyTorch's layout of a linear map, there and back
    model.packed        PyTorch's layout of multi-head attention
    model.stacks        what a stack holds, and whether all is there
    model.sublayers     what a layer does, with the tables kept for it
    model.layers        the layers of encoder and decoder, and stacks of them
    model.transformer   the two together, from ids to scores
    model.recurrent     what was before: read, look back, write
    model.states        PyTorch's names for layers and models
    learning.loss_row   its targets, and its row of the table of rules
    learning.loss       how surprised the model is
    learning.state      what an optimizer remembers
    learning.optimize   which way to move, and how far
    learning.dropout    forget by chance, while learning
    learning.recorded   loss and gradients, until the record is a program
    learning.train      show, compare, move, repeat
    decoding.filters    other distributions of the next word
    decoding.search     choosing the next word
    decoding.kept       keys and values that a layer keeps
    decoding.cache      what decoding may keep between two words
    study.slope         a derivative by trying
    study.leak          change one word, and see whose numbers change
    study.crossed_out   the trained model without one of its parts
    study.set_order     how a set lists its words, in one run and another
    study.ab_game       A while all were A, B once any was B
    study.scaling       how large, how much work
    study.growth        time and memory, as they grow with a size
    study.lengths       train short, test long: seven ways to say where
    study.lookback      where those models look, and what turns one away
    study.what_if       those models changed: a clock stopped, a layer added
    study.flops         what a decoder-only model costs
    study.fits          a curve through losses, and how sure
    study.small_language  a language whose least loss is known
    study.scaling_runs  models of seven sizes that learn it
    study.beyond        one that is larger, and two that learned longer
    study.two_terms     a curve over size and words read
    study.budgets       sizes compared where each has cost the same
    study.buckets       attention among words that point the same way
    study.error_against_cost  cheaper attentions: how far off, and what they cost
    study.rank          the least error of weights of low rank
    study.feature_trials  random features drawn again and again
    study.measured      what takes minutes, measured once: measured
    study.averaging     how far rows lie apart, attention after attention
    study.costs         attention, recurrence, convolution compared
    study.fading        how long a reader remembers
    study.ab_race       the A/B game, played one by one and all at once
    toy                 764 numbers that finish three quotes
    study.alignment     where a recurrent decoder looks
    study.last_heard    what it looks for
    study.two_ways      at the letter, or beside it
    study.cheating      trained without a mask
    study.trained_without  trained without sums, norms, networks
    study.between       rows that lie between others, and can never win
    study.held_still    tables left where they start, heads that ask nothing
    study.missing_transpose  who notices a wrong way back: the loss or the slope
    study.slow_to_learn  how many steps one fixed context needs
    study.one_word      what one more word does to the toy model
    study.one_number    one number erased: which quotes are lost
    study.word_rows     rows of words erased, exchanged, measured
    study.row_limits    how far a row may move, how short it may become
    study.two_tables    a table to read and one to write, and the factor √d in training
    study.sleeping      queries that sleep, and what √d_k does for learning
    study.one_wide_head  what is lost without the cut into heads
    study.ways_to_step  SGD, momentum, Adam at many rates, from many starts
    study.other_attentions  the toy model with cheaper attentions
    study.examination   a task that looking at all words alike cannot do

Floor 4, views of a record, and practice
    show.numbers        how a number is printed
    show.tables         numbers with words beside them: table
    show.explanation    one number's formula, down to the words: explain
    show.formulas       that formula, short enough to be read
    show.naming         what arrays are called, and told apart by
    show.places         where a number stands, and what it is
    show.printing       one way to print a formula in any language
    show.as_text        an explanation in a terminal
    show.as_latex       an explanation in a notebook
    show.figures        heat maps and curves
    show.losses         losses of many models, and a curve through them
    show.downhill       steps into a valley, and where runs end
    show.runs           a run that goes wrong, few runs against many
    show.tree           texts as a tree, each box as tall as it is probable: text_tree
    show.layout         shapes on a page, and how wide a text is
    show.machine_record  the stations of a machine, read off a record
    show.machine_tables  tables of heat in its boxes
    show.machine_boxes  what stands in the boxes
    show.machine_signs  flags, a legend, a small map
    show.machine_columns  the stations of a stack in rows
    show.machine_build  a stack drawn, and its wires
    show.machine_whole  all stacks on one page, or one layer
    show.machine_steps  one part, step by step
    show.machine_looks  what is marked, pale or crossed out
    show.machine_svg    a page as the text of a picture
    show.machine        one drawing of the machine: machine
    show.every_number   all numbers of a model on one page: every_number
    show.chapters       the map of the course: chapter_map
    show.thread         one number followed down to a table: thread
    show.graph          numbers forwards, slopes backwards: graph, wires
    show.slopes         secants, tangents, runs side by side
    show.drawings       pictures that belong to one chapter
    show.lookups        pictures of looking up
    show.plane          all queries with two numbers, a row between others
    show.glances        who looks at whom, as lines, ways, squares
    show.heads          heads drawn, a colour for each
    show.cheaper        who looks at whom, who shares a key, what it costs
    show.where          pictures of places
    show.words          pictures of words and their rows
    show.rows           lengths of rows, gaps between them, a map around one
    show.tokens         words: first_places, how each is grown, what is in_use or kept
    show.waves          pictures of tables of places
    show.shares         bars of what a whole is made of: stacked, summed, lost
    show.rounding       where numbers fall, how far they drift, how errors grow
    show.witnesses      what witnesses take from us, and what they hear
    show.processes      pictures of one model on several processes
    show.cuts           three ways to share a model, and who waits
    show.lookback       pictures of how far back a model looks
    show.reading        pictures of reading in turn
    show.before_after   bars in pairs, ways to the last word, one step in numbers
    show.workbook_spelling  how a spreadsheet says each operation
    show.workbook_plan  which arrays get cells, and what each cell says
    show.workbook_formulas  a formula as a spreadsheet writes it
    show.workbook_words  the words of a record that can be changed
    show.workbook_layout  where each table of a workbook stands
    show.workbook_pages  tables written into sheets
    show.workbook_labels  words beside rows, typed in one place
    show.workbook_start  the first sheet
    show.workbook       a record as live formulas: workbook
    practice.limits     a learner's function, run so that it cannot hang
    practice.trials     what a function is tried on
    practice.sentences  how a check says things
    practice.unwritten  whether anything is written in a function yet
    practice.reasons    why a function gave nothing
    practice.exercise   what an exercise is
    practice.comparing  whether an answer is right, in whatever form
    practice.likeness   what a wrong answer has to do with the right one
    practice.of_values  answers that are values
    practice.of_functions  answers that are functions
    practice.answers    exercises that answer: check
    practice.forms      the forms in which a right answer may come
    practice.matrix     every exercise against every answer
    practice.stored     what lies in the notebooks
    practice.of_chapters  whether every chapter asks and every solution is right
    practice.progress   what is solved where
    practice.command    the command line of these; `tfmath.practice` lists the exercises
    witness.replay      a record run again in another arithmetic
    witness.exact       with fifty digits
    witness.formats     number types, and how each rounds
    witness.bounds      how far rounding may carry each number
    witness.cases       the models that are cross-checked
    witness.roads       NumPy and PyTorch, in several number types
    witness.torch_functions  the Transformer once more, in PyTorch's functions
    witness.torch_modules  PyTorch's modules with our tables in them
    witness.torch_steps  which of our steps those modules pass
    witness.torch_training  the toy model trained by PyTorch
    witness.adding      what adding in another order loses
    witness.few_bits    a record replayed with few bits
    witness.crosscheck  every step on every road, judged
    witness.digits      is each printed decimal right, and is that safe
    witness.blame       plant a mistake, see who notices it
    witness.laws        what must be true of right numbers
    witness.forger      lies with a knob for their size, and who hears them
    witness.hearing     who hears which lie, and why
    witness.growing     how rounding grows with columns and layers
    witness.receipt     what a bug report needs
    witness.accuracy    softmax and layer norm to the last place
    witness.distributed  one model on several processes
    witness.two_copies  two processes train, and forget to add their slopes
    witness.ledger      what was checked where, as page and file
    witness.by_hand     loss and gradients typed in, without a record
    witness.contest     two ways to compute the same, timed in turns
    witness.torch_cache  decoding with a cache by PyTorch
    witness.untraced    our own source without a record
    witness.contenders  who computes the same as we, for the bench
    witness.bench       our times divided by those of others
    explorer.merged     one program for sentences of every length
    explorer.knockouts  parts that can be taken out of a model
    explorer.drawn      drawing and stations as JSON knows them
    explorer.program    a traced model as the program of a page
    explorer.page       the page: program, texts, look and JavaScript joined
    explorer.notebook   the page in a frame: explorer; a picture and a link: still

Floor 5, the command line
    __main__            python -m tfmath
"""

from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.heads import attention_head, multi_head_attention
from tfmath.decoding.search import greedy
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import sgd
from tfmath.model.layers import decoder, decoder_layer, encoder, encoder_layer
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.activation import gelu, gelu_tanh, relu
from tfmath.parts.embedding import embed, lookup, one_hot
from tfmath.parts.feed_forward import feed_forward, linear
from tfmath.parts.masks import both, causal_mask, padding_mask
from tfmath.parts.norm import layer_norm, post_norm, pre_norm
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.parts.standardize import standardize
from tfmath.parts.text import decode, encode, tokenize, vocabulary
from tfmath.study.slope import slope
from tfmath.tracing import backward, gradients, named, scope, steps, trace

__version__ = "0.2.0"
__all__ = [
    "traced", "slope", "sgd", "both", "attention_head", "backward", "causal_mask",
    "cross_entropy", "decode", "decoder", "decoder_layer", "embed", "encode", "encoder",
    "encoder_layer", "feed_forward", "gelu", "gelu_tanh", "gradients", "greedy",
    "layer_norm", "linear", "log_softmax", "lookup", "multi_head_attention", "named",
    "one_hot", "padding_mask", "positional_encoding", "post_norm", "pre_norm", "relu",
    "scaled_dot_product_attention", "scope", "softmax", "standardize", "steps", "tokenize",
    "trace", "transformer", "vocabulary",
]  # fmt: skip
