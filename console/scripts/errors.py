"""What can go wrong with a talk-track file."""

from __future__ import annotations


class ScriptError(Exception):
    """A talk-track file can't be used, or something is asked for which no file has.

    Carries file, where (table and key) and message, so that a person finds the place; code names the fault.
    """

    def __init__(self, file: str, where: str, message: str, code: str = "file") -> None:
        super().__init__(f"{file}: {where}: {message}" if where else f"{file}: {message}")
        self.file, self.where, self.message, self.code = file, where, message, code
