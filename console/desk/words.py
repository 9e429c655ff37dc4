"""Procedure words: the shipped ones and the clinic's own, folded, and which code each means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from console.exchange.rows import fold_word
from console.scripts import library
from db import imports
from db.connect import Connection


@cache
def shipped() -> Mapping[str, str]:
    """Procedure code by folded word: codes, names, short names and alias words of the shipped procedures."""
    found: dict[str, str] = {}
    for code, one in library.shipped().procedures.items():
        for word in (code, one.name.zh, one.name.en, one.short.zh, one.short.en, *one.aliases):
            found.setdefault(fold_word(word), code)
    return found


def known(connection: Connection, clinic_id: int) -> dict[str, str]:
    """Shipped words and the clinic's own; the clinic's own win.

    Args:
        connection: any connection. clinic_id: the clinic.
    """
    return {**shipped(), **imports.aliases(connection, clinic_id)}


def to_json(cells: Mapping[str, str]) -> str:
    """A refused row's cells for the fix list: pairs in the order of the file's fields."""
    return json.dumps([[name, text] for name, text in cells.items()], ensure_ascii=False)
