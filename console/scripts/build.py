"""Turns parsed tables into frozen records, naming file, table and key of anything that does not fit.

Deliberately plain: the strict rules stand in schema.py, which is too slow for the running console.
"""

from __future__ import annotations

from typing import Any, cast

from console.rules.triage import Flag, Predicate, Window
from console.scripts.errors import ScriptError
from console.scripts.records import (
    Care,
    Flow,
    Group,
    Lines,
    Option,
    Procedure,
    Question,
    Situation,
    Step,
    Track,
    Words,
)
from db.enums import FlagAction, Level

_PREDICATES = frozenset(
    {"any", "all", "yes", "at_least", "below", "choice", "day", "past_window", "trend", "order_overdue"}
)


class Table:
    """A TOML table which knows where it stands, so that a missing or wrong key can be named."""

    __slots__ = ("data", "file", "where")

    def __init__(self, file: str, where: str, data: Any) -> None:
        if not isinstance(data, dict):
            raise ScriptError(file, where, "a table is expected", "type")
        self.file, self.where, self.data = file, where, cast("dict[str, Any]", data)

    def fault(self, key: str, message: str, code: str = "type") -> ScriptError:
        """An error at a key of this table. Args: key, message, code. Returns it, to be raised."""
        return ScriptError(self.file, f"{self.where}.{key}" if self.where else key, message, code)

    def text(self, key: str) -> str:
        """A required text. Raises ScriptError."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "a text is expected", "missing_key" if value is None else "type")
        return value

    def maybe_text(self, key: str) -> str | None:
        """An optional text. Raises ScriptError when it is something else."""
        return self.text(key) if key in self.data else None

    def integer(self, key: str) -> int:
        """A required whole number. Raises ScriptError."""
        value = self.data.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(key, "a whole number is expected", "missing_key" if value is None else "type")
        return value

    def maybe_integer(self, key: str) -> int | None:
        """An optional whole number. Raises ScriptError when it is something else."""
        return self.integer(key) if key in self.data else None

    def number(self, key: str) -> float:
        """A required number. Raises ScriptError."""
        value = self.data.get(key)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise self.fault(key, "a number is expected")
        return float(value)

    def flag(self, key: str) -> bool:
        """An optional true or false, false when missing. Raises ScriptError when it is something else."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "true or false is expected")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """An optional list of texts, empty when missing. Raises ScriptError when it is something else."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[Any]", value)):
            raise self.fault(key, "a list of texts is expected")
        return tuple(cast("list[str]", value))

    def table(self, key: str) -> Table:
        """A required table inside. Raises ScriptError."""
        if key not in self.data:
            raise self.fault(key, "missing", "missing_key")
        return Table(self.file, f"{self.where}.{key}" if self.where else key, self.data[key])

    def tables(self, key: str) -> list[Table]:
        """An optional list of tables inside. Raises ScriptError when it is something else."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "a list of tables is expected")
        where = f"{self.where}.{key}" if self.where else key
        return [
            Table(self.file, f"{where}.{number}", item)
            for number, item in enumerate(cast("list[Any]", value))
        ]


def words_of(table: Table, zh: str = "zh", en: str = "en") -> Words:
    """Both languages of a short text. Args: table, the two keys. Raises ScriptError when one is missing."""
    return Words(table.text(zh), table.text(en))


def lines_of(table: Table) -> Lines:
    """Both languages of spoken lines. Args: table with zh and en lists. Raises ScriptError when one is
    missing."""
    lines = Lines(table.texts("zh"), table.texts("en"))
    for key, value in (("zh", lines.zh), ("en", lines.en)):
        if not value:
            raise table.fault(key, "spoken lines are missing", "missing_key")
    return lines


def build_procedure(table: Table) -> Procedure:
    """One procedure. Args: its table. Raises ScriptError."""
    care: dict[str, Care] = {}
    inside = table.table("care")
    for code in inside.data:
        item = inside.table(code)
        care[code] = Care(
            item.maybe_integer("from"),
            item.maybe_integer("to"),
            item.text("confidence"),
            item.texts("sources"),
        )
    return Procedure(
        code=table.where,
        name=words_of(table),
        short=words_of(table, "short_zh", "short_en"),
        groups=frozenset(table.texts("groups")),
        surgery=table.flag("surgery"),
        implant=table.flag("implant"),
        restricted=table.flag("restricted"),
        stitches_by_order=table.flag("stitches_by_order"),
        aliases=table.texts("aliases"),
        care=care,
    )


def build_question(table: Table) -> Question:
    """One question. Args: its table. Raises ScriptError."""
    kind = table.text("kind")
    return Question(
        code=table.where,
        kind=kind,
        words=words_of(table),
        sign=words_of(table, "sign_zh", "sign_en") if kind == "yes_no" else None,
        options=tuple(Option(item.text("code"), words_of(item)) for item in table.tables("options")),
        unit=table.maybe_text("unit"),
        min=table.number("min") if kind == "number" else None,
        max=table.number("max") if kind == "number" else None,
        procedures=frozenset(table.texts("for")),
        facts=table.texts("facts"),
    )


def build_predicate(table: Table) -> Predicate:
    """A flag's `when`, or a part of it. Args: its table, with exactly one key. Raises ScriptError."""
    keys = list(table.data)
    if len(keys) != 1 or keys[0] not in _PREDICATES:
        raise table.fault(",".join(keys) or "when", "exactly one known key is expected", "predicate")
    kind = keys[0]
    if kind in ("any", "all"):
        parts = tuple(build_predicate(part) for part in table.tables(kind))
        if not parts:
            raise table.fault(kind, "empty", "predicate")
        return Predicate(kind, parts=parts)
    if kind == "yes":
        return Predicate(kind, question=table.text(kind))
    if kind in ("at_least", "below"):
        inner = table.table(kind)
        return Predicate(kind, question=inner.text("question"), value=inner.number("value"))
    if kind == "choice":
        inner = table.table(kind)
        return Predicate(kind, question=inner.text("question"), options=frozenset(inner.texts("is")))
    if kind == "day":
        inner = table.table(kind)
        return Predicate(kind, from_day=inner.maybe_integer("from"), to_day=inner.maybe_integer("to"))
    if kind == "order_overdue":
        return Predicate(kind, order=table.text(kind))
    return Predicate(kind)


