"""Every row of the plan tables says all of itself; sessions, rounds, leaving town, the day a plan was made."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest

from console.rules import calendar as calendars
from console.rules import kept_out, plan_data, plans, policy
from db.enums import Channel, ItemClass, ItemKind, ItemState, Purpose, VisitKind
from db.records import ItemFacts, Reason, SellingFacts, TreatmentFacts

POLICY = policy.default()
CALENDAR = calendars.of(POLICY)
DAY0 = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TABLES = plan_data.shipped()
SECTIONS = ("treatment", "removal", "discharge", "visit", "series", "round", "course", "birthday")
SAID = {"code", "flow", "anchor", "tolerance", "class", "team", "purpose", "channels", "sources"}


def document() -> dict[str, object]:
    """The shipped tables as they are written."""
    found: dict[str, object] = {}
    for name in plan_data.PLAN_FILES:
        text = (files("console") / "scripts" / "plans" / name).read_text(encoding="utf-8")
        found |= tomllib.loads(text)
    return found


def test_every_row_says_where_it_counts_from_when_it_ends_and_how_it_is_made() -> None:
    written = document()
    for section in SECTIONS:
        for row in written[section]:  # type: ignore[attr-defined]
            assert row.keys() >= SAID, (section, row["code"], SAID - row.keys())
            assert section == "removal" or {"end", "end_after"} & row.keys(), row["code"]
    for section in ("missed", "remeasure"):
        assert written[section].keys() >= SAID - {"anchor"}, section  # type: ignore[attr-defined]
    assert TABLES.tolerance("D30") == 3 and TABLES.tolerance("D90") == TABLES.tolerance("YEARLY") == 7
    assert TABLES.tolerance("D7") == TABLES.tolerance("no such") == 0
    assert TABLES.channels("D30") == (Channel.PHONE, Channel.FACE_TO_FACE)
    assert Channel.EMAIL in TABLES.channels("D90") and TABLES.channels("D1") == (Channel.PHONE,)
    safety = {row.code for row in TABLES.rows() if row.klass is ItemClass.SAFETY}
    assert all(TABLES.channels(code) == (Channel.PHONE,) for code in safety), "a safety call is a call"


@pytest.mark.parametrize("missing", ["anchor", "tolerance", "purpose", "channels"])
def test_a_row_that_leaves_something_out_is_refused(missing: str) -> None:
    written = document()
    rows = [dict(row) for row in written["visit"]]  # type: ignore[attr-defined]
    del rows[0][missing]
    with pytest.raises(plan_data.PlansInvalid) as caught:
        plan_data.parse({**written, "visit": rows})
    assert [(one.where, one.reason.code) for one in caught.value.problems] == [
        (f"visit[0].{missing}", "field_missing")
    ]


def test_units_without_plans_of_their_own_have_an_empty_set() -> None:
    for unit in ("dental", "traditional_medicine", "trial"):
        assert TABLES.groups[unit] == frozenset()
        assert not [row.code for row in TABLES.rows() if unit in getattr(row, "groups", ())]


def test_a_broken_off_visit_is_asked_about_the_next_day() -> None:
    (item,) = plans.plan_visit(VisitKind.BROKEN_OFF, DAY0, POLICY, None, NOW)
    assert (item.milestone, item.klass, item.due_on) == ("BROKEN-OFF", ItemClass.CARE, date(2026, 3, 3))
    assert CALENDAR.day_of(item.clinical_end_at - timedelta(minutes=1)) == date(2026, 3, 5)


def test_a_session_of_a_course_is_followed_by_a_call_and_an_operation_is_not() -> None:
    (item,) = plans.plan_session(TreatmentFacts("botulinum_toxin", date(2026, 1, 31)), POLICY, None, NOW)
    assert (item.milestone, item.due_on, item.purpose) == ("INJ-SERIES", date(2026, 2, 28), Purpose.CARE)
    assert plans.plan_session(TreatmentFacts("facelift", DAY0), POLICY, None, NOW) == ()


@pytest.mark.parametrize(
    ("leaves", "due", "said"),
    [
        (date(2026, 3, 20), date(2026, 3, 8), False),  # after it
        (date(2026, 3, 8), date(2026, 3, 7), True),  # on the day itself: the day before
        (date(2026, 3, 5), date(2026, 3, 4), True),
        (date(2026, 3, 2), date(2026, 3, 3), True),  # gone at once: still not before the day after
    ],
)
def test_who_leaves_town_is_called_about_her_stitches_before(leaves: date, due: date, said: bool) -> None:
    facts = replace(TreatmentFacts("upper_blepharoplasty", DAY0), local_until=leaves)
    items = {item.milestone: item for item in plans.plan(facts, POLICY, None, NOW)}
    stitches = items["STITCHES"]
    assert stitches.due_on == due and CALENDAR.day_of(stitches.earliest_at) <= due
    assert ("leaves_town" in {reason.code for reason in stitches.reasons}) is said
    usual = {item.milestone: item for item in plans.plan(replace(facts, local_until=None), POLICY, None, NOW)}
    assert all(items[code] == usual[code] for code in usual if code != "STITCHES")
    assert stitches.clinical_end_at == usual["STITCHES"].clinical_end_at


def test_a_plan_is_made_on_the_day_a_day_late_or_too_late() -> None:
    days = {shift: plans.setting(DAY0, DAY0 + timedelta(days=shift)) for shift in (0, 1, 2)}
    assert days == {0: "on_time", 1: "grace", 2: "late"}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (SellingFacts(False, False, False), "selling_no_consent"),
        (SellingFacts(True, True, False), "selling_in_cycle"),
        (SellingFacts(True, False, True), "selling_open_matter"),
        (SellingFacts(True, False, False), None),
    ],
)
def test_selling_waits_for_consent_the_course_and_everything_open(
    facts: SellingFacts, why: str | None
) -> None:
    expected = None if why is None else Reason.of("selling_locked", why=Reason(why))
    assert kept_out.locked(facts) == expected


def _item(**changes: object) -> ItemFacts:
    one = ItemFacts(
        id=1,
        kind=ItemKind.MILESTONE,
        milestone="D90",
        team="customer_service",
        klass=ItemClass.ROUTINE,
        purpose=Purpose.CARE,
        language="zh",
        state=ItemState.WAITING,
        earliest_at=NOW,
        no_follow_up=True,
        last_talk_at=NOW,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"klass": ItemClass.CARE}, True),
        ({"klass": ItemClass.SAFETY}, False),
        ({"promise_at": NOW}, False),
        ({"escalation_id": 3}, False),
        ({"kind": ItemKind.LEAD_REVIEW}, False),
        ({"kind": ItemKind.CONTACT_REPAIR}, False),
        ({"no_follow_up": False}, False),
    ],
)
def test_no_follow_up_never_keeps_back_what_is_for_her_safety(changes: dict[str, object], kept: bool) -> None:
    assert kept_out.unwanted(_item(**changes), red_flag=False) is kept
    assert not kept_out.unwanted(_item(**changes), red_flag=True)


@pytest.mark.parametrize(
    ("changes", "end_days", "waits"),
    [
        ({}, 30, True),
        ({}, None, True),
        ({}, 8, False),  # under two days would be left of its time
        ({"klass": ItemClass.CARE}, 30, False),
        ({"attempts": 1}, 30, False),
        ({"promise_at": NOW}, 30, False),
        ({"last_talk_at": None}, 30, False),
    ],
)
def test_a_routine_call_leaves_a_week_after_a_talk(
    changes: dict[str, object], end_days: int | None, waits: bool
) -> None:
    end = None if end_days is None else NOW + timedelta(days=end_days)
    until = kept_out.gap_until(_item(**changes), CALENDAR, end)
    assert until == (CALENDAR.at(date(2026, 3, 9), 0).astimezone(UTC) if waits else None)
