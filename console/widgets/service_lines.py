"""The course of a complaint or a service request, as it stands on its page: what is known, what is owed, its dates."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from console import i18n
from console.i18n import _, p_
from console.widgets import service_words as words
from console.widgets.call_panes import ALARM, DIM, GOOD, HEAD, WARN, Line
from console.widgets.case_words import severity_word
from console.words import left_words, when_words
from db.records import CaseEntry, Remedy, ServiceCase


def money_words(cents: int) -> str:
    """An amount in the clinic's money, to the cent."""
    return f"{cents // 100}.{cents % 100:02d}"


def service_lines(case: ServiceCase, zone: ZoneInfo, now: datetime) -> list[Line]:
    """Everything a complaint or a request is, beside its story.

    Args:
        case: whole.
        zone: the clinic's. now: aware, in that zone.
    """

    def at(moment: datetime | None) -> str:
        return "" if moment is None else when_words(moment.astimezone(zone), now)

    lines: list[Line] = [("", ""), (_about(case), HEAD)]
    lines.append((_("came in {time} {way}", time=at(case.received_at), way=words.way_word(case.channel)), ""))
    if case.asker:
        lines.append((_("asked by: {name}", name=case.asker), ""))
    about = ", ".join([*(one.name for one in case.about), *([case.about_words] if case.about_words else [])])
    for label, text in (
        (_("about"), about),
        (_("wants"), case.demand),
        (_("visit"), case.visit),
    ):
        if text:
            lines.append((i18n.labelled(label, text), ""))
    lines += _dates(case, zone, now)
    if case.investigator:
        lines.append((_("looks into it: {name}", name=case.investigator), ""))
    for label, text in ((_("cause"), case.cause), (_("solution"), case.solution)):
        if text:
            lines.append((i18n.labelled(label, text), ""))
    if case.answered_at is not None:
        took = f"  {words.said(words.ACCEPTED, 'accepted', case.accepted)}" if case.accepted else ""
        told = _("told back {time} by {name}", time=at(case.answered_at), name=case.answered_by or "")
        lines.append((f"{told}{took}: {case.answer_note}" if case.answer_note else told + took, GOOD))
    if case.satisfaction is not None:
        lines.append((_("satisfaction {n} of 5", n=case.satisfaction), GOOD))
    elif case.no_satisfaction:
        why = words.said(words.NO_SCORE, "no score", case.no_satisfaction)
        lines.append((_("no satisfaction: {why}", why=why), DIM))
    lines += [_remedy(one) for one in case.remedies]
    lines += [entry_line(one, zone, now) for one in case.entries]
    if case.rounds:
        last = case.rounds[-1]
        again = _("reopened {n} times, last because: {why}", n=len(case.rounds), why=last.reopened_for)
        lines.append((again, WARN))
    if case.gaps and case.next_step is not None:
        lines += [("", ""), (_("Before it can be closed"), HEAD)]
        lines += [(f"- {i18n.reason_text(i18n.language(), one)}", DIM) for one in case.gaps]
    return lines


def _about(case: ServiceCase) -> str:
    stage = words.stage_word(case.stage)
    if case.klass is None:
        what = "" if case.request_type is None else words.type_word(case.request_type)
        return _("Request: {what}   {stage}", what=what, stage=stage)
    what = words.class_word(case.klass)
    if case.process_stage is not None:
        what += f" ({words.process_word(case.process_stage)})"
    how = "" if case.card.severity is None else severity_word(case.card.severity)
    if not case.card.confirmed:
        how = _("{severity}, not confirmed yet", severity=how)
    elif case.confirmed_by:
        how = _("{severity}, confirmed by {name}", severity=how, name=case.confirmed_by)
    return _("Complaint: {what}   {how}   {stage}", what=what, how=how, stage=stage)


