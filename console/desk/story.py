"""The whole story of a case: the call it came from and what was read and answered in it, attempts, everything done
since, call-outs, promises, returns to the clinic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk import cards, reading, scripts
from console.desk.restricted import is_restricted
from console.desk.retelling import Facts
from console.desk.seat import Seat
from console.i18n import translate
from console.rules.triage import NO, Flag
from console.scripts.library import Library
from db import callouts, duties, stories
from db.connect import Connection, Row
from db.enums import AppointmentStatus
from db.errors import NotAllowed
from db.instants import from_ms, maybe_at, to_ms
from db.reading_records import CallRead
from db.records import Story, StoryLine
from db.story_records import (
    ANSWERED,
    BOOKED,
    CAME_IN,
    PROMISED,
    SPOKEN,
    TAKEN,
    TALKED,
    TRACK,
    TRIED,
    VISITED,
)

LANGUAGES: Final = ("zh", "en")
BEFORE: Final = timedelta(days=1)
"""Returns to the clinic of the last day before a case belong to it: a patient is often just back from one."""
LINES_SAID: Final = 4
"""Spoken lines of one part of a talk-track in a story; the whole of it is one key away."""
_ORDER: Final = (CAME_IN, TAKEN, TRIED, TALKED, TRACK, SPOKEN, ANSWERED)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the record has, read in one transaction; `spoken` and `said` wait for the talk-track's words."""

    lines: tuple[StoryLine, ...]
    older: int
    hidden: bool
    call_id: int | None
    flags: tuple[str, ...]
    facts: Facts | None


def gather(connection: Connection, seat: Seat, row: Row, now: datetime) -> Gathered:
    """Read everything about a case.

    Args:
        connection: any connection.
        seat: who reads.
        row: the case, from `db.escalations.card`.
        now: aware datetime.
    """
    clinic_id, case = seat.clinic_id, int(row["id"])
    rows = stories.events(connection, clinic_id, case)
    older = 0
    if len(rows) == stories.EVENTS_MOST:
        older = stories.events_before(connection, clinic_id, case, int(rows[0]["at"]))
    hidden = _kept_from(seat, row)
    first = () if row["contact_id"] is None else (int(row["contact_id"]),)
    contacts = tuple(dict.fromkeys((*first, *stories.worked_in(connection, clinic_id, case))))
    talks = stories.calls(connection, clinic_id, contacts)
    lines = [
        *_events(connection, clinic_id, case, rows),
        *_contacts(connection, clinic_id, contacts),
        *_talks(talks, hidden=hidden),
        *_promises(stories.promises(connection, clinic_id, case), hidden=hidden),
        *_returns(connection, seat, row, now),
    ]
    facts: Facts | None = None
    call_id: int | None = row["call_id"]
    if call_id is not None and not hidden:
        try:
            facts = reading.facts(connection, seat, call_id)
        except NotAllowed:
            call_id = None
        hidden = facts is None
    return Gathered(tuple(lines), older, hidden, call_id, cards.flags_of(row), facts)


def tell(seat: Seat, found: Gathered) -> Story:
    """The story in words and order; reads the talk-track the conversation was held from.

    Args:
        seat: who reads.
        found: from `gather`, outside its transaction.
    """
    lines = list(found.lines)
    if found.facts is not None and found.call_id is not None:
        sha256 = found.facts.row["release_hash"]
        library = None if not sha256 else scripts.as_read(seat, str(sha256))
        read = reading.told(found.call_id, found.facts, library, ZoneInfo(seat.zone))
        lines += _conversation(found, read, library)
    return Story(tuple(sorted(lines, key=_place)), found.older, found.hidden, found.call_id)


def _place(line: StoryLine) -> tuple[datetime, int]:
    """Of one instant: what led to it first, and what was said after an answer behind that."""
    if line.kind == SPOKEN and line.before is not None:
        return line.at, len(_ORDER)
    return line.at, _ORDER.index(line.kind) if line.kind in _ORDER else len(_ORDER) + 1


def _kept_from(seat: Seat, row: Row) -> bool:
    """Whether what was said in a conversation is not for this reader, as for a call of the patient's file."""
    if seat.only_practises:
        return True
    return is_restricted(row["procedure"]) and not seat.restricted_ok


def _name(row: Row) -> str | None:
    return None if row["staff_name"] is None else str(row["staff_name"])


# -- the case itself -----------------------------------------------------------------------------


def _events(connection: Connection, clinic_id: int, case: int, rows: Iterable[Row]) -> Iterator[StoryLine]:
    due = {
        (str(one["kind"]), int(one["decided_at"])): from_ms(one["due_at"])
        for one in duties.of_case(connection, clinic_id, case)
    }
    pages = {
        (str(one["person"]), int(one["created_at"])): str(one["status"])
        for one in callouts.pages(connection, clinic_id, case)
    }
    for row in rows:
        at, kind = int(row["at"]), str(row["kind"])
        yield StoryLine(
            at=from_ms(at),
            kind=kind,
            who=_name(row),
            note=str(row["note"]),
            before=row["before"] if kind != "called_out" else pages.get((str(row["after"]), at)),
            after=row["after"],
            until=due.get((kind, at)),
        )


# -- the conversations it came from, and those for it --------------------------------------------


