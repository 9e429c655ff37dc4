"""Parts of a talk-track as `aftercall scripts` prints them: spoken lines, questions, flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.rules.triage import Flag
    from console.scripts.records import Lines, Procedure, Question


def values_of(procedure: Procedure, day: int, lang: str) -> dict[str, str]:
    """What fills the gaps of spoken lines. Args: procedure; post-op day; lang."""
    return {"procedure": procedure.name.of(lang), "day": str(day)}


def spoken(lines: Lines, lang: str, values: Mapping[str, str]) -> str:
    """Spoken lines with their gaps filled. Args: lines; lang; values from `values_of`."""
    from console.scripts.words import fill

    return "\n".join(fill(line, values) for line in lines.of(lang))


def question_document(question: Question, lang: str) -> dict[str, Any]:
    """A question in JSON. Args: question; lang."""
    made: dict[str, Any] = {"code": question.code, "text": question.words.of(lang), "kind": question.kind}
    if question.sign is not None:
        made["sign"] = question.sign.of(lang)
    if question.options:
        made["options"] = [{"code": one.code, "text": one.words.of(lang)} for one in question.options]
    if question.kind == "number":
        made["unit"], made["min"], made["max"] = question.unit, question.min, question.max
    return made


def flag_document(flag: Flag, lang: str) -> dict[str, Any]:
    """A red flag in JSON. Args: flag; lang."""
    made: dict[str, Any] = {"code": flag.code, "level": flag.level.value, "text": flag.text(lang)}
    if flag.action is not None:
        made["action"] = flag.action.value
    if flag.contact_by_min is not None:
        made["contact_by_min"] = flag.contact_by_min
    return made
