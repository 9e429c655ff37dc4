"""Triage: more answers never make it milder, and nothing uncertain lets anything reassuring be said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules.triage import (
    Answer,
    Flag,
    Predicate,
    Triage,
    TriageFacts,
    Window,
    holds,
    is_answered,
    triage,
    union,
)
from console.scripts.library import Library, shipped
from console.scripts.records import ConcernView, OpenTreatment, Question
from console.scripts.select import select_concern, triage_concern
from db.enums import Level
from tests.scripts.answers import all_well

SOME_DAYS = (0, 1, 2, 3, 4, 6, 7, 8, 13, 14, 15, 21, 22, 30, 31, 60, 90, 91, 180, 365, 366, 1825, 4000)


@cache
def library() -> Library:
    return shipped()


@st.composite
def views(draw: st.DrawFn) -> ConcernView:
    procedure = draw(st.sampled_from(sorted(library().procedures)))
    concern = draw(st.sampled_from(sorted(library().concerns)))
    days = set(SOME_DAYS)
    window = library().window(procedure, concern)
    if window is not None and window.until is not None and window.from_day is not None:
        days |= {max(0, window.from_day - 1), window.from_day, window.until, window.until + 1}
    return select_concern(library(), OpenTreatment(procedure, draw(st.sampled_from(sorted(days)))), concern)


def any_answer(question: Question) -> st.SearchStrategy[Answer]:
    match question.kind:
        case "yes_no":
            return st.sampled_from(["yes", "no", "unsure"])
        case "choice":
            return st.sampled_from([*(option.code for option in question.options), "unsure"])
        case "number":
            low, high = question.min or 0, question.max or 0
            return st.one_of(st.just("unsure"), st.floats(low, high), st.integers(int(low), int(high)))
        case _:
            return st.text(max_size=5)


@st.composite
def answered(draw: st.DrawFn) -> tuple[ConcernView, dict[str, Answer]]:
    view = draw(views())
    # Answers to other concerns' questions are there too, as in a real call.
    pool = {**library().questions, **{question.code: question for question in view.ask}}
    codes = draw(st.lists(st.sampled_from(sorted(pool)), max_size=12, unique=True))
    own = draw(st.lists(st.sampled_from([question.code for question in view.ask]), unique=True))
    return view, {code: draw(any_answer(pool[code])) for code in dict.fromkeys([*codes, *own])}


def rank(result: Triage) -> int:
    return 9 if result.level is None else result.level.rank


@settings(max_examples=150, deadline=None)
@given(answered(), st.data())
def test_one_more_answer_never_lowers_the_level_and_never_drops_a_flag(
    case: tuple[ConcernView, dict[str, Answer]], data: st.DataObject
) -> None:
    view, answers = case
    code = data.draw(st.sampled_from(sorted(library().questions)).filter(lambda one: one not in answers))
    before = triage_concern(view, answers)
    after = triage_concern(view, {**answers, code: data.draw(any_answer(library().questions[code]))})
    assert rank(after) <= rank(before)
    assert {flag.code for flag in before.flags} <= {flag.code for flag in after.flags}


@settings(max_examples=150, deadline=None)
@given(answered())
def test_reassurance_needs_every_answer_a_good_trend_an_open_window_and_no_escalating_flag(
    case: tuple[ConcernView, dict[str, Answer]],
) -> None:
    view, answers = case
    result = triage_concern(view, answers)
    needed = [question.code for question in view.ask]
    assert set(result.unanswered) == {code for code in needed if not is_answered(answers.get(code))}
    if result.reassurance_allowed:
        assert view.say is not None
        assert view.window is not None and view.window.holds(view.day)
        assert all(is_answered(answers.get(code)) and answers[code] != "unsure" for code in needed)
        assert view.trend is None or answers[view.trend] in ("better", "same")
        assert all(flag.level is Level.ROUTINE for flag in result.flags)


@settings(max_examples=150, deadline=None)
@given(views(), st.data())
def test_a_well_patient_is_reassured_exactly_where_there_are_words_and_one_missing_answer_ends_it(
    view: ConcernView, data: st.DataObject
) -> None:
    answers = all_well(view.ask)
    result = triage_concern(view, answers)
    assert result.reassurance_allowed == (view.say is not None), (view.procedure, view.concern.code, view.day)
    assert not result.escalates
    question = data.draw(st.sampled_from(view.ask))
    assert not triage_concern(view, {**answers, question.code: "unsure"}).reassurance_allowed
    del answers[question.code]
    assert not triage_concern(view, answers).reassurance_allowed


@pytest.mark.parametrize("concern", sorted(library().concerns))
def test_a_worse_trend_is_a_flag_of_its_own(concern: str) -> None:
    for day, level in ((0, Level.SAME_DAY), (3, Level.SAME_DAY), (4, Level.URGENT)):
        view = select_concern(library(), OpenTreatment("upper_blepharoplasty", day), concern)
        if view.trend is None:
            return
        result = triage_concern(view, all_well(view.ask) | {view.trend: "worse"})
        assert not result.reassurance_allowed
        assert result.level is not None and result.level.rank <= level.rank
        assert "trend_worse" in {flag.code for flag in result.flags}


def levels(
    procedure: str, day: int, concern: str, answers: Mapping[str, Answer], **more: object
) -> dict[str, Level]:
    treatment = OpenTreatment(procedure, day, **more)  # type: ignore[arg-type]
    view = select_concern(library(), treatment, concern)
    return {flag.code: flag.level for flag in triage_concern(view, answers).flags}


def top(found: Mapping[str, Level]) -> Level | None:
    return min(found.values(), key=lambda level: level.rank, default=None)


@pytest.mark.parametrize("procedure", sorted(library().procedures))
def test_any_change_of_sight_is_an_emergency_for_every_procedure_and_day(procedure: str) -> None:
    for day in (0, 2, 3, 400):
        for concern in ("swelling", "vision_symptoms", "scar", "mood_body_image"):
            assert top(levels(procedure, day, concern, {"vision_change": "yes"})) is Level.EMERGENCY
            assert top(levels(procedure, day, concern, {"vision_change": "unsure"})) is Level.EMERGENCY


def test_ointment_blur_which_clears_is_no_flag_on_the_first_days_only() -> None:
    for day in (0, 1, 2):
        assert levels("upper_blepharoplasty", day, "vision_symptoms", {"ointment_blur": "clears"}) == {}
    assert (
        top(levels("upper_blepharoplasty", 3, "vision_symptoms", {"ointment_blur": "clears"}))
        is Level.EMERGENCY
    )
    assert (
        top(levels("upper_blepharoplasty", 0, "vision_symptoms", {"ointment_blur": "stays"}))
        is Level.EMERGENCY
    )
    assert (
        top(levels("upper_blepharoplasty", 0, "vision_symptoms", {"ointment_blur": "unsure"}))
        is Level.EMERGENCY
    )


@pytest.mark.parametrize("sign", ["face_droop", "limb_weak", "speech_confused", "face_weak"])
def test_a_droop_weakness_or_confusion_is_an_emergency(sign: str) -> None:
    assert top(levels("thread_lift", 10, "thread_visible_dimple", {sign: "yes"})) is Level.EMERGENCY


@pytest.mark.parametrize(
    ("procedure", "minutes", "level"),
    [
        ("liposuction", 0, None),
        ("liposuction", 4, None),
        ("liposuction", 5, Level.SAME_DAY),
        ("liposuction", 10, Level.EMERGENCY),
        ("rhinoplasty_implant", 4, None),
        ("rhinoplasty_implant", 5, Level.EMERGENCY),
        ("rhinoplasty_autologous", 5, Level.EMERGENCY),
    ],
)
def test_minutes_of_pressure(procedure: str, minutes: int, level: Level | None) -> None:
    assert top(levels(procedure, 1, "bleeding", {"pressure_minutes": minutes})) is level


@pytest.mark.parametrize(
    ("day", "now", "high", "level"),
    [
        (1, 36.8, 37.2, None),
        (1, 37.3, 37.3, Level.ROUTINE),
        (3, 37.9, 37.9, Level.ROUTINE),
        (4, 36.9, 37.3, Level.URGENT),
        (4, 37.2, 37.2, None),
        (1, 36.9, 38.0, Level.SAME_DAY),
        (60, 38.0, 38.0, Level.SAME_DAY),
    ],
)
def test_the_highest_temperature_counts(day: int, now: float, high: float, level: Level | None) -> None:
    assert top(levels("facelift", day, "fever", {"temp_now": now, "temp_high": high})) is level


def test_early_low_fever_does_not_block_what_may_be_said() -> None:
    facts = TriageFacts(day=1, required=("temp_now",), window=Window(0, 1, 3, None))
    flag = library().flags["temp_raised_early"]
    assert triage([flag], {"temp_now": 37.5}, facts).reassurance_allowed


def test_one_leg_is_sent_to_the_emergency_department_and_with_breathlessness_to_the_ambulance() -> None:
    leg, breath = library().flags["dvt_leg"], library().flags["pe_signs"]
    assert leg.action == "ED_NOW" and breath.action == "CALL_120"
    assert leg.level is Level.SAME_DAY and breath.level is Level.EMERGENCY
    found = levels("liposuction", 9, "pain", {"leg_one_sided": "yes", "chest_pain": "yes"})
    assert {"dvt_leg", "pe_signs"} <= set(found)


def test_thoughts_of_suicide_reach_the_doctor_within_the_hour_and_a_plan_is_an_emergency() -> None:
    assert library().flags["suicide_thoughts"].contact_by_min == 60
    assert top(levels("ha_filler", 9, "mood_body_image", {"suicide_thoughts": "yes"})) is Level.SAME_DAY
    assert top(levels("ha_filler", 9, "mood_body_image", {"suicide_plan": "unsure"})) is Level.EMERGENCY
    both = {"suicide_thoughts": "yes", "alone_now": "yes"}
    assert top(levels("ha_filler", 9, "mood_body_image", both)) is Level.EMERGENCY


def test_a_soft_swelling_is_same_day_unless_small_and_painless() -> None:
    found = {
        answer: top(levels("liposuction", 9, "seroma", {"soft_swelling": answer}))
        for answer in ("none", "small_painless", "larger", "unsure")
    }
    expected = {
        "none": None,
        "small_painless": Level.URGENT,
        "larger": Level.SAME_DAY,
        "unsure": Level.SAME_DAY,
    }
    assert found == expected


def test_a_turned_out_lid_is_same_day_with_pain_redness_or_light_and_urgent_without() -> None:
    concern = "eyelid_closure_ectropion"
    assert top(levels("lower_blepharoplasty", 20, concern, {"lid_pulled": "yes"})) is Level.URGENT
    painful = {"lid_pulled": "yes", "eye_pain_red": "yes"}
    assert top(levels("lower_blepharoplasty", 20, concern, painful)) is Level.SAME_DAY


@pytest.mark.parametrize("procedure", ["ha_filler", "face_fat_grafting"])
def test_pain_after_filler_or_facial_fat_is_never_reassured(procedure: str) -> None:
    for day in (0, 1, 5, 60):
        assert top(levels(procedure, day, "pain", {"pain_now": 1})) is Level.SAME_DAY
        assert select_concern(library(), OpenTreatment(procedure, day), "pain").say is None
    assert top(levels(procedure, 2, "bruising", {"colour_unseen": "yes"})) is Level.SAME_DAY
    assert top(levels(procedure, 30, "swelling", {"skin_dark_white": "yes"})) is Level.EMERGENCY


@pytest.mark.parametrize(
    ("procedure", "day", "more", "raised"),
    [
        ("upper_blepharoplasty", 7, {}, False),
        ("upper_blepharoplasty", 8, {}, True),
        ("upper_blepharoplasty", 8, {"stitches_day": 9}, False),
        ("upper_blepharoplasty", 10, {"stitches_day": 9}, True),
        ("upper_blepharoplasty", 10, {"stitches_out": True}, False),
        ("thread_lift", 40, {}, False),
        ("genioplasty", 40, {}, False),
        ("labiaplasty", 40, {}, False),
        ("hair_transplant", 40, {}, False),
        ("hair_transplant", 40, {"stitches_day": 10}, True),
    ],
)
def test_stitches_past_their_day(procedure: str, day: int, more: dict[str, object], raised: bool) -> None:
    found = levels(procedure, day, "scar", {"stitches_still_in": "yes"}, **more)
    assert ("stitches_overdue" in found) is raised
    assert not raised or found["stitches_overdue"] is Level.URGENT


def _flag(code: str, level: Level, when: Predicate) -> Flag:
    return Flag(code, level, code, code, when)


@pytest.mark.parametrize("answer", ["", "   ", float("nan"), None])
def test_blank_and_not_a_number_are_no_answers(answer: Answer | None) -> None:
    assert not is_answered(answer)
    answers = {} if answer is None else {"q": answer}
    facts = TriageFacts(day=1, required=("q",), window=Window(0, 1, 3, None))
    assert not triage([], answers, facts).reassurance_allowed


def test_true_and_false_are_no_numbers() -> None:
    at_least = Predicate("at_least", question="q", value=1)
    assert not holds(at_least, {"q": True}, TriageFacts(day=0))


def test_an_unknown_predicate_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown predicate"):
        holds(Predicate("not"), {}, TriageFacts(day=0))


def test_a_concern_without_a_window_counts_as_past_it_and_a_flow_has_none() -> None:
    past = Predicate("past_window")
    assert holds(past, {}, TriageFacts(day=0))
    assert holds(past, {}, TriageFacts(day=0, window=Window(None, None, None, None, never=True)))
    assert not holds(past, {}, TriageFacts(day=3, window=Window(0, 1, 3, None)))
    assert holds(past, {}, TriageFacts(day=4, window=Window(0, 1, 3, None)))
    assert not holds(past, {}, TriageFacts(day=4000, in_concern=False))


def test_several_treatments_are_as_urgent_as_the_worst_and_as_careful_as_the_strictest() -> None:
    yes = Predicate("yes", question="q")
    facts = TriageFacts(day=1, required=("q",), window=Window(0, 1, 3, None))
    calm = triage([], {"q": "no"}, facts)
    bad = triage([_flag("a", Level.URGENT, yes), _flag("b", Level.EMERGENCY, yes)], {"q": "yes"}, facts)
    assert calm.reassurance_allowed
    joint = union([calm, bad, bad])
    assert joint.level is Level.EMERGENCY and not joint.reassurance_allowed
    assert [flag.code for flag in joint.flags] == ["b", "a"]
    assert union([calm, calm]).reassurance_allowed


def test_every_single_question_can_stop_the_words_wherever_there_are_words() -> None:
    spoken = 0
    for procedure in library().procedures:
        for concern in library().concerns:
            window = library().window(procedure, concern)
            if window is None or window.from_day is None or window.until is None:
                continue
            for day in {window.from_day, window.until}:
                view = select_concern(library(), OpenTreatment(procedure, day), concern)
                if view.say is None:
                    continue
                spoken += 1
                calm = all_well(view.ask)
                assert triage_concern(view, calm).reassurance_allowed
                for question in view.ask:
                    unsure = triage_concern(view, {**calm, question.code: "unsure"})
                    assert not unsure.reassurance_allowed and unsure.unsure == (question.code,)
                    missing = {code: answer for code, answer in calm.items() if code != question.code}
                    assert not triage_concern(view, missing).reassurance_allowed
    assert spoken > 20


def test_an_unsure_number_is_no_flag_and_no_reassurance() -> None:
    facts = TriageFacts(day=1, required=("q",), window=Window(0, 1, 3, None))
    result = triage(
        [_flag("a", Level.URGENT, Predicate("at_least", question="q", value=1))], {"q": "unsure"}, facts
    )
    assert result.level is None and result.unsure == ("q",) and not result.reassurance_allowed
