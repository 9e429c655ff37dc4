"""The lists of the talk-track screen: procedures, and what each part holds for one of them on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console import i18n
from console.i18n import _, p_
from console.screens import scripts_words as words
from console.screens.scripts_preview_more import FLAG, LEVEL, outcome_codes, outcome_name
from console.scripts import search, select
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import EVERYBODY, Flow, Procedure
from console.scripts.search import Place
from console.text import fit
from console.words import level_word

DIM = "$ink-dim"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list.

    Args:
        id: stands for its code as long as the release is the same.
        code: of the procedure, concern, flow and so on.
        words, style: as painted; dim for what is not meant for the procedure or the day.
        names: what it is found by.
        digit: the concern's key.
    """

    id: int
    code: str
    words: str
    style: str = ""
    names: tuple[str, ...] = ()
    digit: int | None = None


def narrowed(rows: Sequence[Row], query: str) -> tuple[Row, ...]:
    """Rows found by a part of their words, by pinyin or initials. Not for the event loop.

    Args:
        rows: all of a list.
        query: as typed; empty for all.
    """
    return tuple(row for row in rows if not query.strip() or search.matches(query, row.names))


def procedures(library: Library) -> tuple[Row, ...]:
    """Every procedure with the word of its group."""
    lang = i18n.language()
    made: list[Row] = []
    for at, one in enumerate(library.procedures.values()):
        group = words.main_group(one)
        line = fit(one.short.of(lang), 16) + fit(words.group_word(group), 10).rstrip()
        names = (one.name.zh, one.name.en, one.short.zh, one.short.en, *one.aliases)
        found_by = (*names, *(words.group_word(code) for code in one.groups), *one.groups)
        made.append(Row(at, one.code, line, names=found_by))
    return tuple(made)


def rows(library: Library, part: str, procedure: str, day: int) -> tuple[Row, ...]:
    """What a part of the library holds, that of the procedure and day first where order has no meaning.
    May read files: not for the event loop.

    Args:
        library: the release.
        part: as in `scripts_words.PARTS`.
        procedure: procedure code. day: post-op day.
    """
    one = library.procedure(procedure)
    try:
        match part:
            case "concern":
                return _concerns(library, one, day)
            case "flow" | "turn":
                return _flows(library, one, day, part)
            case "playbook":
                return _playbooks(library, one, day)
            case "care":
                return _care(library, one)
            case "sign":
                return _signs(library)
            case _:
                return _outcomes(library)
    except ScriptError as fault:
        return (Row(0, "", str(fault)),)


def _concerns(library: Library, procedure: Procedure, day: int) -> tuple[Row, ...]:
    made: list[Row] = []
    for at, one in enumerate(library.concerns.values()):
        own = one.belongs_to(procedure.code)
        window = library.window(procedure.code, one.code)
        mark = p_("window", "may say") if window is not None and window.holds(day) else ""
        line = f"{one.key} {fit(one.name.of(i18n.language()), 20)} {mark}".rstrip()
        names = (one.name.zh, one.name.en)
        made.append(Row(at, one.code, line, "" if own else DIM, names, one.key))
    # As on the call screen: behind a digit, what belongs to the procedure comes first.
    return tuple(sorted(made, key=lambda row: (row.digit or 10, row.style == DIM)))


def _flows(library: Library, procedure: Procedure, day: int, part: str) -> tuple[Row, ...]:
    made: list[tuple[tuple[int, str], Row]] = []
    treatment = select.OpenTreatment(procedure.code, day)
    for at, code in enumerate(library.names("flows")):
        first = library.flows(code)[0]
        if (first.situation is not None) != (part == "turn"):
            continue
        try:
            title = select.select_flow(library, treatment, code).title
            style = ""
        except ScriptError:
            title, style = first.title, DIM
        line = title.of(i18n.language())
        order = (first.situation.order, "") if first.situation is not None else _flow_order(first)
        made.append((order, Row(at, code, line, style, (first.title.zh, first.title.en, code))))
    return tuple(row for _order, row in sorted(made, key=lambda pair: pair[0]))


