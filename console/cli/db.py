"""`aftercall db init|upgrade|check|backup|info`: the database itself."""

from __future__ import annotations

import argparse
import os
import shlex
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli.common import (
    DONE,
    PIN_ENV,
    UNREACHABLE,
    Commands,
    add_json,
    ask,
    ask_new_pin,
    clinic_of,
    database_named,
    emit,
    now,
    on_terminal,
    record,
    tell,
)
from console.i18n import _
from db.errors import DatabaseMissing, WrongUse

if TYPE_CHECKING:
    from db.connect import Database


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("db", help=_("make, upgrade, check and back up the database"))
    parts = group.add_subparsers(dest="db_command", required=True, metavar="init|upgrade|check|backup|info")
    init = parts.add_parser("init", help=_("make the database, the clinic and its first lead"))
    init.add_argument("--clinic", metavar="NAME", help=_("name of the clinic"))
    init.add_argument("--tz", metavar="ZONE", help=_("time zone, like Asia/Shanghai"))
    init.add_argument("--lead", metavar="NAME", help=_("name of the first lead"))
    init.add_argument(
        "--go-live",
        metavar="DATE",
        type=_day,
        help=_("first day of work; without it, the day of the first import"),
    )
    upgrade = parts.add_parser("upgrade", help=_("bring the database to this release's schema"))
    check = parts.add_parser("check", help=_("look for damage, check the audit trail and seal it"))
    check.add_argument(
        "--after-restore",
        action="store_true",
        help=_("an older backup was put back: take its end of the audit trail as the end"),
    )
    backup = parts.add_parser("backup", help=_("copy the database while others work"))
    backup.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help=_("a new file (default: beside it)")
    )
    info = parts.add_parser("info", help=_("what the database is and where"))
    add_json(init, upgrade, check, backup, info)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("{text} is no date; write it like 2026-06-15", text=text)
        ) from None


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError."""
    match args.db_command:
        case "init":
            return _init(args)
        case "upgrade":
            return _upgrade(args)
        case "check":
            return _check(args)
        case "backup":
            return _backup(args)
        case _:
            return _info(args)


def _init(args: argparse.Namespace) -> int:
    from console.desk.founding import check_clinic, found_clinic, refuse_second_clinic
    from console.rules.policy import default
    from db import pins, schema, seal_key

    database = database_named(args)
    try:
        refuse_second_clinic(database)
        asking = on_terminal() and not args.json
        zone = args.tz or default().clinic.zone
        name, lead = args.clinic, args.lead
        if asking:
            name = name or ask(_("Name of the clinic:"), _("Clinic"))
            lead = lead or ask(_("Name of the first lead, also used to sign in:"), "lead")
        name, lead = name or _("Clinic"), lead or "lead"
        given = os.environ.get(PIN_ENV)
        if not given and asking:
            given = ask_new_pin(_("PIN of {name}, six digits or more: ", name=lead))
        pin = given or pins.first_pin()
        check_clinic(name=name, zone=zone, lead=lead, pin=pin)
        schema.upgrade(database)
        made = found_clinic(
            database,
            name=name,
            zone=zone,
            lead=lead,
            pin=pin,
            own_pin=given is not None,
            now=now(),
            go_live=args.go_live,
        )
        key = seal_key.key_file(database.address)
        lines = [
            _("Database: {path}", path=database.address.shown()),
            _("Clinic: {name}, time zone {zone}", name=name, zone=zone),
            _("First lead: {login}", login=made.lead.login),
            _("Key of the audit trail: {path}. Keep a copy apart from the database.", path=key),
        ]
        if given is None:
            lines.append(_("First PIN: {pin}. It is shown once and changed at the first sign-in.", pin=pin))
        emit(
            args,
            {
                "database": database.address.shown(),
                "schema": schema.HEAD,
                "clinic_id": made.clinic_id,
                "clinic": name,
                "zone": zone,
                "go_live": None if args.go_live is None else args.go_live.isoformat(),
                "lead": made.lead.login,
                "first_pin": None if given else pin,
                "seal_key": str(key),
            },
            lines,
        )
    finally:
        database.close()
    return DONE


def _upgrade(args: argparse.Namespace) -> int:
    from db import schema
    from db.backup import backup

    database = database_named(args)
    try:
        if database.address.path is not None and not database.address.path.exists():
            raise DatabaseMissing("database_missing", path=database.address.shown())
        found = schema.current(database)
        if found is None:
            raise DatabaseMissing("database_empty", path=database.address.shown())
        copy = None
        if found in schema.KNOWN and found != schema.HEAD and database.address.path is not None:
            path = database.address.path
            copy = backup(
                database, path.with_name(f"{path.stem}-before-{schema.HEAD}-{_stamp(now())}.db")
            ).path
            tell(_("Copied to {path} first.", path=copy))
        schema.upgrade(database)
        emit(
            args,
            {
                "database": database.address.shown(),
                "from": found,
                "to": schema.HEAD,
                "backup": None if copy is None else str(copy),
            },
            [
                _("The schema is {schema}; nothing to do.", schema=schema.HEAD)
                if found == schema.HEAD
                else _("The schema went from {old} to {new}.", old=found, new=schema.HEAD)
            ],
        )
    finally:
        database.close()
    return DONE


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _check(args: argparse.Namespace) -> int:
    from db import audit, health, schema

    with record(args) as database:
        integrity = health.integrity(database)
        references = health.broken_references(database)
        drift = schema.drift(database)
        clinic = clinic_of(database)
        if args.after_restore:
            audit.accept_end(database, clinic.id)
        verdict = audit.verify(database, clinic.id)
        sealed = audit.seal(database, clinic.id, now()) if verdict.intact else 0
        sound = verdict.intact and not (integrity or references or drift)
        lines = [
            *(_("Damaged: {what}", what=what) for what in integrity),
            *(_("Refers to nothing: {what}", what=what) for what in references),
            *(_("Schema differs: {what}", what=what) for what in drift),
            *(
                _("Audit trail, rows {first} to {last}: {what}", first=first, last=last, what=_damage(kind))
                for kind, first, last in verdict.damage
            ),
        ]
        if not verdict.key:
            lines.append(
                _("This machine has no key of the audit trail; its seals were not checked and none was made.")
            )
        lines.append(
            _(
                "Audit trail: {rows} rows under {seals} seals, {sealed} sealed now.",
                rows=verdict.rows,
                seals=verdict.seals,
                sealed=sealed,
            )
        )
        lines.append(
            _("All is in order.") if sound else _("Something is wrong; keep this file and call for help.")
        )
        emit(
            args,
            {
                "database": database.address.shown(),
                "ok": sound,
                "integrity": list(integrity),
                "references": list(references),
                "drift": drift,
                "audit": {
                    "key": verdict.key,
                    "rows": verdict.rows,
                    "seals": verdict.seals,
                    "unsealed": verdict.unsealed - sealed,
                    "sealed_now": sealed,
                    "damage": [
                        {"code": kind, "first": first, "last": last} for kind, first, last in verdict.damage
                    ],
                },
            },
            lines,
        )
        return DONE if sound else UNREACHABLE


def _damage(kind: str) -> str:
    return {
        "changed": _("a row was changed"),
        "removed": _("a row is gone"),
        "inserted": _("a row was slipped in"),
        "seal_removed": _("a seal is gone"),
        "end_removed": _("the end is gone, with its seals"),
    }[kind]


def _backup(args: argparse.Namespace) -> int:
    from db.backup import backup

    with record(args) as database:
        path = database.address.path
        if path is None:
            command = pg_dump_command(database)
            if args.file is not None:
                command.extend(["--file", str(args.file)])
            raise WrongUse("backup_of_server", command=shlex.join(command))
        made = backup(database, args.file or path.with_name(f"{path.stem}-{_stamp(now())}.db"))
        _note(database, "db.backup", {"file": made.path.name})
        emit(
            args,
            {"database": database.address.shown(), "file": str(made.path), "bytes": made.size},
            [
                _("Copied to {path} ({size} KiB) and checked.", path=made.path, size=made.size // 1024),
                _("The key of the audit trail is not in it; keep a copy of it apart."),
            ],
        )
    return DONE


def pg_dump_command(database: Database) -> list[str]:
    """What backs a PostgreSQL database up; the password stays in PGPASSWORD or the password file."""
    from urllib.parse import parse_qs, urlsplit

    parts = urlsplit(database.address.conninfo)
    host = parts.hostname or next(iter(parse_qs(parts.query).get("host", [])), None)
    command = ["pg_dump", "--format=custom", "--no-owner"]
    for option, value in (("--host", host), ("--port", parts.port), ("--username", parts.username)):
        if value:
            command.append(f"{option}={value}")
    return [*command, f"--dbname={parts.path.lstrip('/')}"]


def _note(database: Database, action: str, values: dict[str, object]) -> None:
    from db import audit, staff
    from db.connect import unit_of_work

    with unit_of_work(database) as connection:
        clinic = staff.clinic(connection)
        if clinic is None:
            return
        audit.append(
            connection,
            clinic_id=clinic.id,
            at=now(),
            staff_id=None,
            seat_id=None,
            action=action,
            subject_kind="clinic",
            subject_id=clinic.id,
            values=values,
        )


def _info(args: argparse.Namespace) -> int:
    from db import health, schema, seal_key, staff
    from db.connect import reading

    database = database_named(args)
    try:
        found = schema.current(database)
        usable = found == schema.HEAD
        clinic = None
        if usable:
            with reading(database) as connection:
                clinic = staff.clinic(connection)
        size = health.size(database)
        key = seal_key.load_key(database.address) is not None
        document: dict[str, Any] = {
            "database": database.address.shown(),
            "dialect": database.dialect,
            "schema": found,
            "expected_schema": schema.HEAD,
            "bytes": size.data,
            "log_bytes": size.log,
            "seal_key": key,
            "clinic": None
            if clinic is None
            else {
                "id": clinic.id,
                "name": clinic.name,
                "zone": clinic.zone,
                "go_live": None if clinic.go_live is None else clinic.go_live.isoformat(),
                "demo": clinic.is_demo,
                "last_tick_at": None if clinic.last_tick_at is None else clinic.last_tick_at.isoformat(),
            },
        }
        lines = [
            _("Database: {path} ({dialect})", path=document["database"], dialect=database.dialect),
            _(
                "Schema: {found}, this release works with {expected}",
                found=found or "-",
                expected=schema.HEAD,
            ),
            _("Size: {size} KiB, log {log} KiB", size=size.data // 1024, log=size.log // 1024),
            _("Key of the audit trail: on this machine")
            if key
            else _("Key of the audit trail: not on this machine"),
        ]
        if clinic is not None:
            lines.append(_("Clinic: {name}, time zone {zone}", name=clinic.name, zone=clinic.zone))
        emit(args, document, lines)
    finally:
        database.close()
    return DONE
