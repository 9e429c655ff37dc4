"""Where an item stands in the queue at one instant, and why; when that changes by itself.

The order is `(band, deadline_at, id)`, smallest first. The clinic's window, a lease and the seat that looks
are no part of an item's state: `console.rules.gates` adds them for one seat at one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from console.rules import calendar as calendars
from console.rules import kept_out
from console.rules.calendar import Calendar, own_hours
from console.rules.policy import Policy
from console.rules.reader import TimeRange
from db.enums import OPEN_STATES, ItemClass, ItemKind, ItemState, Purpose, Tier
from db.records import ItemFacts, Placement, Reason

PASSING: Final = frozenset(
    {"D0", "D1", "D2", "STITCHES", "SPLINT", "MISSED", "REMEASURE", "AFTER-DISCHARGE", "APPT-DAY"}
)
"""Milestones that ring with the window closed, inside the safety hours; the plan tables say the same."""

RED_FLAG: Final = "RED_FLAG"
"""Milestone code of a recontact after the line dropped inside a red-flag branch."""

LAST_CALL: Final = frozenset({"D0", "D1"})
"""Safety milestones that move up when little callable time is left."""

WARD_TEAM: Final = "ward"
WARD_LANE: Final = "ward"
"""Lane of what is done face to face in the ward: no seat is offered it."""
LEAD_LANE: Final = "lead"
ANY: Final = "any"
"""Stands in a lane for every language."""

_MS: Final = timedelta(milliseconds=1)
"""Instants are whole milliseconds, so "under" begins one millisecond after."""

_LEAD_KINDS: Final = frozenset({ItemKind.LEAD_REVIEW})


def order_key(placement: Placement, item_id: int) -> tuple[int, datetime, int]:
    """The key the queue is sorted by, smallest first."""
    return placement.band, placement.deadline_at, item_id


def band_of(tier: Tier) -> int:
    """The stored first key of the order: the tier, but overdue and due share one band."""
    return Tier.OVERDUE if tier is Tier.DUE else int(tier)


def place(item: ItemFacts, policy: Policy, at: datetime) -> Placement:
    """Where an item stands at an instant.

    Args:
        item: its facts.
        policy: the clinic's policy.
        at: aware instant; whole milliseconds count.

    Returns:
        The placement, with the first later instant at which it differs if no fact changes.
    """
    facts = _Facts(item, policy)
    at = at.astimezone(UTC)
    now = facts.core(at)
    for boundary in facts.boundaries(at, now):
        if facts.core(boundary) != now:
            return replace(now, next_change_at=boundary)
    return now


def stands(item: ItemFacts, policy: Policy, at: datetime) -> Placement:
    """`place` without the instant of its next change, at a third of the time: to serve what is stored already."""
    return _Facts(item, policy).core(at.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class _Wait:
    """Why an item waits, and until when if that ends by itself."""

    gate: Reason
    until: datetime | None


class _Facts:
    """One item's facts with what does not depend on the instant worked out once."""

    def __init__(self, item: ItemFacts, policy: Policy) -> None:
        self.item = item
        self.policy = policy
        self.queue = policy.queue
        self.calendar: Calendar = calendars.of(policy)
        self.red_flag = item.clinician_requested or item.milestone == RED_FLAG
        self.safety = item.klass is ItemClass.SAFETY
        # Refusing care stops neither safety calls nor what was handed over or is the lead's; but no survey is asked.
        handed_over = item.escalation_id is not None and item.purpose is not Purpose.SURVEY
        self.refused = item.purpose in item.opted_out and not (
            self.red_flag or self.safety or handed_over or item.kind in _LEAD_KINDS
        )
        self.promise_at = None if self.red_flag else _utc(item.promise_at)
        self.unwanted = kept_out.unwanted(item, red_flag=self.red_flag)
        self.selling = None if item.selling is None else kept_out.locked(item.selling)
        self.promise_from = (
            None if self.promise_at is None else self.promise_at - timedelta(minutes=self.queue.promise_early)
        )
        last_attempt = _utc(item.last_attempt_at)
        self.promise_tried = (
            self.promise_from is not None and last_attempt is not None and last_attempt >= self.promise_from
        )
        self.passes = (
            self.red_flag
            or self.promise_at is not None
            or item.milestone in PASSING
            # A clinical contact runs on a clock that does not stop between windows.
            or item.kind is ItemKind.RECONTACT
        )
        hours = own_hours(item.preferred_hours, policy.calendar.safety_hours)
        self.own: tuple[TimeRange, ...] = () if self.red_flag or self.promise_at is not None else hours
        self.end = self._end()
        self.deadline, self.deadline_reason = self._deadline()
        self.last_call_from = self._last_call_from(hours)
        self.clock_from = self._clock_from()
        self.pool_from = self._pool_from()
        self.gap_until = kept_out.gap_until(item, self.calendar, self.end)

    # --- what is fixed ---

    def _end(self) -> datetime | None:
        """The end of the clinical window; the day of a later promise lengthens what is not a safety call."""
        end = _utc(self.item.clinical_end_at)
        if end is None or self.promise_at is None or self.safety or self.promise_at < end:
            return end
        return max(end, self.calendar.safety(self.calendar.day_of(self.promise_at)).end)

    def _deadline(self) -> tuple[datetime, Reason]:
        item, calendar, text = self.item, self.calendar, self.calendar.text
        terms: list[tuple[datetime, str]] = []
        if self.end is not None:
            terms.append((self.end, "deadline_clinical_end"))
        if item.escalation_id is not None and (due := _utc(item.due_at)) is not None:
            terms.append((due, "deadline_clock"))
        if (by := _utc(item.due_by_at)) is not None:
            terms.append((by, "deadline_plan"))
        if self.promise_at is not None:
            grace = timedelta(minutes=self.queue.promise_grace)
            terms.append((self.promise_at + grace, "deadline_promise"))
        elif item.due_on is not None:
            terms.append((calendar.last_callable(item.due_on), "deadline_due_day"))
        if not terms:
            terms.append((calendar.last_callable(calendar.day_of(item.earliest_at)), "deadline_due_day"))
        deadline, code = min(terms, key=lambda term: term[0])
        return deadline, Reason.of(code, at=text(deadline))

    def _last_call_from(self, hours: tuple[TimeRange, ...]) -> datetime | None:
        """When under 45 callable minutes are left of the due day of a D0 or D1 call."""
        item = self.item
        if item.milestone not in LAST_CALL or not self.safety or item.due_on is None:
            return None
        left = timedelta(minutes=self.queue.last_call)
        for span in reversed(self.calendar.callable_spans(item.due_on, hours)):
            if span.end - span.start >= left:
                return span.end - left + _MS
            left -= span.end - span.start
        return self.calendar.safety(item.due_on).start

    def _clock_from(self) -> datetime | None:
        """When under a quarter of an escalation's time to reach the patient is left."""
        due, start = _utc(self.item.due_at), _utc(self.item.earliest_at)
        if self.item.escalation_id is None or due is None or start is None:
            return None
        return due - max(due - start, timedelta()) * self.queue.clock_fraction + _MS

    def _pool_from(self) -> datetime | None:
        """When a safety call nobody took opens to the pool."""
        if not self.safety or self.end is None:
            return None
        last = self.calendar.last_callable(self.calendar.day_of(self.end - _MS))
        return min(last, self.end) - timedelta(minutes=self.queue.pool_before)

    # --- what depends on the instant ---

    def wait(self, at: datetime) -> _Wait | None:
        """The first row rule that keeps the item waiting, in the order of gates."""
        item, calendar = self.item, self.calendar
        # What a death leaves to be decided is the lead's.
        if item.deceased and item.kind not in _LEAD_KINDS:
            return _Wait(Reason("deceased"), None)
        if self.refused:
            return _Wait(Reason.of("opted_out", purpose=Reason(f"purpose_{item.purpose.value}")), None)
        if self.selling is not None:
            return _Wait(self.selling, None)
        if self.unwanted:
            return _Wait(Reason("no_follow_up"), None)
        if item.legal_hold:
            return _Wait(Reason("legal_hold"), None)
        number_from = _utc(item.number_from)
        usable = item.has_usable_number or (number_from is not None and at >= number_from)
        if not usable and not self._without_a_call():
            return _Wait(Reason("no_usable_number"), number_from)
        if not self.red_flag:
            start = self.promise_from or _utc(item.earliest_at)
            if start is not None and at < start:
                code = "promise_wait" if self.promise_from is not None else "not_yet"
                shown = self.promise_at if self.promise_at is not None else start
                return _Wait(Reason.of(code, at=calendar.text(shown)), start)
        if self.own:
            inside, change = calendar.own_span(at, self.own)
            if inside is None:
                hours = ", ".join(str(one) for one in self.own)
                return _Wait(Reason.of("own_hours", hours=hours, at=calendar.text(change)), change)
        if self.gap_until is not None and at < self.gap_until:
            return _Wait(Reason.of("too_soon", at=calendar.text(self.gap_until)), self.gap_until)
        cooling = _utc(item.cooling_until)
        if cooling is not None and at < cooling:
            return _Wait(Reason.of("cooling", at=calendar.text(cooling)), cooling)
        return self._cap(at)

    def _without_a_call(self) -> bool:
        """Work that is done at a desk or in the ward needs no number."""
        return (
            self.item.kind in (ItemKind.CONTACT_REPAIR, ItemKind.LEAD_REVIEW, ItemKind.REVIEW)
            or self.item.team == WARD_TEAM
        )

    def _cap(self, at: datetime) -> _Wait | None:
        item, retry = self.item, self.policy.retry
        # A red flag and the evening of the operation follow their own short series.
        if self.red_flag or item.milestone == "D0":
            return None
        # A time the patient asked for is rung once whatever was tried before.
        if self.promise_at is not None and not self.promise_tried:
            return None
        most = retry.no_answer.per_day_safety if self.safety else retry.no_answer.per_day
        if item.tried_on is None or item.tries_today < most or self.calendar.day_of(at) > item.tried_on:
            return None
        tomorrow = self.calendar.at(item.tried_on + timedelta(days=1), 0)
        return _Wait(
            Reason.of("attempt_cap", count=item.tries_today, at=self.calendar.text(tomorrow)), tomorrow
        )

    def tier(self, at: datetime) -> tuple[Tier, Reason]:
        """The lowest tier that applies, and why."""
        item, text = self.item, self.calendar.text
        if self.red_flag:
            code = "tier_requested" if item.clinician_requested else "tier_line_dropped"
            return Tier.RED_FLAG, Reason(code)
        promised = self.promise_at is not None and self.promise_from is not None and at >= self.promise_from
        if promised and self.promise_at is not None and item.klass is not ItemClass.ROUTINE:
            return Tier.PROMISED, Reason.of("tier_promise", at=text(self.promise_at))
        if self.last_call_from is not None and at >= self.last_call_from and item.due_on is not None:
            last = self.calendar.last_callable(item.due_on)
            return Tier.PROMISED, Reason.of("tier_last_call", minutes=self.queue.last_call, at=text(last))
        if self.safety:
            return Tier.SAFETY, Reason.of("tier_safety", at=text(self.end) if self.end else "-")
        if promised and self.promise_at is not None:
            return Tier.CLOCK, Reason.of("tier_promise_routine", at=text(self.promise_at))
        if self.clock_from is not None and item.due_at is not None:
            if at >= self.clock_from:
                late = at >= item.due_at
                return Tier.CLOCK, Reason.of("tier_breached" if late else "tier_clock", at=text(item.due_at))
            return Tier.DUE, Reason.of("tier_contact", at=text(item.due_at))
        if item.klass is ItemClass.CARE:
            if item.due_on is not None and at >= self._overdue_from(item.due_on):
                return Tier.OVERDUE, Reason.of("tier_overdue", day=f"{item.due_on:%m-%d}")
            return Tier.DUE, Reason.of("tier_due", day=f"{item.due_on:%m-%d}" if item.due_on else "-")
        return Tier.ROUTINE, Reason("tier_routine")

    def _overdue_from(self, due_on: date) -> datetime:
        return self.calendar.at(due_on + timedelta(days=1), 0)

    def ready_since(self, at: datetime) -> datetime:
        """When a ready item became one somebody could ring for."""
        starts = [self.promise_from or _utc(self.item.earliest_at), _utc(self.item.cooling_until)]
        # Somebody works a leased item already: the patient's own hours move nothing about it.
        if self.own and self.item.state is not ItemState.LEASED:
            inside, _ = self.calendar.own_span(at, self.own)
            starts.append(inside.start if inside else None)
        since = max(start for start in starts if start is not None)
        return since if self.red_flag else self.calendar.next_safety_opening(since)

    def lane(self, at: datetime, tier: Tier) -> tuple[str, tuple[Reason, ...]]:
        """Who may be offered the item, and why when it is not simply its team."""
        item = self.item
        if item.kind in _LEAD_KINDS or item.skips >= self.queue.skips_to_lead:
            skipped = item.skips >= self.queue.skips_to_lead
            return LEAD_LANE, (Reason.of("lane_skipped", count=item.skips),) if skipped else ()
        if item.team == WARD_TEAM:
            return WARD_LANE, ()
        reasons: list[Reason] = []
        opened = self.pool_from is not None and at >= self.pool_from
        if item.owner_staff_id is not None:
            # A safety call that was handed to somebody does not lie with her until it is too late.
            if item.cut_off or item.escalation_id is not None or not opened:
                return f"own:{item.owner_staff_id}", (Reason("lane_own" if item.cut_off else "lane_person"),)
            reasons.append(Reason("lane_person_late"))
        if self.promise_at is not None and item.promise_staff_id is not None:
            if item.promise_staff_on_duty and not opened:
                return f"own:{item.promise_staff_id}", (Reason("lane_promised_by"),)
            reasons.append(Reason("lane_promise_anyone"))
        language = item.language
        held_until = self.language_until(at, tier)
        if held_until is not None and at >= held_until:
            language = ANY
            reasons.append(Reason("lane_any_language"))
        if opened:
            return f"pool:{language}", (*reasons, Reason("lane_pool"))
        return f"team:{item.team}:{language}", tuple(reasons)

    def language_until(self, at: datetime, tier: Tier) -> datetime | None:
        """Until when an urgent item waits for somebody who speaks the patient's language."""
        if tier > Tier.SAFETY:
            return None
        return self.ready_since(at) + timedelta(minutes=self.queue.language_lane)

    def core(self, at: datetime) -> Placement:
        """The placement at an instant, without the instant of its next change."""
        item = self.item
        if item.state not in OPEN_STATES:
            fixed = _utc(item.earliest_at) or at
            return self._made(
                item.state, fixed, Reason.of("closed", how=Reason.of(f"closed_{item.state.value}"))
            )
        if item.state is ItemState.LEASED:
            return self._made(ItemState.LEASED, at, None)
        unwanted = item.deceased or self.refused or self.unwanted or self.selling is not None
        if self.end is not None and at >= self.end and not unwanted:
            return self._made(
                ItemState.LAPSED, self.end, Reason.of("lapsed", at=self.calendar.text(self.end))
            )
        wait = self.wait(at)
        if wait is None:
            return self._made(ItemState.READY, at, None)
        # A waiting item shows what it will be when it wakes, so nothing about it moves meanwhile.
        fixed = self.promise_from or _utc(item.earliest_at) or at
        return self._made(ItemState.WAITING, wait.until or fixed, wait.gate)

    def _made(self, state: ItemState, at: datetime, why: Reason | None) -> Placement:
        tier, because = self.tier(at)
        lane, lane_reasons = self.lane(at, tier)
        passing = (Reason("passes_windows"),) if self.passes and tier is not Tier.RED_FLAG else ()
        return Placement(
            state=state,
            tier=tier,
            band=band_of(tier),
            deadline_at=self.deadline,
            next_change_at=None,
            lane_id=lane,
            passes_windows=self.passes,
            gate=why,
            reasons=(because, self.deadline_reason, *kept_out.ordered(self.item), *passing, *lane_reasons),
        )

    def boundaries(self, at: datetime, now: Placement) -> list[datetime]:
        """Every instant after `at` at which the placement may differ from `now`, in order."""
        if now.state not in OPEN_STATES:
            return []
        found: list[datetime | None] = [self.end]
        if now.state is ItemState.WAITING:
            wait = self.wait(at)
            found.append(wait.until if wait else None)
            if self.own and wait is not None and wait.gate.code in _MASKED_BY_OWN_HOURS:
                found.append(self.calendar.own_span(at, self.own)[1])
        else:
            overdue = None if self.item.due_on is None else self._overdue_from(self.item.due_on)
            clock_end = _utc(self.item.due_at) if self.item.escalation_id is not None else None
            found += [self.promise_from, self.last_call_from, self.clock_from, clock_end, overdue]
            found += [self.pool_from, self.language_until(at, Tier.SAFETY)]
            if self.own:
                found.append(self.calendar.own_span(at, self.own)[1])
        return sorted({instant for instant in found if instant is not None and instant > at})


_MASKED_BY_OWN_HOURS: Final = frozenset({"too_soon", "cooling", "attempt_cap"})
"""Gates in front of which the patient's own hours may close."""


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def sorted_queue(
    items: Iterable[ItemFacts],
    policy: Policy,
    at: datetime,
    wanted: Callable[[Placement], bool] | None = None,
) -> list[tuple[ItemFacts, Placement]]:
    """Ready items in the order of the queue: what the stored columns must agree with.

    Args:
        items: facts of any items.
        policy: the clinic's policy.
        at: aware instant.
        wanted: keeps only some placements, such as those of a seat's lanes.
    """
    placed = [(item, place(item, policy, at)) for item in items]
    ready = [
        (item, placement)
        for item, placement in placed
        if placement.state is ItemState.READY and (wanted is None or wanted(placement))
    ]
    return sorted(ready, key=lambda pair: order_key(pair[1], pair[0].id))
