"""What is handed to a model: a name that it does not know, a table that is not there.

Each is refused in one sentence that names the place.
"""

import inspect

import numpy as np
import pytest

from tfmath import (
    decoder,
    decoder_layer,
    encoder,
    encoder_layer,
    steps,
    toy,
    traced,
    transformer,
)
from tfmath.decoding.cache import decode_next, next_word, start_cache
from tfmath.errors import DtypeError, MissingError, ShapeError
from tfmath.model.parameters import flatten, unflatten
from tfmath.model.stacks import LOOKS, VARIANTS
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.norm import layer_norm

SOURCE, TARGET = [3, 4, 5], [1, 3]
ROWS, STACKS = np.ones((2, 5)), ("encoder", "decoder")


def model(changes=(), dtype=np.float64, without=()):
    """The toy model with tables more, changed or left out, each by its full name."""
    flat = {name: table.astype(dtype) for name, table in flatten(toy.load()).items()}
    flat = {name: table for name, table in flat.items() if name not in without}
    return unflatten(flat | dict(changes))


def raised(kind, call, *args, **kwargs):
    """The sentence of the error, which is no more than one line."""
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    (sentence,) = str(caught.value).splitlines()
    return sentence


# Names that nothing knows

UNKNOWN = {
    "Output / W": "the model takes no 'Output'; its parts are embedding, encoder,",
    "positions": "the model takes no 'positions'; its parts are embedding, encoder,",
    "encoder / layer 1 / cross-attention": (
        "encoder / layer 1 takes no 'cross-attention'; its parts are self-attention,"
    ),
    "encoder / layer 1 / norm 3": "encoder / layer 1 takes no 'norm 3'; its parts are",
    "decoder / layer 1 / norm 4": "decoder / layer 1 takes no 'norm 4'; its parts are",
    "encoder / layer 1 / norm 1 / Gain": (
        "encoder / layer 1 / norm 1: post_norm takes no 'Gain'; "
        "its arguments are gain, bias, epsilon."
    ),
    "decoder / layer 1 / feed-forward / b1": (
        "decoder / layer 1 / feed-forward: feed_forward takes no 'b1'; "
        "its arguments are W_1, b_1, W_2, b_2."
    ),
    "encoder / layer 1 / feed-forward / x": "feed-forward: feed_forward takes no 'x';",
    "decoder / layer 1 / cross-attention / mask": "multi_head_attention takes no 'mask';",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_misspelt_table_is_named(name):
    tables = model({name: np.ones(5)})
    assert UNKNOWN[name] in raised(TypeError, transformer, tables, SOURCE, TARGET)
    with pytest.raises(TypeError):
        next_word(tables, SOURCE)(TARGET)


def test_a_misspelt_part_is_named_by_each_function_that_is_given_it():
    tables = model({"Output": 1})
    for call, args in (
        (encode_source, (SOURCE,)),
        (decode_target, (TARGET, ROWS)),
        (decode_next, (TARGET, start_cache(model(), ROWS))),
        (start_cache, (ROWS,)),
    ):
        sentence = raised(TypeError, call, tables, *args)
        assert sentence.startswith(f"{call.__name__}: the model takes no 'Output';")
    layer = {stack: model()[stack]["layer 1"] | {"more": 1} for stack in STACKS}
    sentence = raised(TypeError, encoder_layer, ROWS, layer["encoder"])
    assert sentence.startswith("encoder_layer: the layer takes no 'more'; its parts are")
    sentence = raised(TypeError, decoder_layer, ROWS, ROWS, layer["decoder"])
    assert sentence.startswith("decoder_layer: the layer takes no 'more'; its parts are")


def test_the_cache_names_what_an_attention_does_not_take():
    tables = model({"decoder / layer 1 / self-attention / W_q": np.ones(5)})
    expected = "attend takes no W_q; its arguments are query, key, value, mask, scale."
    assert expected in raised(TypeError, transformer, tables, SOURCE, TARGET)
    assert expected in raised(TypeError, next_word(tables, SOURCE), TARGET)


def test_a_variant_that_does_not_exist_is_named_by_whoever_was_asked():
    tables, memory = model(), ROWS
    for call, args in (
        (transformer, (tables, SOURCE, TARGET)),
        (encode_source, (tables, SOURCE)),
        (decode_target, (tables, TARGET, memory)),
        (encoder, (ROWS, tables["encoder"])),
        (decoder, (ROWS, memory, tables["decoder"])),
        (next_word, (tables, SOURCE)),
        (decode_next, (tables, TARGET, start_cache(tables, memory))),
    ):
        sentence = raised(TypeError, call, *args, bogus=1)
        taker = {encode_source: "encoder", encoder: "encoder", decoder: "decoder"}.get(call)
        assert sentence.startswith(
            f"{call.__name__}: the {taker or 'model'} takes no 'bogus'; "
        )
        assert "its variants are block, activation, attention" in sentence


def test_the_variants_that_are_listed_are_those_that_there_are():
    def known(function):
        given = inspect.signature(function).parameters.values()
        return {p.name for p in given if p.default is not p.empty and "mask" not in p.name}

    assert set(LOOKS) == known(encoder_layer)
    inner = known(decoder_layer) | known(decoder) | known(decode_target)
    assert set(VARIANTS) == inner == known(decode_next) | known(decoder_layer)


# Tables that are not there, and what is no table


MISSING = {
    "encoder / layer 1 / norm 1 / bias": "post_norm needs 'bias'; there is 'gain'.",
    "decoder / layer 1 / norm 3 / gain": "post_norm needs 'gain'; there is 'bias'.",
    "encoder / layer 1 / feed-forward / W_1": "feed_forward needs 'W_1'",
    "encoder / layer 1 / self-attention / W_Q": "multi_head_attention needs 'W_Q'",
    "decoder / layer 1 / cross-attention / W_V": "multi_head_attention needs 'W_V'",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_table_is_named_with_its_place(name):
    place, table = name.rpartition(" / ")[::2]
    tables = model(without=[name])
    sentence = raised(MissingError, transformer, tables, SOURCE, TARGET)
    assert sentence.startswith(f"{place}: {MISSING[name]}")
    with pytest.raises(MissingError, match=f"{place}.*'{table}'"):
        next_word(tables, SOURCE)(TARGET)


@pytest.mark.parametrize(
    "name", ["output", "encoder / norm", "decoder / layer 1 / norm 2", "encoder / layer 1"]
)
def test_an_array_is_no_dict_of_tables(name):
    tables = unflatten({n: t for n, t in flatten(model()).items() if name not in n})
    path, part = name.split(" / "), tables
    for step in path[:-1]:
        part = part.setdefault(step, {})
    part[path[-1]] = np.ones((5, 26))
    sentence = raised(TypeError, transformer, tables, SOURCE, TARGET)
    assert "an array (5, 26); it must be a dict" in sentence
    assert name in sentence


def test_a_last_norm_and_a_table_of_scores_say_what_they_need():
    tables = model({"encoder / norm / gain": np.ones(5)})
    sentence = raised(MissingError, transformer, tables, SOURCE, TARGET)
    assert sentence == "encoder / norm: layer_norm needs 'bias'; there is 'gain'."
    tables = model({"output / b": np.ones(26)})
    sentence = raised(MissingError, transformer, tables, SOURCE, TARGET)
    assert sentence == "output: linear needs 'W'; there is 'b'."
    tables = model({"output / W": np.ones((5, 26)), "output / V": np.ones(26)})
    sentence = raised(TypeError, transformer, tables, SOURCE, TARGET)
    assert sentence == "output: linear takes no 'V'; its arguments are W, b."


def test_an_error_from_inside_a_block_of_ones_own_stays_what_it_is():
    def block(where, x, sublayer, gain, bias):
        return x + len(sublayer(x)[0, 0])

    with pytest.raises(TypeError, match=r"object of type .* has no len\(\)"):
        transformer(model(), SOURCE, TARGET, block=block)
    with pytest.raises(ZeroDivisionError):
        transformer(model(), SOURCE, TARGET, block=lambda *given, **tables: 1 // 0)


def test_the_sentence_stands_alone_and_a_function_of_c_says_its_own():
    tables = model(without=["encoder / layer 1 / norm 1 / bias"])
    with pytest.raises(MissingError) as caught:
        transformer(tables, SOURCE, TARGET)
    assert caught.value.__context__ is None
    with pytest.raises(TypeError, match=r"max\(\)"):
        transformer(model(), SOURCE, TARGET, block=max)


def test_what_a_block_may_take_is_its_own_affair():
    def block(where, x, sublayer, **tables):
        seen.append(set(tables))
        return x + sublayer(x)

    seen = []
    tables = model({"encoder / layer 1 / norm 1 / rate": np.ones(1)})
    transformer(tables, SOURCE, TARGET, block=block)
    assert seen[0] == {"gain", "bias", "rate"} and seen[1] == {"gain", "bias"}


def test_a_last_norm_may_take_whatever_there_is():
    def norm(x, **tables):
        return layer_norm(x, **tables)

    tables = model({f"encoder / norm / {n}": np.ones(5) for n in ("gain", "bias")})
    plain = transformer(tables, SOURCE, TARGET)
    again = transformer(tables, SOURCE, TARGET, norm=norm)
    np.testing.assert_array_equal(plain, again)


# The cached step


def test_the_cached_step_keeps_its_memory_to_itself():
    step = next_word(model(), SOURCE)
    first = step([1])
    expected = first.copy()
    first[3] = -np.inf
    np.testing.assert_array_equal(step([1]), expected)
    step([1])[:] = 0.0
    np.testing.assert_array_equal(step([1]), expected)


@pytest.mark.parametrize(
    "ids, kind",
    [
        ([], ValueError),
        (1, ShapeError),
        ([[1]], ShapeError),
        ([1.0], DtypeError),
        ([True], DtypeError),
        ("a", DtypeError),
        (None, DtypeError),
        ([-1], ValueError),
    ],
)
def test_the_cached_step_takes_ids_alone(ids, kind):
    step = next_word(model(), SOURCE)
    step([1])  # 1.0 and True are 1 to a dict
    sentence = raised(kind, step, ids)
    assert sentence.startswith("next_word: ids ")


def test_ids_of_any_form_are_the_same_ids():
    step = next_word(model(), SOURCE)
    for ids in ((1, 3), np.array([1, 3]), [np.int64(1), np.int32(3)]):
        np.testing.assert_array_equal(step(ids), step([1, 3]))


def test_a_traced_model_stays_traced_in_the_cached_step():
    log_p = next_word(traced(model()), SOURCE)([1])
    assert "decoder / input" in steps(log_p)
