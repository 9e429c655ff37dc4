"""`aftercall staff list|add|set|retire|pin`: who works here, kept by a lead; one's own PIN."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, Final

from console.cli.common import (
    DONE,
    Commands,
    acting,
    add_json,
    ask_new_pin,
    emit,
    now,
    pin_of,
    record,
    tell,
)
from console.i18n import _
from console.readiness import hint as readiness_hint
from db.errors import WrongUse

if TYPE_CHECKING:
    from console.desk.staff import NewPin
    from console.desk.staff_values import StaffMember

NEW_PIN_ENV: Final = "AFTERCALL_NEW_PIN"


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("staff", help=_("add people, change them, reset a PIN"))
    parts = group.add_subparsers(dest="staff_command", required=True, metavar="list|add|set|retire|pin")
    listing = parts.add_parser("list", help=_("everybody, with roles and who is on duty"))
    listing.add_argument("--all", action="store_true", help=_("retired people too"))
    add = parts.add_parser("add", help=_("add a person; the first PIN is printed once"))
    add.add_argument("login", metavar="LOGIN", help=_("short name to sign in with"))
    add.add_argument("--name", metavar="NAME", help=_("name on the screen (default: the login)"))
    change = parts.add_parser("set", help=_("change a person, or reset the PIN"))
    change.add_argument("login", metavar="LOGIN")
    change.add_argument("--name", metavar="NAME", help=_("name on the screen"))
    change.add_argument("--reset-pin", action="store_true", help=_("make a new first PIN and print it once"))
    for parser in (add, change):
        parser.add_argument(
            "--role",
            action="append",
            dest="roles",
            metavar="ROLE",
            help=_("caller, nurse, doctor, consultant, lead or trainee; repeat for several"),
        )
        parser.add_argument(
            "--lang", action="append", dest="languages", metavar="LANG", help=_("zh or en; repeat for both")
        )
        parser.add_argument("--phone", metavar="NUMBER", help=_("own number, shown when nobody is on call"))
        parser.add_argument(
            "--restricted",
            choices=("yes", "no"),
            help=_("whether intimate procedures are named to this person"),
        )
    retire = parts.add_parser("retire", help=_("let a person go"))
    retire.add_argument("login", metavar="LOGIN")
    own = parts.add_parser("pin", help=_("choose a new PIN of one's own (--staff)"))
    add_json(listing, add, change, retire, own)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    from console.desk import staff

    with record(args) as database:
        if args.staff_command == "pin":
            if not args.staff:
                raise WrongUse("staff_needed")
            old = pin_of(args.staff)
            new = os.environ.get(NEW_PIN_ENV) or ask_new_pin(_("New PIN, six digits or more: "))
            staff.change_pin(database, args.staff, old, new, now(database))
            emit(args, {"login": args.staff, "changed": True}, [_("The PIN was changed.")])
            return DONE
        with acting(args, database, "lead") as seat:
            match args.staff_command:
                case "list":
                    members = staff.list_staff(seat, retired=args.all)
                    emit(args, {"staff": [document(member) for member in members]}, _lines(members))
                case "add":
                    made = staff.add_staff(
                        seat,
                        args.login,
                        args.name or args.login,
                        args.roles or ["caller"],
                        args.languages or ["zh"],
                        now(database),
                        restricted_ok=args.restricted == "yes",
                        phone=args.phone,
                    )
                    _told(args, made)
                case "set":
                    had = {one.login: one.roles for one in staff.list_staff(seat)}
                    member = staff.set_staff(
                        seat,
                        args.login,
                        now(database),
                        name=args.name,
                        roles=args.roles,
                        languages=args.languages,
                        restricted_ok=None if args.restricted is None else args.restricted == "yes",
                        phone=args.phone,
                    )
                    if args.reset_pin:
                        _told(args, staff.reset_pin(seat, args.login, now(database)))
                    else:
                        emit(args, {"staff": document(member)}, _lines([member]))
                    if hint := readiness_hint.hint(seat, had.get(member.login, ()), member, now(database)):
                        tell(hint)
                case _:
                    member = staff.retire(seat, args.login, now(database))
                    emit(args, {"staff": document(member)}, [_("{name} is retired.", name=member.name)])
    return DONE


def document(member: StaffMember) -> dict[str, Any]:
    """A person as JSON; times are UTC."""
    return {
        "login": member.login,
        "name": member.name,
        "roles": [str(role) for role in member.roles],
        "languages": [str(language) for language in member.languages],
        "on_duty": member.on_duty,
        "restricted": member.restricted_ok,
        "phone": member.phone,
        "must_change_pin": member.must_change_pin,
        "locked_until": None if member.locked_until is None else member.locked_until.isoformat(),
        "retired_at": None if member.retired_at is None else member.retired_at.isoformat(),
    }


def _told(args: argparse.Namespace, made: NewPin) -> None:
    emit(
        args,
        {"staff": document(made.member), "first_pin": made.pin},
        [
            *_lines([made.member]),
            _("First PIN: {pin}. It is shown once and changed at the first sign-in.", pin=made.pin),
        ],
    )


def _lines(members: Any) -> list[str]:
    from console.words import role_word

    lines: list[str] = []
    for member in members:
        marks = [
            _("on duty") if member.on_duty else "",
            _("retired") if member.retired_at is not None else "",
            _("PIN locked") if member.locked_until is not None and member.locked_until > now() else "",
        ]
        words = [
            member.login,
            member.name,
            ", ".join(role_word(role) for role in member.roles),
            ", ".join(member.languages),
            ", ".join(mark for mark in marks if mark),
        ]
        lines.append("  ".join(word for word in words if word))
    return lines
