"""`scripts check`: everything that must hold of a release before it may be published.

Each rule yields Problem(file, where, code, message); a release without problems has no hole that these
rules can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.rules.triage import Predicate
from console.scripts import lint_flows, lint_service, lint_shipped, lint_text
from console.scripts.answers import answer_fault
from console.scripts.errors import ScriptError
from console.scripts.library import GENERAL, OUTCOMES, PARTS, ROOT_FILES, SHARED, SOURCES, Library
from console.scripts.lint_base import (
    Problem,
    all_flows,
    all_tracks,
    ambiguous,
    flow_questions,
    known_procedures,
)
from console.scripts.records import EVERYBODY, OpenTreatment, Track
from console.scripts.select import raisable, select_concern
from console.scripts.words import cells
from db.enums import Level

MAX_SHORT_CELLS = 15


def check(library: Library, shipped: Library | None = None) -> tuple[Problem, ...]:
    """All faults of a release.

    Args: library; shipped, the release which travels with the program, when a clinic's own is held against
    it. Returns problems, empty when it may be published. When files do not even fit the schema,
    only those faults are returned, as the other rules would speak of the same keys again. Raises nothing.
    """
    faults = tuple(_schema(library))
    if faults:
        return faults
    problems: list[Problem] = []
    if shipped is not None:
        problems.extend(lint_shipped.problems(library, shipped))
    rules = (_procedures, _questions, _flags, _windows, _concerns, _tracks, _resolve)
    for rule in (*rules, lint_flows.problems, lint_service.problems, lint_text.problems):
        try:
            problems.extend(Problem(*found) if isinstance(found, tuple) else found for found in rule(library))
        except ScriptError as error:
            problems.append(Problem(error.file, error.where, error.code, error.message))
    return tuple(dict.fromkeys(problems))


def stricter(library: Library) -> tuple[tuple[str, str, int], ...]:
    """Flags which a clinic decision makes as urgent as they are. Args: library. Returns (code, level,
    decision)."""
    return tuple(
        (flag.code, flag.level.value, flag.decision)
        for flag in library.flags.values()
        if flag.decision is not None
    )


def _schema(library: Library) -> Iterator[Problem]:
    from console.scripts.schema_files import validate

    for name in (*ROOT_FILES, OUTCOMES, SOURCES, PARTS, SHARED, GENERAL):
        if name not in library.texts:
            yield Problem(name, "", "missing_file", "the release has no such file")
    for name in sorted(library.texts):
        try:
            data = library.parse(name)
        except ScriptError as error:
            yield Problem(error.file, error.where, error.code, error.message)
            continue
        for where, message in validate(name, data):
            yield Problem(name, where, "schema", message)


def _procedures(library: Library) -> Iterator[Problem]:
    file = "procedures.toml"
    seen: dict[str, str] = {}
    for procedure in library.procedures.values():
        for lang in ("zh", "en"):
            if cells(procedure.short.of(lang)) > MAX_SHORT_CELLS:
                yield Problem(file, f"{procedure.code}.short_{lang}", "too_wide", "more than 15 cells")
        for alias in procedure.aliases:
            other = seen.setdefault(alias.casefold(), procedure.code)
            if other != procedure.code:
                yield Problem(
                    file, f"{procedure.code}.aliases", "alias_twice", f"{alias!r} also means {other}"
                )


def _questions(library: Library) -> Iterator[Problem]:
    file = "questions.toml"
    used = {code for flag in library.flags.values() for code in flag.reads}
    listed = {
        code for track in all_tracks(library) for code in (*track.ask, *track.details, track.trend or "")
    }
    listed |= {code for flow in all_flows(library) for code in flow_questions(flow)}
    listed |= {item.question for one in library.outcomes.sets.values() for item in one.items}
    listed |= set(library.outcomes.ratings.values())
    for question in library.questions.values():
        yield from known_procedures(library, question.procedures, file, f"{question.code}.for")
        if question.screening and question.code not in used:
            yield Problem(file, question.code, "no_flag", "a danger sign which raises no flag")
        if question.code not in listed:
            yield Problem(file, question.code, "never_asked", "no track and no flow asks it")


def _flags(library: Library) -> Iterator[Problem]:
    file = "flags.toml"
    listed = {code for track in all_tracks(library) for code in track.flags}
    asked = {code for track in all_tracks(library) for code in (*track.ask, *track.details)}
    asked |= {code for flow in all_flows(library) for code in flow_questions(flow)}
    asked |= {item.question for one in library.outcomes.sets.values() for item in one.items}
    facts: dict[str, str] = {}
    for code in library.everywhere:
        if code not in library.flags or not library.flags[code].everywhere:
            yield Problem(file, code, "missing_flag", "general.toml counts it everywhere, this file does not")
    for flag in library.flags.values():
        if flag.everywhere and flag.code not in library.everywhere:
            yield Problem(
                file, flag.code, "unlisted_flag", "counted everywhere, but not listed in general.toml"
            )
        yield from known_procedures(library, flag.procedures, file, f"{flag.code}.for")
        if flag.words is not None and flag.words not in library.concerns:
            yield Problem(file, f"{flag.code}.words", "unknown_concern", f"no concern {flag.words!r}")
        yield from (
            Problem(file, f"{flag.code}.when", code, text) for code, text in _predicate(library, flag.when)
        )
        if not flag.everywhere and flag.code not in listed:
            yield Problem(
                file, flag.code, "never_counted", "no track lists it and it is not counted everywhere"
            )
        if not can_be_raised(flag.when, asked):
            yield Problem(file, flag.code, "never_raised", "no question that is asked can raise it")
        for fact in flag.facts:
            other = facts.setdefault(fact, flag.code)
            if other != flag.code:
                yield Problem(file, f"{flag.code}.facts", "fact_twice", f"already stands for {other}: {fact}")


def can_be_raised(predicate: Predicate, asked: Iterable[str]) -> bool:
    """Whether some answers to the asked questions make a predicate true on some day.

    Args: predicate; codes of the questions. Returns False when it needs a question which nobody asks, or
    when no answer at all is involved.
    """
    codes = set(asked)
    match predicate.kind:
        case "any":
            return any(can_be_raised(part, codes) for part in predicate.parts)
        case "all":
            parts = [
                part for part in predicate.parts if part.kind not in ("day", "past_window", "order_overdue")
            ]
            return bool(parts) and all(can_be_raised(part, codes) for part in parts)
        case "trend":
            return True
        case "day" | "past_window" | "order_overdue":
            return False
        case _:
            return predicate.question in codes


def _predicate(library: Library, predicate: Predicate) -> Iterator[tuple[str, str]]:
    for part in predicate.parts:
        yield from _predicate(library, part)
    if not predicate.question:
        return
    question = library.questions.get(predicate.question)
    if question is None:
        yield "unknown_question", f"no question {predicate.question!r}"
        return
    needed = {"yes": "yes_no", "at_least": "number", "below": "number", "choice": "choice"}[predicate.kind]
    if question.kind != needed:
        yield "wrong_kind", f"{predicate.kind} needs a {needed} question, {question.code} is {question.kind}"
    options = {option.code for option in question.options}
    for option in sorted(predicate.options - options):
        yield "unknown_option", f"{question.code} has no option {option!r}"
    if question.kind == "number" and answer_fault(question, predicate.value):
        yield "out_of_range", f"{predicate.value:g} lies outside {question.code}"


def _windows(library: Library) -> Iterator[Problem]:
    file = "windows.toml"
    data = library.parse(file)
    for code in data:
        if code not in library.procedures:
            yield Problem(file, code, "unknown_procedure", "no such procedure")
    for code in library.procedures:
        if not data.get(code):
            yield Problem(file, code, "missing_window", "the procedure has no windows")
        for concern in library.concerns.values():
            if concern.belongs_to(code) and concern.code not in library.windowed(code):
                yield Problem(
                    file, f"{code}.{concern.code}", "missing_window", "the concern has no window here"
                )
        for concern in library.windowed(code):
            where = f"{code}.{concern}"
            if concern not in library.concerns:
                yield Problem(file, where, "unknown_concern", "no such concern")
            elif not library.concerns[concern].belongs_to(code):
                yield Problem(
                    file, where, "unexpected_window", "the concern does not belong to this procedure"
                )
            window = library.window(code, concern)
            if window is None or window.never or window.from_day is None or window.until is None:
                continue
            days = [window.from_day, window.peak, window.until, window.residual]
            known = [day for day in days if day is not None]
            if known != sorted(known):
                yield Problem(
                    file, where, "window_order", "from, peak, until, residual do not follow each other"
                )


def _concerns(library: Library) -> Iterator[Problem]:
    for code in library.concerns:
        if code not in library.general_tracks:
            yield Problem(GENERAL, f"concerns.{code}", "no_general_track", "the concern has no general track")
    for code, track in library.general_tracks.items():
        if code not in library.concerns:
            yield Problem(GENERAL, track.where, "unknown_concern", f"{code} has no name and key")
        if track.procedure != EVERYBODY or track.days != (None, None) or track.role != EVERYBODY:
            yield Problem(
                GENERAL, track.where, "not_general", "a general track is for any procedure, day and role"
            )
        if track.say is not None:
            yield Problem(GENERAL, track.where, "general_says", "a general track never reassures")
        if not track.ask:
            yield Problem(GENERAL, track.where, "asks_nothing", "a track must ask something")
        windows = (library.window(procedure, code) for procedure in library.procedures)
        if track.trend is None and any(one is not None and not one.never for one in windows):
            message = "a concern that may be reassured must ask how it changes"
            yield Problem(GENERAL, track.where, "no_trend", message)
    keys = {concern.key for concern in library.concerns.values()}
    for key in sorted(set(range(10)) - keys):
        yield Problem(GENERAL, "concerns", "key_empty", f"no concern on key {key}")
    for level in ("EMERGENCY", "SAME_DAY", "URGENT", "OUTSIDE"):
        if level not in library.otherwise:
            yield Problem(GENERAL, f"otherwise.{level}", "missing_otherwise", "the general lines are missing")
    for code in library.names("concerns"):
        if code not in library.concerns:
            yield Problem(f"concerns/{code}.toml", "concern", "unknown_concern", "no such concern")


def _tracks(library: Library) -> Iterator[Problem]:
    for track in all_tracks(library):
        file, _, where = track.where.partition(":")
        wanted = {track.procedure} - {EVERYBODY}
        yield from known_procedures(library, wanted, file, f"{where}.procedure")
        for key, codes, known in (
            ("ask", track.ask, library.questions),
            ("details", track.details, library.questions),
            ("flags", track.flags, library.flags),
        ):
            for code in codes:
                if code not in known:
                    yield Problem(file, f"{where}.{key}", "unknown_code", f"no {key} code {code!r}")
        if track.trend is not None:
            question = library.questions.get(track.trend)
            if question is None or not question.is_trend:
                yield Problem(
                    file, f"{where}.trend", "not_a_trend", "a trend question answers better, same or worse"
                )
        yield from _say_in_window(library, track, file, where)
    for code in library.names("concerns"):
        yield from ambiguous(library.tracks(code))


def _say_in_window(library: Library, track: Track, file: str, where: str) -> Iterator[Problem]:
    if track.say is None:
        return
    used = False
    for procedure in library.procedures.values():
        if track.procedure not in (EVERYBODY, procedure.code) and track.procedure not in procedure.groups:
            continue
        window = library.window(procedure.code, track.concern)
        if window is None or window.never or window.from_day is None or window.until is None:
            if track.procedure == procedure.code:
                yield Problem(
                    file,
                    f"{where}.say",
                    "never_normal",
                    f"{procedure.code} is never reassured about this concern",
                )
            continue
        used = used or any(window.holds(day) for day in _span(track, window.until))
        first, last = track.days
        if track.procedure == procedure.code and (
            (last is not None and last > window.until) or (first or 0) > window.until
        ):
            message = (
                f"words for days up to {last}, the window of {procedure.code} ends on day {window.until}"
            )
            yield Problem(file, f"{where}.days", "outside_window", message)
    if not used:
        yield Problem(file, f"{where}.say", "never_said", "no procedure and day lets these words be said")


def _span(track: Track, until: int) -> range:
    first, last = track.days
    return range(first or 0, (until if last is None else last) + 1)


def _resolve(library: Library) -> Iterator[Problem]:
    for procedure in library.procedures:
        for concern in library.concerns:
            window = library.window(procedure, concern)
            edges = {0, 4}
            for day in (window.from_day, window.until) if window else ():
                edges |= {(day or 0) - 1, day or 0, (day or 0) + 1}
            for track in library.tracks(concern):
                edges |= {near for day in track.days if day is not None for near in (day - 1, day, day + 1)}
            for day in sorted(day for day in edges if day >= 0):
                view = select_concern(library, OpenTreatment(procedure, day), concern)
                if not view.ask or not any(flag.level is not Level.ROUTINE for flag in raisable(view)):
                    message = f"{concern} of {procedure} on day {day} asks nothing that escalates"
                    yield Problem(GENERAL, concern, "no_escalation", message)
                if view.say is not None and (window is None or not window.holds(day)):
                    message = f"{concern} of {procedure} on day {day} speaks outside its window"
                    yield Problem(GENERAL, concern, "outside_window", message)
