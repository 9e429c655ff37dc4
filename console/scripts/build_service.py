"""Turns the tables of playbooks, care words and outcome sets into frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from console.scripts.build import Table, days_of, lines_of, words_of
from console.scripts.records import Lines, Words
from console.scripts.records_service import (
    CareWords,
    Indicator,
    Never,
    OutcomeItem,
    Outcomes,
    OutcomeSet,
    Playbook,
    Remedy,
    Right,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What playbooks take in by code."""

    lines: Mapping[str, Lines]
    rights: Mapping[str, Right]
    never: Mapping[str, Never]
    remedies: Mapping[str, Remedy]
    collect: Mapping[str, Words]
    photos: Mapping[str, Words]


def build_parts(table: Table) -> Parts:
    """The shared parts of playbooks. Args: playbooks/general.toml. Raises ScriptError."""

    def each(key: str) -> list[tuple[str, Table]]:
        inside = table.table(key)
        return [(code, inside.table(code)) for code in inside.data]

    return Parts(
        lines={code: lines_of(one) for code, one in each("line")},
        rights={
            code: Right(code, lines_of(one.table("say")), one.texts("sources")) for code, one in each("right")
        },
        never={code: Never(code, words_of(one), one.texts("sources")) for code, one in each("never")},
        remedies={code: Remedy(code, words_of(one), one.text("approver")) for code, one in each("remedy")},
        collect={code: words_of(one) for code, one in each("collect")},
        photos={code: words_of(one) for code, one in each("photo")},
    )


def build_playbook(table: Table, parts: Parts, version: int) -> Playbook:
    """One playbook with its shared parts taken in. Args: its table; parts; version of the file. Raises
    ScriptError, also for a part nobody wrote (code "unknown_part")."""

    def part(key: str, code: str, known: Mapping[str, T]) -> T:
        if code not in known:
            raise table.fault(key, f"playbooks/general.toml has no {code!r}", "unknown_part")
        return known[code]

    def parts_of(key: str, known: Mapping[str, T]) -> tuple[T, ...]:
        return tuple(part(key, code, known) for code in table.texts(key))

    def lines(key: str) -> Lines:
        if isinstance(table.data.get(key), str):
            return part(key, table.text(key), parts.lines)
        return lines_of(table.table(key))

    return Playbook(
        code=table.text("code"),
        title=words_of(table.table("title")),
        cause=table.text("cause"),
        procedures=frozenset(table.texts("procedures")),
        days=days_of(table),
        when=words_of(table.table("when")),
        severity=table.text("severity"),
        clock=table.maybe_text("clock") or "severity",
        level=table.maybe_text("level"),
        check=table.texts("check"),
        listen=lines("listen"),
        acknowledge=lines("acknowledge"),
        ask_first=lines("ask_first"),
        explain=lines("explain") if "explain" in table.data else None,
        collect=parts_of("collect", parts.collect),
        photos=parts_of("photos", parts.photos),
        rights=parts_of("rights", parts.rights),
        never=parts_of("never", parts.never),
        remedies=parts_of("remedies", parts.remedies),
        answer=lines("answer"),
        version=version,
        where=f"{table.file}:{table.where}",
        sources=table.texts("sources"),
    )


def build_care_words(table: Table) -> CareWords:
    """Words of one care milestone. Args: its table. Raises ScriptError."""
    return CareWords(
        code=table.where,
        name=words_of(table),
        aliases=table.texts("aliases"),
        say=lines_of(table.table("say")) if "say" in table.data else None,
        sheet=lines_of(table.table("sheet")),
        sources=table.texts("sources"),
    )


def build_outcomes(table: Table) -> Outcomes:
    """Outcome sets, ratings and the 100-point sheet. Args: outcomes.toml. Raises ScriptError."""
    dimensions, sets, ratings, sheet = (table.table(key) for key in ("dimension", "set", "rating", "sheet"))
    made: dict[str, OutcomeSet] = {}
    for code in sets.data:
        one = sets.table(code)
        first, last = days_of(one)
        if first is None or last is None:
            raise one.fault("days", "two whole numbers are expected")
        items = tuple(
            OutcomeItem(item.text("question"), item.text("dimension"), frozenset(item.texts("for")))
            for item in one.tables("item")
        )
        made[code] = OutcomeSet(code, words_of(one), (first, last), items, one.texts("sources"))
    return Outcomes(
        version=table.integer("version"),
        dimensions={code: words_of(dimensions.table(code)) for code in dimensions.data},
        sets=made,
        ratings={code: ratings.text(code) for code in ratings.data},
        sheet=tuple(
            Indicator(
                line.text("code"),
                words_of(area),
                words_of(line),
                line.integer("points"),
                line.text("evidence"),
            )
            for area in sheet.tables("area")
            for line in area.tables("indicator")
        ),
        sheet_name=words_of(sheet),
        pass_mark=sheet.integer("pass_mark"),
    )
