"""`aftercall scripts ...` about whole releases: publishing, comparing, approving, taking one out as files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
from console.cli.scripts_shown import change_lines
from console.i18n import _, p_
from db.errors import NotAllowed, RecordError, WrongUse

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.scripts.library import Library
    from db.connect import Database
    from db.enums import ReleaseStatus

_FILE = re.compile(r"(?:(?:concerns|flows|playbooks)/)?[^\W.][\w-]*(?:\.[\w-]+)*\.toml")
"""A file's name inside a release: it leads nowhere else."""


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser(
        "scripts", help=_("talk-tracks: list, show, check, triage, publish, diff, approve, export")
    )
    parts = group.add_subparsers(
        dest="scripts_command",
        required=True,
        metavar="list|show|check|triage|publish|releases|diff|approve|export",
    )
    scripts.add_commands(parts)
    approve = parts.add_parser(
        "approve",
        help=_("approve talk-tracks as a whole, as a doctor with the PIN; without N the shipped ones"),
    )
    approve.add_argument("number", nargs="?", type=int, metavar="N", help=_("number of a published release"))
    approve.add_argument("--note", default="", metavar="TEXT", help=_("what was checked"))
    publish = parts.add_parser(
        "publish",
        help=_("publish a folder of talk-tracks as a draft for every seat; without DIR the shipped ones"),
    )
    publish.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    publish.add_argument("--note", required=True, metavar="TEXT", help=_("what is new in it"))
    listed = parts.add_parser("releases", help=_("the clinic's releases, who wrote and who approved them"))
    diff = parts.add_parser("diff", help=_("what two releases say differently, sentence by sentence"))
    side = _("number of a release, a folder, `shipped`, or `active`: what seats read now")
    diff.add_argument("old", nargs="?", default="active", metavar="OLD", help=side)
    diff.add_argument("new", nargs="?", default="shipped", metavar="NEW", help=side)
    export = parts.add_parser(
        "export", help=_("write a release's files into a new folder, to edit and publish them as one's own")
    )
    export.add_argument("folder", type=Path, metavar="DIR", help=_("a folder that is empty or not there yet"))
    export.add_argument(
        "--release-number",
        type=int,
        metavar="N",
        help=_("number of one of the clinic's releases; without it the shipped files"),
    )
    for one in (approve, publish, listed, diff, export):
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    own = {
        "approve": _approve,
        "publish": _publish,
        "releases": _releases,
        "diff": _diff,
        "export": _export,
    }
    if args.scripts_command in own:
        return own[args.scripts_command](args)
    from_folder = getattr(args, "folder", None) is not None
    return scripts.run(args, None if args.scripts_command != "show" or from_folder else _status(args))


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
            release = desk.approve(seat, pin, now(database), args.note, args.number)
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


def _publish(args: argparse.Namespace) -> int:
    from console.desk import scripts as desk
    from console.scripts.errors import ScriptError
    from console.scripts.library import from_folder, shipped

    if not args.staff:
        raise WrongUse("staff_needed")
    try:
        texts = shipped() if args.folder is None else from_folder(args.folder)
    except ScriptError as fault:
        raise WrongUse("release_unreadable", message=str(fault)) from fault
    with record(args) as database, _publishing(args, database) as seat:
        line = desk.publish(seat, texts, args.note, now(database))
    emit(
        args,
        {
            "number": line.number,
            "hash": line.sha256,
            "status": str(line.status),
            "author": line.author,
            "note": line.note,
        },
        [
            _(
                "Release {number} is published as a draft. Until a doctor approves it, callers go on with the old one.",
                number=line.number,
            )
        ],
    )
    return DONE


@contextmanager
def _publishing(args: argparse.Namespace, database: Database) -> Generator[Seat]:
    """A seat as lead, or as doctor for who is no lead: either may publish."""
    pin = pin_of(args.staff)
    with ExitStack() as stack:
        try:
            seat = stack.enter_context(acting(args, database, "lead", pin=pin))
        except NotAllowed as refused:
            if refused.code != "role_not_yours":
                raise
            seat = stack.enter_context(acting(args, database, "doctor", pin=pin))
        yield seat


