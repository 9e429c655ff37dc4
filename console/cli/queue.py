"""`aftercall queue`, `why` and `why-not`: the clinic's order from a shell, masked, at any instant."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.cli import common

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from console.i18n import Coded
    from db.connect import Database
    from db.records import QueueRow, Why, WhyNot, WindowState

LIMIT: Final = 50
MAX_LIMIT: Final = 10_000


def add_parser(subparsers: common.Commands[argparse.ArgumentParser]) -> None:
    """Add the three commands to the command line. Args: the main parser's sub-parsers."""
    listing = subparsers.add_parser("queue", help="who is to be called, in order")
    listing.add_argument(
        "--limit", type=_limit, default=LIMIT, metavar="N", help=f"rows at most (default {LIMIT})"
    )
    why = subparsers.add_parser("why", help="why an item stands where it does")
    why.add_argument("item", type=int, metavar="ITEM", help="the item's id, as `queue` shows it")
    why_not = subparsers.add_parser("why-not", help="why somebody is not in the queue")
    why_not.add_argument(
        "patient", metavar="PATIENT", help="the patient's id, or the clinic's own number; no name"
    )
    for parser in (listing, why, why_not):
        parser.add_argument(
            "--at", type=_moment, metavar="ISO", help="an instant; clinic time unless it has an offset"
        )
    common.add_json(listing, why, why_not)


def _limit(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if not 1 <= number <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_LIMIT}")
    return number


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no instant; write it like 2026-06-15T14:35") from None


def run(args: argparse.Namespace) -> int:
    """Do the command. With `--at` nothing of the order is written; without it the stored order is brought up.

    Args: args from `add_parser`, with `command` and `db` of the main parser.
    Returns the exit code 0.
    Raises: RecordError: no database, no clinic, no such item or patient.
    """
    from zoneinfo import ZoneInfo

    from console.desk import explain, queue
    from console.desk import policy as policies
    from db.connect import reading

    with common.record(args) as database:
        clinic_id = common.clinic_of(database).id
        policy = policies.current(database, clinic_id)
        zone = ZoneInfo(policy.clinic.zone)
        stored = args.at is None
        at = common.now(database) if stored else _in_zone(args.at, zone)
        if args.command == "queue":
            window, rows = queue.listing(database, clinic_id, at, args.limit, stored=stored)
            _audit(database, clinic_id, at, "queue.read", None)
            common.emit(args, _queue_document(window, rows, at, zone), _queue_text(window, rows, at, zone))
        elif args.command == "why":
            if stored:
                queue.drain(database, clinic_id, at)
            with reading(database) as connection:
                why = explain.why(connection, clinic_id, policy, args.item, at, stored=stored)
            _audit(database, clinic_id, at, "why.read", why.patient_id)
            common.emit(args, _why_document(why, zone), _why_text(why, zone))
        else:
            with reading(database) as connection:
                patient_id = explain.patient_named(connection, clinic_id, args.patient)
                answers = explain.why_not(connection, clinic_id, policy, patient_id, at)
            _audit(database, clinic_id, at, "why_not.read", patient_id)
            common.emit(args, _why_not_document(patient_id, answers, zone), _why_not_text(answers, zone))
    return common.DONE


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _audit(database: Database, clinic_id: int, at: datetime, action: str, patient_id: int | None) -> None:
    """Note the masked read-out; nobody signed in for it."""
    from db import audit
    from db.connect import unit_of_work

    with unit_of_work(database) as connection:
        audit.append(
            connection,
            clinic_id=clinic_id,
            at=common.now(database),
            staff_id=None,
            seat_id=None,
            action=action,
            subject_kind="clinic" if patient_id is None else "patient",
            subject_id=clinic_id if patient_id is None else patient_id,
            values={"at": at.isoformat()},
        )


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _both(reason: Coded) -> dict[str, str]:
    from console import i18n

    return {lang: i18n.reason_text(lang, reason) for lang in ("zh", "en")}


