"""Where an item stands: tiers, deadlines, waits, lanes, and the instant its place next changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import calendar as calendars
from console.rules import plan_data, policy
from console.rules.gates import GATES, gate
from console.rules.placement import PASSING, order_key, place, sorted_queue
from db.enums import ItemClass, ItemKind, ItemState, Purpose, Tier
from db.records import ItemFacts, Placement, Reason

POLICY = policy.default()
CALENDAR = calendars.of(POLICY)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 6, 15)
MS = timedelta(milliseconds=1)


def at(text: str, day: date = MONDAY) -> datetime:
    """A wall-clock time of the clinic."""
    hour, minute = text.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=SHANGHAI)


def item(**changes: object) -> ItemFacts:
    """A D7 care call due on Monday, changed as a test needs it."""
    base = ItemFacts(
        id=1,
        kind=ItemKind.MILESTONE,
        milestone="D7",
        team="nurse",
        klass=ItemClass.CARE,
        purpose=Purpose.CARE,
        language="zh",
        state=ItemState.WAITING,
        earliest_at=at("08:00"),
        due_on=MONDAY,
        clinical_end_at=at("21:30", date(2026, 6, 21)),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def d1(**changes: object) -> ItemFacts:
    """A D1 safety call of Monday."""
    return (
        item(
            id=2,
            milestone="D1",
            team="outpatient_doctor",
            klass=ItemClass.SAFETY,
            clinical_end_at=at("21:30"),
        )
        if not changes
        else replace(d1(), **changes)
    )  # type: ignore[arg-type]


def routine(**changes: object) -> ItemFacts:
    """A long-term call: somebody who asked about a price."""
    return item(
        id=3,
        milestone="UC2",
        team="customer_service",
        klass=ItemClass.ROUTINE,
        purpose=Purpose.SURVEY,
        clinical_end_at=at("21:30", date(2026, 6, 29)),
        **changes,
    )


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


# --- tiers, bands, deadlines ---


def test_a_promise_is_on_top_five_minutes_early_and_why() -> None:
    tuesday = date(2026, 6, 16)
    promised = item(id=9, promise_at=at("19:10", tuesday))
    assert place(promised, POLICY, at("19:04", tuesday)).state is ItemState.WAITING
    waiting = place(promised, POLICY, at("14:32"))
    assert waiting.gate is not None and waiting.gate.code == "promise_wait"
    assert waiting.next_change_at == at("19:05", tuesday)
    others = [replace(d1(), due_on=tuesday, clinical_end_at=at("21:30", tuesday)), routine(), item(id=4)]
    queue = sorted_queue([*others, promised], POLICY, at("19:05", tuesday))
    assert queue[0][0].id == 9
    first = queue[0][1]
    assert (first.tier, first.band, first.deadline_at) == (Tier.PROMISED, 1, at("19:25", tuesday))
    assert first.reasons[0] == Reason.of("tier_promise", at="06-16 19:10")
    assert first.passes_windows


def test_d1_with_40_callable_minutes_is_below_the_promise_and_above_the_price_call() -> None:
    now = at("19:20")
    promised = item(id=9, promise_at=at("19:10"))
    price = routine(promise_at=at("19:10"))
    queue = sorted_queue([price, d1(), promised], POLICY, now)
    assert [facts.id for facts, _ in queue] == [9, 2, 3]
    assert [placed.tier for _, placed in queue] == [Tier.PROMISED, Tier.PROMISED, Tier.CLOCK]
    assert CALENDAR.callable_minutes_left(now, MONDAY, passes_windows=True) == 40


@pytest.mark.parametrize(
    ("when", "tier"),
    [("08:00", Tier.SAFETY), ("19:15", Tier.SAFETY), ("19:16", Tier.PROMISED), ("21:29", Tier.PROMISED)],
)
def test_d1_moves_up_under_45_callable_minutes(when: str, tier: Tier) -> None:
    placed = place(d1(), POLICY, at(when))
    assert (placed.tier, placed.deadline_at) == (tier, at("20:00"))


def test_d2_never_counts_as_a_last_call() -> None:
    assert place(replace(d1(), milestone="D2"), POLICY, at("19:50")).tier is Tier.SAFETY


def test_last_call_counts_only_minutes_inside_her_own_hours() -> None:
    mine = d1(preferred_hours=("09:00-09:30", "14:00-15:00"))
    assert place(mine, POLICY, at("14:14")).tier is Tier.SAFETY
    assert place(mine, POLICY, at("14:16")).tier is Tier.PROMISED


def test_care_is_due_then_overdue_in_one_band() -> None:
    due = place(item(), POLICY, at("23:59"))
    late = place(item(), POLICY, at("00:00", date(2026, 6, 16)))
    assert (due.tier, due.band) == (Tier.DUE, 4)
    assert (late.tier, late.band) == (Tier.OVERDUE, 4)
    assert due.deadline_at == late.deadline_at == at("20:00")
    assert due.next_change_at == at("00:00", date(2026, 6, 16))


def test_routine_is_last() -> None:
    placed = place(routine(), POLICY, at("15:00"))
    assert (placed.tier, placed.band, placed.passes_windows) == (Tier.ROUTINE, 6, False)


def test_red_flags_come_before_everything_and_pass_all_hours() -> None:
    asked = item(id=5, clinician_requested=True, kind=ItemKind.RECONTACT, milestone="CLINICIAN")
    dropped = item(id=6, kind=ItemKind.RECONTACT, milestone="RED_FLAG", klass=ItemClass.SAFETY)
    for facts, code in ((asked, "tier_requested"), (dropped, "tier_line_dropped")):
        placed = place(facts, POLICY, at("03:00"))
        assert (placed.state, placed.tier, placed.band) == (ItemState.READY, Tier.RED_FLAG, 0)
        assert placed.reasons[0].code == code
        assert gate(facts, POLICY, at("03:00")) is None


def test_an_escalation_contact_moves_up_with_under_a_quarter_left() -> None:
    contact = item(
        kind=ItemKind.RECONTACT,
        milestone="ESCALATION",
        escalation_id=7,
        earliest_at=at("14:00"),
        due_at=at("16:00"),
        clinical_end_at=None,
    )
    assert place(contact, POLICY, at("15:30")).tier is Tier.DUE
    moved = place(contact, POLICY, at("15:30") + MS)
    assert (moved.tier, moved.band, moved.deadline_at) == (Tier.CLOCK, 3, at("16:00"))
    assert place(contact, POLICY, at("16:00")).reasons[0].code == "tier_breached"
    assert moved.passes_windows


def test_deadline_is_the_earliest_term_and_half_past_nine_on_a_closed_day() -> None:
    holiday = date(2026, 6, 20)
    assert place(item(due_on=holiday), POLICY, at("15:00")).deadline_at == at("21:30", holiday)
    assert place(item(due_by_at=at("12:00")), POLICY, at("09:00")).deadline_at == at("12:00")
    assert place(item(clinical_end_at=at("18:00")), POLICY, at("09:00")).deadline_at == at("18:00")
    early = place(item(due_on=date(2026, 6, 18), promise_at=at("10:00")), POLICY, at("10:00"))
    assert early.deadline_at == at("10:15"), "a promise replaces the due day"


def test_lapses_at_the_clinical_end_but_not_before_a_later_promise_of_a_care_call() -> None:
    end = at("21:30", date(2026, 6, 21))
    assert place(item(), POLICY, end - MS).state is ItemState.READY
    over = place(item(), POLICY, end)
    assert over.state is ItemState.LAPSED and over.next_change_at is None
    later = item(promise_at=at("10:00", date(2026, 6, 23)))
    assert place(later, POLICY, end).state is ItemState.WAITING
    assert place(later, POLICY, at("21:30", date(2026, 6, 23))).state is ItemState.LAPSED
    safety = d1(promise_at=at("10:00", date(2026, 6, 23)))
    assert place(safety, POLICY, at("21:30")).state is ItemState.LAPSED


# --- waits and gates ---


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": ItemState.DONE}, "closed"),
        ({"deceased": True}, "deceased"),
        ({"opted_out": frozenset({Purpose.CARE})}, "opted_out"),
        ({"legal_hold": True}, "legal_hold"),
        ({"has_usable_number": False}, "no_usable_number"),
        ({"earliest_at": at("20:00")}, "not_yet"),
        ({}, "window_closed"),
        ({"promise_at": at("16:40"), "leased_by": "Li", "leased_by_staff_id": 4}, "leased"),
    ],
)
def test_gates_answer_one_by_one(changes: dict[str, object], code: str) -> None:
    found = gate(item(**changes), POLICY, at("16:45"))
    assert found is not None and found.code == code


def test_first_failing_gate_answers_in_the_order_of_the_design() -> None:
    """Each next gate shows once the ones before it are mended."""
    facts = item(
        deceased=True,
        opted_out=frozenset({Purpose.CARE}),
        legal_hold=True,
        has_usable_number=False,
        earliest_at=at("16:50"),
        preferred_hours=("09:00-10:00",),
        cooling_until=at("19:30"),
        tries_today=2,
        tried_on=MONDAY,
        leased_by="Li",
        leased_by_staff_id=4,
    )
    mends: list[tuple[str, dict[str, object]]] = [
        ("deceased", {"deceased": False}),
        ("opted_out", {"opted_out": frozenset()}),
        ("legal_hold", {"legal_hold": False}),
        ("no_usable_number", {"has_usable_number": True}),
        ("not_yet", {"earliest_at": at("08:00")}),
        ("window_closed", {}),
        ("own_hours", {"preferred_hours": ()}),
        ("cooling", {"cooling_until": None}),
        ("attempt_cap", {"tries_today": 1}),
        ("leased", {"leased_by": None, "leased_by_staff_id": None}),
        ("other_lane", {}),
        ("taken_along", {}),
    ]
    seen: list[str] = []
    now, lanes, better = at("16:45"), ("pool:zh",), Reason("taken_along")
    for code, mend in mends:
        found = gate(facts, POLICY, now, lanes=lanes, better=better)
        assert found is not None
        seen.append(found.code)
        if code == "window_closed":
            now = at("19:10")
        if code == "other_lane":
            lanes = ("team:nurse:zh",)
        if code == "taken_along":
            better = None
        facts = replace(facts, **mend)  # type: ignore[arg-type]
    assert seen == [code for code, _ in mends]
    assert [GATES.index(code) for code in seen] == sorted(GATES.index(code) for code in seen)
    assert gate(facts, POLICY, now, lanes=lanes, better=better) is None


def test_windows_are_no_item_state() -> None:
    facts = item()
    assert place(facts, POLICY, at("15:00")).state is ItemState.READY
    assert place(facts, POLICY, at("16:30")) == place(facts, POLICY, at("16:29"))
    closed = gate(facts, POLICY, at("16:30"))
    assert closed is not None and closed.code == "window_closed"
    assert gate(facts, POLICY, at("16:29")) is None


def test_safety_passes_windows_and_holidays_but_not_quiet_hours() -> None:
    holiday = date(2026, 2, 17)
    facts = d1(earliest_at=at("08:00", holiday), due_on=holiday, clinical_end_at=at("21:30", holiday))
    assert gate(facts, POLICY, at("08:00", holiday)) is None
    assert gate(facts, POLICY, at("21:29", holiday)) is None
    ready_all_night = replace(facts, clinical_end_at=None)
    quiet = gate(ready_all_night, POLICY, at("21:30", holiday))
    assert quiet is not None and quiet.code == "quiet_hours"
    care = item(earliest_at=at("08:00", holiday), due_on=holiday)
    shut = gate(care, POLICY, at("15:00", holiday))
    assert shut is not None and shut.code == "closed_holiday"


def test_opt_out_is_per_purpose() -> None:
    refused = frozenset({Purpose.SURVEY, Purpose.MARKETING})
    assert place(routine(opted_out=refused), POLICY, at("15:00")).state is ItemState.WAITING
    assert place(d1(opted_out=refused), POLICY, at("15:00")).state is ItemState.READY


def test_who_cannot_be_called_never_lapses_onto_the_board() -> None:
    after = at("21:30", date(2026, 6, 30))
    assert place(item(deceased=True), POLICY, after).state is ItemState.WAITING
    assert place(item(has_usable_number=False), POLICY, after).state is ItemState.LAPSED


def test_a_suspended_number_wakes_the_item_when_it_may_be_tried_again() -> None:
    wake = at("10:00", date(2026, 6, 18))
    facts = item(has_usable_number=False, number_from=wake)
    assert place(facts, POLICY, at("15:00")).next_change_at == wake
    assert place(facts, POLICY, wake).state is ItemState.READY


def test_a_promise_beats_own_hours_and_the_days_cap_once() -> None:
    asked = item(promise_at=at("20:30"), preferred_hours=("09:00-10:00",), tries_today=2, tried_on=MONDAY)
    assert place(asked, POLICY, at("20:30")).state is ItemState.READY
    assert gate(asked, POLICY, at("20:30")) is None
    tried = replace(asked, last_attempt_at=at("20:31"), tries_today=3)
    waiting = place(tried, POLICY, at("20:35"))
    assert waiting.gate is not None and waiting.gate.code == "attempt_cap"


def test_own_hours_wake_and_sleep() -> None:
    facts = item(preferred_hours=("19:00-20:00", "bad", "15:00-15:30"))
    assert place(facts, POLICY, at("14:40")).next_change_at == at("15:00")
    open_now = place(facts, POLICY, at("15:00"))
    assert (open_now.state, open_now.next_change_at) == (ItemState.READY, at("15:30"))
    night = item(preferred_hours=("22:00-23:00",))
    assert place(night, POLICY, at("15:00")).state is ItemState.READY, "hours nobody may ring in are no hours"


# --- lanes ---


def test_pool_opens_sixty_minutes_before_the_last_callable_minute_of_the_last_day() -> None:
    assert place(d1(), POLICY, at("18:59")).lane_id == "team:outpatient_doctor:any"
    opened = place(d1(), POLICY, at("19:00"))
    assert opened.lane_id == "pool:any" and "lane_pool" in codes(opened.reasons)
    d2 = d1(milestone="D2", clinical_end_at=at("21:30", date(2026, 6, 16)))
    assert place(d2, POLICY, at("19:00")).lane_id.startswith("team:")
    assert place(d2, POLICY, at("19:00", date(2026, 6, 16))).lane_id.startswith("pool:")
    assert place(item(), POLICY, at("19:59", date(2026, 6, 21))).lane_id == "team:nurse:zh"


def test_language_lane_holds_urgent_items_for_fifteen_minutes() -> None:
    english = d1(language="en")
    assert place(english, POLICY, at("08:14")).lane_id == "team:outpatient_doctor:en"
    assert place(english, POLICY, at("08:00")).next_change_at == at("08:15")
    assert place(english, POLICY, at("08:15")).lane_id == "team:outpatient_doctor:any"
    assert place(item(language="en"), POLICY, at("15:00")).lane_id == "team:nurse:en"


def test_a_promise_of_somebody_off_duty_is_anyones() -> None:
    mine = item(promise_at=at("15:00"), promise_staff_id=5, promise_staff_on_duty=True)
    assert place(mine, POLICY, at("15:00")).lane_id == "own:5"
    gone = replace(mine, promise_staff_on_duty=False)
    placed = place(gone, POLICY, at("15:00"))
    assert placed.lane_id == "team:nurse:zh" and "lane_promise_anyone" in codes(placed.reasons)


def test_three_skips_and_lead_reviews_go_to_the_lead() -> None:
    assert place(item(skips=2), POLICY, at("15:00")).lane_id == "team:nurse:zh"
    assert place(item(skips=3), POLICY, at("15:00")).lane_id == "lead"
    assert place(item(kind=ItemKind.LEAD_REVIEW), POLICY, at("15:00")).lane_id == "lead"


def test_ward_rounds_are_not_offered_by_phone() -> None:
    ward = d1(team="ward", has_usable_number=False)
    found = gate(ward, POLICY, at("10:00"))
    assert found is not None and found.code == "ward_round"
    assert place(ward, POLICY, at("19:30")).lane_id == "ward"


def test_plan_tables_say_the_same_milestones_pass_windows() -> None:
    assert plan_data.shipped().passing() == PASSING


# --- properties ---

_moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: at("00:00") + timedelta(minutes=minutes))
_near = st.integers(-3 * 24 * 60, 10 * 24 * 60).map(lambda minutes: at("00:00") + timedelta(minutes=minutes))
_maybe = st.one_of(st.none(), _near)
_ranges = st.sampled_from(
    [
        "09:00-10:00",
        "12:00-14:00",
        "14:00-16:00",
        "19:00-20:00",
        "07:00-09:00",
        "20:00-23:00",
        "nonsense",
        "00:00-24:00",
    ]
)


@st.composite
def facts(draw: st.DrawFn) -> ItemFacts:
    """Any item a database may hold."""
    earliest = draw(_near)
    length = draw(st.one_of(st.none(), st.integers(1, 9 * 24 * 60)))
    return ItemFacts(
        id=draw(st.integers(1, 50)),
        kind=draw(st.sampled_from(list(ItemKind))),
        milestone=draw(
            st.sampled_from(["D0", "D1", "D2", "D7", "D30", "STITCHES", "RED_FLAG", "ESCALATION", "UC1"])
        ),
        team=draw(st.sampled_from(["customer_service", "nurse", "ward"])),
        klass=draw(st.sampled_from(list(ItemClass))),
        purpose=draw(st.sampled_from(list(Purpose))),
        language=draw(st.sampled_from(["zh", "en"])),
        state=draw(st.sampled_from(list(ItemState))),
        earliest_at=earliest,
        due_on=draw(st.one_of(st.none(), _near.map(lambda moment: moment.date()))),
        due_at=draw(_maybe),
        due_by_at=draw(_maybe),
        clinical_end_at=None if length is None else earliest + timedelta(minutes=length),
        escalation_id=draw(st.one_of(st.none(), st.just(3))),
        promise_at=draw(_maybe),
        promise_staff_id=draw(st.one_of(st.none(), st.just(5))),
        promise_staff_on_duty=draw(st.booleans()),
        owner_staff_id=draw(st.one_of(st.none(), st.none(), st.just(6))),
        clinician_requested=draw(st.integers(0, 9)) == 0,
        attempts=draw(st.integers(0, 6)),
        tries_today=draw(st.integers(0, 3)),
        tried_on=draw(st.one_of(st.none(), _near.map(lambda moment: moment.date()))),
        last_attempt_at=draw(_maybe),
        cooling_until=draw(_maybe),
        skips=draw(st.integers(0, 3)),
        opted_out=draw(st.frozensets(st.sampled_from(list(Purpose)), max_size=1)),
        deceased=draw(st.integers(0, 9)) == 0,
        legal_hold=draw(st.integers(0, 9)) == 0,
        has_usable_number=draw(st.integers(0, 4)) > 0,
        number_from=draw(_maybe),
        preferred_hours=tuple(draw(st.lists(_ranges, max_size=2))),
    )


@st.composite
def judged(draw: st.DrawFn) -> tuple[ItemFacts, datetime]:
    """An item that is mostly open and callable, and an instant near something that happens to it."""
    one = draw(facts())
    if draw(st.integers(0, 3)):
        state = draw(st.sampled_from([ItemState.WAITING, ItemState.READY, ItemState.LEASED]))
        one = replace(
            one, state=state, deceased=False, legal_hold=False, opted_out=frozenset(), has_usable_number=True
        )
    if draw(st.booleans()):
        one = replace(one, promise_at=None, owner_staff_id=None, clinician_requested=False, skips=0)
    around = [one.earliest_at, one.clinical_end_at, one.promise_at, one.cooling_until, one.due_at]
    centre = draw(st.sampled_from([moment for moment in around if moment is not None]))
    minutes = draw(st.integers(-24 * 60, 24 * 60))
    return one, centre + timedelta(minutes=minutes)


def same(first: Placement, second: Placement) -> bool:
    """Whether two placements agree in all but the instant of their next change."""
    return replace(first, next_change_at=None) == replace(second, next_change_at=None)


@settings(max_examples=500, deadline=None)
@given(judged(), st.integers(0, 59))
def test_next_change_is_the_first_instant_with_another_placement(
    case: tuple[ItemFacts, datetime], offset: int
) -> None:
    one, now = case
    placed = place(one, POLICY, now)
    change = placed.next_change_at
    until = now + timedelta(days=3)
    if change is not None:
        assert change > now
        assert not same(place(one, POLICY, change), placed), "woken for nothing"
        assert place(one, POLICY, change - MS) == placed
        until = min(until, change)
    moment = now + timedelta(minutes=offset)
    while moment < until:
        assert place(one, POLICY, moment) == placed, "changed before it said so"
        moment += timedelta(minutes=47)


@settings(max_examples=100, deadline=None)
@given(st.lists(facts(), max_size=12, unique_by=lambda one: one.id), _moments, st.randoms())
def test_the_order_is_band_deadline_id_whatever_the_input(
    items: list[ItemFacts], now: datetime, shuffler: object
) -> None:
    queue = sorted_queue(items, POLICY, now)
    keys = [(placed.band, placed.deadline_at, one.id) for one, placed in queue]
    assert keys == sorted(keys)
    assert keys == [order_key(placed, one.id) for one, placed in queue]
    shuffler.shuffle(items)  # type: ignore[attr-defined]
    assert [one.id for one, _ in sorted_queue(items, POLICY, now)] == [one.id for one, _ in queue]


@settings(max_examples=100, deadline=None)
@given(facts(), _moments)
def test_place_depends_on_the_instant_not_on_its_zone(one: ItemFacts, now: datetime) -> None:
    assert place(one, POLICY, now) == place(one, POLICY, now.astimezone(UTC))
