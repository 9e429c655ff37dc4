"""A practice result: what is taken, what is refused, what rests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.rules.practice import (
    EXAM_REST,
    ITEMS_MOST,
    TEXT_MOST,
    ResultInvalid,
    differs,
    flat,
    parse,
    resting,
    stored,
)
from db.practice_records import KeptResult, PracticeLevel
from tests.practice_runs import NOW, begun, run

WORDS = {"zh": "先说出这件事。", "en": "Say it first."}


def test_what_is_kept_reads_back_as_it_was_and_drops_what_nobody_knows() -> None:
    sent = run(
        "bleed",
        items=[("flag", 0, 20, WORDS), ("answer:pain_now", 5, 5, WORDS)],
        level="exam",
        course="first_week",
        position=3,
        transcript=[{"text": "秘密"}],
        score=5,
        of=25,
    )
    made = parse(sent)
    assert (made.got, made.of, made.level, made.course, made.position) == (
        *(5, 25),
        *(PracticeLevel.EXAM, "first_week", 3),
    )
    assert [(item.group, item.better is not None) for item in made.items] == [
        ("flag", True),
        ("answer", False),
    ]
    kept = json.dumps(flat(made), ensure_ascii=False)
    assert stored(kept) == parse(json.loads(kept)) == made
    assert "秘密" not in kept and "transcript" not in kept


def test_an_instant_fail_leaves_no_points() -> None:
    made = parse(run("bleed", items=[("flag", 20, 20, None)], instant_fail=["flag_missed"], score=0, of=20))
    assert (made.got, made.of) == (0, 20)


def test_texts_are_cleaned_and_cut() -> None:
    hostile = {"zh": "先\x1b[31m说\u202e" + "长" * 1_000, "en": "Say\x00 it"}
    better = parse(run("bleed", items=[("flag", 0, 20, hostile)])).items[0].better
    assert better is not None and better.en == "Say it"
    assert better.zh.startswith("先[31m说长") and len(better.zh) <= TEXT_MOST


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("run", {"run": "short"}),
        ("run", {"run": "x" * 81}),
        ("run", {"run": None}),
        ("scenario", {"scenario": "../etc"}),
        ("scenario", {"scenario": "a\x1bb"}),
        ("scenario", {"scenario": "a" * 49}),
        ("level", {"level": "easy"}),
        ("level", {"level": ["exam"]}),
        ("seed", {"seed": "1"}),
        ("seed", {"seed": 2**63}),
        ("items", {"items": []}),
        ("items", {"items": "flag"}),
        ("items", {"items": [{"code": "flag", "got": 3, "of": 2}]}),
        ("items", {"items": [{"code": "flag", "got": 0, "of": 0}]}),
        ("items", {"items": [{"code": "flag", "got": True, "of": 1}]}),
        ("items", {"items": [{"code": "flag", "got": 1, "of": 1}] * 2}),
        ("items", {"items": [{"code": f"answer:q{n}", "got": 1, "of": 1} for n in range(ITEMS_MOST + 1)]}),
        ("items", {"items": [{"code": "Flag!", "got": 1, "of": 1}]}),
        ("instant_fail", {"instant_fail": "flag_missed"}),
        ("instant_fail", {"instant_fail": ["flag_missed", "flag_missed"]}),
        ("seconds", {"seconds": float("nan")}),
        ("seconds", {"seconds": -1}),
        ("norm_seconds", {"norm_seconds": float("inf")}),
        ("keys", {"keys": 1.5}),
        ("keys_norm", {"keys_norm": -1}),
        ("finished", {"finished": 1}),
        ("course", {"course": "Ä"}),
        ("position", {"position": -1}),
        ("score", {"score": 24}),
        ("of", {"of": 26}),
    ],
)
def test_what_is_no_result_is_refused_by_its_field(field: str, change: dict[str, Any]) -> None:
    sent = run("bleed", items=[("flag", 20, 20, None), ("note", 5, 5, None)])
    parse(sent)
    with pytest.raises(ResultInvalid) as caught:
        parse({**sent, **change})
    assert caught.value.field == field


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(run("bleed"))) | st.text(max_size=6),
        junk,
        max_size=3,
    )
)
def test_whatever_is_sent_is_refused_or_reads_back_the_same(change: dict[str, Any]) -> None:
    try:
        made = parse({**run("bleed"), **change})
    except ResultInvalid:
        return
    kept = json.dumps(flat(made))
    assert stored(kept) == parse(json.loads(kept)) == made


def test_no_document_at_all_is_refused() -> None:
    for nothing in (None, [], "{}", 3):
        with pytest.raises(ResultInvalid):
            parse(nothing)


# --- exams ---


def exam(at: datetime, scenario: str = "bleed", course: str = "exam", **more: Any) -> KeptResult:
    return KeptResult(1, 1, at, parse(run(scenario, level="exam", course=course, **more)))


def test_an_exam_rests_to_the_very_instant_whether_passed_or_broken_off() -> None:
    for finished in (True, False):
        taken = [exam(NOW, finished=finished)]
        (rests,) = resting(taken, (), NOW + EXAM_REST - timedelta(milliseconds=1))
        assert (rests.scenario, rests.course, rests.until) == ("bleed", "exam", NOW + EXAM_REST)
        assert resting(taken, (), NOW + EXAM_REST) == ()


def test_other_levels_other_scenarios_and_other_courses_do_not_rest() -> None:
    normal = KeptResult(1, 1, NOW, parse(run("bleed", level="normal", course="exam")))
    taken = [exam(NOW), exam(NOW, course=""), normal]
    assert {(one.scenario, one.course) for one in resting(taken, (), NOW)} == {
        ("bleed", "exam"),
        ("bleed", ""),
    }


def test_a_lead_s_permission_stands_for_one_try() -> None:
    allowed = [("bleed", "exam", NOW + timedelta(hours=1))]
    later = NOW + timedelta(hours=2)
    assert resting([exam(NOW)], allowed, later) == ()
    again = [exam(NOW), exam(later)]
    assert [one.until for one in resting(again, allowed, later)] == [later + EXAM_REST]
    # Given before the exam, or for another one, it opens nothing.
    assert resting([exam(NOW)], [("bleed", "exam", NOW - timedelta(hours=1))], NOW)
    assert resting([exam(NOW)], [("bleed", "", later)], later)
    assert NOW.tzinfo is UTC


EXAM: dict[str, Any] = {"level": "exam", "course": "exam", "position": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"begun": 1},
        {"begun": None},
        {"level": "normal"},
        {"finished": True},
        {"instant_fail": ["flag_missed"]},
        {"items": [{"code": "flag", "got": 1, "of": 20}]},
    ],
    ids=str,
)
def test_a_beginning_is_of_an_exam_and_has_no_points(change: dict[str, Any]) -> None:
    first = begun(run("bleed", **EXAM))
    made = parse(first)
    assert (made.begun, made.finished, made.got, made.of) == (True, False, 0, 20)
    assert stored(json.dumps(flat(made))) == made
    with pytest.raises(ResultInvalid) as caught:
        parse({**first, **change})
    assert caught.value.field == "begun"


def test_a_result_kept_before_beginnings_were_is_none() -> None:
    made = parse(run("bleed", **EXAM))
    old = flat(made)
    del old["begun"]
    assert stored(json.dumps(old)) == made and not made.begun


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("", {"seconds": 4, "keys": 3, "finished": False}),
        ("", {"instant_fail": ["flag_missed"], "norm_seconds": 9}),
        ("run", {"run": "run-another"}),
        ("scenario", {"scenario": "plain"}),
        ("level", {"level": "normal"}),
        ("seed", {"seed": 8}),
        ("course", {"course": ""}),
        ("position", {"position": 2}),
        ("items", {"items": [{"code": "flag", "got": 5, "of": 5}]}),
        ("items", {"items": [{"code": "note", "got": 20, "of": 20}]}),
        ("items", {"items": [{"code": "flag", "group": "told", "got": 20, "of": 20}]}),
    ],
    ids=str,
)
def test_an_end_is_of_the_same_call(field: str, change: dict[str, Any]) -> None:
    whole = run("bleed", **EXAM)
    assert differs(parse(begun(whole)), parse({**whole, **change})) == field


def test_an_exam_that_only_began_rests_as_broken_off_and_may_be_allowed_once_more() -> None:
    whole = run("bleed", **EXAM)
    kept = KeptResult(1, 1, NOW, parse(begun(whole)))
    (rests,) = resting([kept], [], NOW + timedelta(hours=1))
    assert (rests.scenario, rests.until, rests.broken_off) == ("bleed", NOW + EXAM_REST, True)
    (ended,) = resting([KeptResult(1, 1, NOW, parse(whole))], [], NOW)
    assert not ended.broken_off
    again = [("bleed", "exam", NOW + timedelta(minutes=1))]
    assert resting([kept], again, NOW + timedelta(hours=1)) == ()
    assert resting([kept], [], NOW + EXAM_REST) == ()
