"""What a printed program is given anew: ids of rows that are there, and no other way."""

import numpy as np
import pytest

from tfmath import named, toy, trace, traced, transformer
from tfmath.show import backward_source, source
from tfmath.tracing.frozen import ARRAY, indexed_sizes, split_index

X = np.arange(12.0).reshape(4, 3)


@pytest.fixture(scope="module")
def model():
    tables = traced(toy.load(), toy.WORDS)
    return tables, source(transformer(tables, [3, 4, 5], [1, 9]))


@pytest.mark.parametrize("wrong", [-1, 26])
def test_ids_that_are_no_rows_are_refused_as_the_model_refuses_them(model, wrong):
    tables, program = model
    ids = [3, wrong, 5]
    with pytest.raises(
        ValueError, match=rf"ids holds {wrong} at \(1,\); allowed is 0 … 25"
    ):
        transformer(tables, ids, [1, 9])
    with pytest.raises(
        ValueError, match=rf"run: encoder_ids holds {wrong} at \(1,\); .* 25"
    ):
        program.run(encoder_ids=ids)
    with pytest.raises(ValueError, match=rf"run: decoder_ids holds {wrong} at \(0,\)"):
        program.run(decoder_ids=np.array([wrong, 1]))
    assert program.run(encoder_ids=[0, 25, 5])


def test_the_way_back_refuses_them_too():
    x = trace(X, "x")
    program = backward_source(named("loss", (x[[2, 0]] ** 2).sum()))
    with pytest.raises(ValueError, match=r"run: index holds 4 at \(0,\); allowed is 0 … 3"):
        program.run(index=[4, 0])
    assert program.run(index=[3, 0])["grad_x"].tolist()[3] == [18, 20, 22]


def test_a_record_that_counts_from_the_end_may_go_on_to():
    program = source(named("last", trace(X, "x")[[-1, 0]]))
    assert program.run(index=[-4, 3])["last"].tolist() == [[0, 1, 2], [9, 10, 11]]
    with pytest.raises(IndexError):
        program.run(index=[-5, 0])


@pytest.mark.parametrize(
    "index",
    [
        [3, 0],
        (slice(None), [2, 0]),
        (..., [2, 0]),
        (None, [3, 0], None, [2, 1]),
        (0, [2, 2]),
        (X > 4,),
        ([True, False, True, True], [2, 1, 0]),
        (..., None),
    ],
)
def test_how_many_places_an_array_picks_from(index):
    """One place more is refused by NumPy, and the last one is not."""
    template, arrays = split_index(index)
    sizes = indexed_sizes(X.shape, template, arrays)
    assert len(sizes) == len(arrays)
    for k, size in enumerate(sizes):
        if arrays[k].dtype.kind == "b":
            continue
        last = [np.full_like(a, size - 1) if i == k else a for i, a in enumerate(arrays)]
        over = [np.full_like(a, size) if i == k else a for i, a in enumerate(arrays)]
        X[put(template, last)]
        with pytest.raises(IndexError):
            X[put(template, over)]


def put(template, arrays):
    arrays, parts = iter(arrays), template if isinstance(template, tuple) else (template,)
    return tuple(next(arrays) if isinstance(p, str) and p == ARRAY else p for p in parts)


def test_pythons_own_branch_is_of_the_run():
    x = trace([1.0, -2.0], "x")
    program = source(named("y", x * 2 if x[0] > 0 else x * 3))
    assert program.run(x=[-1.0, 1.0])["y"].tolist() == [-2, 2]  # as its docstring says
    assert "x * 2 if x[0] > 0 else x * 3" in type(program).run.__doc__
