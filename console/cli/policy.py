"""`aftercall policy show|check|apply`: what the clinic has decided, as one TOML document."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.common import DONE, WRONG_USE, Commands, acting, add_json, clinic_of, emit, now, record
from console.i18n import _
from db.errors import WrongUse

if TYPE_CHECKING:
    from datetime import date

    from console.desk.policy_preview import Preview
    from console.rules.policy import Policy
    from console.rules.reader import Problem
    from db.connect import Database

LOOK_MOST = 5_000
"""Open calls a preview looks at when nothing else is said; `console.desk.policy_preview.LOOK_MOST`."""


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("policy", help=_("the clinic's rules: show, check, apply"))
    parts = group.add_subparsers(dest="policy_command", required=True, metavar="show|check|apply")
    show = parts.add_parser("show", help=_("the document in force"))
    show.add_argument("--words", action="store_true", help=_("what it says, in words"))
    check = parts.add_parser("check", help=_("what is wrong with a document, and who is on call when"))
    check.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help=_("TOML (default: the one in force)")
    )
    check.add_argument("--preview", action="store_true", help=_("also what it would move"))
    apply = parts.add_parser("apply", help=_("put a document in force, as a lead"))
    apply.add_argument("file", type=Path, metavar="FILE", help="TOML")
    apply.add_argument("--dry-run", action="store_true", help=_("only say what it would move"))
    for one in (check, apply):
        one.add_argument(
            "--most",
            type=int,
            metavar="N",
            help=_("open calls a preview looks at (default: {n})", n=LOOK_MOST),
        )
    add_json(show, check, apply)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    match args.policy_command:
        case "show":
            return _show(args)
        case "check":
            return _check(args)
        case _:
            return _dry_run(args) if args.dry_run else _apply(args)


def _show(args: argparse.Namespace) -> int:
    from console.desk import policy
    from console.desk.local import clinic_day
    from console.policy_words import policy_lines
    from db.policy import digest

    with record(args) as database:
        clinic = clinic_of(database)
        text = policy.document(database, clinic.id)
        stored = policy.current(database, clinic.id)
        today = clinic_day(now(database), stored.clinic.zone)
    lines = policy_lines(stored, today) if args.words else text.splitlines()
    emit(
        args,
        {
            "version": stored.version,
            "sha256": digest(text),
            "document": text,
            "holidays_known_until": policy.known_until(stored),
        },
        [_("# version {version}", version=stored.version), *lines],
    )
    return DONE


def _check(args: argparse.Namespace) -> int:
    from console.desk import policy
    from console.desk.local import clinic_day
    from console.policy_words import holidays_line, preview_lines
    from console.rules import calendar as calendars
    from console.rules.policy import parse_text

    stored: Policy | None = None
    if args.file is None:
        with record(args) as database:
            clinic_id = clinic_of(database).id
            text = policy.document(database, clinic_id)
            stored = None if policy.check(text) else policy.current(database, clinic_id)
    else:
        text = _read(args.file)
    problems = policy.check(text)
    lines = [_problem(problem) for problem in problems]
    document: dict[str, object] = {
        "problems": [
            {"where": problem.where, "code": problem.reason.code, "message": _problem(problem)}
            for problem in problems
        ],
        "on_call_gap": None,
        "holidays_known_until": None,
        "preview": None,
    }
    if not problems:
        # The one in force knows the public holidays that were stored with it.
        read = stored or parse_text(text)
        gap, calendar = policy.gap(read, now()), calendars.of(read)
        document["on_call_gap"] = None if gap is None else gap.isoformat()
        document["holidays_known_until"] = calendar.known_until()
        lines += [*_gap_lines(gap), holidays_line(calendar, clinic_day(now(), read.clinic.zone))]
        lines.append(_("The policy is in order."))
        if args.preview:
            with record(args) as database:
                moved = _preview(args, database, text)
            document["preview"], lines = _document(moved), [*lines, *preview_lines(moved)]
    emit(args, document, lines)
    return WRONG_USE if problems else DONE


def _preview(args: argparse.Namespace, database: Database, text: str) -> Preview:
    from console.desk import policy_preview

    def told(count: int) -> None:
        if sys.stderr.isatty():
            print(_("looked at {n} ...", n=count), end="\r", file=sys.stderr, flush=True)

    return policy_preview.preview(
        database, clinic_of(database).id, text, now(database), most=max(args.most or LOOK_MOST, 1), told=told
    )


def _document(preview: Preview) -> dict[str, object]:
    moves = preview.moves
    return {
        "version": preview.version,
        "changed": preview.changed,
        "open_items": preview.open_items,
        "looked": moves.looked,
        "complete": preview.complete,
        "moved": moves.moved,
        "tiers": [
            {"from": before.name, "to": after.name, "count": count}
            for (before, after), count in sorted(moves.tiers.items())
        ],
        "deadline": {"earlier": moves.deadline_earlier, "later": moves.deadline_later},
        "rings": {
            "earlier": moves.rings_earlier,
            "later": moves.rings_later,
            "never": moves.rings_never,
            "again": moves.rings_again,
        },
        "lanes": moves.lanes,
        "promises_outside_hours": moves.promises_outside,
        "promises_in_quiet_hours": moves.promises_quiet,
        "last_minute_of_safety_calls": {
            "earlier": moves.last_call_earlier,
            "later": moves.last_call_later,
        },
        "closes": [day.isoformat() for day in preview.closes],
        "opens": [day.isoformat() for day in preview.opens],
        "on_call_gap": None if preview.gap is None else preview.gap.isoformat(),
        "holidays_known_until": preview.known_until,
    }


def _in_order(path: Path) -> str:
    """The document in a file; every problem goes to stderr.

    Raises:
        WrongUse: it can't be read or is no policy.
    """
    from console.desk import policy

    text = _read(path)
    problems = policy.check(text)
    if problems:
        for problem in problems:
            print(_problem(problem), file=sys.stderr)
        raise WrongUse("policy_invalid", count=len(problems), path=str(path))
    return text


def _dry_run(args: argparse.Namespace) -> int:
    from console.policy_words import preview_lines

    text = _in_order(args.file)
    with record(args) as database:
        moved = _preview(args, database, text)
    emit(args, _document(moved), [*preview_lines(moved), _("Nothing was changed.")])
    return DONE


def _apply(args: argparse.Namespace) -> int:
    from console.desk import policy
    from console.desk.placing import drain

    text = _in_order(args.file)
    with record(args) as database, acting(args, database, "lead") as seat:
        done = policy.apply(seat, text, now(database))
        stored = policy.current(database, seat.clinic_id)
        placed = drain(database, seat.clinic_id, stored, now(database)) if done.changed else 0
        left = policy.stale(database, seat.clinic_id)
    emit(
        args,
        {
            "version": done.version,
            "changed": done.changed,
            "placed": placed,
            "still_to_place": left,
            "on_call_gap": None if done.gap is None else done.gap.isoformat(),
        },
        [
            _(
                "Version {version} is in force; {n} open calls were placed anew.",
                version=done.version,
                n=placed,
            )
            if done.changed
            else _("Version {version} already says so; nothing was changed.", version=done.version),
            *(
                [
                    _(
                        "{n} more are placed anew by the consoles, minute by minute.",
                        n="999+" if left > 999 else left,
                    )
                ]
                if left
                else []
            ),
            *_gap_lines(done.gap),
        ],
    )
    return DONE


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise WrongUse("policy_file_unreadable", path=str(path)) from None


def _problem(problem: Problem) -> str:
    from console import i18n

    words = i18n.reason_text(i18n.language(), problem.reason)
    return f"{problem.where}: {words}" if problem.where else words


def _gap_lines(gap: date | None) -> list[str]:
    if gap is None:
        return []
    return [_("From {day} on there are hours when nobody is on call.", day=gap.isoformat())]
