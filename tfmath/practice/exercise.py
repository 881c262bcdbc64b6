"""What an exercise is: a question, what is right, what is often wrong, and hints."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Mistake(NamedTuple):
    """A wrong answer (a value, or a function) and what leads to it.

    Attributes
    ----------
    answer : value or function
    because : str
        What follows "that is what comes out when …", without a full stop: ``"you divide by
        d_k instead of its root"``. With a full stop it is a sentence and said as it is.
    """

    answer: Any
    because: str

    @property
    def says(self):
        """The mistake as a clause of its own."""
        sentence = self.because.endswith(".")
        return (
            self.because[:-1] if sentence else f"that is what comes out when {self.because}"
        )


class Law(NamedTuple):
    """What must hold besides the values.

    Attributes
    ----------
    holds : function
        ``holds(function, *inputs)`` calls the function, perhaps several times, and says
        whether the law holds.
    because : str
        What follows "its numbers are right, but …".
    """

    holds: Callable
    because: str


class Exercise(NamedTuple):
    """One question of a chapter.

    Attributes
    ----------
    question : str
        One sentence, with the form of the answer and how many decimals; the notebook says
        more.
    answer : number, text, sequence, array, dict or function
        What is right. A function is the reference that a learner's function must equal.
    mistakes : tuple of Mistake
        The zoo. Each has a sentence of its own.
    hints : tuple of str
        From a nudge to nearly the whole way.
    inputs : function of rng, or a tuple of such functions, optional
        For a function: each draws the arguments of one trial. Every size must differ from
        trial to trial, and so must every number that the learner might take for granted
        (see `tfmath.practice.trials.sizes`). Several functions are several kinds of trial,
        as scores of ordinary size and scores of 1000.
    tolerance : float
        How far a number may be off: half a unit of the last decimal asked for, and 0 for
        whole numbers. For functions it counts for nothing: there it is rounding alone.
    forms : tuple
        For a function: other ways to write the right one, which must pass like it. They
        decide nothing; the kill matrix tries them.
    also : tuple
        Answers that differ from `answer` and are right too.
    laws : tuple of Law
        For a function: what must hold besides the values.
    """

    question: str
    answer: Any
    mistakes: tuple = ()
    hints: tuple = ()
    inputs: Callable | tuple | None = None
    tolerance: float = 5e-4
    forms: tuple = ()
    also: tuple = ()
    laws: tuple = ()


class Verdict:
    """What `check` says; prints as a sentence.

    Attributes
    ----------
    state : str
        ``"open"``, ``"right"`` or ``"wrong"``.
    text : str
    inputs : list or None
        For a function that is wrong: the smallest inputs on which it was seen to be.
    printed : str
        What a function printed on them.
    """

    def __init__(self, state, text, inputs=None, printed=""):
        self.state, self.text, self.inputs, self.printed = state, text, inputs, printed

    def __repr__(self):
        return self.text
