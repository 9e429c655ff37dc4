"""Every planned contact of a treatment, a visit, a course or a birthday, with its dates.

Days are the clinic's: a plan day begins and ends with the safety hours, unless the plan names an hour. Months
are calendar months: one month after 31 January is the last day of February. What an event asks for is in
`console.rules.plan_events`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from console.rules import calendar as calendars
from console.rules.calendar import Calendar
from console.rules.plan_data import Offset, Plans, Range, RemovalRow, Row, shipped
from console.rules.policy import Policy
from db.enums import Channel, ItemClass, ItemState, VisitKind
from db.records import PlannedItem, Reason, TreatmentFacts

RECURRENCE_DAYS: Final = 400
"""How far ahead repeated milestones are planned: over a year, so that the next one is always there."""

GO_LIVE_DAYS: Final = 3
"""Last post-op day on which a patient keeps a safety call that was due before go_live."""

GRACE_DAYS: Final = 1
"""Days after the treatment on which its plan may still be made (catalogue S1-SCHED-22)."""

WARD: Final = "ward"
WARD_CHECKS: Final = 2
"""Ward checks that stand for one call to an in-patient (catalogue S3-SCHED-02)."""


def plan(
    facts: TreatmentFacts,
    policy: Policy,
    go_live: date | None,
    first_known_at: datetime,
    plans: Plans | None = None,
) -> tuple[PlannedItem, ...]:
    """Every contact planned from one treatment.

    Args:
        facts: the treatment; days in the clinic's zone.
        policy: the clinic's policy (zone, safety hours).
        go_live: first day the clinic works with the console; None when it is not set.
        first_known_at: aware instant at which the treatment was first known.
        plans: plan tables; the shipped ones by default.

    Returns:
        Planned items by due day. Those whose time was over before we could act have state before_start.
        Repeated milestones reach 400 days past `first_known_at`, and are never planned for the past;
        `recurring` gives later ones.
    """
    tables = plans or shipped()
    calendar = calendars.of(policy)
    items: list[PlannedItem] = []
    for row in tables.treatment:
        if row.every_months or not any(tables.has(facts.procedure, group) for group in row.groups):
            continue
        item = _item(row, facts.performed_on, calendar)
        if row.in_ward and _in_ward(facts, item.due_on):
            items.append(_for_ward(item))
        else:
            items.append(_with_risk(item, row, facts, tables, calendar))
    for removal in tables.removal:
        if (item := _removal(removal, facts, tables, calendar)) is not None:
            items.append(item)
    items.extend(_after_discharge(facts, items, tables, calendar))
    started = _mark_before_start(items, facts.performed_on, calendar, go_live, first_known_at)
    until = calendar.day_of(first_known_at) + timedelta(days=RECURRENCE_DAYS)
    later = (
        item
        for item in recurring(facts, policy, facts.performed_on, until, plans)
        if item.clinical_end_at > first_known_at and (go_live is None or item.due_on >= go_live)
    )
    return _in_order((*started, *later))


def recurring(
    facts: TreatmentFacts, policy: Policy, after: date, until: date, plans: Plans | None = None
) -> tuple[PlannedItem, ...]:
    """The repeated milestones of a treatment that fall due after one day and no later than another.

    Args:
        facts: the treatment. policy: the clinic's policy. plans: plan tables; the shipped ones by default.
        after: day that does not count. until: last day that does.
    """
    tables = plans or shipped()
    calendar = calendars.of(policy)
    items: list[PlannedItem] = []
    for row in tables.treatment:
        if not row.every_months or not any(tables.has(facts.procedure, group) for group in row.groups):
            continue
        months = row.due.months
        # From the anchor each time: 29 February comes back in the next leap year.
        while (due := facts.performed_on + relativedelta(months=months)) <= until:
            if due > after:
                items.append(_item(replace(row, due=Offset(months=months)), facts.performed_on, calendar))
            months += row.every_months
    return _in_order(items)


def setting(performed_on: date, set_on: date) -> str:
    """Whether a plan was made in time (catalogue S1-SCHED-22).

    Args:
        performed_on: day of the treatment. set_on: day its plan was first made; both the clinic's.

    Returns:
        "on_time" on the day itself, "grace" on the day after it, "late" from then on, which counts as not
        made.
    """
    days = (set_on - performed_on).days
    return "on_time" if days <= 0 else "grace" if days <= GRACE_DAYS else "late"


def plan_visit(
    kind: VisitKind,
    visited_on: date,
    policy: Policy,
    go_live: date | None,
    first_known_at: datetime,
    own_date: date | None = None,
    plans: Plans | None = None,
) -> tuple[PlannedItem, ...]:
    """The contacts planned from a visit without a treatment.

    Args:
        kind: what came of the visit. visited_on: its day; of a visitor who never came, the booked day.
        policy, go_live, first_known_at, plans: as in `plan`.
        own_date: the day the visitor named for the second call; it replaces the plan's date.
    """
    tables = plans or shipped()
    calendar = calendars.of(policy)
    items = [
        _item(row, visited_on, calendar, own_date if row.own_date else None)
        for row in tables.visit
        if kind.value in row.groups
    ]
    return _in_order(_mark_before_start(items, None, calendar, go_live, first_known_at))


def plan_session(
    facts: TreatmentFacts,
    policy: Policy,
    go_live: date | None,
    first_known_at: datetime,
    plans: Plans | None = None,
) -> tuple[PlannedItem, ...]:
    """The contacts planned from one session while its course is open. Arguments as in `plan`."""
    tables = plans or shipped()
    calendar = calendars.of(policy)
    items = [
        _item(row, facts.performed_on, calendar)
        for row in tables.series
        if any(tables.has(facts.procedure, group) for group in row.groups)
    ]
    return _in_order(_mark_before_start(items, None, calendar, go_live, first_known_at))


def plan_round(row: Row, on: date, policy: Policy) -> PlannedItem:
    """The contact a row of the clock's rounds plans on the day of the round; `policy` as in `plan`."""
    return _item(row, on, calendars.of(policy))


