"""The page that is passed on at the end of a shift: what is open, what was promised, what rests. Masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk.cards import escalation as card_of
from console.desk.figures import may_read
from console.desk.local import clinic_day, clinic_time
from console.desk.restricted import RESTRICTED, is_restricted, shown_procedure
from console.desk.seat import Seat
from console.desk.signs import sign_words
from console.rules import names
from db import escalations
from db import handover as table
from db.connect import Connection, Row, reading
from db.enums import Role
from db.errors import NotAllowed
from db.instants import from_ms, to_ms

CASE, CALL, DRAFT, PROMISE, REST = "case", "call", "draft", "promise", "rest"
"""What a line is about: something handed over, a call that is going on or was cut off, typing that is not saved,
a promised callback, a call that was tried and rests."""
CASES_MOST: Final = 200
Signs = Mapping[str, Mapping[str, str]]
"""Language to code to words of danger signs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page, masked.

    Args:
        kind: CASE, CALL, DRAFT, PROMISE or REST.
        id: of the case, lease, draft, promise or planned call.
        patient_id, patient: whose; masked.
        procedure: code, or "restricted"; None without one.
        state: a case's level or severity, a lease's stage, a draft's status, the last dial's result, why a clock
            stands still; a code.
        words: what was promised, noted or waited for; "restricted" before who may not read it.
        at: when the clock runs out, the callback is due, the rest ends; of a paused case since when.
        whose: whose it is; None is anyone's.
        by: who raised, promised or tried it.
        signs: of a clinical case its danger signs, each from language to words; none before who may not read them.
        told: of a case, who was told.
    """

    kind: str
    id: int
    patient_id: int | None
    patient: str
    procedure: str | None
    state: str
    words: str
    at: datetime | None
    whose: str | None
    by: str | None
    signs: tuple[Mapping[str, str], ...] = ()
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """The page.

    Args:
        at: aware instant it was read at.
        team: of everybody; else of the person who reads it.
        name: hers.
        opened, promised, paused: its lines.
        more: a list was as long as one may be, so that there may be more than stands here.
    """

    at: datetime
    team: bool
    name: str
    opened: tuple[Line, ...]
    promised: tuple[Line, ...]
    paused: tuple[Line, ...]
    more: bool = False


def page(seat: Seat, now: datetime, *, team: bool = False) -> Handover:
    """The handover page.

    Args:
        seat: who hands over.
        now: aware instant.
        team: of everybody; for a lead.

    Raises:
        NotAllowed: a trainee, or the whole team for somebody who is no lead.
    """
    may_read(seat)
    if team and seat.role is not Role.LEAD:
        raise NotAllowed("role_needed", roles=str(Role.LEAD), role=str(seat.role))
    signs = sign_words(seat, now)
    with reading(seat.database) as connection:
        return _page(connection, seat, now, None if team else seat.staff_id, signs)


def _page(connection: Connection, seat: Seat, now: datetime, staff_id: int | None, signs: Signs) -> Handover:
    clinic_id = seat.clinic_id
    people = table.working(connection, clinic_id) if staff_id is None else [staff_id]
    since = to_ms(clinic_time(clinic_day(now, seat.zone), 0, seat.zone))
    running, paused = _cases(connection, seat, now, staff_id, signs)
    held = [_held(seat, row) for row in table.held(connection, clinic_id, staff_id)]
    drafts = [_draft(row) for row in table.drafts(connection, clinic_id, people)]
    rests = table.resting(connection, clinic_id, people, since, to_ms(now))
    promises = table.promises(connection, clinic_id, staff_id)
    return Handover(
        at=now,
        team=staff_id is None,
        name=seat.name,
        opened=(*running, *held, *drafts),
        promised=tuple(_promise(seat, row) for row in promises),
        paused=(*paused, *(_rest(seat, row) for row in rests)),
        more=len(running) + len(paused) >= CASES_MOST
        or any(len(lines) >= table.MOST for lines in (held, drafts, promises, rests)),
    )


def _cases(
    connection: Connection, seat: Seat, now: datetime, staff_id: int | None, signs: Signs
) -> tuple[list[Line], list[Line]]:
    cards = [
        card_of(row, now, restricted_ok=seat.restricted_ok)
        for row in escalations.open_cards(connection, seat.clinic_id, CASES_MOST, concerning=staff_id)
    ]
    still = table.pauses(connection, seat.clinic_id, [card.id for card in cards])
    running: list[Line] = []
    paused: list[Line] = []
    for card in cards:
        pause = still.get(card.id)
        hidden = card.procedure == RESTRICTED
        named = tuple(_sign(signs, code) for code in card.flags)
        # A summary that only lists the signs would say them twice.
        listed = {"; ".join(one[lang] for one in named) for lang in signs}
        words = "" if card.summary in listed else card.summary
        if pause is not None:
            words = str(pause["pause_note"] or "")
        line = Line(
            kind=CASE,
            id=card.id,
            patient_id=card.patient_id,
            patient=card.patient,
            procedure=card.procedure,
            state=str(card.level or card.severity or "") if pause is None else str(pause["pause_code"] or ""),
            words=RESTRICTED if hidden and (words or card.flags) else clean(words),
            at=card.next_clock if pause is None else from_ms(pause["paused_at"]),
            whose=card.owner,
            by=card.raised_by,
            signs=() if hidden else named,
            told=clean(card.told_who or "") or None,
        )
        (running if pause is None else paused).append(line)
    return running, paused


def _sign(signs: Signs, code: str) -> Mapping[str, str]:
    return {lang: clean(words.get(code, code)) for lang, words in signs.items()}


def _held(seat: Seat, row: Row) -> Line:
    return Line(
        kind=CALL,
        id=int(row["id"]),
        patient_id=_maybe(row["patient_id"]),
        patient=_masked(row),
        procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        state=str(row["stage"]),
        words="",
        at=from_ms(row["acquired_at"]),
        whose=str(row["staff_name"]),
        by=None,
    )


def _draft(row: Row) -> Line:
    return Line(
        kind=DRAFT,
        id=int(row["id"]),
        patient_id=_maybe(row["patient_id"]),
        patient=_masked(row),
        procedure=None,
        state=str(row["status"]),
        words="",
        at=from_ms(row["updated_at"]),
        whose=str(row["staff_name"]),
        by=None,
    )


def _promise(seat: Seat, row: Row) -> Line:
    hidden = is_restricted(row["procedure"]) and not seat.restricted_ok
    return Line(
        kind=PROMISE,
        id=int(row["id"]),
        patient_id=_maybe(row["patient_id"]),
        patient=_masked(row),
        procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        state="",
        words=RESTRICTED if hidden and row["what"] else clean(str(row["what"] or "")),
        at=from_ms(row["at"]),
        whose=row["mine_name"],
        by=row["made_name"],
    )


def _rest(seat: Seat, row: Row) -> Line:
    return Line(
        kind=REST,
        id=int(row["id"]),
        patient_id=_maybe(row["patient_id"]),
        patient=_masked(row),
        procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        state=str(row["result"] or ""),
        words="",
        at=from_ms(row["cooling_until"]),
        whose=row["owner_name"],
        by=row["staff_name"],
    )


def _maybe(value: int | None) -> int | None:
    return None if value is None else int(value)


def _masked(row: Row) -> str:
    return "" if row["patient_name"] is None else names.masked(str(row["patient_name"]))