def _dates(case: ServiceCase, zone: ZoneInfo, now: datetime) -> list[Line]:
    card = case.card
    lines = [
        _date(_("first reply"), card.contact_by, case.replied_at, zone, now, late="contact" in case.late)
    ]
    if case.paused_at is not None:
        since = when_words(case.paused_at.astimezone(zone), now)
        why = words.said(words.PAUSES, "pause", case.pause_code or "")
        note = f": {case.pause_note}" if case.pause_note else ""
        lines.append((_("answer: paused since {time}, waits for {why}", time=since, why=why) + note, WARN))
    else:
        done = case.answered_at
        line = _date(_("answer"), card.resolve_by, done, zone, now, late="resolve" in case.late)
        if case.paused_days:
            line = (line[0] + "  " + _("paused {n} working days", n=case.paused_days), line[1])
        lines.append(line)
    if case.refund_by is not None:
        lines.append(
            _date(_("refund"), case.refund_by, case.refund_decided_at, zone, now, late="refund" in case.late)
        )
    return lines


def _date(
    what: str, due: datetime, done: datetime | None, zone: ZoneInfo, now: datetime, *, late: bool
) -> Line:
    """One limit: by when with the date in full, and when it was met."""
    by = due.astimezone(zone)
    words_ = _("{what} by {date}", what=what, date=f"{by:%Y-%m-%d %H:%M}")
    if done is not None:
        met = _("done {time}", time=when_words(done.astimezone(zone), now))
        return (f"{words_}  {met}" + (f"  {_('late')}" if late else ""), DIM if late else GOOD)
    over = by <= now
    return f"{words_}  {left_words(by, now)}", ALARM if over else WARN


def _remedy(one: Remedy) -> Line:
    money = "" if one.cents is None else f" {money_words(one.cents)}"
    what = f"{words.remedy_word(one.kind)}{money}: {one.words}"
    if one.approved is None and one.decided_at is not None:
        return _(
            "taken back by {name}: {what} ({why})", name=one.decided_by or "", what=what, why=one.reason
        ), DIM
    if one.approved is None:
        return _("proposed by {name}: {what}", name=one.proposed_by, what=what), WARN
    decided = p_("remedy decided", "approved") if one.approved else p_("remedy decided", "refused")
    by = one.decided_by or ""
    return _("{decided} by {name}: {what} ({why})", decided=decided, name=by, what=what, why=one.reason), (
        GOOD if one.approved else DIM
    )


def entry_words(one: CaseEntry) -> str:
    """What an entry is: a right told, records asked for, an outside body, a role owed, the customer told."""
    match one.kind:
        case "right":
            return _("told: {what}", what=words.said(words.RIGHTS, "right", one.code))
        case "copy":
            return _("asks for a copy of the record")
        case "seal":
            return _("asks to have the record sealed")
        case "channel":
            return _("outside body named: {what}", what=words.said(words.CHANNELS, "outside", one.code))
        case "role":
            return _("has to be told: {what}", what=words.said(words.ROLES, "owed role", one.code))
        case "progress":
            return _("the customer was told")
    return one.kind


def role_words(one: CaseEntry) -> str:
    """Who has to be told: the role, and the name where it is known."""
    role = words.said(words.ROLES, "owed role", one.code)
    return f"{role} ({one.note})" if one.note else role


def _role_line(one: CaseEntry, zone: ZoneInfo, now: datetime) -> Line:
    """Who has to be told; once she was: when, who it was, and by whom unless she found it out herself."""
    if one.done_at is None:
        return _("has to be told: {what}", what=role_words(one)), WARN
    role, who = words.said(words.ROLES, "owed role", one.code), one.done_note or one.note
    at = when_words(one.done_at.astimezone(zone), now)
    if not one.done_by or one.done_by == who:
        return _("{role} knows: {who}, {time}", role=role, who=who, time=at), DIM
    return _("{role} was told: {who}, {time}, by {name}", role=role, who=who, time=at, name=one.done_by), DIM


def entry_line(one: CaseEntry, zone: ZoneInfo, now: datetime) -> Line:
    """An entry with when it was done, or marked while it is owed."""
    if one.kind == "role":
        return _role_line(one, zone, now)
    text = entry_words(one)
    if one.on_date is not None:
        text += f" {one.on_date:%Y-%m-%d}"
    if one.note:
        text += f": {one.note}"
    owed = one.kind in ("copy", "seal")
    if one.done_at is not None:
        done = _("done {time}", time=when_words(one.done_at.astimezone(zone), now))
        return f"{text}  {done}  {one.done_by or ''}  {one.done_note}".rstrip(), DIM
    return text, WARN if owed else DIM
