"""What a dial leads to: when it is tried again, whom else to ring, what is dead, closed or escalated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from console.rules import calendar as calendars
from console.rules.calendar import Calendar
from console.rules.placement import LAST_CALL, RED_FLAG
from console.rules.policy import FreePolicy, Policy
from db.enums import OPEN_STATES, AttemptResult, EscalationKind, ItemClass, Level, Purpose
from db.records import AfterAttempt, AttemptFacts, Escalate, ItemFacts, Reason

UNREACHABLE: Final = "unable_to_reach"
REJECTED: Final = "rejected"
"""Close reasons: the budget is spent; the patient turned the call down twice."""

PATIENT: Final = "patient"
CONTACT_PERSON: Final = "contact_person"
LEAD_AND_ON_CALL: Final = "lead_and_on_call"
"""Values of AfterAttempt.next_person."""

EVENING: Final = "D0"


def after_attempt(facts: AttemptFacts, policy: Policy) -> AfterAttempt:
    """What one dial changes.

    No answer, powered off, unreachable and voicemail are one: nobody was spoken to.

    Args:
        facts: the dial, and the item as it stood before.
        policy: the clinic's policy.

    Returns:
        The changes. Beside a `next_person`, `cooling_until` says when the item is offered again if nobody
        goes on at once.
    """
    attempt = _Attempt(facts, policy)
    match facts.result:
        case AttemptResult.CONNECTED:
            return attempt.base
        case AttemptResult.INVALID_NUMBER:
            return attempt.number_gone("after_invalid")
        case AttemptResult.SUSPENDED:
            return attempt.suspended()
        case _ if attempt.is_red_flag:
            return attempt.red_flag()
        case AttemptResult.BUSY if facts.item.busy_count < policy.retry.busy.free:
            return attempt.free(policy.retry.busy, busy=1)
        case AttemptResult.LINE_ERROR if facts.item.line_errors < policy.retry.line_error.free:
            return attempt.free(policy.retry.line_error, line=1)
        case AttemptResult.REJECTED:
            return attempt.rejected()
        case _:
            return attempt.unanswered()


def after_wrong_person(facts: AttemptFacts, policy: Policy) -> AfterAttempt:
    """What changes when a stranger answered: the number is dead. Arguments as of `after_attempt`."""
    return _Attempt(facts, policy).number_gone("after_wrong_person")


def rest_until(result: AttemptResult, after: AfterAttempt, policy: Policy, at: datetime) -> datetime | None:
    """Until when everything else that is no safety call leaves the person in peace after a dial.

    Whoever asks next rings the same telephone, so the pause and the cap of the day are the person's and the
    number's, not only the item's (`retry.no_answer` of the policy).

    Args:
        result: what came of the dial. after: what it did to the item it was made for.
        policy: the clinic's policy.
        at: aware instant of the dial.

    Returns:
        An aware instant, or None when the dial says nothing about the person: a fault of our line, a number
        that is gone, a talk.
    """
    if result is AttemptResult.BUSY and not after.counted:
        return after.cooling_until
    if result in _ABOUT_THE_NUMBER:
        return None
    until = at.astimezone(UTC) + timedelta(minutes=policy.retry.no_answer.gap_min)
    if result is AttemptResult.REJECTED and after.cooling_until is not None:
        return max(until, after.cooling_until)
    return until


_ABOUT_THE_NUMBER: Final = frozenset(
    {
        AttemptResult.CONNECTED,
        AttemptResult.LINE_ERROR,
        AttemptResult.INVALID_NUMBER,
        AttemptResult.SUSPENDED,
    }
)
"""Results that tell nothing of whether the person wants to be rung again now."""


def budget_of(item: ItemFacts, policy: Policy) -> int:
    """Counted dials an item may have on one number: surveys have their own budget, else its class says."""
    return policy.retry.budget["survey" if item.purpose is Purpose.SURVEY else item.klass.value]


def unreached(item: ItemFacts, policy: Policy, at: datetime) -> Escalate | None:
    """The escalation of a D0 or D1 call that is still open at 20:15 of its day; every tick asks for it.

    Args:
        item: the item. policy: the clinic's policy.
        at: aware instant.

    Returns:
        A SAME_DAY escalation, or None. It is asked for again at every later instant: the caller makes one.
    """
    if not _is_first_days(item) or item.due_on is None or item.state not in OPEN_STATES:
        return None
    # Who refuses care calls still gets these, so nobody answering them still is a case.
    if item.deceased or item.team == "ward":
        return None
    case_at = calendars.of(policy).at(item.due_on, policy.retry.d0_case_at)
    return _case(item) if at.astimezone(UTC) >= case_at else None


def _is_first_days(item: ItemFacts) -> bool:
    return item.milestone in LAST_CALL and item.klass is ItemClass.SAFETY


def _case(item: ItemFacts) -> Escalate:
    # One code whatever led to it: the record keeps one open escalation per patient and code.
    reason = Reason.of("unreached_first_days", milestone=item.milestone)
    return Escalate(Level.SAME_DAY, EscalationKind.CLINICAL, reason)


class _Attempt:
    """One dial being judged."""

    def __init__(self, facts: AttemptFacts, policy: Policy) -> None:
        item = facts.item
        self.facts = facts
        self.item = item
        self.policy = policy
        self.rules = policy.retry
        self.calendar: Calendar = calendars.of(policy)
        self.at = facts.at.astimezone(UTC)
        self.safety = item.klass is ItemClass.SAFETY
        self.end = None if item.clinical_end_at is None else item.clinical_end_at.astimezone(UTC)
        self.is_red_flag = item.clinician_requested or item.milestone == RED_FLAG
        self.base = AfterAttempt(
            counted=False,
            busy_count=item.busy_count,
            line_errors=item.line_errors,
            rejections=item.rejections,
        )

    # --- the results ---

    def free(self, rule: FreePolicy, *, busy: int = 0, line: int = 0) -> AfterAttempt:
        """Busy or a line error: soon again, at no cost."""
        until = self.at + timedelta(minutes=rule.gap_min)
        return self._late(
            replace(
                self.base,
                cooling_until=until,
                busy_count=self.base.busy_count + busy,
                line_errors=self.base.line_errors + line,
                reasons=(self._again("after_busy" if busy else "after_line_error", until),),
            )
        )

    def unanswered(self) -> AfterAttempt:
        """Nobody spoke: another part of the day, within the day's cap and the number's budget."""
        after = replace(self.base, counted=True)
        if self.facts.number_attempts + 1 >= budget_of(self.item, self.policy):
            return self._spent(after)
        if self._is_evening():
            return self._evening(after)
        until = self._next_try()
        if until is None:
            return self._no_time_left(after)
        return self._late(
            replace(after, cooling_until=until, reasons=(self._again("after_no_answer", until),))
        )

    def rejected(self) -> AfterAttempt:
        """Turned down: tomorrow once, then the lead; a safety call without a tomorrow is tried today."""
        after = replace(self.base, counted=True, rejections=self.base.rejections + 1)
        if self.base.rejections >= self.rules.rejected_times:
            reason = Reason.of("rejected_again", count=after.rejections)
            closed = replace(after, close_reason=REJECTED, lead_item=reason, reasons=(reason,))
            return replace(closed, escalate=_case(self.item)) if _is_first_days(self.item) else closed
        day = self.calendar.day_of(self.at) + timedelta(days=self.rules.rejected_gap_days)
        until = self.calendar.safety(day).start
        if self.safety and self.end is not None and until >= self.end:
            return replace(self.unanswered(), rejections=after.rejections)
        return replace(after, cooling_until=until, reasons=(self._again("after_rejected", until),))

    def suspended(self) -> AfterAttempt:
        """The line is suspended: another number now, this one in three days."""
        until = self.at + timedelta(days=self.rules.suspended_gap_days)
        after = replace(
            self.base,
            counted=True,
            number_suspended_until=until,
            reasons=(self._again("after_suspended", until),),
        )
        if self.rules.suspended_other_number and self.facts.other_number:
            return replace(after, next_person=PATIENT)
        if self.facts.number_attempts + 1 >= budget_of(self.item, self.policy) and not self.is_red_flag:
            return self._spent(after)
        return self._nobody_left(replace(after, cooling_until=until), until)

    def number_gone(self, code: str) -> AfterAttempt:
        """No such number, or a stranger's: dead, another one now, and somebody finds a new one."""
        after = replace(self.base, number_dead=True, contact_repair=True, reasons=(Reason(code),))
        if self.facts.other_number:
            return replace(after, next_person=PATIENT)
        return self._nobody_left(after, None)

    def red_flag(self) -> AfterAttempt:
        """A red flag is rung every 5 minutes, three times, then the contact person, then lead and on-call."""
        rule = self.rules.red_flag
        until = self.at + timedelta(minutes=rule.gap_min)
        after = replace(
            self.base,
            counted=True,
            cooling_until=until,
            reasons=(self._again("after_red_flag", until),),
        )
        if self.facts.to_contact_person:
            return self._hand_up(after)
        if self.item.attempts + 1 < rule.times:
            return after
        if CONTACT_PERSON in rule.then and self.facts.contact_person:
            return replace(after, next_person=CONTACT_PERSON)
        return self._hand_up(after)

    # --- what they share ---

    def _again(self, code: str, until: datetime) -> Reason:
        return Reason.of(code, at=self.calendar.text(until))

    def _hand_up(self, after: AfterAttempt) -> AfterAttempt:
        reason = Reason("red_flag_unreached")
        return replace(
            after,
            next_person=LEAD_AND_ON_CALL,
            escalate=Escalate(Level.EMERGENCY, EscalationKind.CLINICAL, reason),
            lead_item=reason,
            reasons=(*after.reasons, reason),
        )

    def _nobody_left(self, after: AfterAttempt, until: datetime | None) -> AfterAttempt:
        """The patient has no number to be rung on until `until`, or at all."""
        if self.is_red_flag or (self.safety and (until is None or self.end is None or until >= self.end)):
            if self.facts.contact_person and not self.facts.to_contact_person:
                return replace(after, next_person=CONTACT_PERSON)
            if self.is_red_flag:
                return self._hand_up(after)
            return self._no_time_left(after)
        return after

    def _no_time_left(self, after: AfterAttempt) -> AfterAttempt:
        """A safety call that cannot be tried again before its end: the lead decides, D0 and D1 are a case."""
        reason = Reason("no_time_left")
        told = replace(
            after,
            cooling_until=self.end if after.cooling_until is None else after.cooling_until,
            lead_item=reason,
            reasons=(*after.reasons, reason),
        )
        return replace(told, escalate=_case(self.item)) if _is_first_days(self.item) else told

    def _spent(self, after: AfterAttempt) -> AfterAttempt:
        """The budget on this number is used up."""
        if self.facts.other_number:
            return replace(after, next_person=PATIENT, reasons=(Reason("number_spent"),))
        reason = Reason.of("budget_spent", count=self.facts.number_attempts + 1)
        closed = replace(
            after, cooling_until=None, close_reason=UNREACHABLE, lead_item=reason, reasons=(reason,)
        )
        return replace(closed, escalate=_case(self.item)) if _is_first_days(self.item) else closed

    def _late(self, after: AfterAttempt) -> AfterAttempt:
        """Past 20:15 a D0 or D1 call that was not answered is a case at once."""
        case = unreached(self.item, self.policy, self.at)
        return after if case is None else replace(after, escalate=case)

    def _is_evening(self) -> bool:
        return self.item.milestone == EVENING and self.calendar.day_of(self.at) == self.item.due_on

    def _evening(self, after: AfterAttempt) -> AfterAttempt:
        """The evening of the operation: every 15 minutes, three times, then the contact person."""
        rule = self.rules.d0
        until = self.at + timedelta(minutes=rule.gap_min)
        after = replace(after, cooling_until=until, reasons=(self._again("after_evening", until),))
        if self._tried_today() < rule.times:
            return self._late(after)
        if CONTACT_PERSON in rule.then and self.facts.contact_person and not self.facts.to_contact_person:
            return self._late(replace(after, next_person=CONTACT_PERSON))
        # Nobody is left to ring every quarter of an hour: once more when it becomes a case.
        case_at = self.calendar.at(self.calendar.day_of(self.at), self.rules.d0_case_at)
        until = max(until, case_at)
        return self._late(replace(after, cooling_until=until, reasons=(self._again("after_evening", until),)))

    def _tried_today(self) -> int:
        """Counted dials of the clinic's day, this one included."""
        item = self.item
        return 1 + (item.tries_today if item.tried_on == self.calendar.day_of(self.at) else 0)

    def _next_try(self) -> datetime | None:
        """When an unanswered call is tried again; None for a safety call with no time left for it."""
        rule = self.rules.no_answer
        soonest = self.at + timedelta(minutes=rule.gap_min)
        if self._tried_today() >= (rule.per_day_safety if self.safety else rule.per_day):
            tomorrow = self.calendar.day_of(self.at) + timedelta(days=1)
            soonest = max(soonest, self.calendar.safety(tomorrow).start)
        plain = self.calendar.next_safety_opening(soonest)
        wanted = self._other_part(plain) if rule.other_part else plain
        if not self.safety or self.end is None or wanted < self.end:
            return wanted
        # The same part of the day is better than no call at all.
        return plain if plain < self.end else None

    def _other_part(self, soonest: datetime) -> datetime:
        """The first instant from `soonest` on in another part of the day than this dial's."""
        here = self.calendar.day_part(self.at)
        if here is None or self.calendar.day_part(soonest) != here:
            return soonest
        part = self.policy.calendar.day_parts[here]
        after = self.calendar.at(self.calendar.day_of(soonest), part.end, last=True)
        return self.calendar.next_safety_opening(after)
