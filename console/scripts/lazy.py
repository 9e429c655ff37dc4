"""A file of many tables, of which each is parsed when it is first asked for.

Parsing all questions, flags and procedures takes longer than a caller should wait for her first talk-track; one
call needs a tenth of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from console.scripts.documents import document

T = TypeVar("T")

_HEAD = re.compile(r"^\[([A-Za-z0-9_-]+)\][ \t]*(?:#.*)?$", re.MULTILINE)
"""A table's own line. As a value a bare word in brackets is no TOML, so only a multi-line string could look alike."""
_BELOW = re.compile(r"^[ \t]*\[{1,2}[ \t]*([A-Za-z0-9_-]*)([^\n]*)$", re.MULTILINE)
"""Any line which might open a table, with the first part of its name and what follows."""
_LONG_STRINGS = ('"""', "'''")


def sections(body: str) -> dict[str, str] | None:
    """The text of each top-level table of a file, in file order.

    Args: body, TOML. Returns text by table name; None when it can't be told without parsing the whole.
    """
    heads = list(_HEAD.finditer(body))
    names = [head[1] for head in heads]
    before = body[: heads[0].start()] if heads else body
    plain = all(not line.strip() or line.lstrip().startswith("#") for line in before.splitlines())
    if not heads or not plain or len(set(names)) < len(names) or any(mark in body for mark in _LONG_STRINGS):
        return None
    if not _in_order(body):
        return None
    ends = [head.start() for head in heads[1:]] + [len(body)]
    return {name: body[head.start() : end] for name, head, end in zip(names, heads, ends, strict=True)}


def _in_order(body: str) -> bool:
    """Whether every inner table stands below its own top-level table; one that doesn't is told only by parsing."""
    current = None
    for line in _BELOW.finditer(body):
        if _HEAD.match(line[0]):
            current = line[1]
        elif line[1] != current or not line[2].lstrip(" \t").startswith("."):
            return False
    return True


class Tables(Mapping[str, T], Generic[T]):
    """The tables of one file as records, each built when it is first asked for.

    Args:
        file: its name inside the release.
        body: its text.
        build: makes a record of a table's name and contents.
    """

    def __init__(
        self,
        file: str,
        body: str,
        build: Callable[[str, Any], T],
    ) -> None:
        self._file, self._build = file, build
        self._made: dict[str, T] = {}
        self._parsed: dict[str, Any] = {}
        found = sections(body)
        if found is None:
            self._parsed = self._parse(body)
            found = dict.fromkeys(self._parsed, "")
        self._texts = found

    def _parse(self, text: str) -> dict[str, Any]:
        return dict(document(self._file, text))

    def table(self, code: str) -> Any:
        """One table, cleaned. Args: its name. Raises KeyError without one, ScriptError when it is not TOML."""
        if code not in self._texts:
            raise KeyError(code)
        if code not in self._parsed:
            parsed = self._parse(self._texts[code])
            if set(parsed) != {code}:
                # A table of another name hides in here; then only the whole file tells what belongs to whom.
                parsed = self._parse("".join(self._texts.values()))
                self._texts = dict.fromkeys(parsed, "")
            self._parsed.update(parsed)
        return self._parsed[code]

    def __getitem__(self, code: str) -> T:
        if code not in self._made:
            self._made[code] = self._build(code, self.table(code))
        return self._made[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, code: object) -> bool:
        return code in self._texts
