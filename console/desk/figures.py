"""The figures of a day: read from the record, counted by `console.rules.figures`, per caller and per procedure.

A lead sees everybody's; everybody else but a trainee sees her own and nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from console.desk.local import clinic_day, clinic_time
from console.desk.restricted import shown_procedure
from console.desk.seat import Seat
from console.rules import figures
from console.rules.figures import Counted, Dial, Due, Figures, Talk, Verdict
from db import reports
from db.connect import Connection, Row, reading
from db.enums import AttemptResult, Channel, EscalationKind, ItemState, Role
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms

T = TypeVar("T", Dial, Talk, Due, Verdict)

TREND_DAYS: Final = 14
"""Days of a sparkline, the day itself the last of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One caller's or one procedure's figures. `name`: hers, or the procedure's code; None for nobody or nothing."""

    name: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of one day.

    Args:
        day: in the clinic's zone.
        at: aware instant they were counted at.
        own: only the reader's own calls are in them.
        whole: everything together.
        callers, procedures: each part, by name; one without a name comes last.
        trend: the last `TREND_DAYS` days, oldest first.
    """

    day: date
    at: datetime
    own: bool
    whole: Figures
    callers: tuple[Part, ...]
    procedures: tuple[Part, ...]
    trend: tuple[tuple[date, Figures], ...]


def may_read(seat: Seat) -> None:
    """Refuse who has no figures: a trainee practises.

    Raises:
        NotAllowed: `role_needed`.
    """
    seat.require(*(role for role in Role if role is not Role.TRAINEE))


def not_ahead(seat: Seat, day: date, now: datetime) -> None:
    """Refuse a day that has not begun.

    Raises:
        NotAllowed: `report_day_ahead`.
    """
    if day > clinic_day(now, seat.zone):
        raise NotAllowed("report_day_ahead", day=day.isoformat())


def of_day(seat: Seat, day: date, now: datetime) -> DayFigures:
    """The figures of a day.

    Args:
        seat: who reads; a lead sees everybody's, others their own.
        day: in the clinic's zone.
        now: aware instant; what ends after it is still open.

    Raises:
        NotAllowed: a trainee, or a day that has not begun.
    """
    may_read(seat)
    not_ahead(seat, day, now)
    first = day - timedelta(days=TREND_DAYS - 1)
    with reading(seat.database) as connection:
        days = _read(connection, seat, first, day, now)
        names = reports.staff_names(connection, seat.clinic_id)
    own = seat.role is not Role.LEAD
    if own:
        days = {one: _of_caller(what, seat.staff_id) for one, what in days.items()}
    what = days[day]
    callers = figures.by(what, lambda row: row.staff_id, now)
    procedures = figures.by(what, lambda row: row.procedure, now)
    return DayFigures(
        day=day,
        at=now,
        own=own,
        whole=figures.count(what, now),
        callers=_parts((None if who is None else names.get(who), of) for who, of in callers.items()),
        procedures=_parts(procedures.items()),
        trend=tuple((one, figures.count(days[one], now)) for one in sorted(days)),
    )


def _parts(found: Iterable[tuple[str | None, Figures]]) -> tuple[Part, ...]:
    parts = [Part(name, of) for name, of in found]
    return tuple(sorted(parts, key=lambda part: (part.name is None, part.name or "")))


def _of_caller(what: Counted, staff_id: int) -> Counted:
    def mine(rows: Iterable[T]) -> tuple[T, ...]:
        return tuple(row for row in rows if row.staff_id == staff_id)

    return Counted(mine(what.dials), mine(what.talks), mine(what.dues), mine(what.verdicts))


def _read(connection: Connection, seat: Seat, first: date, last: date, now: datetime) -> dict[date, Counted]:
    """Rows of some days, both included."""
    clinic_id, zone = seat.clinic_id, seat.zone
    start = to_ms(clinic_time(first, 0, zone))
    end = to_ms(clinic_time(last + timedelta(days=1), 0, zone))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    dials: dict[date, list[Dial]] = {one: [] for one in days}
    talks: dict[date, list[Talk]] = {one: [] for one in days}
    dues: dict[date, list[Due]] = {one: [] for one in days}
    ended: dict[date, list[Verdict]] = {one: [] for one in days}

    def shown(row: Row) -> str | None:
        return shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok)

    for row in reports.dials(connection, clinic_id, start, end):
        result = None if row["result"] is None else AttemptResult(row["result"])
        one = Dial(int(row["staff_id"]), shown(row), result)
        dials[clinic_day(from_ms(row["at"]), zone)].append(one)
    for row in reports.talk_times(connection, clinic_id, start, end):
        if not by_telephone(row):
            continue
        talk = Talk(
            int(row["staff_id"]),
            shown(row),
            from_ms(row["started_at"]),
            from_ms(row["ended_at"]),
            bool(row["late_draft"]),
        )
        talks[clinic_day(from_ms(row["saved_at"]), zone)].append(talk)
    for row in reports.due(connection, clinic_id, first, last):
        due_on = as_day(row["due_on"])
        if due_on is not None and due_on in dues:
            dues[due_on].append(due_of(row, shown))
    for verdict in _verdicts(connection, clinic_id, start, end, shown, now):
        on = clinic_day(verdict.at, zone)
        if on in ended:
            ended[on].append(verdict)
    return {one: Counted(dials[one], talks[one], dues[one], ended[one]) for one in days}


def by_telephone(row: Row) -> bool:
    """Whether a conversation was one on the telephone: it came in, or the last way tried was a dial."""
    return bool(row["incoming"]) or row["channel"] in (None, Channel.PHONE)


def due_of(row: Row, shown: Callable[[Row], str | None]) -> Due:
    """A row of `db.reports.due` as it is counted. Args: row; shown, its procedure as the reader may see it."""
    state = ItemState(row["state"])
    who = row["done_by"] if state is ItemState.DONE else row["owner_staff_id"]
    return Due(
        staff_id=None if who is None else int(who),
        procedure=shown(row),
        state=state,
        closed_at=maybe_at(row["closed_at"]),
        clinical_end=maybe_at(row["clinical_end_at"]),
    )


def _verdicts(
    connection: Connection,
    clinic_id: int,
    start: int,
    end: int,
    shown: Callable[[Row], str | None],
    now: datetime,
) -> list[Verdict]:
    rows = reports.cases(connection, clinic_id, start, end)
    ids = [int(row["id"]) for row in rows]
    rounds: dict[int, list[Row]] = {}
    for one in reports.rounds(connection, clinic_id, ids):
        rounds.setdefault(int(one["escalation_id"]), []).append(one)
    marked: dict[int, list[tuple[str, datetime]]] = {}
    for mark in reports.run_out(connection, clinic_id, ids):
        case_id, when = int(mark["escalation_id"]), from_ms(mark["at"])
        # What ran out in an earlier round is that round's.
        if all(when >= from_ms(one["reopened_at"]) for one in rounds.get(case_id, ())):
            marked.setdefault(case_id, []).append((str(mark["clock"]), when))
    found: list[Verdict] = []
    for row in rows:
        case = _case(row, shown, tuple(marked.get(int(row["id"]), ())))
        found += figures.verdicts(case, now)
        for one in rounds.get(int(row["id"]), ()):
            found += figures.verdicts(_round(one, case), now)
    return found


def _round(row: Row, case: figures.Case) -> figures.Case:
    """An earlier round of a complaint that was opened again; what ended the round ends its clocks."""
    over = from_ms(row["reopened_at"])
    return figures.Case(
        staff_id=case.staff_id,
        procedure=case.procedure,
        kind=case.kind,
        limits={"contact": from_ms(row["contact_by"]), "resolve": from_ms(row["resolve_by"])},
        met={
            "contact": maybe_at(row["replied_at"]) or over,
            "resolve": maybe_at(row["answered_at"]) or maybe_at(row["closed_at"]) or over,
        },
    )


def _case(
    row: Row, shown: Callable[[Row], str | None], marked: tuple[tuple[str, datetime], ...]
) -> figures.Case:
    met: dict[str, datetime] = {}
    # Reaching the patient is taking the case up; telling her the answer ends a complaint's clock; closing ends all.
    after = {
        "ack": ("acknowledged_at", "contacted_at", "resolved_at"),
        "contact": ("contacted_at", "resolved_at"),
        "resolve": ("answered_at", "resolved_at"),
    }
    for clock, columns in after.items():
        times = [at for column in columns if (at := maybe_at(row[column])) is not None]
        if times:
            met[clock] = min(times)
    return figures.Case(
        staff_id=None if row["owner_staff_id"] is None else int(row["owner_staff_id"]),
        procedure=shown(row),
        kind=EscalationKind(row["kind"]),
        limits={clock: from_ms(row[f"{clock}_by"]) for clock in after},
        met=met,
        marked=marked,
        still_since=maybe_at(row["paused_at"]),
    )
