"""Every milestone's dates, for every procedure, against the table of the requirements."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import calendar as calendars
from console.rules import plan_data, plan_events, plans, policy
from db.enums import AppointmentKind, Channel, ItemClass, ItemState, Purpose, VisitKind
from db.records import PlannedItem, TreatmentFacts

POLICY = policy.default()
CALENDAR = calendars.of(POLICY)
DAY0 = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

NOT_SURGERY = {"ha_filler", "botulinum_toxin", "laser_ipl_peel"}
ALL = sorted(plan_data.shipped().groups["all"])
SURGERY = [code for code in ALL if code not in NOT_SURGERY]

EYES_NOSE_FAT = (
    "upper_blepharoplasty",
    "lower_blepharoplasty",
    "rhinoplasty_implant",
    "rhinoplasty_autologous",
    "face_fat_grafting",
)
STITCHES = {
    **dict.fromkeys(EYES_NOSE_FAT, (4, 6, 10)),
    "chin_implant": (3, 5, 10),
    **dict.fromkeys(
        ("temple_implant", "breast_augmentation_implant", "liposuction", "otoplasty"), (6, 8, 13)
    ),
    "abdominoplasty": (9, 11, 17),
    "facelift": (3, 5, 17),
    "facial_contouring_bone": (4, 6, 17),
    "scar_revision": (4, 6, 17),
}
"""Earliest, due, clinical end in days after the operation, without a surgeon's date."""
NO_STITCHES = {"genioplasty", "labiaplasty", "vaginal_tightening", "thread_lift", "breast_augmentation_fat"}
TWO_WEEKS = {
    "breast_augmentation_implant",
    "breast_augmentation_fat",
    "liposuction",
    "abdominoplasty",
    "facelift",
    "face_fat_grafting",
    "ha_filler",
    "botulinum_toxin",
}

TABLE = {
    # code: (earliest day, hour), (due day, hour or None), clinical end day, class, team, passes windows
    "D0": ((0, 18), (0, 19), 0, "safety", "customer_service", True),
    "D1": ((1, 8), (1, None), 1, "safety", "outpatient_doctor", True),
    "D2": ((2, 8), (2, None), 3, "safety", "customer_service", True),
    "D4": ((4, 8), (4, None), 5, "care", "on_site_consultant", False),
    "D7": ((7, 8), (7, None), 13, "care", "nurse", False),
    "D14": ((13, 8), (14, None), 20, "care", "nurse", False),
    "D30": ((28, 8), (30, None), 44, "care", "customer_service", False),
    "D90": ((83, 8), (90, None), 120, "routine", "customer_service", False),
    "D180": ((173, 8), (180, None), 240, "routine", "customer_service", False),
}


def local(moment: datetime | None) -> tuple[date, str] | None:
    if moment is None:
        return None
    wall = CALENDAR.local(moment)
    return wall.date(), f"{wall:%H:%M}"


def day(number: int, anchor: date = DAY0) -> date:
    return anchor + timedelta(days=number)


def planned(procedure: str, **changes: object) -> dict[str, PlannedItem]:
    """A fresh treatment's plan by milestone."""
    facts = replace(TreatmentFacts(procedure, DAY0), **changes)  # type: ignore[arg-type]
    return {item.milestone: item for item in plans.plan(facts, POLICY, None, NOW)}


def expected_codes(procedure: str) -> set[str]:
    codes = {"D0", "D2"}
    if procedure not in NOT_SURGERY:
        codes |= {"D1", "D4", "D7", "D30", "D90", "D180", "D365"}
    if procedure == "ha_filler":
        codes.add("D1")
    if procedure in TWO_WEEKS:
        codes.add("D14")
    if procedure in STITCHES:
        codes.add("STITCHES")
    if procedure.startswith("rhinoplasty"):
        codes.add("SPLINT")
    return codes


def test_there_are_23_procedures_and_20_are_surgery() -> None:
    assert (len(ALL), len(SURGERY)) == (23, 20)
    assert plan_data.shipped().groups["surgery"] == set(SURGERY)
    assert set(STITCHES) | NO_STITCHES | {"hair_transplant"} == set(SURGERY)