def plan_course_end(
    ended_on: date,
    policy: Policy,
    go_live: date | None,
    first_known_at: datetime,
    plans: Plans | None = None,
) -> tuple[PlannedItem, ...]:
    """The contacts planned from the last day of a skin course. Arguments as in `plan`."""
    calendar = calendars.of(policy)
    items = [_item(row, ended_on, calendar) for row in (plans or shipped()).course]
    return _in_order(_mark_before_start(items, None, calendar, go_live, first_known_at))


def plan_birthday(
    born_on: date, policy: Policy, after: date, until: date, plans: Plans | None = None
) -> tuple[PlannedItem, ...]:
    """A member's birthday greetings between two days; 29 February is kept on the 28th in other years.

    The caller checks membership and marketing consent.

    Args:
        born_on: day of birth. policy, plans: as in `plan`.
        after: day that does not count. until: last day that does.
    """
    calendar = calendars.of(policy)
    birthdays = (
        born_on + relativedelta(years=year - born_on.year)
        for year in range(max(after.year, born_on.year + 1), until.year + 1)
    )
    return tuple(
        _item(row, day, calendar)
        for day in birthdays
        if after < day <= until
        for row in (plans or shipped()).birthday
    )


# --- dates ---


def _day_start(calendar: Calendar, day: date) -> datetime:
    return calendar.at(day, calendar.policy.safety_hours.start)


def _day_end(calendar: Calendar, day: date) -> datetime:
    return calendar.at(day, calendar.policy.safety_hours.end)


def _day(anchor: date, offset: Offset) -> date:
    return anchor + relativedelta(months=offset.months, days=offset.days)


def _item(row: Row, anchor: date, calendar: Calendar, own_date: date | None = None) -> PlannedItem:
    due_on = own_date or _day(anchor, row.due)
    first = (
        due_on - timedelta(days=row.earliest_before) if row.earliest is None else _day(anchor, row.earliest)
    )
    last = due_on + timedelta(days=row.end_after) if row.end is None else _day(anchor, row.end)
    hour = None if row.earliest is None else row.earliest.minute
    return PlannedItem(
        milestone=row.code,
        flow=row.flow,
        team=row.team,
        klass=row.klass,
        purpose=row.purpose,
        anchor_on=anchor,
        due_on=due_on,
        earliest_at=_day_start(calendar, first) if hour is None else calendar.at(first, hour),
        due_at=None if row.due.minute is None else calendar.at(due_on, row.due.minute),
        due_by_at=None,
        clinical_end_at=_day_end(calendar, last),
        passes_windows=row.passes_windows,
        is_base=row.base,
        sources=row.sources,
        reasons=() if own_date is None else (Reason("own_date"),),
    )


def _in_ward(facts: TreatmentFacts, day: date) -> bool:
    """An in-patient is in the ward until her discharge day; with no such day on file, all the while."""
    return facts.inpatient and (facts.discharge_on is None or day < facts.discharge_on)


def _for_ward(item: PlannedItem) -> PlannedItem:
    return replace(
        item,
        team=WARD,
        channel=Channel.FACE_TO_FACE,
        ward_checks=WARD_CHECKS,
        reasons=(*item.reasons, Reason("in_ward")),
    )


