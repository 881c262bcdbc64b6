"""An attention in one's own lines that is not quite right is told so, where it stands."""

import numpy as np
import pytest
from variants import SOURCE, TARGET, model, sigmoid

from tfmath import steps, traced, transformer
from tfmath.attention.dot_product import attend
from tfmath.errors import MissingError, ShapeError
from tfmath.model.transformer import encode_source
from tfmath.show import explain


def test_a_layer_without_its_own_table_is_named():
    tables, variant = model("sigmoid")
    missing = tables["decoder"]["layer 2"]["self-attention"]
    del missing["threshold"]
    with pytest.raises(
        MissingError, match="^decoder / layer 2 / self-attention: sigmoid n"
    ):
        transformer(tables, SOURCE, TARGET, **variant)
    missing["treshold"] = np.ones(3)
    with pytest.raises(MissingError, match="needs 'threshold'; there is .* 'treshold'"):
        transformer(tables, SOURCE, TARGET, **variant)


def test_an_attention_over_the_source_needs_its_table_there():
    tables, variant = model("sigmoid")
    everywhere = variant | {"cross_attention": sigmoid}
    with pytest.raises(
        MissingError, match="^decoder / layer 1 / cross-att.*'threshold'; th"
    ):
        transformer(tables, SOURCE, TARGET, **everywhere)
    for layer in tables["decoder"].values():
        layer["cross-attention"]["threshold"] = np.zeros(3)
    assert transformer(tables, SOURCE, TARGET, **everywhere).shape == (4, 23)


def test_an_error_of_ones_own_is_left_as_it_is():
    def broken(query, key, value, mask=None):
        return query + None

    with pytest.raises(TypeError, match="unsupported operand"):
        transformer(model("plain")[0], SOURCE, TARGET, attention=broken)
    with pytest.raises(TypeError, match="multi_head_attention: attention is 'none'"):
        transformer(model("plain")[0], SOURCE, TARGET, attention="none")


@pytest.mark.parametrize(
    "wrong, gave",
    [
        (lambda *given: None, "None"),
        (lambda *given: (attend(*given), 1.0), "a tuple"),
        (lambda *given: [[0.0]], "a list"),
        (
            lambda query, key, *rest: query @ np.swapaxes(key, -1, -2),
            r"an array \(3, 6, 6\)",
        ),
        (lambda *given: attend(*given)[..., :1, :], r"an array \(3, 1, 2\)"),
    ],
)
@pytest.mark.parametrize("prepared", [traced, lambda tables: tables])
def test_what_is_no_row_for_each_query_is_refused(wrong, gave, prepared):
    words = rf"a row for each query, as wide as the values, \(3, 6, 2\); it gave {gave}\."
    with pytest.raises(ShapeError, match=words):
        encode_source(prepared(model("plain")[0]), SOURCE, attention=wrong)


def test_an_axis_without_words_says_so():
    tables = traced(model("plain")[0])
    record = steps(encode_source(tables, SOURCE))
    query = record["encoder / layer 1 / self-attention / heads / query"]
    assert "head 2" in str(explain(query, "head 2", 1, 0, depth=1))
    with pytest.raises(
        ValueError, match="no 'word' on axis 2, which has no words; say a n"
    ):
        explain(query, "head 2", 1, "word")
    with pytest.raises(ValueError, match="no 'head 4' on axis 0; the words there are"):
        explain(query, "head 4", 1, 0)