@pytest.mark.parametrize("procedure", ALL)
def test_every_milestone_of_every_procedure(procedure: str) -> None:
    items = planned(procedure)
    assert set(items) == expected_codes(procedure)
    for code, (earliest, due, end, klass, team, passes) in TABLE.items():
        if code not in items:
            continue
        item = items[code]
        assert local(item.earliest_at) == (day(earliest[0]), f"{earliest[1]:02d}:00")
        assert item.due_on == day(due[0])
        assert local(item.due_at) == (None if due[1] is None else (day(due[0]), f"{due[1]}:00"))
        assert local(item.clinical_end_at) == (day(end), "21:30")
        assert (item.klass, item.team, item.passes_windows) == (klass, team, passes)
        assert (item.purpose, item.channel, item.anchor_on) == (Purpose.CARE, Channel.PHONE, DAY0)
        assert item.is_base is (code != "D14")


@pytest.mark.parametrize("procedure", sorted(STITCHES))
def test_stitches_by_the_range_and_by_the_surgeons_date(procedure: str) -> None:
    earliest, due, end = STITCHES[procedure]
    item = planned(procedure)["STITCHES"]
    assert local(item.earliest_at) == (day(earliest), "08:00")
    assert (item.due_on, local(item.clinical_end_at)) == (day(due), (day(end), "21:30"))
    assert (item.klass, item.team, item.passes_windows) == ("care", "customer_service", True)
    dated = planned(procedure, stitches_on=day(12))["STITCHES"]
    assert local(dated.earliest_at) == (day(earliest), "08:00")
    assert (dated.due_on, local(dated.clinical_end_at)) == (day(11), (day(14), "21:30"))
    early = planned(procedure, stitches_on=day(3))["STITCHES"]
    assert early.due_on == day(2) and CALENDAR.day_of(early.earliest_at) == day(2)


@pytest.mark.parametrize("procedure", sorted(NO_STITCHES))
def test_without_a_range_only_the_surgeons_date_plans_a_call(procedure: str) -> None:
    assert "STITCHES" not in planned(procedure)
    dated = planned(procedure, stitches_on=day(9))["STITCHES"]
    assert (CALENDAR.day_of(dated.earliest_at), dated.due_on) == (day(8), day(8))


def test_hair_has_stitches_only_after_the_strip_method_or_on_order() -> None:
    assert "STITCHES" not in planned("hair_transplant")
    strip = planned("hair_transplant", strip_method=True)["STITCHES"]
    assert (CALENDAR.day_of(strip.earliest_at), strip.due_on, CALENDAR.day_of(strip.clinical_end_at)) == (
        day(6), day(8), day(17))  # fmt: skip
    assert planned("hair_transplant", stitches_on=day(10))["STITCHES"].due_on == day(9)


@pytest.mark.parametrize("procedure", ["rhinoplasty_implant", "rhinoplasty_autologous"])
def test_splint_of_both_noses(procedure: str) -> None:
    item = planned(procedure)["SPLINT"]
    assert (local(item.earliest_at), item.due_on, local(item.clinical_end_at)) == (
        (day(6), "08:00"), day(8), (day(13), "21:30"))  # fmt: skip
    assert (item.klass, item.team, item.passes_windows) == ("care", "nurse", True)
    dated = planned(procedure, splint_on=day(10))["SPLINT"]
    assert (dated.due_on, CALENDAR.day_of(dated.clinical_end_at)) == (day(9), day(12))


