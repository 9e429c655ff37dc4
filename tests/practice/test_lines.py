"""Every question of the library gets a sensible answer in both languages, and a good recovery raises nothing."""

from __future__ import annotations

import re
from itertools import product

import pytest

from console.practice import lines
from console.practice.records import MOODS, Done
from console.rules.triage import NO, YES
from console.scripts.errors import ScriptError
from console.scripts.library import Library, shipped
from console.scripts.records import OpenTreatment
from console.scripts.select import select_flow, triage_flow

PLANNED = {"d0": 0, "d1": 1, "d2": 2, "d4": 4, "d7": 7, "d14": 14, "d30": 30, "d90": 90, "d180": 180}
PLANNED |= {"d365": 365, "yearly": 730}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
HERE = {"zh": {"place": "客厅", "companion": "家人"}, "en": {"place": "at home", "companion": "my sister"}}


@pytest.fixture(scope="module")
def library() -> Library:
    return shipped()


def _said(library: Library, code: str, value: object, mood: str, lang: str, turn: int, *, vague: bool) -> str:
    question, general = library.questions[code], lines.general()
    kind, values = lines.answer_kind(question, value, lang, vague=vague)  # pyright: ignore[reportArgumentType]
    said = lines.line(general, "any", kind, mood, lang, 1, turn)
    return lines.filled(said, {**HERE[lang], **values}, lang)


def test_every_question_has_an_answer_in_every_mood_and_language(library: Library) -> None:
    usual = lines.general().truth
    for code, question in library.questions.items():
        values: list[object] = [usual.get(code, "words")]
        if question.kind == "yes_no":
            values = [YES, NO]
        elif question.kind == "choice":
            values = [option.code for option in question.options]
        elif question.kind == "number":
            values = [question.min, usual[code], question.max]
        for value, mood, lang, vague in product(values, MOODS, ("zh", "en"), (False, True)):
            said = _said(library, code, value, mood, lang, 0, vague=vague)
            where = (code, value, mood, lang, said)
            assert said.strip() and "{" not in said, where
            assert bool(_CHINESE.search(said)) == (lang == "zh"), where
            if lang == "en":
                assert not said[0].islower(), where
            if question.kind == "number" and not vague and value:
                assert f"{value:g}" in said, where


def test_a_yes_names_the_sign_and_a_choice_its_words(library: Library) -> None:
    for turn in range(5):
        said = _said(library, "vision_change", YES, "calm", "zh", turn, vague=False)
        assert "看东西变了" in said
        assert "{" not in said
    assert "going well" in _said(library, "recovery_overall", "good", "calm", "en", 0, vague=False).casefold()
    assert "客厅" in _said(library, "place_now", "", "calm", "zh", 0, vague=False)
    assert "my sister" in _said(library, "companion_now", "", "calm", "en", 0, vague=False).casefold()


def test_lines_depend_on_nothing_but_their_arguments() -> None:
    general = lines.general()
    taken = [lines.line(general, "one", "no", "calm", "en", 7, turn) for turn in range(6)]
    # Written down once: a seed that went through hash() would differ from run to run.
    assert taken == [lines.line(general, "one", "no", "calm", "en", 7, turn) for turn in range(6)]
    assert taken[0] == FIRST_NO
    assert len(set(taken[:5])) == 5, "no two in a row alike"
    assert len({lines.line(general, "one", "no", "calm", "en", seed) for seed in range(20)}) > 1
    assert len({lines.line(general, f"code{one}", "no", "calm", "en", 7) for one in range(20)}) > 1


FIRST_NO = "No, nothing like that."


def test_the_same_variant_in_both_languages() -> None:
    general = lines.general()
    kind = general.kinds["no"].by_mood["calm"]
    pairs = set(zip(kind.zh, kind.en, strict=True))
    for seed, turn in product(range(5), range(5)):
        zh, en = (lines.line(general, "one", "no", "calm", lang, seed, turn) for lang in ("zh", "en"))
        assert (zh, en) in pairs


def test_what_has_an_order_keeps_it_and_is_not_begun_again() -> None:
    general = lines.general()
    written = general.kinds["stranger"].by_mood["any"].zh
    taken = [lines.line(general, "one", "stranger", "calm", "zh", 3, turn) for turn in range(8)]
    assert tuple(taken[: len(written)]) == written
    assert written[0] not in taken[1:]


def test_the_nearest_lines_are_taken() -> None:
    general = lines.general()
    upset = general.kinds["identity:birthday"].by_mood["upset"].en
    assert lines.line(general, "one", "identity:birthday", "angry", "en", 1) in upset
    assert (
        lines.line(general, "one", "choice:recovery_overall:good", "calm", "en", 1)
        in general.kinds["choice"].by_mood["calm"].en
    )
    assert lines.line(general, "one", "no_such_kind", "calm", "en", 1) == ""


def test_a_good_recovery_raises_no_flag_in_any_flow(library: Library) -> None:
    general, wrong = lines.general(), list[str]()
    for procedure in library.procedures:
        usual = general.usual([Done(procedure, 1)])
        for flow in library.names("flows"):
            for day in (PLANNED[flow],) if flow in PLANNED else (3,):
                view = select_flow(library, OpenTreatment(procedure, day), flow)
                answers = {
                    code: usual.get(code, NO)
                    for code, question in view.questions.items()
                    if question.kind != "text"
                }
                wrong += [
                    f"{flow} {procedure} {day}: {flag.code}" for flag in triage_flow(view, answers).flags
                ]
    assert wrong == []


def test_a_good_recovery_follows_the_treatment(library: Library) -> None:
    general = lines.general()
    assert general.usual([Done("upper_blepharoplasty", 2)])["pain_now"] == 2
    assert general.usual([Done("ha_filler", 2)])["pain_now"] == 0
    usual = general.usual([Done("facelift", 2, anaesthesia="general", drain_in=True)])
    assert (usual["anaesthesia_kind"], usual["drain_in"]) == ("general", YES)
    assert lines.faults(general, library.questions) == ()


def test_what_is_missing_or_named_in_vain_is_told(library: Library) -> None:
    made = lines.parse(
        """
schema = 1
[truth]
pain_now = 11
no_such = "yes"
[caller]
feeling = { zh = "一", en = "a" }
callback = { zh = "一", en = "a" }
note = { zh = "一", en = "a" }
meets = []
[line."choice:recovery_overall:great"]
any = { zh = ["好"], en = ["Good"] }
"""
    )
    found = {(where, code) for where, code, _message in lines.faults(made, library.questions)}
    assert {
        ("truth.pain_now", "answer"),
        ("truth.no_such", "unknown_question"),
        ("truth.temp_high", "missing_truth"),
        ("line.text:bruise_where", "missing_words"),
        ("line.choice:recovery_overall:great", "unknown_option"),
    } <= found
    for body in ("schema = 2", "schema = 1\nother = 1", '[line.no]\nany = { zh = ["a", "b"], en = ["a"] }'):
        with pytest.raises(ScriptError):
            lines.parse(body)
