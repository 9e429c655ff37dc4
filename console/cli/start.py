"""`aftercall` without a command: the console, and on the first run the database for it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from console.cli.common import (
    ask,
    ask_new_pin,
    database_named,
    now,
    on_terminal,
    pin_of,
    tell,
)
from console.i18n import _
from db.errors import DatabaseMissing, WrongUse

if TYPE_CHECKING:
    from db.connect import Database


def run(args: argparse.Namespace) -> int:
    """Open the console.

    Args:
        args: with `db` and `staff`.

    Returns:
        Its exit code.

    Raises:
        WrongUse: there is no terminal.
        RecordError: the database cannot be used.
    """
    # Textual draws on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUse("needs_terminal")
    database = database_named(args)
    try:
        if database.dialect == "sqlite":
            _ready(database)
        login: str | None = args.staff
        credentials = (login, pin_of(login)) if login else None
        return open_console(database, credentials)
    finally:
        database.close()


def open_console(database: Database, credentials: tuple[str, str] | None) -> int:
    """Run the console on a database with our schema and a clinic.

    Args:
        database: the record.
        credentials: login and PIN to sign in with, or None to ask on the screen.

    Returns:
        Its exit code.
    """
    from console import i18n, opening

    # Textual takes longest to import, so the first rows are read meanwhile.
    begun = opening.Opening(database, now(), None if database.dialect == "sqlite" else _expect)
    from console.app import ConsoleApp, run
    from console.config import load
    from console.paths import config_file

    config, faults = load(config_file())
    i18n.use(config.language)
    for fault in faults:
        tell(i18n.error_text(config.language, fault))
    code = run(ConsoleApp(database, config=config, credentials=credentials, begun=begun))
    if begun.refused is None:
        return code
    if not isinstance(begun.refused, DatabaseMissing):
        raise begun.refused
    _first_run(database)
    return open_console(database, credentials)


def _ready(database: Database) -> None:
    """Make the database on the first run; ask for the clinic and its lead."""
    try:
        _expect(database)
    except DatabaseMissing:
        _first_run(database)


def _expect(database: Database) -> None:
    """Refuse a database without our schema or without a clinic.

    Raises:
        RecordError: it can't be worked with, by its class.
    """
    from db import schema
    from db.connect import reading

    schema.expect_head(database)
    with reading(database) as connection:
        if not connection.execute("SELECT 1 AS one FROM clinic LIMIT 1"):
            raise DatabaseMissing("clinic_missing", path=database.address.shown())


def _first_run(database: Database) -> None:
    from console.desk.founding import found_clinic
    from console.rules.policy import default
    from db import schema

    if not on_terminal():
        raise DatabaseMissing("database_missing", path=database.address.shown())
    tell(_("There is no database at {path} yet; it is made now.", path=database.address.shown()))
    name = ""
    while not name:
        name = ask(_("Name of the clinic:"))
    lead = ""
    while not lead:
        lead = ask(_("Name of the first lead, also used to sign in:"))
    pin = ask_new_pin(_("PIN of {name}, six digits or more: ", name=lead))
    schema.upgrade(database)
    found_clinic(database, name=name, zone=default().clinic.zone, lead=lead, pin=pin, own_pin=True, now=now())
    tell(_("Done. Colleagues are added with: aftercall staff add"))
