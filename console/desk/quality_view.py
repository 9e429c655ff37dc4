"""One review opened: the call as it is on record, its answers with their times, its signs, its earlier scorings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk import reading, scripts
from console.desk.cards import flags_of
from console.desk.figures import may_read
from console.desk.formdoc import read as form_of
from console.desk.holding import seated
from console.desk.noting import note
from console.desk.quality import Review, read_row, scenario_titles
from console.desk.quality_drawing import fast_answers, took_back
from console.desk.retelling import Facts
from console.desk.seat import Seat
from console.i18n import translate
from console.rules.triage import Flag
from console.scripts.library import Library
from db import escalations
from db import quality as table
from db.connect import Row, unit_of_work
from db.enums import Level, Role, SpokeTo
from db.errors import NotAllowed
from db.instants import from_ms, maybe_at, to_ms
from db.reading_records import CallRead


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """One answer as it was keyed.

    Args:
        at: aware instant. after_s: seconds since the answer before it, or since the call began.
        question, answer: in words of the release, codes without its files.
        fast: it came before the question can have been read.
        taken_back: it was replaced with this reason; None while it stands.
        grouped: read aloud with others.
    """

    at: datetime
    after_s: float
    question: str
    answer: str
    fast: bool
    taken_back: str | None
    grouped: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """One case the call raised: its level, its signs, whether somebody said it was a wrong key, who was told.

    `words`: language to the signs in words of the release; codes without its files.
    """

    id: int
    level: Level | None
    signs: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    mis_keyed: bool
    told_who: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One scoring of a review. `reason`: why it was scored anew, empty for the first."""

    number: int
    at: datetime
    reviewer: str
    score: int
    of: int
    fails: tuple[str, ...]
    note: str
    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A review with what a lead looks at.

    Args:
        review: itself.
        hidden: about an intimate procedure this reader may not see: nothing of the talk is filled in.
        read: the talk-track as it was read.
        answers: in the order they were keyed.
        raised: cases.
        turns: turns of the talk, kind and code, as the typing was kept last.
        concerns: named in it.
        spoke_to, identity: with whom, and how she showed who she is.
        summary, note: as saved.
        versions: scorings, the first on top.
        scenarios: titles by language of the scenarios it names for practice.
    """

    review: Review
    hidden: bool
    read: CallRead
    answers: tuple[TimedAnswer, ...] = ()
    raised: tuple[Raised, ...] = ()
    turns: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    spoke_to: SpokeTo = SpokeTo.UNKNOWN
    identity: str | None = None
    summary: str = ""
    note: str = ""
    versions: tuple[Version, ...] = ()
    scenarios: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


def opened(seat: Seat, review_id: int, now: datetime) -> Opened:
    """Open a review. Reading the call is audited; a caller who opens her own has seen it.

    Args:
        seat: a lead, or whose call it is once it is scored.
        review_id: which.
        now: aware instant.

    Raises:
        NotAllowed: a trainee, a closed seat, somebody else's or an unknown review (`review_unknown`).
    """
    may_read(seat)
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        row = table.review(connection, seat.clinic_id, review_id)
        mine = row is not None and row["staff_id"] == seat.staff_id
        if row is None or not (seat.role is Role.LEAD or (mine and row["version"])):
            raise NotAllowed("review_unknown")
        if mine and row["version"] and row["caller_seen_at"] is None:
            table.change(connection, seat.clinic_id, review_id, {"caller_seen_at": to_ms(now)})
            row["caller_seen_at"] = to_ms(now)
            note(connection, seat, now, "review.seen", "call_review", review_id, {"version": row["version"]})
        call_id = int(row["call_id"])
        facts = reading.facts(connection, seat, call_id)
        values = {} if facts is None else {"answers": len(facts.answers)}
        note(connection, seat, now, "call.read", "call", call_id, values)
        versions = tuple(_version(one) for one in table.scores(connection, seat.clinic_id, review_id))
        cases = escalations.of_contact(connection, seat.clinic_id, int(row["contact_id"]))
        typed = table.drafts(connection, seat.clinic_id, [int(row["contact_id"])])
    review = read_row(seat, row, now)
    titles = scenario_titles(review.training)
    if facts is None:
        return Opened(review, True, CallRead(call_id, hidden=True), versions=versions, scenarios=titles)
    sha256 = facts.row["release_hash"]
    library = None if not sha256 else scripts.as_read(seat, str(sha256))
    document = typed.get(int(row["contact_id"]))
    return Opened(
        review=review,
        hidden=False,
        read=reading.told(call_id, facts, library, ZoneInfo(seat.zone)),
        answers=_answers(seat, facts, library),
        raised=tuple(_raised(one, library) for one in cases),
        turns=() if document is None else form_of(document).turns,
        concerns=tuple(dict.fromkeys(str(one["concern"]) for one in facts.answers if one["concern"])),
        spoke_to=SpokeTo(facts.row["spoke_to"]),
        identity=facts.row["identity_method"],
        summary=clean(str(facts.row["summary"])),
        note=clean(str(facts.row["note"]), multiline=True),
        versions=versions,
        scenarios=titles,
    )


def _version(row: Row) -> Version:
    return Version(
        number=int(row["number"]),
        at=from_ms(row["scored_at"]),
        reviewer=str(row["reviewer_name"] or ""),
        score=int(row["score"]),
        of=int(row["of"]),
        fails=tuple(json.loads(row["document"])["fails"]),
        note=str(row["note"]),
        reason=str(row["reason"]),
    )


def _raised(row: Row, library: Library | None) -> Raised:
    signs = flags_of(row)
    known: Mapping[str, Flag] = {} if library is None else library.flags
    return Raised(
        id=int(row["id"]),
        level=None if row["level"] is None else Level(row["level"]),
        signs=signs,
        words={
            lang: tuple(known[code].text(lang) if code in known else code for code in signs)
            for lang in ("zh", "en")
        },
        mis_keyed=bool(row["mis_keyed"]),
        told_who=row["told_who"],
        told_at=maybe_at(row["told_at"]),
    )


def _answers(seat: Seat, facts: Facts, library: Library | None) -> tuple[TimedAnswer, ...]:
    fast = set(fast_answers(seat, facts.row, facts.answers, library))
    lang = str(facts.row["language"])
    before = from_ms(facts.row["started_at"])
    found: list[TimedAnswer] = []
    for row in sorted(facts.answers, key=lambda one: (one["at"], one["id"])):
        at = from_ms(row["at"])
        question = None if library is None else library.questions.get(str(row["question"]))
        back = str(row["correction_reason"] or "") if row["superseded_at"] is not None else None
        found.append(
            TimedAnswer(
                at=at,
                after_s=max((at - before).total_seconds(), 0.0),
                question=str(row["question"]) if question is None else question.words.of(lang),
                answer=_answered(library, row, lang),
                fast=at in fast and back is None and question is not None and question.screening,
                taken_back=back if took_back(row) else ("" if back is not None else None),
                grouped=bool(row["asked_in_group"]),
            )
        )
        before = max(before, at)
    return tuple(found)


def _answered(library: Library | None, row: Row, lang: str) -> str:
    question = None if library is None else library.questions.get(str(row["question"]))
    value = str(row["value"])
    if question is not None and question.kind == "choice":
        return next((option.words.of(lang) for option in question.options if option.code == value), value)
    if value in ("yes", "no", "unsure"):
        return translate(lang, f"answer\x04{value}")
    return f"{row['number']:g}" if row["number"] is not None else clean(value)