def build_flag(table: Table) -> Flag:
    """One flag. Args: its table. Raises ScriptError."""
    try:
        level = Level(table.text("level"))
        action = FlagAction(table.text("action")) if "action" in table.data else None
    except ValueError as error:
        raise table.fault("level", str(error)) from error
    return Flag(
        code=table.where,
        level=level,
        zh=table.text("zh"),
        en=table.text("en"),
        when=build_predicate(table.table("when")),
        action=action,
        contact_by_min=table.maybe_integer("contact_by_min"),
        everywhere=table.flag("everywhere"),
        context=table.flag("context"),
        procedures=frozenset(table.texts("for")),
        facts=table.texts("facts"),
        decision=table.maybe_integer("decision"),
        words=table.maybe_text("words"),
    )


def build_window(table: Table) -> Window:
    """One window. Args: its table. Raises ScriptError."""
    never = table.flag("never")
    return Window(
        from_day=None if never else table.integer("from"),
        peak=table.maybe_integer("peak"),
        until=None if never else table.integer("until"),
        residual=table.maybe_integer("residual"),
        never=never,
        unsourced=table.flag("unsourced"),
    )


def build_track(table: Table, concern: str | None, version: int) -> Track:
    """One track. Args: its table; concern of the file, None in general.toml; version. Raises ScriptError."""
    otherwise = table.table("otherwise") if "otherwise" in table.data else None
    return Track(
        concern=concern or table.text("concern"),
        procedure=table.maybe_text("procedure") or "any",
        days=days_of(table),
        role=table.maybe_text("role") or "any",
        version=version,
        where=f"{table.file}:{table.where}",
        ask=table.texts("ask"),
        details=table.texts("details"),
        flags=table.texts("flags"),
        trend=table.maybe_text("trend"),
        say=lines_of(table.table("say")) if "say" in table.data else None,
        otherwise={level: lines_of(otherwise.table(level)) for level in otherwise.data} if otherwise else {},
        record=words_of(table.table("record")) if "record" in table.data else None,
        sources=table.texts("sources"),
    )


def build_flow(table: Table, code: str) -> tuple[Flow, ...]:
    """The variants in one flow file. Args: the document; code, the file's name. Raises ScriptError."""
    if table.text("code") != code:
        raise table.fault("code", "must equal the file's name", "name")
    title, milestones, version = (
        words_of(table.table("title")),
        table.texts("milestones"),
        table.integer("version"),
    )
    turn = table.table("situation") if "situation" in table.data else None
    situation = None if turn is None else _situation(turn)
    flows = tuple(
        Flow(
            code=code,
            situation=situation,
            title=title,
            milestones=milestones,
            version=version,
            procedure=item.maybe_text("procedure") or "any",
            days=days_of(item),
            role=item.maybe_text("role") or "any",
            where=f"{item.file}:{item.where}",
            steps=tuple(_step(step) for step in item.tables("step")),
            sources=item.texts("sources"),
        )
        for item in table.tables("flow")
    )
    if not flows:
        raise table.fault("flow", "missing", "missing_key")
    return flows


def _step(table: Table) -> Step:
    return Step(
        kind=table.text("kind"),
        title=words_of(table.table("title")),
        say=lines_of(table.table("say")) if "say" in table.data else None,
        groups=tuple(
            Group(words_of(item.table("lead")), item.texts("signs")) for item in table.tables("groups")
        ),
        ask=table.texts("ask"),
        when=table.maybe_text("when"),
        outcomes=table.maybe_text("outcomes"),
    )


def _situation(table: Table) -> Situation:
    return Situation(
        order=table.integer("order"),
        offer=table.maybe_text("offer"),
        outcome=table.maybe_text("outcome"),
        concern=table.maybe_text("concern"),
        report=table.maybe_text("report"),
        raises=table.maybe_text("raises"),
        asked=table.texts("asked"),
        after_identity=table.flag("after_identity"),
    )


def days_of(table: Table) -> tuple[int | None, int | None]:
    """A range of post-op days, open ends as None. Args: a table which may have `days`. Raises ScriptError."""
    if "days" not in table.data:
        return (None, None)
    value = table.data["days"]
    if not isinstance(value, list) or len(cast("list[Any]", value)) not in (1, 2):
        raise table.fault("days", "one or two whole numbers are expected")
    numbers = cast("list[Any]", value)
    if not all(isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in numbers):
        raise table.fault("days", "one or two whole numbers are expected")
    first, last = numbers[0], numbers[1] if len(numbers) == 2 else None
    if last is not None and last < first:
        raise table.fault("days", "the last day lies before the first")
    return (first, last)