def test_the_year_and_the_years_after_it() -> None:
    facts = TreatmentFacts("liposuction", date(2024, 2, 29))
    known = datetime(2026, 1, 10, tzinfo=UTC)
    items = {item.milestone: item for item in plans.plan(facts, POLICY, None, known)}
    first = items["D365"]
    assert first.due_on == date(2025, 2, 28)
    assert CALENDAR.day_of(first.earliest_at) == date(2025, 2, 21)
    assert CALENDAR.day_of(first.clinical_end_at) == date(2025, 4, 29)
    assert first.state is ItemState.BEFORE_START
    second = items["YEARLY"]
    assert second.due_on == date(2026, 2, 28) and second.state is ItemState.WAITING
    assert CALENDAR.day_of(second.earliest_at) == date(2026, 2, 14)
    assert CALENDAR.day_of(second.clinical_end_at) == date(2026, 5, 29)
    later = plans.recurring(facts, POLICY, date(2026, 3, 1), date(2028, 12, 31))
    assert [item.due_on for item in later] == [date(2027, 2, 28), date(2028, 2, 29)]


@given(st.dates(date(2005, 1, 1), date(2026, 3, 2)), st.sampled_from(SURGERY))
@settings(max_examples=60, deadline=None)
def test_a_next_yearly_call_is_always_planned_and_never_one_of_the_past(
    performed: date, procedure: str
) -> None:
    items = plans.plan(TreatmentFacts(procedure, performed), POLICY, date(2026, 3, 1), NOW)
    yearly = [item for item in items if item.milestone == "YEARLY"]
    if (DAY0 - performed).days > 366:
        assert yearly
    assert all(item.clinical_end_at > NOW and item.due_on >= date(2026, 3, 1) for item in yearly)
    for item in items:
        assert item.earliest_at < item.clinical_end_at
        assert (
            item.earliest_at
            <= CALENDAR.last_callable(item.due_on)
            <= item.clinical_end_at + timedelta(hours=2)
        )
    assert len({(item.milestone, item.due_on) for item in items}) == len(items)
    assert items == plans.plan(TreatmentFacts(procedure, performed), POLICY, date(2026, 3, 1), NOW)


# --- before start ---


def states(performed: date, go_live: date | None, known: datetime) -> dict[str, ItemState]:
    facts = TreatmentFacts("upper_blepharoplasty", performed)
    return {item.milestone: item.state for item in plans.plan(facts, POLICY, go_live, known)}


def test_due_before_go_live_or_over_when_first_known_is_before_start() -> None:
    morning = CALENDAR.at(date(2026, 6, 15), 9 * 60)
    seen = states(date(2026, 6, 5), date(2026, 6, 15), morning)
    assert seen["D7"] is ItemState.BEFORE_START and seen["D30"] is ItemState.WAITING
    known_late = states(date(2026, 6, 5), None, morning)
    assert known_late["D2"] is ItemState.BEFORE_START and known_late["D7"] is ItemState.WAITING


@pytest.mark.parametrize(("age", "kept"), [(0, "D0"), (1, "D1"), (2, "D2"), (3, "D2")])
def test_on_go_live_an_early_patient_keeps_her_newest_safety_call(age: int, kept: str) -> None:
    go_live = date(2026, 6, 15)
    seen = states(go_live - timedelta(days=age), go_live, CALENDAR.at(go_live, 9 * 60))
    assert seen[kept] is ItemState.WAITING
    older = [code for code in ("D0", "D1", "D2") if code < kept]
    assert all(seen[code] is ItemState.BEFORE_START for code in older)


def test_on_day_four_nothing_of_the_first_days_is_kept() -> None:
    go_live = date(2026, 6, 15)
    seen = states(date(2026, 6, 11), go_live, CALENDAR.at(go_live, 9 * 60))
    assert {code: seen[code] for code in ("D0", "D1", "D2")} == dict.fromkeys(
        ("D0", "D1", "D2"), ItemState.BEFORE_START
    )
    assert seen["D4"] is ItemState.WAITING


# --- in-patients, risk ---


def test_in_patients_are_seen_in_the_ward_until_discharge() -> None:
    items = planned("liposuction", inpatient=True, discharge_on=day(3))
    for code in ("D0", "D1", "D2"):
        item = items[code]
        assert (item.team, item.channel, item.ward_checks) == ("ward", Channel.FACE_TO_FACE, 2)
    after = items["AFTER-DISCHARGE"]
    assert (after.due_on, after.klass, after.channel) == (day(4), ItemClass.SAFETY, Channel.PHONE)
    assert local(after.earliest_at) == (day(4), "08:00")
    assert items["D4"].team == "on_site_consultant"