def _with_risk(
    item: PlannedItem, row: Row, facts: TreatmentFacts, tables: Plans, calendar: Calendar
) -> PlannedItem:
    """A safety call gets an hour to be made by when the procedure is riskier or the patient lives alone."""
    grounds: list[Reason] = []
    if facts.procedure in tables.risk:
        grounds.append(Reason("risk_procedure"))
    if facts.lives_alone:
        grounds.append(Reason("lives_alone"))
    if not row.by or not grounds:
        return item
    by = calendar.at(item.due_on, row.by[min(len(grounds), len(row.by)) - 1])
    return replace(item, due_by_at=by, reasons=(*item.reasons, *grounds))


def _removal(row: RemovalRow, facts: TreatmentFacts, tables: Plans, calendar: Calendar) -> PlannedItem | None:
    """The call before something is taken out: around the surgeon's date, else by the procedure's range."""
    stitches = row.rule == "stitches"
    dated = facts.stitches_on if stitches else facts.splint_on
    usual: Range | None = (tables.stitches if stitches else tables.splint).get(facts.procedure)
    if usual is not None and usual.only_strip and dated is None and not facts.strip_method:
        return None
    if usual is None and dated is None:
        return None
    if dated is not None:
        due_on = dated - timedelta(days=row.surgeon_due_before)
        last = dated + timedelta(days=row.surgeon_end_after)
    else:
        assert usual is not None
        due_on = facts.performed_on + timedelta(days=usual.due)
        last = facts.performed_on + timedelta(days=usual.end)
    first = due_on
    if usual is not None:
        first = min(due_on, facts.performed_on + timedelta(days=usual.first - row.earliest_before))
    reasons = () if dated is None else (Reason("surgeon_date"),)
    if row.before_leaving and facts.local_until is not None and facts.local_until <= due_on:
        # The doctor is asked while she is still in town; the day itself is the doctor's to set.
        due_on = max(facts.local_until, facts.performed_on + timedelta(days=2)) - timedelta(days=1)
        first = min(first, due_on)
        reasons = (*reasons, Reason.of("leaves_town", day=facts.local_until.isoformat()))
    return PlannedItem(
        milestone=row.code,
        flow=row.flow,
        team=row.team,
        klass=row.klass,
        purpose=row.purpose,
        anchor_on=facts.performed_on,
        due_on=due_on,
        earliest_at=_day_start(calendar, first),
        due_at=None,
        due_by_at=None,
        clinical_end_at=_day_end(calendar, last),
        passes_windows=row.passes_windows,
        is_base=True,
        sources=row.sources,
        reasons=reasons,
    )


def _after_discharge(
    facts: TreatmentFacts, items: list[PlannedItem], tables: Plans, calendar: Calendar
) -> list[PlannedItem]:
    """One safety call on the day after discharge, unless another one is due by phone that day anyway."""
    if not facts.inpatient or facts.discharge_on is None:
        return []
    added: list[PlannedItem] = []
    for row in tables.discharge:
        item = _item(row, facts.discharge_on, calendar)
        if not any(
            other.klass is ItemClass.SAFETY and other.channel is Channel.PHONE and other.due_on == item.due_on
            for other in items
        ):
            added.append(_with_risk(item, row, facts, tables, calendar))
    return added


def _mark_before_start(
    items: list[PlannedItem],
    performed_on: date | None,
    calendar: Calendar,
    go_live: date | None,
    first_known_at: datetime,
) -> list[PlannedItem]:
    """Marks what was due before go_live or over when first known; on D0-D3 the newest safety call stays."""
    marked = [
        replace(item, state=ItemState.BEFORE_START)
        if item.clinical_end_at <= first_known_at or (go_live is not None and item.due_on < go_live)
        else item
        for item in items
    ]
    if go_live is None or performed_on is None or not 0 <= (go_live - performed_on).days <= GO_LIVE_DAYS:
        return marked
    opening, closing = calendar.at(go_live, 0), _day_end(calendar, go_live)
    running = [
        item
        for item in marked
        if item.klass is ItemClass.SAFETY
        and item.earliest_at < closing
        and item.clinical_end_at > max(opening, first_known_at)
    ]
    if not running:
        return marked
    newest = max(running, key=lambda item: (item.due_on, item.earliest_at))
    return [replace(item, state=ItemState.WAITING) if item is newest else item for item in marked]


def _in_order(items: list[PlannedItem] | tuple[PlannedItem, ...]) -> tuple[PlannedItem, ...]:
    return tuple(sorted(items, key=lambda item: (item.due_on, item.earliest_at, item.milestone)))
