"""A console on a real desk and an SQLite record, and a guard that no desk function runs on the event loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.widgets import Input

from console.app import ConsoleApp
from console.config import Config
from db.connect import Connection, Database
from db.enums import Role
from tests.clinic import PIN, SampleClinic
from tests.ui.fakes import FixedClock


def console_for(
    clinic: SampleClinic,
    login: str = "lead",
    language: str = "zh",
    mode: str = "board",
    role: Role | None = None,
) -> ConsoleApp:
    """A console that signs a person in by itself, its clock standing at the clinic's moment."""
    return ConsoleApp(
        clinic.database,
        clock=FixedClock(clinic.now),
        config=Config(language=language, bell=False),
        credentials=(login, PIN),
        role=None if role is None else str(role),
        mode=mode,
    )


@contextmanager
def desk_off_the_loop() -> Iterator[list[str]]:
    """Makes the record refuse the thread that runs the event loop; gives the refused attempts."""
    loop, real, caught = threading.get_ident(), Database.connection, list[str]()

    def guarded(self: Database) -> Connection:
        if threading.get_ident() == loop:
            caught.append("the record was touched on the event loop")
            raise AssertionError(caught[-1])
        return real(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "connection", guarded)
        yield caught


def type_into(app: ConsoleApp, name: str, text: str) -> None:
    """Puts a text into a field of the form in front, as a paste would."""
    from console.widgets.fields import FieldRow

    for row in app.screen.query(FieldRow):
        if row.field.name == name:
            control = row.control
            if isinstance(control, Input):
                control.value = text
            else:
                control.text = text  # type: ignore[union-attr]


def field_value(app: ConsoleApp, name: str) -> object:
    """What stands in a field of the form in front."""
    from console.widgets.fields import FieldRow

    return next(row.value for row in app.screen.query(FieldRow) if row.field.name == name)


def field_error(app: ConsoleApp, name: str) -> str:
    """What is said under a field of the form in front."""
    from textual.widgets import Static

    from console.widgets.fields import FieldRow

    for row in app.screen.query(FieldRow):
        if row.field.name == name:
            line = row.query_one(".field-error", Static)
            return str(line.content) if line.display else ""
    raise KeyError(name)