def test_one_safety_call_on_the_day_after_discharge_not_two() -> None:
    items = planned("liposuction", inpatient=True, discharge_on=day(1))
    assert items["D0"].team == "ward" and items["D1"].team == "outpatient_doctor"
    assert items["D2"].due_on == day(2) and "AFTER-DISCHARGE" not in items
    unknown = planned("liposuction", inpatient=True)
    assert {unknown[code].team for code in ("D0", "D1", "D2")} == {"ward"}
    assert "AFTER-DISCHARGE" not in unknown
    assert "AFTER-DISCHARGE" not in planned("liposuction", discharge_on=day(1))


def test_risk_and_living_alone_make_safety_calls_due_earlier_in_the_day() -> None:
    assert planned("upper_blepharoplasty")["D1"].due_by_at is None
    assert local(planned("upper_blepharoplasty", lives_alone=True)["D1"].due_by_at) == (day(1), "12:00")
    assert local(planned("abdominoplasty")["D1"].due_by_at) == (day(1), "12:00")
    both = planned("abdominoplasty", lives_alone=True)
    assert local(both["D1"].due_by_at) == (day(1), "10:00")
    assert local(both["D0"].due_by_at) == (day(0), "18:30")
    assert [reason.code for reason in both["D2"].reasons] == ["risk_procedure", "lives_alone"]
    assert both["D7"].due_by_at is None
    assert set(plan_data.shipped().risk) <= set(ALL)


# --- visits, courses, birthdays, missed appointments, temperatures ---


def test_unconverted_and_not_arrived_visitors() -> None:
    items = plans.plan_visit(
        VisitKind.UNCONVERTED, date(2026, 1, 31), POLICY, None, NOW.replace(month=2, day=1)
    )
    assert [item.milestone for item in items] == ["UC1", "UC2"]
    first, second = items
    assert (local(first.earliest_at), first.due_on, local(first.clinical_end_at)) == (
        (date(2026, 2, 1), "08:00"), date(2026, 2, 1), (date(2026, 2, 2), "21:30"))  # fmt: skip
    assert second.due_on == date(2026, 2, 28), "one month after 31 January"
    assert CALENDAR.day_of(second.earliest_at) == date(2026, 2, 25)
    assert CALENDAR.day_of(second.clinical_end_at) == date(2026, 3, 14)
    own = plans.plan_visit(
        VisitKind.UNCONVERTED, date(2026, 1, 31), POLICY, None, NOW, own_date=date(2026, 4, 10)
    )[1]
    assert (own.due_on, CALENDAR.day_of(own.clinical_end_at)) == (date(2026, 4, 10), date(2026, 4, 24))
    held = plans.plan_visit(VisitKind.NOT_ARRIVED, DAY0, POLICY, None, NOW)
    assert [
        (
            item.milestone,
            item.due_on,
            CALENDAR.day_of(item.earliest_at),
            CALENDAR.day_of(item.clinical_end_at),
            item.team,
        )
        for item in held
    ] == [
        ("BOOK-HOLD", day(7), day(7), day(10), "booking_desk"),
        ("BOOK-15", day(15), day(15), day(22), "booking_desk"),
        ("BOOK-15", day(30), day(30), day(37), "booking_desk"),
    ]
    assert plans.plan_visit(VisitKind.CONVERTED, DAY0, POLICY, None, NOW) == ()
    assert {item.klass for item in (*items, *held)} == {ItemClass.ROUTINE}


def test_skin_course_and_birthday() -> None:
    (end,) = plans.plan_course_end(date(2026, 3, 31), POLICY, None, NOW)
    assert (end.milestone, end.due_on) == ("SKIN-END", date(2026, 4, 30))
    assert CALENDAR.day_of(end.earliest_at) == date(2026, 4, 27)
    assert CALENDAR.day_of(end.clinical_end_at) == date(2026, 5, 30)
    days = plans.plan_birthday(date(1996, 2, 29), POLICY, date(2026, 1, 1), date(2028, 12, 31))
    assert [item.due_on for item in days] == [date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]
    assert {(item.team, item.purpose, item.klass) for item in days} == {
        ("member_specialist", Purpose.MARKETING, ItemClass.ROUTINE)
    }
    assert all(local(item.clinical_end_at) == (item.due_on, "21:30") for item in days)


