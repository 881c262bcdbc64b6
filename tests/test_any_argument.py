"""Every public function, each argument in turn replaced by what it cannot be.

It may work, if the thing is of the argument's kind after all, or it must refuse in a
sentence of the project that begins with the function's name and names the argument. What
comes from inside NumPy, or from Python where it stumbled (KeyError, AttributeError,
IndexError, a warning), is raw; there is none.
"""

import inspect
import itertools
import re
import warnings

import pytest
from any_argument import BAD, FITS, MODULES, SAYS, SPEAKS, UNCHECKED
from good_calls import GOOD
from good_calls_of_models import GOOD as MODELS
from house import public

PUBLIC = public(MODULES)
CASES = [(name, argument, bad) for name in GOOD for argument in GOOD[name] for bad in BAD]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def called(function, arguments):
    """What comes out, with every warning an error and every generator run."""
    row = [value for name, value in arguments.items() if name.startswith("*")]
    named = {name: value for name, value in arguments.items() if name.isidentifier()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = function(*row, **named)
        return list(found) if inspect.isgenerator(found) else found


def tried(name, argument, bad):
    """Call with one bad argument: None if it works, or the error."""
    good = {key: value for key, (_, value) in GOOD[name].items()}
    try:
        called(PUBLIC[name], good | {argument: BAD[bad]()})
    except Exception as error:
        return error
    return None


def raw(name, argument, bad, error):
    """Whether an error is none of the project's: another kind, or it names nothing.

    What is of the right kind and only does not fit may be blamed on its neighbour; "the
    gradient W" names one of the gradients.
    """
    kind, own = GOOD[name][argument][0], name.split(".")[-1]
    blamed = GOOD[name] if bad in FITS[kind] else [argument]
    named = "|".join([word.strip("*").removesuffix("s") for word in blamed])
    text, ours = str(error), type(error).__module__ == "tfmath.errors"
    heard = re.match(rf"{own}\b", text) and re.search(rf"\b({named})s?\b", text)
    handed = text.startswith(SPEAKS.get(name, "-"))
    system = isinstance(error, OSError) and error.filename  # "No such file: 'toy.csv'"
    return not ((heard or handed) and (ours or type(error) in SAYS) or system)


def doubts(names):
    """Every raw error, and every bad thing that an argument takes all the same."""
    found = []
    for name, argument, bad in CASES:
        if name not in names:
            continue
        error = tried(name, argument, bad)
        if error is None and bad not in FITS[GOOD[name][argument][0]]:
            found.append(f"{name}({argument}={bad}) is taken")
        elif error is not None and raw(name, argument, bad, error):
            found.append(f"{name}({argument}={bad}): {type(error).__name__}: {error}")
    return found


def test_every_public_function_is_tried():
    assert set(GOOD) | set(UNCHECKED) == set(PUBLIC)
    assert not set(GOOD) & set(UNCHECKED)


@pytest.mark.parametrize("name", GOOD)
def test_the_good_call_works(name):
    known = set(inspect.signature(PUBLIC[name]).parameters) - {"variant", "outputs"}
    assert known == {argument for argument in GOOD[name] if argument.isidentifier()}
    called(PUBLIC[name], {key: value for key, (_, value) in GOOD[name].items()})


@pytest.mark.parametrize("name", GOOD)
def test_no_bad_argument_gives_a_raw_error(name):
    found = doubts({name})
    assert not found, "\n".join(found)


# The model: whoever is asked inside may speak, as long as it is one of the project


@pytest.mark.parametrize("name", MODELS)
def test_no_bad_argument_of_a_model_comes_out_of_numpy(name):
    """The parts of a model hand their arguments down; the one that checks says its name."""
    found, good = [], {key: value for key, (_, value) in MODELS[name].items()}
    function = public([name.rpartition(".")[0]])[name]
    called(function, good)
    for argument, bad in itertools.product(good, BAD):
        try:
            called(function, good | {argument: BAD[bad]()})
        except Exception as error:
            ours = type(error).__module__ == "tfmath.errors"
            told = type(error) in SAYS and re.match(r"[a-z_]+( \d+| norm)?: ", str(error))
            if not (ours or told):
                found.append(f"{name}({argument}={bad}): {type(error).__name__}: {error}")
    assert not found, "\n".join(found)
