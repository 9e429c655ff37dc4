"""Selection: the most specific track speaks, all fitting ones ask and count, the same every time."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import pytest

from console.rules.triage import Level
from console.scripts.answers import answer_fault
from console.scripts.errors import ScriptError
from console.scripts.joint import later_first, select_joint, triage_joint
from console.scripts.library import Library, from_texts, shipped
from console.scripts.records import OpenTreatment
from console.scripts.select import (
    raisable,
    select_concern,
    select_flow,
    triage_flow,
)
from tests.scripts.answers import all_well


@cache
def library() -> Library:
    return shipped()


def track(procedure: str, word: str, days: str = "", role: str = "any", more: str = "") -> str:
    return (
        f'[[track]]\nprocedure = "{procedure}"\n{days}\nrole = "{role}"\n{more}\n'
        f'[track.say]\nzh = ["{word}"]\nen = ["{word}"]\n'
    )


TRACKS = [
    track("any", "any"),
    track("eyes", "group", more='flags = ["hives"]\nask = ["hives"]'),
    track("upper_blepharoplasty", "wide", "days = [0, 30]"),
    track("upper_blepharoplasty", "narrow", "days = [2, 6]"),
    track("upper_blepharoplasty", "nurse", "days = [2, 6]", "nurse"),
]


def with_tracks(tracks: list[str]) -> Library:
    head = 'concern = "swelling"\nversion = 3\n'
    return from_texts({**library().texts, "concerns/swelling.toml": head + "\n".join(tracks)})


@pytest.mark.parametrize(
    ("procedure", "day", "role", "expected"),
    [
        ("upper_blepharoplasty", 0, "any", "wide"),
        ("upper_blepharoplasty", 2, "any", "narrow"),
        ("upper_blepharoplasty", 6, "caller", "narrow"),
        ("upper_blepharoplasty", 6, "nurse", "nurse"),
        ("upper_blepharoplasty", 7, "nurse", "wide"),
        ("lower_blepharoplasty", 6, "any", "group"),
        ("liposuction", 6, "any", "any"),
    ],
)
def test_the_most_specific_track_speaks_whatever_the_order_in_the_file(
    procedure: str, day: int, role: str, expected: str
) -> None:
    for order in list(permutations(TRACKS))[::17]:
        view = select_concern(with_tracks(list(order)), OpenTreatment(procedure, day), "swelling", role)
        assert view.say is not None and view.say.zh == (expected,)
        assert view.version == 3


def test_a_special_track_never_loses_a_question_or_a_flag_of_a_wider_one() -> None:
    view = select_concern(with_tracks(TRACKS), OpenTreatment("upper_blepharoplasty", 3), "swelling")
    general = library().general_tracks["swelling"]
    assert {"hives", *general.ask} <= {question.code for question in view.ask}
    assert "hives" in {flag.code for flag in view.flags}
    without = {code for code in general.flags if not library().flags[code].procedures}
    assert without <= {flag.code for flag in view.flags}
    assert len({question.code for question in view.ask}) == len(view.ask)


def test_outside_its_window_a_track_has_no_words() -> None:
    copy = with_tracks([track("any", "any")])
    assert select_concern(copy, OpenTreatment("upper_blepharoplasty", 30), "swelling").say is not None
    assert select_concern(copy, OpenTreatment("upper_blepharoplasty", 31), "swelling").say is None


def test_a_concern_the_procedure_does_not_list_is_asked_and_never_reassured() -> None:
    view = select_concern(library(), OpenTreatment("ha_filler", 3), "drain_problem")
    assert view.window is None and view.say is None and view.ask


@pytest.mark.parametrize("procedure", sorted(library().procedures))
def test_every_concern_escalates_for_every_procedure(procedure: str) -> None:
    for concern in library().concerns:
        for day in (0, 3, 4, 30, 400):
            view = select_concern(library(), OpenTreatment(procedure, day), concern)
            assert any(flag.level is not Level.ROUTINE for flag in raisable(view))
            assert set(view.otherwise) == {"EMERGENCY", "SAME_DAY", "URGENT", "OUTSIDE"}
            assert select_concern(library(), OpenTreatment(procedure, day), concern) == view


def test_unknown_codes_are_named() -> None:
    with pytest.raises(ScriptError, match="nose_job") as fault:
        select_concern(library(), OpenTreatment("nose_job", 1), "swelling")
    assert fault.value.code == "unknown_procedure"
    with pytest.raises(ScriptError) as fault:
        select_concern(library(), OpenTreatment("ha_filler", 1), "hunger")
    assert fault.value.code == "unknown_concern"
    with pytest.raises(ScriptError):
        select_flow(library(), OpenTreatment("ha_filler", 1), "d99")


def test_filler_beside_an_old_nose_follows_the_fillers_rules() -> None:
    joint = select_joint(
        library(), [OpenTreatment("rhinoplasty_implant", 40), OpenTreatment("ha_filler", 1)], "swelling"
    )
    assert len(joint.views) == 2
    assert len({question.code for question in joint.ask}) == len(joint.ask)
    assert joint.window is not None and joint.window.until == library().window("ha_filler", "swelling").until  # type: ignore[union-attr]
    calm = all_well(joint.ask)
    assert not triage_joint(joint, calm | {"skin_dark_white": "yes"}).reassurance_allowed
    assert triage_joint(joint, calm | {"skin_dark_white": "yes"}).level is Level.EMERGENCY
    late = select_joint(
        library(), [OpenTreatment("rhinoplasty_implant", 40), OpenTreatment("ha_filler", 30)], "swelling"
    )
    assert not triage_joint(late, all_well(late.ask)).reassurance_allowed


@pytest.mark.parametrize(
    ("one", "other", "days"),
    [
        (OpenTreatment("rhinoplasty_implant", 40), OpenTreatment("rhinoplasty_autologous", 3), (3, 3)),
        (OpenTreatment("liposuction", 40, "thigh"), OpenTreatment("liposuction", 3, "belly"), (40, 3)),
        (
            OpenTreatment("liposuction", 40, "thigh", "left"),
            OpenTreatment("liposuction", 3, "thigh", "right"),
            (40, 3),
        ),
        (
            OpenTreatment("liposuction", 40, "thigh", "left"),
            OpenTreatment("liposuction", 3, "Thigh", "both"),
            (3, 3),
        ),
        (OpenTreatment("rhinoplasty_implant", 40), OpenTreatment("ha_filler", 1), (40, 1)),
        (OpenTreatment("facelift", 40), OpenTreatment("upper_blepharoplasty", 1), (40, 1)),
    ],
)
def test_overlapping_sites_count_from_the_later_operation(
    one: OpenTreatment, other: OpenTreatment, days: tuple[int, int]
) -> None:
    assert tuple(item.day for item in later_first(library(), [one, other])) == days
    assert tuple(item.day for item in later_first(library(), [other, one])) == days[::-1]


def test_no_treatment_is_refused() -> None:
    with pytest.raises(ScriptError):
        select_joint(library(), [], "swelling")


def test_the_day_seven_flow_asks_about_stitches_while_they_are_due() -> None:
    def asked(procedure: str, day: int, **more: object) -> set[str]:
        return set(select_flow(library(), OpenTreatment(procedure, day, **more), "d7").questions)  # type: ignore[arg-type]

    assert "stitches_still_in" in asked("upper_blepharoplasty", 7)
    assert "stitches_still_in" in asked("upper_blepharoplasty", 13)
    assert "stitches_still_in" not in asked("upper_blepharoplasty", 7, stitches_out=True)
    assert "stitches_still_in" not in asked("thread_lift", 7)
    assert "stitches_still_in" not in asked("abdominoplasty", 7)


def test_a_flow_counts_only_flags_whose_words_fit() -> None:
    view = select_flow(library(), OpenTreatment("rhinoplasty_implant", 7), "d7")
    result = triage_flow(view, {"feverish": "yes"})
    assert {flag.code for flag in result.flags} == {"fever_38", "fever_38_at_once"}
    assert not result.reassurance_allowed
    signs = [sign for step in view.steps for group in step.groups for sign in group.signs]
    assert signs
    for sign in signs:
        assert triage_flow(view, {sign: "yes"}).flags, sign
        assert triage_flow(view, {sign: "unsure"}).flags, sign


def test_a_worse_trend_counts_in_a_flow_too() -> None:
    flow = (
        'code = "d7"\nversion = 1\ntitle = { zh = "一", en = "a" }\n[[flow]]\n[[flow.step]]\nkind = "ask"\n'
        'title = { zh = "一", en = "a" }\nask = ["swelling_trend"]\n'
    )
    copy = from_texts({**library().texts, "flows/d7.toml": flow})
    view = select_flow(copy, OpenTreatment("liposuction", 2), "d7")
    assert triage_flow(view, {"swelling_trend": "worse"}).level is Level.SAME_DAY
    assert triage_flow(view, {"swelling_trend": "better"}).level is None


@pytest.mark.parametrize("procedure", sorted(library().procedures))
def test_every_flow_resolves_and_every_sign_in_it_raises_a_flag(procedure: str) -> None:
    for code in library().names("flows"):
        for day in (0, 1, 2, 3, 4, 7, 13, 30, 90, 400):
            try:
                view = select_flow(library(), OpenTreatment(procedure, day), code)
            except ScriptError as fault:
                assert fault.code == "no_variant"
                continue
            for question in view.questions.values():
                if question.screening:
                    raised = {flag.code for flag in view.flags if question.code in flag.when.questions()}
                    assert raised, (code, procedure, day, question.code)


@pytest.mark.parametrize(
    ("code", "answer", "good"),
    [
        ("vision_change", "no", True),
        ("vision_change", "unsure", True),
        ("vision_change", "maybe", False),
        ("vision_change", True, False),
        ("pain_now", 10, True),
        ("pain_now", 11, False),
        ("pain_now", -1, False),
        ("pain_now", "3", False),
        ("pain_now", True, False),
        ("temp_now", float("nan"), False),
        ("temp_now", 380, False),
        ("swelling_trend", "worse", True),
        ("swelling_trend", "yes", False),
        ("bruise_where", "左边", True),
        ("bruise_where", " ", False),
        ("bruise_where", 3, False),
    ],
)
def test_answers_are_judged_by_kind(code: str, answer: object, good: bool) -> None:
    assert (answer_fault(library().questions[code], answer) is None) is good
