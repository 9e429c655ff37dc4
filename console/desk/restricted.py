"""Intimate procedures: who may read which one it was."""

from __future__ import annotations

from functools import cache
from typing import Final

from console import procedures

RESTRICTED: Final = "restricted"
"""Stands for an intimate procedure, and for what was said about it, before a reader who may not see it."""


@cache
def restricted_codes() -> frozenset[str]:
    """Codes of the procedures that the shipped list marks as intimate."""
    return frozenset(code for code, row in procedures.table().items() if row.get("restricted", False))


def is_restricted(procedure: str | None) -> bool:
    """Whether a procedure is an intimate one."""
    return procedure is not None and procedure in restricted_codes()


def shown_procedure(procedure: str | None, *, restricted_ok: bool) -> str | None:
    """A procedure's code as a reader may see it.

    Args:
        procedure: its code, or None.
        restricted_ok: whether the reader is authorised.

    Returns:
        The code, `RESTRICTED`, or None without a procedure.
    """
    return RESTRICTED if is_restricted(procedure) and not restricted_ok else procedure
