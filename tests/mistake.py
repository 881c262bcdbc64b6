"""What a planted mistake is."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A mistake: what it is, the file below tfmath/, the right text and the wrong one."""

    mistake: str
    file: str
    right: str
    wrong: str
    tests: str = ""
