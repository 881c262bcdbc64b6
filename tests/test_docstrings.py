"""Every public function says what goes in, what comes out, and shows an example.

numpydoc reads the docstrings. A function whose docstring says "Arguments as for `x`"
or "Arguments and result as for `x`" has those that `x` documents.
"""

import inspect
import re

import pytest
from house import FLOOR, MODULES, public
from numpydoc import docscrape, validate

FITTING = {
    "GL06": "a section has an unknown name",
    "GL07": "the sections stand in another order than numpydoc's",
    "GL08": "there is no docstring",
    "SS01": "there is no summary",
    "SS02": "the summary begins with a small letter",
    "SS03": "the summary does not end with a full stop",
    "SS06": "the summary is longer than a line",
    "PR01": "an argument is not documented",
    "PR02": "an argument is documented that does not exist",
    "PR03": "the arguments stand in another order",
    "RT01": "something is returned, and not documented",
    "EX01": "there is no example",  # asked of the mathematics and of the record
}
LIKE = re.compile(r"(Arguments[^.`]*?) as for\s+`(\w+)`")

# The steps that a function records: a section of this project alone.
docscrape.NumpyDocString.sections["Steps"] = []
validate.ALLOWED_SECTIONS.insert(validate.ALLOWED_SECTIONS.index("See Also"), "Steps")


# A module whose name ends in _row says what the record knows; nobody calls what is in it.
PUBLIC = {n: f for n, f in public(MODULES).items() if "_row." not in n}


def read(function):
    """What numpydoc makes of a function and of its docstring."""
    return validate.Validator(docscrape.get_doc_object(function))


def bare(name, function, known):
    """The codes of what a docstring lacks."""
    doc = read(function)
    codes = {code for code, _ in validate.validate(doc.doc)["errors"]} & set(FITTING)
    if FLOOR[name.split(".")[0]] not in (1, 2, 3):
        codes -= {"EX01"}
    if (like := LIKE.search(doc.raw_doc)) and like[2] in known:
        missing = set(doc.signature_parameters) - set(doc.doc_parameters)
        if missing <= set(read(known[like[2]]).doc_parameters):
            codes -= {"PR01", "RT01"} if "result" in like[1] else {"PR01"}
    return codes


def doubts(functions):
    """What is missing, in words, a line for each function and code."""
    known = {name.split(".")[-1]: function for name, function in PUBLIC.items()}
    return [
        f"{name}: {FITTING[code]}"
        for name, function in functions.items()
        for code in sorted(bare(name, function, known))
    ]


def test_no_docstring_is_unfinished():
    found = doubts(PUBLIC)
    assert not found, "\n".join(found)


def test_the_faces_of_the_project_are_all_looked_at():
    assert len(PUBLIC) > 100
    import tfmath

    faces = {n for n in tfmath.__all__ if inspect.isfunction(getattr(tfmath, n))}
    assert faces <= {name.split(".")[-1] for name in PUBLIC}


# Controls


def full(x, y=1):
    """Add two numbers.

    Parameters
    ----------
    x, y : float

    Returns
    -------
    float

    Steps
    -----
    sum
        What comes out.

    Examples
    --------
    >>> full(1, 2)
    3
    """
    return x + y


def like_full(x, y=1):
    """Add two numbers, too. Arguments and result as for `full`.

    Examples
    --------
    >>> like_full(1, 2)
    3
    """
    return x + y


def more_than_full(x, y, z):
    """Add three numbers. Arguments as for `full`."""
    return x + y + z


def forgets(x, y):
    """add two numbers

    Parameters
    ----------
    y : float

    Sums
    ----
    One.
    """
    return x + y


def silent(x): ...


@pytest.mark.parametrize(
    "function, codes",
    [
        (full, ""),
        (like_full, ""),
        (more_than_full, "PR01 RT01 EX01"),
        (forgets, "GL06 GL07 SS02 SS03 PR01 RT01 EX01"),
        (silent, "GL08"),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown section")
def test_control_what_is_missing_is_seen(function, codes):
    known = {"full": full}
    assert bare("parts.fake", function, known) == set(codes.split())
    assert bare("show.fake", function, known) == set(codes.split()) - {"EX01"}


def test_control_an_unfinished_docstring_is_caught_by_its_name():
    told = ["parts.fake: there is no docstring"]
    assert doubts({"parts.full": full, "parts.fake": silent}) == told
