"""What talk-tracks and flows must hold, whoever edits them: words only where the clinical facts allow them,
nothing clinical before identity, danger signs one by one in the first days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.rules.triage import NO, Answer
from console.scripts import conversation, library, lint
from console.scripts.conversation import PromptKind, Talk
from console.scripts.records import Flow, FlowView, Lines, OpenTreatment
from console.scripts.select import select_concern, select_flow, triage_flow
from console.scripts.words import placeholders
from db.enums import Level
from tests.scripts.answers import well

FACTS = Path(__file__).parent.parent / "data" / "facts.yaml"
FIVE = (
    "upper_blepharoplasty", "rhinoplasty_implant", "breast_augmentation_implant", "liposuction", "ha_filler",
)  # fmt: skip
FIRST_DAYS = range(4)
TO_TEN_YEARS = (*range(0, 32), 42, 43, 60, 61, 90, 91, 180, 181, 365, 366, 3650)
LIB = library.shipped()


@pytest.fixture(scope="module")
def facts() -> dict[tuple[str, str], dict[str, Any]]:
    """(procedure, concern) to its entry of the clinical facts."""
    document = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    return {
        (procedure, concern["code"]): concern
        for procedure in LIB.procedures
        for concern in document["procedures"][procedure]["concerns"]
    }


def own_tracks() -> set[tuple[str, str]]:
    """Procedures and their concerns for which a track beyond the general one speaks on some day."""
    return {
        (procedure.code, concern.code)
        for procedure in LIB.procedures.values()
        for concern in LIB.concerns.values()
        if concern.belongs_to(procedure.code)
        and any(
            track.procedure in ("any", procedure.code) or track.procedure in procedure.groups
            for track in LIB.tracks(concern.code)
        )
    }


def said(procedure: str, concern: str, day: int, role: str = "caller") -> Lines | None:
    return select_concern(LIB, OpenTreatment(procedure, day), concern, role).say


def flows() -> Iterator[Flow]:
    for code in LIB.names("flows"):
        yield from LIB.flows(code)


def view(code: str, procedure: str | None, day: int, role: str = "caller") -> FlowView:
    return select_flow(LIB, OpenTreatment(procedure, day) if procedure else None, code, role)


def spoken(flow: FlowView, *kinds: str) -> str:
    return "\n".join(
        line
        for step in flow.steps
        if step.say is not None and (not kinds or step.kind in kinds)
        for line in (*step.say.zh, *step.say.en)
    )


def test_the_release_has_no_fault() -> None:
    assert lint.check(LIB) == ()


def test_every_concern_of_the_facts_has_its_own_track(facts: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert len(facts) == 439
    assert own_tracks() == set(facts)


def test_nothing_is_said_where_the_facts_never_allow_it(facts: dict[tuple[str, str], dict[str, Any]]) -> None:
    never = {pair for pair, entry in facts.items() if entry.get("never_normal")}
    assert len(never) == 130
    assert ("ha_filler", "pain") in never and ("rhinoplasty_implant", "implant_position_feel") in never
    for procedure, concern in never:
        assert all(said(procedure, concern, day) is None for day in TO_TEN_YEARS)


def test_words_stand_on_each_day_of_the_window_and_on_no_other(
    facts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for (procedure, concern), entry in facts.items():
        if entry.get("never_normal"):
            continue
        first, last = entry["normal_from_day"], entry["normal_until_day"]
        tried = {*TO_TEN_YEARS, first, last, last + 1, *([first - 1] if first else []), (first + last) // 2}
        spoken_on = {day for day in tried if said(procedure, concern, day) is not None}
        assert spoken_on == {day for day in tried if first <= day <= last}, (procedure, concern)


def test_pain_and_colour_after_filler_are_never_reassured() -> None:
    for role in ("any", "caller", "nurse", "doctor", "consultant", "lead"):
        assert all(said("ha_filler", "pain", day, role) is None for day in TO_TEN_YEARS)
        assert all(said("ha_filler", "bruising", day, role) is None for day in FIRST_DAYS)
        assert all(
            said("ha_filler", "skin_colour_vascular_occlusion", day, role) is None for day in TO_TEN_YEARS
        )


def test_after_the_window_each_own_track_has_words_of_its_own() -> None:
    general = LIB.otherwise["OUTSIDE"]
    for procedure, concern in own_tracks():
        late = select_concern(LIB, OpenTreatment(procedure, 4000), concern)
        assert late.say is None
        assert late.otherwise["OUTSIDE"] != general, (procedure, concern)


def test_a_track_adds_to_the_general_questions_and_drops_none() -> None:
    for procedure, concern in own_tracks():
        general = {code for code in LIB.general_tracks[concern].ask}
        for day in (0, 2, 5, 30, 400):
            asked = {
                question.code for question in select_concern(LIB, OpenTreatment(procedure, day), concern).ask
            }
            applicable = {
                code for code in general if LIB.procedures[procedure].matches(LIB.questions[code].procedures)
            }
            assert applicable <= asked


def test_emergency_lines_name_the_ambulance_after_place_and_company() -> None:
    for procedure, concern in own_tracks():
        if concern == "mood_body_image":
            continue
        for day in (0, 5, 400):
            lines = select_concern(LIB, OpenTreatment(procedure, day), concern).otherwise["EMERGENCY"].zh
            rings = next(number for number, line in enumerate(lines) if "{ambulance}" in line)
            asks = next(
                number for number, line in enumerate(lines) if "哪里" in line and "身边" in " ".join(lines)
            )
            assert asks < rings, (procedure, concern)
            assert any("不挂" in line for line in lines)


def test_every_milestone_of_the_plan_opens_a_flow_of_its_own() -> None:
    planned = {
        "D0", "D1", "D2", "D4", "STITCHES", "SPLINT", "D7", "D14", "D30", "D90", "D180", "D365", "YEARLY",
        "AFTER-DISCHARGE", "UC1", "UC2", "MISSED", "REMEASURE", "SKIN-END", "BOOK-HOLD", "BOOK-15",
        "BIRTHDAY",
    }  # fmt: skip
    assert {milestone for milestone in planned if LIB.flow_for(milestone) is None} == set()
    for code in (
        "incoming",
        "proxy",
        "voicemail",
        "wrong_person",
        "line_drop",
        "recontact",
        "contact_repair",
        "in_writing",
        "in_person",
    ):
        assert LIB.flows(code)


def test_both_languages_say_the_same_number_of_breaths() -> None:
    for flow in flows():
        for step in flow.steps:
            if step.say is not None:
                assert len(step.say.zh) == len(step.say.en), f"{flow.where} {step.title.en}"
    for concern in LIB.concerns:
        for track in LIB.tracks(concern):
            for lines in [track.say, *track.otherwise.values()]:
                assert lines is None or len(lines.zh) == len(lines.en), track.where


@pytest.mark.parametrize("day", FIRST_DAYS)
def test_up_to_day_three_no_sign_is_read_in_a_group(day: int) -> None:
    early = {0: ["d0"], 1: ["d1"], 2: ["d2"], 3: ["d2"]}[day]
    for code in [*early, "care", "stitches", "splint", "missed", "recontact", "line_drop", "remeasure",
                 "discharge", "incoming", "contact_repair"]:  # fmt: skip
        for procedure in LIB.procedures:
            for role in ("caller", "nurse", "doctor"):
                kinds = {step.kind for step in view(code, procedure, day, role).steps}
                assert "groups" not in kinds, (code, procedure, day)


def test_the_first_evening_asks_the_deadliest_sign_of_the_operation_first() -> None:
    first = {
        "upper_blepharoplasty": "vision_change",
        "rhinoplasty_implant": "breathing_hard",
        "breast_augmentation_implant": "one_side_fast",
        "liposuction": "local_toxic",
        "ha_filler": "vision_change",
        "labiaplasty": "pad_hour",
    }
    for procedure, sign in first.items():
        for code, day in (("d0", 0), ("d1", 1), ("d2", 2)):
            steps = view(code, procedure, day).steps
            assert next(step for step in steps if step.ask).ask[0] == sign, (procedure, code)
    asked = set(view("d0", "ha_filler", 0).questions)
    assert {"filler_skin_pale", "filler_pain_strong", "injected_pain", "colour_unseen", "face_droop"} <= asked


def test_a_caller_says_she_is_no_doctor_and_a_doctor_does_not() -> None:
    for code in ("d1", "incoming", "recontact"):
        for procedure in LIB.procedures:
            assert "我不是医生" in spoken(view(code, procedure, 1, "caller"))
            assert "我不是医生" in spoken(view(code, procedure, 1, "nurse"))
            assert "我不是医生" not in spoken(view(code, procedure, 1, "doctor"))


def test_clinical_flows_check_identity_and_end_with_the_night_number() -> None:
    alone = {"voicemail", "proxy", "wrong_person", "birthday", "in_writing", "in_person"}
    no_danger = {
        "booking_hold", "booking_day15", "unconverted_1", "unconverted_2", "complaint_first_reply",
        "result_told_back", "closing_satisfaction", "service_request", "staff_rating",
    }  # fmt: skip
    for flow in flows():
        if flow.situation is not None:
            continue
        if flow.code in alone:
            assert not any(step.ask or step.groups for step in flow.steps), flow.where
            continue
        kinds = [step.kind for step in flow.steps]
        assert "identity" in kinds, flow.where
        if flow.code not in no_danger:
            closing = " ".join(
                line for step in flow.steps if step.kind == "close" and step.say for line in step.say.zh
            )
            assert "{night_phone}" in closing and ("{ambulance}" in closing or "急诊" in closing), flow.where


def test_voicemail_and_proxy_say_nothing_but_who_called() -> None:
    voicemail = view("voicemail", None, 0)
    assert {name for line in spoken(voicemail).split("\n") for name in placeholders(line)} == {
        "clinic",
        "night_phone",
    }
    assert len(voicemail.steps) == 1
    text = spoken(view("proxy", "liposuction", 2)) + spoken(view("wrong_person", "liposuction", 2))
    for word in (
        "手术",
        "术后",
        "医生",
        "伤口",
        "恢复",
        "打针",
        "治疗",
        "surgery",
        "operation",
        "doctor",
        "treat",
    ):
        assert word not in text, word


def test_those_who_were_not_treated_may_stop_the_calls() -> None:
    for code in ("unconverted_1", "unconverted_2"):
        flow = view(code, None, 0)
        assert "may_call_again" in flow.questions and "unconverted_reason" in flow.questions
        options = {option.code for option in flow.questions["unconverted_reason"].options}
        assert "private" in options
        assert "不再打" in spoken(flow, "close")


def quiet_answer(talk: Talk) -> Talk:
    """One prompt further, with nothing wrong: what a routine call looks like."""
    prompt = talk.current
    assert prompt is not None
    if prompt.kind is PromptKind.IDENTITY:
        return conversation.identify(talk)
    value: Answer = NO if prompt.question is None else well(prompt.question)
    if prompt.kind in (PromptKind.GROUP, PromptKind.QUESTION):
        after, raised = conversation.answer(talk, prompt, value)
        assert raised == (), prompt.key
        return after
    return conversation.leave(talk, prompt)


@pytest.mark.parametrize("procedure", [code for code, one in LIB.procedures.items() if one.surgery])
def test_a_routine_day_seven_call_takes_fourteen_keys_or_fewer(procedure: str) -> None:
    talk, answers = conversation.start(view("d7", procedure, 7, "nurse")), 0
    groups = 0
    while (prompt := talk.current) is not None:
        answers += prompt.kind in (PromptKind.GROUP, PromptKind.QUESTION)
        groups += prompt.kind is PromptKind.GROUP
        talk = quiet_answer(talk)
    assert groups <= 5
    # take, dial, connected, two identity ticks, the answers, save; lines after the last answer need no key
    assert 3 + 2 + answers + 1 <= 14


def test_on_day_seven_everything_that_needs_a_key_comes_before_what_is_only_read() -> None:
    for procedure, one in LIB.procedures.items():
        if not one.surgery:
            continue
        prompts = conversation.start(view("d7", procedure, 7)).prompts()
        needs = [
            prompt.kind in (PromptKind.IDENTITY, PromptKind.GROUP, PromptKind.QUESTION) for prompt in prompts
        ]
        assert needs == sorted(needs, reverse=True), procedure


def test_a_trend_that_is_worse_is_a_flag_in_a_flow_too() -> None:
    for procedure in FIVE:
        verdict = triage_flow(view("d2", procedure, 2), {"swelling_trend": "worse"})
        assert verdict.level is Level.SAME_DAY, procedure
    assert triage_flow(view("d2", "liposuction", 2), {"swelling_trend": "same"}).level is None
    assert triage_flow(view("d30", "liposuction", 30), {"mood_trend": "worse"}).level is Level.URGENT


def test_a_quiet_call_raises_nothing_in_any_flow() -> None:
    days = {
        "d0": 0,
        "d1": 1,
        "d2": 2,
        "d4": 4,
        "d7": 7,
        "d14": 14,
        "d30": 30,
        "care": 90,
        "d90": 90,
        "d180": 180,
        "d365": 365,
        "yearly": 730,
        "stitches": 6,
        "splint": 7,
    }
    for code in LIB.names("flows"):
        for procedure in LIB.procedures:
            talk = conversation.start(view(code, procedure, days.get(code, 5)))
            while talk.current is not None:
                talk = quiet_answer(talk)
            assert talk.raised == ()


CHECKLISTS: dict[str, tuple[str, int, dict[str, tuple[str, ...]]]] = {
    "d0": (
        "day_0_evening",
        0,
        {
            "drinking": ("vomits_repeatedly",),
            "passing urine": ("no_urine_hours",),
            "adult present": ("alone_now",),
            "pain 0-10": ("pain_now", "filler_pain_strong"),
            "vision each eye": ("vision_change",),
            "breathing": ("breathing_hard",),
            "bleeding": ("bleeding_soaks", "pad_hour", "mouth_bleeding", "nosebleed_running", "graft_bleed"),
            "one-sided swelling": ("one_side_fast", "eye_swell_pain"),
            "who to call at night": ("night_number_known",),
        },
    ),
    "d1": (
        "day_1",
        1,
        {
            "pain 0-10": ("pain_now",),
            "vision each eye": ("vision_change",),
            "breathing": ("breathing_hard",),
            "bleeding": ("bleeding_soaks", "pad_hour", "mouth_bleeding", "nosebleed_running", "graft_bleed"),
            "one-sided swelling": ("one_side_fast", "eye_swell_pain"),
            "dressing": ("dressing_state", "nose_splint_state", "splint_state", "packing_ill"),
            "temperature": ("temp_high",),
            "mood": ("low_mood",),
        },
    ),
    "d2": (
        "day_2_to_3",
        2,
        {
            "falling or rising": ("swelling_trend",),
            "temperature": ("temp_high",),
            "wound ooze": ("ooze_trend",),
            "smell": ("pus_smell",),
            "food and drink": ("food_drink",),
            "sleep": ("poor_sleep",),
            "mood": ("low_mood",),
        },
    ),
    "d4": (
        "day_4_to_5",
        4,
        {
            "swelling/bruise falling": ("swelling_trend",),
            "no new lump": ("lump_hot", "scalp_bad"),
            "below 38.0": ("feverish",),
            "pain not rising": ("pain_returned", "pain_one_side_rising"),
            "instructions understood": ("instructions_clear",),
        },
    ),
    "d7": ("day_6_to_7", 7, {"mood": ("low_mood",), "stitches": ("stitches_still_in",)}),
}
"""Flow to the checklist of the clinical facts it works off, its day, and what asks each line of it."""


@pytest.mark.parametrize("flow", CHECKLISTS)
def test_the_first_weeks_checklists_are_asked_of_every_operation(flow: str) -> None:
    written = yaml.safe_load(FACTS.read_text(encoding="utf-8"))["first_week_checklists"]
    name, day, lines = CHECKLISTS[flow]
    for line, able in lines.items():
        words = " ".join(written["day_0_evening"] if flow == "d1" else written[name]) + " ".join(
            written[name]
        )
        assert line.removesuffix(" each eye") in words, (flow, line)
        for procedure in LIB.procedures.values():
            if not procedure.surgery:
                continue
            if line == "stitches" and (
                procedure.stitches_by_order
                or "stitches_out" not in procedure.care
                or not 0 < (procedure.care["stitches_out"].from_day or 0) <= day
            ):
                continue
            asked = view(flow, procedure.code, day).questions
            assert any(code in asked for code in able), (flow, line, procedure.code)
