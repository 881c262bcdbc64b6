"""Whether every chapter asks its exercises, and every stored solution is right."""

from tfmath.practice.stored import notebooks_in, state_of, stored_in


def doubts_of_chapters(exercises, folder=None):
    """What is wrong with the chapters and the solutions in a folder, in sentences.

    Parameters
    ----------
    exercises : dict of dict
        The exercises of each subject, by name.
    folder : path, optional
        With the chapters, and a folder ``solutions`` in it.
    """
    paths = notebooks_in(folder)
    chapters = {path.name: stored_in(path) for path in paths}
    solved = {p.name: stored_in(p) for p in sorted(_solutions(paths).glob("*.ipynb"))}
    doubts = [
        f"{name}: {doubt}"
        for name, chapter in chapters.items()
        for doubt in doubts_of_chapter(chapter, solved.get(name), exercises)
    ]
    used = [chapter.subject for chapter in chapters.values()]
    doubts += [
        f"{s}: {used.count(s)} chapters ask it" for s in exercises if used.count(s) != 1
    ]
    return doubts + [
        f"solutions/{n}: there is no such chapter" for n in set(solved) - set(chapters)
    ]


def _solutions(paths):
    return paths[0].parent / "solutions"


def doubts_of_chapter(chapter, solution, exercises):
    """A chapter leaves every exercise of its module open, and the solutions are right."""
    subject = chapter.subject
    if subject not in exercises:
        return [f"imports no exercise module of its own: {subject}"]
    if solution is None or solution.subject != subject:
        return [f"has no solutions that use {subject}"]
    doubts = []
    for name in exercises[subject]:
        asked, solved = _said(chapter, name), _said(solution, name)
        if "open" not in asked:
            doubts.append(f"{name} is nowhere asked, or stored with an answer")
        if "right" not in asked + solved:
            doubts.append(f"{name} is solved nowhere")
    wrong = [(n, text) for n, text in solution.verdicts if state_of(text) != "right"]
    return doubts + [f"the solution of {name} is stored as: {text}" for name, text in wrong]


def _said(stored, name):
    return [state_of(text) for asked, text in stored.verdicts if asked == name]
