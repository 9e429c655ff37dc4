"""`aftercall scripts ...` with a database behind it: approving the talk-tracks, saying whether they are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from console.cli import scripts
from console.cli.common import (
    DONE,
    Commands,
    acting,
    add_json,
    clinic_of,
    database_named,
    emit,
    now,
    pin_of,
    record,
)
from console.i18n import _
from db.errors import RecordError, WrongUse

if TYPE_CHECKING:
    from db.enums import ReleaseStatus


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("scripts", help=_("talk-tracks: list, show, check, triage, approve"))
    parts = group.add_subparsers(
        dest="scripts_command", required=True, metavar="list|show|check|triage|approve"
    )
    scripts.add_commands(parts)
    approve = parts.add_parser(
        "approve", help=_("approve the shipped talk-tracks as a whole, as a doctor with the PIN")
    )
    approve.add_argument("--note", default="", metavar="TEXT", help=_("what was checked"))
    add_json(approve)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    if args.scripts_command == "approve":
        return _approve(args)
    own = getattr(args, "folder", None) is not None
    return scripts.run(args, None if args.scripts_command != "show" or own else _status(args))


def _status(args: argparse.Namespace) -> ReleaseStatus | None:
    """Status of the shipped release in the named database; None where there is no usable one."""
    from console.desk.scripts import shipped_status
    from db import schema

    try:
        database = database_named(args)
        try:
            schema.expect_head(database)
            return shipped_status(database, clinic_of(database).id, now())
        finally:
            database.close()
    except RecordError:
        # Talk-tracks can be read without a record; then nobody has approved them.
        if args.db:
            raise
        return None


def _approve(args: argparse.Namespace) -> int:
    from console.desk import scripts as desk

    if not args.staff:
        raise WrongUse("staff_needed")
    with record(args) as database:
        pin = pin_of(args.staff)
        with acting(args, database, "doctor", pin=pin) as seat:
            release = desk.approve(seat, pin, now(), args.note)
    review_by = None if release.review_by is None else release.review_by.isoformat()
    emit(
        args,
        {
            "number": release.number,
            "hash": release.sha256,
            "status": str(release.status),
            "approved_by": release.approved_by,
            "review_by": review_by,
        },
        [
            _(
                "Release {number} is approved by {name}; it is to be looked at again by {day}.",
                number=release.number,
                name=release.approved_by,
                day=review_by,
            )
        ],
    )
    return DONE
