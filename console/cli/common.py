"""What commands share: the database they mean, the person they act as, what they print."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from console.clean import clean
from console.i18n import _
from db.errors import DatabaseMissing, WrongUse

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from db.connect import Database
    from db.staff import ClinicRow

DATABASE_ENV: Final = "AFTERCALL_DB"
PIN_ENV: Final = "AFTERCALL_PIN"
DONE, ROWS_REFUSED, WRONG_USE, UNREACHABLE, REFUSED = range(5)
"""Exit codes (docs/cli.md)."""
SEAT_LABEL: Final = "aftercall command"

Commands = argparse._SubParsersAction  # pyright: ignore[reportPrivateUsage]


def now(database: Database | None = None) -> datetime:
    """The present as an aware UTC datetime.

    Args:
        database: whose clock counts. None is this machine's, which may be wrong: not for what is written to a
            record that other seats work with.
    """
    from console.clock import SKEW_ENV, SystemClock, mis_set

    if database is None:
        return SystemClock().now()
    from console.desk import present

    is_test = SKEW_ENV in os.environ and clinic_of(database).is_test
    return present.anchored(database, mis_set(SystemClock(), is_test=is_test)).now()


def database_named(args: argparse.Namespace) -> Database:
    """The database that --db, AFTERCALL_DB or the platform's default names, whether it is there or not."""
    from db.connect import Database

    url: str | None = getattr(args, "db", None) or os.environ.get(DATABASE_ENV)
    if url:
        return Database(url)
    from console.paths import default_database

    return Database.at(default_database())


@contextmanager
def record(args: argparse.Namespace) -> Generator[Database]:
    """The named database, open, with our schema; closed at the end of the block."""
    from db import schema

    database = database_named(args)
    try:
        schema.expect_head(database)
        yield database
    finally:
        database.close()


def clinic_of(database: Database) -> ClinicRow:
    """The clinic of a database.

    Raises:
        DatabaseMissing: it has none yet.
    """
    from db import staff
    from db.connect import reading

    with reading(database) as connection:
        clinic = staff.clinic(connection)
    if clinic is None:
        raise DatabaseMissing("clinic_missing", path=database.address.shown())
    return clinic


@contextmanager
def acting(
    args: argparse.Namespace, database: Database, role: str | None = None, *, pin: str | None = None
) -> Generator[Seat]:
    """A seat of the person that --staff names, for the length of the block.

    Args:
        args: with `staff`.
        database: the record.
        role: role to act in; None is the person's first.
        pin: the PIN, when it was asked for already.

    Raises:
        WrongUse: nobody is named, or there is no PIN and no terminal to ask on.
        NotAllowed: see `console.desk.staff.sign_in`.
    """
    from console.desk import staff

    login: str | None = getattr(args, "staff", None)
    if not login:
        raise WrongUse("staff_needed")
    given = pin_of(login) if pin is None else pin
    seat = staff.sign_in(database, login, given, now(database), role, label=SEAT_LABEL)
    try:
        yield seat
    finally:
        staff.leave(seat, now(database))


def pin_of(login: str) -> str:
    """The PIN from AFTERCALL_PIN, else asked on the terminal.

    Raises:
        WrongUse: there is no terminal to ask on.
    """
    given = os.environ.get(PIN_ENV)
    return given if given else ask_secret(_("PIN of {name}: ", name=clean(login)))


def on_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(prompt: str, default: str = "") -> str:
    """Ask for one line on standard error; enter alone takes the default."""
    shown = f"{prompt} [{default}] " if default else f"{prompt} "
    print(shown, end="", file=sys.stderr, flush=True)
    return clean(sys.stdin.readline()).strip() or default


def ask_secret(prompt: str) -> str:
    """Ask for a PIN without showing it.

    Raises:
        WrongUse: there is no terminal.
    """
    if not on_terminal():
        raise WrongUse("pin_needed")
    try:
        return getpass.getpass(prompt, stream=sys.stderr)
    except EOFError:
        raise WrongUse("pin_needed") from None


def ask_new_pin(prompt: str) -> str:
    """Ask for a new PIN twice, until both are the same and it is good enough."""
    from console.desk.staff_values import check_new_pin
    from console.door import sentence
    from db.errors import NotAllowed

    while True:
        pin = ask_secret(prompt)
        try:
            check_new_pin(pin)
        except NotAllowed as error:
            tell(sentence(error))
            continue
        if ask_secret(_("The same PIN again: ")) == pin:
            return pin
        tell(_("The two were not the same."))


def tell(text: str) -> None:
    """One line of talk on standard error."""
    print(clean(text), file=sys.stderr)


def emit(args: argparse.Namespace, document: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print a result: the document with --json, else the lines."""
    if getattr(args, "json", False):
        print(json.dumps(document, ensure_ascii=False))
        return
    for line in lines:
        print(clean(line))


def add_json(*parsers: argparse.ArgumentParser) -> None:
    """Let commands print one JSON document."""
    for parser in parsers:
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
