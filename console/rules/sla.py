"""Clocks of what was handed over: when it must be acknowledged, the patient reached, the matter closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.rules import calendar as calendars
from console.rules.policy import OnCallEntry, Policy
from db.enums import EscalationStatus, Level, Severity
from db.records import Clocks, OnCallPerson, Reason


@dataclass(frozen=True, slots=True)
class NextClock:
    """The clock that runs out first: what is due (ack, contact, resolve or refund), and when."""

    what: str
    due: datetime


@dataclass(frozen=True, slots=True)
class StepUp:
    """What a clinical escalation becomes when its clock has run out; level None: it cannot rise further."""

    clock: NextClock
    level: Level | None
    reason: Reason


def clinical(
    level: Level, raised_at: datetime, policy: Policy, *, contact_by_min: int | None = None
) -> Clocks:
    """The clocks of a clinical escalation; they run around the clock.

    Args:
        level: a level that escalates.
        raised_at: aware instant it was raised.
        policy: its `escalations` minutes.
        contact_by_min: minutes of the flag's own contact limit; it replaces the level's, and acknowledging
            may not take longer.

    Raises:
        ValueError: ROUTINE makes no escalation.
    """
    if not level.escalates:
        raise ValueError("ROUTINE has no clocks")
    minutes = policy.escalations.clocks[level]
    contact = minutes.contact if contact_by_min is None else contact_by_min
    raised = raised_at.astimezone(UTC)
    return Clocks(
        raised_at=raised,
        ack_by=raised + timedelta(minutes=min(minutes.ack, contact)),
        contact_by=raised + timedelta(minutes=contact),
        resolve_by=raised + timedelta(minutes=max(minutes.resolve, contact)),
    )


def complaint(severity: Severity, raised_at: datetime, policy: Policy) -> Clocks:
    """The clocks of a complaint: a first reply within 24 hours, an answer within 3, 7 or 14 working days.

    The first reply is both the acknowledgement and the contact (catalogue S0-CMPL-05); the answer is due when
    its working day ends (S0-CMPL-06). Working days are counted from the day after it was raised.

    Args:
        severity: of the complaint. raised_at: aware instant. policy: its `complaint` values and calendar.
    """
    raised = raised_at.astimezone(UTC)
    reply = raised + timedelta(hours=policy.escalations.complaint.first_reply_h)
    return Clocks(raised, reply, reply, max(answer_by(severity, raised, policy), reply))


def answer_by(severity: Severity, since: datetime, policy: Policy) -> datetime:
    """When the answer is due: at the end of its working day.

    Args:
        severity: decides how many working days. since: aware. policy: its `working_days` and calendar.
    """
    calendar = calendars.of(policy)
    count = policy.escalations.complaint.working_days[severity]
    return calendar.safety(calendar.add_working_days(calendar.day_of(since), count)).end


def refund(asked_at: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """When a refund that was asked for alerts the lead, and until when it has to be decided.

    Calendar days, whatever the severity, and no pause moves them: putting a reasonable refund off for more than
    15 days counts as wilful (REPORT section 6). The alert comes as its day's safety hours begin; the limit is the
    end of those of the last day.

    Args:
        asked_at: aware instant the refund was asked for. policy: `refund_alert_day` and `refund_days`.
    """
    rule = policy.escalations.complaint
    calendar = calendars.of(policy)
    day = calendar.day_of(asked_at)
    alert = calendar.safety(day + timedelta(days=rule.refund_alert_day)).start
    return alert, calendar.safety(day + timedelta(days=rule.refund_days)).end


def next_clock(
    status: EscalationStatus,
    clocks: Clocks,
    *,
    acknowledged: bool | None = None,
    contacted: bool | None = None,
    still: bool = False,
) -> NextClock | None:
    """The clock that runs out first among those not yet met.

    Args:
        status: column of the board.
        clocks: the escalation's clocks.
        acknowledged, contacted: whether those were met; by default as the status says.
        still: the last clock does not run: the customer has her answer, or it waits for her.

    Returns:
        None once it is resolved, and when none runs.
    """
    running = _open_clocks(status, clocks, acknowledged, contacted, still)
    return min(running, key=lambda clock: clock.due) if running else None


def _open_clocks(
    status: EscalationStatus,
    clocks: Clocks,
    acknowledged: bool | None,
    contacted: bool | None,
    still: bool,
) -> list[NextClock]:
    if status is EscalationStatus.RESOLVED:
        return []
    reached = status is EscalationStatus.CONTACTED if contacted is None else contacted
    seen = reached or (status is not EscalationStatus.NEW if acknowledged is None else acknowledged)
    running = [] if still else [NextClock("resolve", clocks.resolve_by)]
    if clocks.refund_by is not None:
        running.append(NextClock("refund", clocks.refund_by))
    if not reached:
        running.insert(0, NextClock("contact", clocks.contact_by))
    if not seen:
        running.insert(0, NextClock("ack", clocks.ack_by))
    return running


def seconds_left(due: datetime, at: datetime) -> int:
    """Whole seconds until a clock runs out, rounded down; negative once it has."""
    return int((due.astimezone(UTC) - at.astimezone(UTC)) // timedelta(seconds=1))


def breached(due: datetime, at: datetime) -> bool:
    """Whether a clock has run out: it has at its very instant, as every range of time here is half-open."""
    return at.astimezone(UTC) >= due.astimezone(UTC)


def under_fraction(start: datetime, due: datetime, at: datetime, fraction: float) -> bool:
    """Whether less than a share of a clock's whole time is left, or none.

    Args:
        start: when it began. due: when it runs out. at: now. All aware.
        fraction: the share, policy `clock_fraction`.
    """
    left = due.astimezone(UTC) - at.astimezone(UTC)
    return left < max(due.astimezone(UTC) - start.astimezone(UTC), timedelta()) * fraction or breached(
        due, at
    )


def step_up(level: Level, policy: Policy) -> Level | None:
    """The level an escalation rises to when its clock runs out; None for the highest."""
    return policy.escalations.step_up.get(level)


def at_limit(
    level: Level,
    status: EscalationStatus,
    clocks: Clocks,
    at: datetime,
    policy: Policy,
    *,
    acknowledged: bool | None = None,
    contacted: bool | None = None,
    still: bool = False,
    marked: frozenset[str] = frozenset(),
) -> StepUp | None:
    """What the first run-out clock of an escalation asks for that nobody has marked yet; None while all run.

    Args:
        level: its level now.
        status, clocks, acknowledged, contacted, still: as in `next_clock`.
        at: aware instant.
        policy: its `step_up`.
        marked: clocks whose running out was marked already.

    Returns:
        The clock and the higher level. Only an unmet acknowledgement or contact raises the level: the patient
        of an escalation that is slow to close has been reached.
    """
    run_out = [
        clock
        for clock in _open_clocks(status, clocks, acknowledged, contacted, still)
        if clock.what not in marked and breached(clock.due, at)
    ]
    if not run_out:
        return None
    clock = min(run_out, key=lambda one: one.due)
    higher = None if clock.what in ("resolve", "refund") else step_up(level, policy)
    return StepUp(clock, higher, Reason(f"breached_{clock.what}"))


@dataclass(frozen=True, slots=True)
class Risen:
    """The clocks of a higher level, and which of them began anew: those are neither met nor marked."""

    clocks: Clocks
    anew: frozenset[str]


def risen(clocks: Clocks, level: Level, since: datetime, policy: Policy) -> Risen:
    """What an escalation's clocks become at a higher level: they only get shorter.

    An emergency is taken up and its patient reached anew, whatever was done before. At another level the
    contact begins anew when it has run out; who has not taken it up in time stays late.

    Args:
        clocks: those of the lower level.
        level: the higher one.
        since: aware instant it begins; for a clock that ran out, when it did, whenever that was noticed.
        policy: its `escalations` minutes.
    """
    fresh, begin = clinical(level, since, policy), since.astimezone(UTC)
    ran_out = clocks.contact_by <= begin
    contact_by = fresh.contact_by if ran_out else min(clocks.contact_by, fresh.contact_by)
    resolve_by = min(clocks.resolve_by, fresh.resolve_by)
    if level is Level.EMERGENCY:
        ack_by = min(fresh.ack_by, contact_by)
        return Risen(Clocks(clocks.raised_at, ack_by, contact_by, resolve_by), frozenset(("ack", "contact")))
    ack_by = clocks.ack_by if clocks.ack_by <= begin else min(clocks.ack_by, fresh.ack_by)
    anew = frozenset(("contact",)) if ran_out else frozenset[str]()
    return Risen(Clocks(clocks.raised_at, ack_by, contact_by, resolve_by), anew)


def call_out_gap(policy: Policy) -> timedelta:
    """How long one person called out for an emergency has before the next one is: its acknowledgement clock."""
    return timedelta(minutes=policy.escalations.clocks[Level.EMERGENCY].ack)


def next_call_out(
    people: tuple[str, ...], since: datetime, last: tuple[str, datetime] | None, at: datetime, policy: Policy
) -> tuple[str, datetime] | None:
    """Who is called out next for an emergency nobody has taken up: the roster's first at once, then one after
    the other, and round again. Steps nobody was there to take are one step, taken now: no person is left out, and
    each has her time.

    Args:
        people: names in the order of the roster now.
        since: aware instant from which it is an emergency.
        last: who was called out last since then, and for which instant; None for nobody.
        at: aware instant.
        policy: its minutes.

    Returns:
        The name and the instant it is due for; None while the last one still has time, or nobody is there.
    """
    gap = call_out_gap(policy)
    due = since if last is None else last[1] + gap
    if not people or at < due:
        return None
    place = people.index(last[0]) + 1 if last is not None and last[0] in people else 0
    return people[place % len(people)], due if at - due < gap else at


def on_call_at(policy: Policy, at: datetime) -> tuple[OnCallPerson, ...]:
    """People on call at an instant, in the order they are rung; empty when the roster has a gap.

    Args:
        policy: its roster. at: aware instant.
    """
    people: tuple[OnCallEntry, ...] = policy.on_call_at(at)
    return tuple(OnCallPerson(person.order, person.name, person.phone, person.role) for person in people)
