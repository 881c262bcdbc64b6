"""Every planted mistake still finds its place, and the stored matrix says that all died."""

from tests.mutants import MUTANTS, TARGET, killers_of, text_of


def test_every_mutant_applies_and_has_tests_to_kill_it():
    for mutant in MUTANTS:
        assert text_of(mutant).count(mutant.wrong) >= 1
        compile(text_of(mutant), mutant.file, "exec")
        assert killers_of(mutant), mutant
    assert len(MUTANTS) >= 40 and len({mutant.mistake for mutant in MUTANTS}) == len(
        MUTANTS
    )


def test_the_stored_matrix_is_of_these_mutants_and_none_survived():
    text = TARGET.read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()]
    assert rows[6:] == [mutant.mistake for mutant in MUTANTS]
    assert f"{len(MUTANTS)} of {len(MUTANTS)} killed" in text and "**nobody**" not in text
