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

    from console.rules.reader import Problem


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("policy", help=_("the clinic's rules: show, check, apply"))
    parts = group.add_subparsers(dest="policy_command", required=True, metavar="show|check|apply")
    show = parts.add_parser("show", help=_("the document in force"))
    check = parts.add_parser("check", help=_("what is wrong with a document, and who is on call when"))
    check.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help=_("TOML (default: the one in force)")
    )
    apply = parts.add_parser("apply", help=_("put a document in force, as a lead"))
    apply.add_argument("file", type=Path, metavar="FILE", help="TOML")
    add_json(show, check, apply)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    match args.policy_command:
        case "show":
            return _show(args)
        case "check":
            return _check(args)
        case _:
            return _apply(args)


def _show(args: argparse.Namespace) -> int:
    from console.desk import policy
    from db.policy import digest

    with record(args) as database:
        clinic = clinic_of(database)
        text = policy.document(database, clinic.id)
        version = policy.current(database, clinic.id).version
    emit(
        args,
        {"version": version, "sha256": digest(text), "document": text},
        [_("# version {version}", version=version), *text.splitlines()],
    )
    return DONE


def _check(args: argparse.Namespace) -> int:
    from console.desk import policy
    from console.rules.policy import parse_text

    if args.file is None:
        with record(args) as database:
            text = policy.document(database, clinic_of(database).id)
    else:
        text = _read(args.file)
    problems = policy.check(text)
    gap = None if problems else policy.gap(parse_text(text), now())
    lines = [_problem(problem) for problem in problems]
    lines.extend(_gap_lines(gap))
    if not problems:
        lines.append(_("The policy is in order."))
    emit(
        args,
        {
            "problems": [
                {"where": problem.where, "code": problem.reason.code, "message": _problem(problem)}
                for problem in problems
            ],
            "on_call_gap": None if gap is None else gap.isoformat(),
        },
        lines,
    )
    return WRONG_USE if problems else DONE


def _apply(args: argparse.Namespace) -> int:
    from console.desk import policy

    text = _read(args.file)
    problems = policy.check(text)
    if problems:
        for problem in problems:
            print(_problem(problem), file=sys.stderr)
        raise WrongUse("policy_invalid", count=len(problems), path=str(args.file))
    with record(args) as database, acting(args, database, "lead") as seat:
        done = policy.apply(seat, text, now())
    emit(
        args,
        {
            "version": done.version,
            "changed": done.changed,
            "on_call_gap": None if done.gap is None else done.gap.isoformat(),
        },
        [
            _("Version {version} is in force.", version=done.version)
            if done.changed
            else _("Version {version} already says so; nothing was changed.", version=done.version),
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