def _contacts(connection: Connection, clinic_id: int, ids: tuple[int, ...]) -> Iterator[StoryLine]:
    for row in stories.contacts(connection, clinic_id, ids):
        kind = CAME_IN if row["incoming"] else TAKEN
        yield StoryLine(from_ms(row["started_at"]), kind, _name(row))
    for row in stories.attempts(connection, clinic_id, ids):
        yield StoryLine(
            from_ms(row["at"]), TRIED, _name(row), before=str(row["channel"]), after=row["result"]
        )


def _talks(rows: Iterable[Row], *, hidden: bool) -> Iterator[StoryLine]:
    for row in rows:
        said = " / ".join(
            part for part in (clean(str(row["summary"])), clean(str(row["note"]))) if part.strip()
        )
        yield StoryLine(
            at=from_ms(row["started_at"] if row["amends_call_id"] is None else row["saved_at"]),
            kind=TALKED,
            who=_name(row),
            note="" if hidden else said,
            before=None if row["amends_call_id"] is None else "amended",
            after=str(row["outcome"]),
        )


def _conversation(found: Gathered, read: CallRead, library: Library | None) -> Iterator[StoryLine]:
    """The talk-track as read, and the answers that raised the case, each with the words spoken after it."""
    assert found.facts is not None
    row, lang = found.facts.row, read.lang
    at = from_ms(row["started_at"])
    if read.flow is not None or read.short_hash is not None:
        title = read.title or read.flow or ""
        release = read.short_hash or ""
        if read.number is not None:
            release = f"{read.number} {release}"
        yield StoryLine(
            at,
            TRACK,
            note=release,
            before=read.flow,
            after=None if read.version is None else str(read.version),
            said={lang: title},
        )
    wanted = _raising(library, found.flags)
    # An answer's own instant; the retelling has only its words.
    heard = {str(one["question"]): int(one["at"]) for one in found.facts.answers}
    for part in read.parts:
        raising = [one for one in part.answers if one.code in wanted and one.code in heard]
        if not raising:
            continue
        for answer in raising:
            question = None if library is None else library.questions.get(answer.code)
            raw = next(one for one in reversed(found.facts.answers) if one["question"] == answer.code)
            yes = question is None or not question.screening or str(raw["value"]) != NO
            yield StoryLine(
                at=from_ms(heard[answer.code]),
                kind=ANSWERED,
                note="; ".join(f"{was} ({why})" if why else was for was, why in answer.was),
                said={lang: answer.question}
                if question is None
                else {one: (question.words).of(one) for one in LANGUAGES},
                answer={lang: answer.answer} if library is None else _in_both(library, answer.code, raw),
                danger=yes,
            )
        spoken = part.said or part.lines
        last = max(heard[one.code] for one in raising)
        for words in spoken[:LINES_SAID]:
            yield StoryLine(
                at=from_ms(last if part.said else min(heard[one.code] for one in raising)),
                kind=SPOKEN,
                before=part.said_as,
                said={lang: words},
            )


def _raising(library: Library | None, codes: Iterable[str]) -> frozenset[str]:
    """Questions whose answers raise these signs, in the release that was read."""
    if library is None:
        return frozenset()
    known: list[Flag] = [library.flags[code] for code in codes if code in library.flags]
    return frozenset[str]().union(*(flag.reads for flag in known))


def _in_both(library: Library, code: str, row: Row) -> dict[str, str]:
    question, value = library.questions.get(code), str(row["value"])
    if question is not None and question.kind == "choice":
        for option in question.options:
            if option.code == value:
                return {lang: option.words.of(lang) for lang in LANGUAGES}
    if value in ("yes", "no", "unsure"):
        return {lang: translate(lang, f"answer\x04{value}") for lang in LANGUAGES}
    if row["number"] is not None:
        return dict.fromkeys(LANGUAGES, f"{row['number']:g}")
    return dict.fromkeys(LANGUAGES, value)


# -- promises and returns ------------------------------------------------------------------------


def _promises(rows: Iterable[Row], *, hidden: bool) -> Iterator[StoryLine]:
    for row in rows:
        yield StoryLine(
            at=from_ms(row["made_at"]),
            kind=PROMISED,
            who=_name(row),
            note="" if hidden else str(row["what"]),
            after=str(row["status"]),
            until=from_ms(row["at"]),
        )


def _returns(connection: Connection, seat: Seat, row: Row, now: datetime) -> Iterator[StoryLine]:
    if row["patient_id"] is None:
        return
    raised = from_ms(row["raised_at"])
    ended = maybe_at(row["resolved_at"]) or now
    since = to_ms(raised - BEFORE)
    for one in stories.appointments(connection, seat.clinic_id, row["patient_id"], since):
        at, made = from_ms(one["at"]), from_ms(one["created_at"])
        line = StoryLine(made, BOOKED, before=str(one["kind"]), after=str(one["status"]), until=at)
        if raised <= made <= ended:
            yield line
        happened = one["status"] in (AppointmentStatus.ATTENDED, AppointmentStatus.MISSED)
        if happened and at <= min(now, ended + BEFORE):
            photo = "photo" if one["photo_taken"] else ""
            yield replace(line, at=at, kind=VISITED, until=None, note=photo)