def _flow_order(flow: Flow) -> tuple[int, str]:
    milestone = flow.milestones[0] if flow.milestones else ""
    if milestone[:1] == "D" and milestone[1:].isdigit():
        return int(milestone[1:]), flow.code
    return 10_000 if milestone else 20_000, flow.code


def _playbooks(library: Library, procedure: Procedure, day: int) -> tuple[Row, ...]:
    made: list[tuple[int, Row]] = []
    for at, one in enumerate(library.playbooks.values()):
        fits = procedure.matches(one.procedures)
        own = fits and bool(one.procedures)
        first, last = one.days
        now = (first is None or day >= first) and (last is None or day <= last)
        names = (one.title.zh, one.title.en, one.when.zh, one.when.en)
        row = Row(at, one.code, one.title.of(i18n.language()), "" if fits else DIM, names)
        made.append((0 if own and now else 1 if own else 2 if fits else 3, row))
    return tuple(row for _rank, row in sorted(made, key=lambda pair: pair[0]))


def _care(library: Library, procedure: Procedure) -> tuple[Row, ...]:
    made: list[tuple[bool, Row]] = []
    for at, one in enumerate(library.care_words.values()):
        care = procedure.care.get(one.code)
        line = fit(one.name.of(i18n.language()), 16)
        if care is not None:
            sourced = care.sourced and care.from_day is not None
            line += words.days_words((care.from_day, care.to_day)) if sourced else _("by the sheet")
        row = Row(at, one.code, line, "" if care else DIM, (one.name.zh, one.name.en, *one.aliases))
        made.append((care is None, row))
    return tuple(row for _none, row in sorted(made, key=lambda pair: pair[0]))


def _signs(library: Library) -> tuple[Row, ...]:
    made: list[Row] = []
    lang = i18n.language()
    for level in library.otherwise:
        title = _("nothing reassuring") if level == "OUTSIDE" else words.what_words(level)
        made.append(Row(len(made), LEVEL + level, title, names=(level,)))
    for flag in sorted(library.flags.values(), key=lambda one: one.level.rank):
        line = fit(level_word(flag.level), 9) + flag.text(lang)
        made.append(Row(len(made), FLAG + flag.code, line, names=(flag.zh, flag.en)))
    for question in library.questions.values():
        found_by = (question.words.zh, question.words.en)
        made.append(Row(len(made), question.code, "? " + question.words.of(lang), names=found_by))
    return tuple(made)


def _outcomes(library: Library) -> tuple[Row, ...]:
    return tuple(
        Row(at, code, outcome_name(library.outcomes, code), names=(outcome_name(library.outcomes, code),))
        for at, code in enumerate(outcome_codes(library))
    )


def spot_of(place: Place, library: Library, procedure: str, day: int) -> tuple[str, str | None, str, int]:
    """Where a found text is looked at: as near to what is looked at now as it can be shown.

    Args:
        place: of the text.
        library: the release.
        procedure, day: looked at now.

    Returns:
        Part, code, procedure, day.
    """
    wanted = procedure
    if place.procedure != EVERYBODY and not library.procedure(procedure).matches(
        frozenset({place.procedure})
    ):
        wanted = next(
            code for code, one in library.procedures.items() if one.matches(frozenset({place.procedure}))
        )
    first, last = place.days
    on = max(day, first or 0)
    if last is not None:
        on = min(on, last)
    part, code = place.part, place.code
    if part == "procedure":
        return "concern", None, wanted, on
    if part in ("question", "flag", "level"):
        code = {"flag": FLAG + code, "level": LEVEL + code}.get(part, code)
        part = "sign"
    elif part == "concern" and place.what == "say":
        window = library.window(wanted, code)
        # What may be said stands only inside the window.
        if window is not None and not window.holds(on) and not window.never:
            inside = [at for at in (window.from_day, window.until) if at is not None]
            fitting = [at for at in inside if at >= (first or 0) and (last is None or at <= last)]
            on = fitting[0] if fitting else on
    return part, code, wanted, on
