"""The command ``python -m tfmath practice``."""

from tfmath.practice.matrix import COLUMNS, doubts_of
from tfmath.practice.of_chapters import doubts_of_chapters
from tfmath.practice.progress import as_text, progress
from tfmath.practice.stored import exercises_of, subjects


def main(chosen):
    """Print a table; 1 if the matrix has a hole."""
    if not chosen.kill_matrix:
        print(as_text(progress(chosen.folder)))
        return 0
    return print_matrix({s: exercises_of(s) for s in subjects()}, chosen.folder)


def print_matrix(exercises, folder=None):
    """Print one line an exercise, then what is wrong with the chapters, then the sums."""
    width = max(len(f"{s}.{name}") for s, found in exercises.items() for name in found)
    print(f"{'':<{width}} ", "  ".join(COLUMNS), flush=True)
    sums, doubts = dict.fromkeys(COLUMNS, 0), 0
    for subject, found in exercises.items():
        for name, exercise in found.items():
            cells = doubts_of(exercise)
            doubts += _print_row(f"{subject}.{name}", width, cells)
            sums = {column: sums[column] + cells[column][0] for column in COLUMNS}
    chapters = doubts_of_chapters(exercises, folder)
    print(*chapters, sep="\n", end="\n" if chapters else "")
    print(_sum_line(exercises, sums, doubts + len(chapters)))
    return int(bool(doubts + len(chapters)))


def _print_row(name, width, cells):
    marks = [f"{_mark(tried, wrong):>{len(c)}}" for c, (tried, wrong) in cells.items()]
    print(f"{name:<{width}} ", "  ".join(marks), flush=True)
    complaints = [text for _, wrong in cells.values() for text in wrong]
    print(*(f"    {text}" for text in complaints), sep="\n", end="\n" if complaints else "")
    return len(complaints)


def _mark(tried, wrong):
    return f"{tried - len(wrong)}/{tried}" if wrong else str(tried)


def _sum_line(exercises, sums, doubts):
    n = sum(map(len, exercises.values()))
    told = ", ".join(f"{count} {column}" for column, count in sums.items())
    said = f"{doubts or 'No'} complaint{'s' * (doubts != 1)}."
    return f"{n} exercise{'s' * (n != 1)}: {told}. {said}"
