"""Checking many copies of one release quickly: what stands in no changed file is read, parsed and judged once."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from console.scripts import library, lint_text, schema_files
from console.scripts.words import banned

_PLAIN = {"validate": schema_files.validate}


@lru_cache(maxsize=1000)
def _loads(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


@lru_cache(maxsize=100_000)
def _banned(text: str, spoken: bool) -> tuple[tuple[str, str], ...]:
    return tuple(banned(text, spoken=spoken))


_seen: dict[tuple[str, str], list[tuple[str, str]]] = {}


def _validate(name: str, data: dict[str, Any]) -> list[tuple[str, str]]:
    key = (name, repr(data))
    if key not in _seen:
        _seen[key] = _PLAIN["validate"](name, data)
    return list(_seen[key])


class _Toml:
    """The parser as the library sees it; the library copies what it gets while cleaning it."""

    TOMLDecodeError = tomllib.TOMLDecodeError

    @staticmethod
    def loads(text: str) -> dict[str, Any]:
        return _loads(text)


@contextmanager
def reading() -> Iterator[None]:
    """While open, an unchanged file costs nothing the second time."""
    patch = pytest.MonkeyPatch()
    patch.setattr(library, "tomllib", _Toml)
    patch.setattr(schema_files, "validate", _validate)
    patch.setattr(lint_text, "banned", lambda text, *, spoken: _banned(text, spoken))
    try:
        yield
    finally:
        patch.undo()


def parsed(text: str) -> dict[str, Any]:
    """A document to change. Args: text, TOML. Returns a copy of its own."""
    return copy.deepcopy(_loads(text))