def _queue_document(
    window: WindowState, rows: tuple[QueueRow, ...], at: datetime, zone: ZoneInfo
) -> dict[str, object]:
    return {
        "at": _iso(at, zone),
        "window": {"open": window.open, "until": _iso(window.until, zone), "next": _iso(window.next, zone)},
        "items": [
            {
                "position": row.position,
                "id": row.id,
                "patient_id": row.patient_id,
                "external_id": row.external_id,
                "patient": row.patient,
                "procedure": row.procedure or None,
                "day": row.day,
                "milestone": row.milestone,
                "team": row.team,
                "language": row.language,
                "tier": int(row.tier),
                "tier_name": row.tier.name,
                "deadline": _iso(row.deadline_at, zone),
                "attempts": row.attempts,
                "takeable": row.takeable,
                "opens_at": _iso(row.opens_at, zone),
                "reason": _both(row.reason),
            }
            for row in rows
        ],
    }


def _why_document(why: Why, zone: ZoneInfo) -> dict[str, object]:
    return {
        "id": why.id,
        "patient_id": why.patient_id,
        "patient": why.patient,
        "position": why.position,
        "tier": int(why.tier),
        "tier_name": why.tier.name,
        "deadline": _iso(why.deadline_at, zone),
        "gate": None if why.gate is None else why.gate.code,
        "facts": [{"code": fact.code, "text": _both(fact)} for fact in why.facts],
        "next": None
        if why.next is None
        else {
            "id": why.next.id,
            "tier": int(why.next.tier),
            "deadline": _iso(why.next.deadline_at, zone),
        },
    }


def _why_not_document(patient_id: int, answers: tuple[WhyNot, ...], zone: ZoneInfo) -> dict[str, object]:
    return {
        "patient_id": patient_id,
        "items": [
            {
                "id": answer.id,
                "milestone": answer.milestone,
                "gate": answer.gate.code,
                "text": _both(answer.gate),
                "ready_at": _iso(answer.ready_at, zone),
            }
            for answer in answers
        ],
    }


def _reason(reason: Coded) -> str:
    from console import i18n

    return i18n.reason_text(i18n.language(), reason)


def _queue_text(window: WindowState, rows: tuple[QueueRow, ...], at: datetime, zone: ZoneInfo) -> list[str]:
    from console.i18n import _
    from console.words import deadline_words, procedure_word, tier_word

    local = at.astimezone(zone)
    if window.open and window.until is not None:
        state = _("open until {time}", time=f"{window.until.astimezone(zone):%H:%M}")
    elif window.next is not None:
        state = _("closed, opens {time}", time=f"{window.next.astimezone(zone):%m-%d %H:%M}")
    else:
        state = _("closed")
    lines = [f"{local:%Y-%m-%d %H:%M}  {state}"]
    for row in rows:
        lines.append(
            " ".join(
                (
                    _fit(str(row.position), 4),
                    _fit(f"#{row.id}", 7),
                    _fit(tier_word(row.tier), 5),
                    _fit(deadline_words(row.deadline_at.astimezone(zone), local), 7),
                    _fit(row.patient, 9),
                    _fit(procedure_word(row.procedure) if row.procedure else "-", 15),
                    _fit("-" if row.day is None else str(row.day), 4),
                    _fit(row.milestone, 9),
                    _reason(row.reason),
                )
            ).rstrip()
        )
    return [*lines, _("Nobody is waiting.")] if not rows else lines


def _why_text(why: Why, zone: ZoneInfo) -> list[str]:
    from console.i18n import _

    place = _("not in the order") if why.position is None else _("place {n}", n=why.position)
    lines = [f"#{why.id} {why.patient}: {place}", *(f"- {_reason(fact)}" for fact in why.facts)]
    if why.next is not None:
        when = f"{why.next.deadline_at.astimezone(zone):%m-%d %H:%M}"
        lines.append(_("After it comes #{id}, by {when}.", id=why.next.id, when=when))
    return lines


def _why_not_text(answers: tuple[WhyNot, ...], zone: ZoneInfo) -> list[str]:
    from console.i18n import _

    if not answers:
        return [_("No call is planned.")]
    lines: list[str] = []
    for answer in answers:
        line = f"#{answer.id} {answer.milestone}: {_reason(answer.gate)}"
        if answer.ready_at is not None:
            line += f" ({answer.ready_at.astimezone(zone):%m-%d %H:%M})"
        lines.append(line)
    return lines


def _fit(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    from console.clean import clean

    return set_cell_size(clean(text), width)
