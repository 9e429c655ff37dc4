"""What can go wrong with the record, as codes and parameters. Words are made by `console.i18n`, never here.

Parameters name files, versions, roles and columns; never a patient's data, because an error may be logged.
"""

from __future__ import annotations


class RecordError(Exception):
    """The record cannot do what was asked.

    Args:
        code: stable name of the reason, e.g. `network_path`.
        params: facts for the sentence a person reads; no patient data.
    """

    exit_code = 3

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class WrongUse(RecordError):
    """The request itself makes no sense: an address nobody can read, a value out of range."""

    exit_code = 2


class NetworkPath(WrongUse):
    """An SQLite file on a network share, where its locks do not hold."""


class DatabaseMissing(RecordError):
    """There is no database at that place yet."""


class DatabaseNewer(RecordError):
    """The database was made by a newer release."""


class DatabaseOlder(RecordError):
    """The database needs `aftercall db upgrade` first."""


class DatabaseCorrupt(RecordError):
    """The file is damaged or is no database."""


class DatabaseLocked(RecordError):
    """Somebody else kept the database busy for longer than we wait."""


class DatabaseReadOnly(RecordError):
    """The database may be read but not written."""


class DatabaseUnreachable(RecordError):
    """The file cannot be opened, the disk is full, or the server does not answer."""


class Refused(RecordError):
    """The record is in order; the rules say no."""

    exit_code = 4


class StaleLease(Refused):
    """The contact is no longer this seat's to write."""


class AlreadyTaken(Refused):
    """Somebody else was faster."""


class NotAllowed(Refused):
    """This person, in this role, may not do that."""


class Conflict(Refused):
    """The row contradicts what is stored: a name taken twice, a value outside its vocabulary."""