def _releases(args: argparse.Namespace) -> int:
    from console.desk import scripts as desk

    with record(args) as database, acting(args, database) as seat:
        lines, zone = desk.history(seat), ZoneInfo(seat.zone)
    emit(
        args,
        {
            "releases": [
                {
                    "number": one.number,
                    "hash": one.sha256,
                    "status": str(one.status),
                    "created_at": one.created_at.isoformat(),
                    "author": one.author,
                    "note": one.note,
                    "approved_by": one.approved_by,
                    "approved_at": None if one.approved_at is None else one.approved_at.isoformat(),
                    "review_by": None if one.review_by is None else one.review_by.isoformat(),
                    "shipped": one.shipped,
                }
                for one in lines
            ]
        },
        [
            f"{one.number}  {one.created_at.astimezone(zone):%Y-%m-%d}  {p_('release status', str(one.status))}  "
            f"{one.author or _('kept, because calls were read from it')}  {one.note}".rstrip()
            for one in lines
        ]
        or [_("No release yet: callers read the shipped talk-tracks as a draft.")],
    )
    return DONE


def _diff(args: argparse.Namespace) -> int:
    from console.scripts.errors import ScriptError
    from console.scripts.inventory import compare

    try:
        old, new = _side(args, args.old), _side(args, args.new)
        changes = compare(old, new)
    except ScriptError as fault:
        raise WrongUse("release_unreadable", message=str(fault)) from fault
    emit(
        args,
        {
            "old": old.hash,
            "new": new.hash,
            "changes": [
                {
                    "file": one.file,
                    "where": one.where,
                    "line": one.line,
                    "kind": one.kind,
                    "old": one.old,
                    "new": one.new,
                }
                for one in changes
            ],
        },
        [line for one in changes for line in change_lines(one)] or [_("The two releases say the same.")],
    )
    return DONE


def _side(args: argparse.Namespace, named: str) -> Library:
    """A release by the clinic's number, a folder, `shipped`, or `active`, what seats read now."""
    from console.desk import scripts as desk
    from console.scripts.library import from_folder, shipped

    if named == "shipped":
        return shipped()
    if named != "active" and not named.isdecimal():
        return from_folder(Path(named))
    with record(args) as database, acting(args, database) as seat:
        return desk.active(seat, now())[0] if named == "active" else desk.load(seat, int(named))


def _export(args: argparse.Namespace) -> int:
    from console.desk import scripts as desk
    from console.scripts.errors import ScriptError
    from console.scripts.library import shipped

    if args.release_number is None:
        try:
            texts = shipped()
        except ScriptError as fault:
            raise WrongUse("release_unreadable", message=str(fault)) from fault
    else:
        with record(args) as database, acting(args, database) as seat:
            texts = desk.load(seat, args.release_number)
    try:
        _write(texts, args.folder)
    except OSError as fault:
        raise WrongUse("export_failed", path=str(args.folder), reason=fault.strerror or "") from fault
    emit(
        args,
        {
            "folder": str(args.folder),
            "number": args.release_number,
            "hash": texts.hash,
            "files": len(texts.texts),
        },
        [
            _("{n} files are in {folder}.", n=len(texts.texts), folder=args.folder),
            _("Edit them, look with `aftercall scripts check DIR`, then `aftercall scripts publish DIR`."),
        ],
    )
    return DONE


def _write(texts: Library, folder: Path) -> None:
    """Write a release's files into an empty folder; nothing that is there is followed or overwritten."""
    from console.scripts.library import FOLDERS

    names = sorted(texts.texts)
    if any(_FILE.fullmatch(name) is None for name in names):
        raise WrongUse("release_unreadable", message=_("a file in it has a name that is none"))
    if folder.is_symlink():
        raise WrongUse("export_folder_link", path=str(folder))
    if folder.exists() and (not folder.is_dir() or next(folder.iterdir(), None) is not None):
        raise WrongUse("export_folder_used", path=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir()
    for name in names:
        # "x" refuses whatever was put there meanwhile, links too; bytes, so that the hash stays the same.
        with (folder / name).open("xb") as file:
            file.write(texts.texts[name].encode())
