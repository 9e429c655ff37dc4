"""`aftercall board`: the escalation board from a shell, masked."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from console.cli import common
from db.enums import EscalationKind, Level

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from db.connect import Database
    from db.records import Board, Escalation, Forecast, HeldLine


def add_parser(subparsers: common.Commands[argparse.ArgumentParser]) -> None:
    """Add the command to the command line. Args: the main parser's sub-parsers."""
    parser = subparsers.add_parser("board", help="what was handed over, by the clock that runs out first")
    common.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Do the command. Brings the queue's stored places up to now, and leaves an audit row.

    Args: args from `add_parser`, with `db` of the main parser.
    Returns the exit code 0.
    Raises: RecordError: no database, or no clinic in it.
    """
    from zoneinfo import ZoneInfo

    from console.desk import board as desk
    from console.desk import policy as policies

    with common.record(args) as database:
        clinic_id = common.clinic_of(database).id
        now = common.now(database)
        policy = policies.current(database, clinic_id)
        zone = ZoneInfo(policy.clinic.zone)
        shown = desk.board_of(database, clinic_id, now)
        _audit(database, clinic_id, now)
        common.emit(args, document(shown, zone), text(shown, zone, policy.clinic.ambulance))
    return common.DONE


def _audit(database: Database, clinic_id: int, now: datetime) -> None:
    from db import audit
    from db.connect import unit_of_work

    with unit_of_work(database) as connection:
        audit.append(
            connection,
            clinic_id=clinic_id,
            at=now,
            staff_id=None,
            seat_id=None,
            action="board.read",
            subject_kind="clinic",
            subject_id=clinic_id,
        )


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _card(card: Escalation, zone: ZoneInfo) -> dict[str, object]:
    return {
        "id": card.id,
        "kind": card.kind,
        "level": card.level,
        "severity": card.severity,
        "status": card.status,
        "owner": card.owner,
        "patient_id": card.patient_id,
        "patient": card.patient,
        "procedure": card.procedure,
        "day": card.day,
        "flags": list(card.flags),
        "mis_keyed": card.mis_keyed,
        "told": card.told_who,
        "phoning": card.phoning,
        "raised_at": _iso(card.raised_at, zone),
        "ack_by": _iso(card.ack_by, zone),
        "contact_by": _iso(card.contact_by, zone),
        "resolve_by": _iso(card.resolve_by, zone),
        "next_clock": _iso(card.next_clock, zone),
        "seconds_left": card.seconds_left,
        "breached": card.breached,
        "class": card.klass,
        "stage": card.stage,
        "next_step": card.next_step,
        "confirmed": card.confirmed,
        "paused": card.paused_at is not None,
        "paused_at": _iso(card.paused_at, zone),
        "refund_by": _iso(card.refund_by, zone),
        "refund_alerted_at": _iso(card.refund_alerted_at, zone),
    }


def _held(line: HeldLine, zone: ZoneInfo) -> dict[str, object]:
    return {"staff": line.staff, "patient_id": line.patient_id, "since": _iso(line.since, zone)}


def document(board: Board, zone: ZoneInfo) -> dict[str, object]:
    """The board as JSON; open escalations first in the board's order, then those just resolved.

    Args: board; zone, the clinic's.
    """
    strip = board.strip
    return {
        "at": _iso(board.at, zone),
        "escalations": [_card(card, zone) for card in (*_open(board), *board.resolved)],
        "queue": {tier.name: count for tier, count in strip.queue.items()},
        "held": [_held(line, zone) for line in strip.held],
        "cut_off": [_held(line, zone) for line in strip.cut_off],
        "lapsed": strip.lapsed,
        "unreachable": strip.unreachable,
        "for_lead": strip.for_lead,
        "before_start": strip.before_start,
        "refused_rows": strip.refused,
        "late_drafts": strip.late_drafts,
        "last_tick_seconds": strip.tick_age_s,
        "watched": strip.watched,
        "roster_empty": strip.roster_empty,
        "closure": None
        if strip.closure is None
        else {
            "first": strip.closure.first.isoformat(),
            "last": strip.closure.last.isoformat(),
            "safety": strip.closure.safety,
        },
        "holidays_unknown": strip.unknown_year,
        "to_place": strip.placing,
        "skipped": strip.skipped,
        "no_plan": strip.unplanned,
        "open": {kind.value: strip.opened.get(kind, 0) for kind in EscalationKind},
        "late": strip.late,
        "forecast": None if strip.forecast is None else _forecast(strip.forecast, zone),
    }


def _forecast(forecast: Forecast, zone: ZoneInfo) -> dict[str, object]:
    return {
        "until": _iso(forecast.until, zone),
        "minutes": forecast.minutes,
        "due": forecast.due,
        "seats": forecast.seats,
        "can": forecast.can,
        "handling_seconds": forecast.handling_s,
        "measured": forecast.measured,
    }


def _open(board: Board) -> list[Escalation]:
    cards = [*board.new, *board.acknowledged, *board.contacted]

    def place(card: Escalation) -> tuple[bool, bool, datetime, int]:
        taken_up = card.level is not Level.EMERGENCY or card.acknowledged_at is not None
        # What waits for the customer, or only for its closing, has no clock: it comes last.
        return taken_up, card.next_clock is None, card.next_clock or card.resolve_by, card.id

    return sorted(cards, key=place)


def text(board: Board, zone: ZoneInfo, ambulance: str) -> list[str]:
    """The board as lines for a person, in the language of the machine.

    Args: board; zone, the clinic's; ambulance, its number.
    """
    from console.i18n import _, p_
    from console.policy_words import closure_words, unknown_year_words
    from console.text import plain
    from console.widgets.case_words import level_or_severity
    from console.widgets.strip_words import count_words, forecast_words
    from console.words import left_words, post_op_words, procedure_word, tier_word

    strip, cards = board.strip, _open(board)
    local = board.at.astimezone(zone)
    lines = [f"{_('Board at {time}', time=f'{local:%Y-%m-%d %H:%M}')}  {_('{count} open', count=len(cards))}"]
    if not strip.watched:
        lines[0] += "  " + _("nobody is watching")
    if strip.roster_empty:
        lines.append(
            _(
                "nobody is on call: phone the lead; in danger the patient dials {ambulance}",
                ambulance=ambulance,
            )
        )
    for card in (*cards, *board.resolved):
        urgency = level_or_severity(card.level or card.severity)
        left = "" if card.next_clock is None else left_words(card.next_clock, board.at)
        parts = [
            f"#{card.id}",
            p_("board status", card.status.value),
            p_("board kind", card.kind.value),
            urgency,
            left,
            card.patient,
            procedure_word(card.procedure) if card.procedure else "",
            post_op_words(card.day),
            card.owner or _("no owner"),
            _("mis-keyed, says the caller") if card.mis_keyed else "",
        ]
        lines.append("  ".join(plain(part) for part in parts if part))
    tiers = "  ".join(f"{tier_word(tier)} {count}" for tier, count in strip.queue.items() if count)
    lines.append(_("calls waiting: {tiers}", tiers=tiers or "0"))
    if strip.closure is not None:
        lines.append(closure_words(strip.closure))
    if strip.unknown_year is not None:
        lines.append(unknown_year_words(strip.unknown_year))
    for line in strip.held:
        since = f"{line.since.astimezone(zone):%H:%M}"
        lines.append(_("held by {staff} since {time}", staff=plain(line.staff), time=since))
    for line in strip.cut_off:
        since = f"{line.since.astimezone(zone):%H:%M}"
        lines.append(_("cut off: {staff} since {time}", staff=plain(line.staff), time=since))
    lines.append(
        _(
            "lapsed {lapsed}, unreachable {unreachable}, for the lead {lead}, before the start {before}, "
            "refused rows {refused}",
            lapsed=strip.lapsed,
            unreachable=strip.unreachable,
            lead=strip.for_lead,
            before=strip.before_start,
            refused=strip.refused,
        )
    )
    if strip.skipped:
        lines.append(count_words("skipped", strip.skipped))
    if strip.unplanned:
        lines.append(count_words("unplanned", strip.unplanned))
    lines.append(forecast_words(strip.forecast, zone, wide=True))
    return lines
