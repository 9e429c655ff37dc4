"""Words for daily life: days only where they have a source, the doctor's sheet everywhere else."""

from __future__ import annotations

from console.scripts.library import shipped
from console.scripts.lint_service import ORDER_ONLY
from console.scripts.words import placeholders

LIB = shipped()


def test_every_care_milestone_of_every_procedure_has_words() -> None:
    codes = {code for procedure in LIB.procedures.values() for code in procedure.care}
    assert len(codes) == len(LIB.care_words) == 50
    assert codes == set(LIB.care_words)


def test_days_are_only_named_where_a_source_stands_behind_them() -> None:
    for procedure in LIB.procedures.values():
        for code, care in procedure.care.items():
            words = LIB.care_words[code]
            assert not any(placeholders(line) for line in (*words.sheet.zh, *words.sheet.en))
            if code in ORDER_ONLY:
                assert words.say is None, (procedure.code, code)
            elif care.sourced and care.from_day is not None:
                assert words.say is not None, (procedure.code, code)
                for lines in (words.say.zh, words.say.en):
                    assert {name for line in lines for name in placeholders(line)} == {"from", "to"}, code


def test_the_doctors_own_order_goes_first_in_both_languages() -> None:
    for words in LIB.care_words.values():
        for lines in (words.say, words.sheet):
            if lines is not None:
                assert any("医生" in line for line in lines.zh), words.code
                assert any("doctor" in line or "surgeon" in line for line in lines.en), words.code


def test_a_milestone_is_found_by_the_words_of_a_patient() -> None:
    names = {alias for words in LIB.care_words.values() for alias in (words.name.zh, *words.aliases)}
    for said in ("洗澡", "化妆", "开车", "运动"):
        assert any(said in name for name in names), said