@pytest.mark.parametrize(
    ("kind", "performed", "klass"),
    [
        (AppointmentKind.STITCHES, None, "safety"),
        (AppointmentKind.SPLINT, date(2026, 1, 1), "safety"),
        (AppointmentKind.DRESSING, None, "safety"),
        (AppointmentKind.DRAIN, None, "safety"),
        (AppointmentKind.REVIEW, date(2026, 2, 16), "safety"),  # day 14
        (AppointmentKind.REVIEW, date(2026, 2, 15), "care"),  # day 15
        (AppointmentKind.OTHER, None, "care"),
    ],
)
def test_missed_appointments(kind: AppointmentKind, performed: date | None, klass: str) -> None:
    missed_at = CALENDAR.at(DAY0, 10 * 60)
    item = plan_events.plan_missed(kind, missed_at, performed, POLICY)
    assert (item.klass, item.team, item.passes_windows) == (klass, "customer_service", True)
    assert (item.earliest_at, item.due_on, local(item.clinical_end_at)) == (
        missed_at,
        DAY0,
        (day(2), "21:30"),
    )


@pytest.mark.parametrize(
    ("taken", "due", "end", "night"),
    [
        ("10:00", (0, "14:00"), (0, "16:00"), False),
        ("15:30", (0, "19:30"), (0, "21:30"), False),
        ("15:31", (1, "08:00"), (1, "10:00"), True),
        ("20:00", (1, "08:00"), (1, "10:00"), True),
        ("03:59", (0, "08:00"), (0, "10:00"), True),
        ("04:00", (0, "08:00"), (0, "10:00"), False),
    ],
)
def test_a_temperature_is_taken_again(
    taken: str, due: tuple[int, str], end: tuple[int, str], night: bool
) -> None:
    hour, minute = taken.split(":")
    item = plan_events.plan_remeasure(CALENDAR.at(DAY0, int(hour) * 60 + int(minute)), POLICY)
    assert item.earliest_at == item.due_at
    assert local(item.due_at) == (day(due[0]), due[1])
    assert local(item.clinical_end_at) == (day(end[0]), end[1])
    assert [reason.code for reason in item.reasons] == (["remeasure_night"] if night else [])
    assert (item.klass, item.team, item.passes_windows) == ("safety", "customer_service", True)


def test_the_first_days_run_through_spring_festival() -> None:
    performed = date(2026, 2, 15)
    items = {
        item.milestone: item
        for item in plans.plan(
            TreatmentFacts("facelift", performed), POLICY, None, NOW.replace(month=2, day=15)
        )
    }
    for number in range(3):
        item = items[f"D{number}"]
        assert item.due_on == day(number, performed) and CALENDAR.closed(item.due_on) is not None
        assert item.passes_windows
    assert CALENDAR.day_of(items["D2"].clinical_end_at) == date(2026, 2, 18)


def test_plan_data_refuses_what_it_does_not_know() -> None:
    with pytest.raises(plan_data.PlansInvalid) as caught:
        plan_data.parse({"groups": {"all": ["a"], "other": ["b"]}, "typo": 1})
    where = {problem.where for problem in caught.value.problems}
    assert {"groups.other", "typo", "treatment"} <= where | {"treatment"}


def test_every_planned_flow_is_a_talk_track_that_opens_its_milestone() -> None:
    tables = plan_data.shipped()
    pairs = {(row.code, row.flow) for row in tables.rows()}
    folder = files("console") / "scripts" / "flows"
    for code, flow in pairs:
        opened = tomllib.loads((folder / f"{flow}.toml").read_text(encoding="utf-8"))["milestones"]
        assert code in opened, (code, flow)
