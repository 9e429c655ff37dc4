"""Tables that leave the record: for a lead, masked, each with an audit row that says how many rows went out.

Names of columns are stable codes, so that another program can read them. Names of people are masked; the clinic's
own number is what its other systems know them by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from console.desk import day_summary
from console.desk.figures import not_ahead
from console.desk.local import clinic_day, clinic_time
from console.desk.noting import note
from console.desk.restricted import RESTRICTED, shown_procedure
from console.desk.seat import Seat
from console.exchange.documents import Cell
from console.rules import day_summary as rules
from db import patients, reports, standing
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, to_ms

WEEK: Final = 7
PAGE: Final = 500

CALLS: Final = (
    *("call", "saved_at", "started_at", "ended_at", "seconds", "direction", "outcome", "spoke_to", "caller"),
    *("patient_id", "external_id", "patient", "procedure", "day", "milestone", "recovery", "pain"),
    *("satisfaction", "summary", "note", "next_step", "late_draft", "amends"),
)
LONG_TRACK: Final = (
    *("consultant", "external_id", "patient_id", "patient", "visited_on", "interest", "procedure"),
    *("due_on", "state", "last_call_at"),
)
VISITORS: Final = (
    *("consultant", "external_id", "patient_id", "patient", "called_at", "caller", "reason", "service"),
    "summary",
)
SATISFACTION: Final = ("month", "procedure", "question", "value", "count")
ASKED: Final = (
    *("satisfaction", "service_satisfaction", "result_satisfaction", "expectation_met", "case_settled"),
    *("rate_consultant", "rate_doctor", "rate_nurse", "rate_environment"),
)
"""Questions of the satisfaction table: the service, the result, and each of those who are rated apart."""
FEW: Final = 5
"""A count below it is written as a range: of a few people one might guess who said what."""
NO_FOLLOW_UP: Final = ("external_id", "patient_id", "patient", "consultant", "since", "noted_by", "reason")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows, as they are written."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def calls(seat: Seat, day: date, now: datetime) -> Table:
    """The conversations saved on a day, amendments as rows of their own behind what they put right.

    Args:
        seat: of a lead; what concerns an intimate procedure is left out of her rows when she may not read it.
        day: in the clinic's zone.
        now: aware instant.

    Raises:
        NotAllowed: another role, or a day that has not begun.
    """
    seat.require(Role.LEAD)
    not_ahead(seat, day, now)
    with reading(seat.database) as connection:
        rows = _talks(connection, seat, day, day)
        hidden = day_summary.hides(connection, seat)
        found: list[tuple[Cell, ...]] = []
        right = _amendments(connection, seat.clinic_id, [int(row["id"]) for row in rows])
        for row in rows:
            for whole in (row, *({**row, **one} for one in right.get(int(row["id"]), ()))):
                found.append(_call(seat, whole, hidden=hidden(row)))
    return _out(seat, now, Table("calls", CALLS, tuple(found)), {"day": day})


def long_track(seat: Seat, day: date, now: datetime) -> Table:
    """The people who had nothing done and are tracked for long, due in the week that begins on a day, by consultant.

    For the consultants who first spoke with them (catalogue S1-REPORT-03, S1-SCHED-19). Whom we may not ring for it,
    they may not either: who said no, who is noted as not to be followed up, a legal hold.
    """
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        last = day + timedelta(days=WEEK - 1)
        rows = reports.tracked_visitors(connection, seat.clinic_id, day, last)
        found = [_tracked(seat, row) for row in _may_be_rung(connection, seat.clinic_id, rows)]
        table = Table("long_track", LONG_TRACK, tuple(found))
    return _out(seat, now, table, {"day": day})


def visitors(seat: Seat, day: date, now: datetime) -> Table:
    """Why people had nothing done, by consultant, of the week that ends on a day (catalogue S1-REPORT-07)."""
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        rows = _talks(connection, seat, day - timedelta(days=WEEK - 1), day)
        heard = day_summary.heard(connection, seat.clinic_id, rows)
        hidden = day_summary.hides(connection, seat)
        found = [
            _visitor(seat, row, one, hidden=hidden(row))
            for row, one in zip(rows, heard, strict=True)
            if rules.unconverted(one)
        ]
        found.sort(key=lambda row: (row[0] is None, str(row[0] or ""), str(row[4])))
    return _out(seat, now, Table("visitors", VISITORS, tuple(found)), {"day": day})


def satisfaction(seat: Seat, day: date, now: datetime) -> Table:
    """How satisfied people said they were in the month of a day, by procedure and by who or what is rated.

    Counts alone, so that it may be given to somebody outside (catalogue S0-SAT-04, S0-SAT-05).
    """
    seat.require(Role.LEAD)
    first = day.replace(day=1)
    start = to_ms(clinic_time(first, 0, seat.zone))
    end = to_ms(clinic_time(first + relativedelta(months=1), 0, seat.zone))
    counts: dict[tuple[str, str, str], int] = {}
    with reading(seat.database) as connection:
        for row in reports.said(connection, seat.clinic_id, start, end, ASKED):
            shown = shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok) or ""
            key = (shown, str(row["question"]), str(row["value"]))
            counts[key] = counts.get(key, 0) + int(row["n"])
        rows = tuple(
            (f"{first:%Y-%m}", *key, n if n >= FEW else f"1-{FEW - 1}") for key, n in sorted(counts.items())
        )
    return _out(seat, now, Table("satisfaction", SATISFACTION, rows), {"day": day})


def no_follow_up(seat: Seat, now: datetime) -> Table:
    """Everybody who was noted as not to be followed up, for the lead's monthly look (requirements C-03)."""
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        names = reports.staff_names(connection, seat.clinic_id)
        found: list[tuple[Cell, ...]] = []
        after = 0
        while ids := standing.noted_patients(connection, seat.clinic_id, after, PAGE):
            after = ids[-1]
            people = reports.people(connection, seat.clinic_id, ids)
            for patient_id, noted in standing.no_follow_up(connection, seat.clinic_id, ids).items():
                who = people.get(patient_id)
                if who is not None:
                    found.append(_noted(seat, patient_id, who, noted, names))
    return _out(seat, now, Table("no_follow_up", NO_FOLLOW_UP, tuple(found)), {})


def _amendments(connection: Connection, clinic_id: int, call_ids: list[int]) -> dict[int, list[Row]]:
    """Conversation to what puts it right, amendments of amendments too, oldest first."""
    root = {call_id: call_id for call_id in call_ids}
    found: dict[int, list[Row]] = {}
    asked = call_ids
    while asked:
        rows = reports.amendments(connection, clinic_id, asked)
        asked = [int(row["id"]) for row in rows]
        for row in rows:
            first = root[int(row["id"])] = root[int(row["amends_call_id"])]
            found.setdefault(first, []).append(row)
    return found


def _may_be_rung(connection: Connection, clinic_id: int, rows: Sequence[Row]) -> list[Row]:
    """Rows of planned calls whose patients have not refused them."""
    found: list[Row] = []
    for begin in range(0, len(rows), PAGE):
        page = rows[begin : begin + PAGE]
        ids = list({int(row["patient_id"]) for row in page})
        refused = patients.opted_out(connection, clinic_id, ids)
        stopped = standing.no_follow_up(connection, clinic_id, ids)
        found += [
            row
            for row in page
            if not row["legal_hold"]
            and row["patient_id"] not in stopped
            and row["purpose"] not in refused.get(int(row["patient_id"]), ())
        ]
    return found


def _noted(
    seat: Seat, patient_id: int, who: Row, noted: tuple[str, int, int | None], names: Mapping[int, str]
) -> tuple[Cell, ...]:
    said, at, staff_id = noted
    return (
        who["external_id"],
        patient_id,
        day_summary.masked(who),
        who["consultant"],
        clinic_day(from_ms(at), seat.zone).isoformat(),
        None if staff_id is None else names.get(staff_id),
        said,
    )


def _talks(connection: Connection, seat: Seat, first: date, last: date) -> list[Row]:
    start = to_ms(clinic_time(first, 0, seat.zone))
    end = to_ms(clinic_time(last + timedelta(days=1), 0, seat.zone))
    return reports.talks(connection, seat.clinic_id, start, end)


def _call(seat: Seat, row: Row, *, hidden: bool) -> tuple[Cell, ...]:
    began, ended = from_ms(row["started_at"]), from_ms(row["ended_at"])

    def words(column: str) -> Cell:
        return RESTRICTED if hidden and row[column] else row[column]

    return (
        int(row["id"]),
        _iso(seat, row["saved_at"]),
        _iso(seat, row["started_at"]),
        _iso(seat, row["ended_at"]),
        max(int((ended - began).total_seconds()), 0),
        row["direction"],
        row["outcome"],
        row["spoke_to"],
        row["staff_name"],
        row["shown_id"],
        row["external_id"],
        day_summary.masked(row),
        shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        day_summary.post_op_day(row, seat.zone),
        row["milestone"],
        words("recovery"),
        None if hidden else row["pain"],
        row["satisfaction"],
        words("summary"),
        words("note"),
        words("next_step"),
        int(bool(row["late_draft"])),
        row["amends_call_id"],
    )


def _tracked(seat: Seat, row: Row) -> tuple[Cell, ...]:
    wanted = shown_procedure(row["interest_procedure"], restricted_ok=seat.restricted_ok)
    return (
        row["consultant"],
        row["external_id"],
        row["patient_id"],
        day_summary.masked(row),
        _day(row["visited_on"]),
        RESTRICTED if wanted == RESTRICTED and row["interest"] else row["interest"],
        wanted,
        _day(row["due_on"]),
        row["state"],
        None if row["last_call_at"] is None else _iso(seat, row["last_call_at"]),
    )


def _visitor(seat: Seat, row: Row, one: rules.Heard, *, hidden: bool) -> tuple[Cell, ...]:
    return (
        row["consultant"],
        row["external_id"],
        row["shown_id"],
        day_summary.masked(row),
        _iso(seat, row["started_at"]),
        row["staff_name"],
        one.answers.get(rules.REASON) or rules.NOT_SAID,
        rules.service(one),
        RESTRICTED if hidden else row["summary"],
    )


def _day(value: date | str | None) -> str | None:
    found = as_day(value)
    return None if found is None else found.isoformat()


def _iso(seat: Seat, ms: int) -> str:
    return from_ms(ms).astimezone(ZoneInfo(seat.zone)).isoformat(timespec="seconds")


def _out(seat: Seat, now: datetime, table: Table, values: Mapping[str, object]) -> Table:
    """Note in the audit trail what goes out: how many rows, of which day; no value of any. Nobody gets the table
    before that is committed, and no seat waits for the write lock while it is read."""
    about = {**{name: str(value) for name, value in values.items()}, "rows": len(table.rows)}
    with unit_of_work(seat.database) as connection:
        note(connection, seat, now, f"export.{table.name}", "clinic", seat.clinic_id, about)
    return table


# --- pages and copies ---


def page_written(seat: Seat, kind: str, about: str, form: str, now: datetime) -> None:
    """Note that a page leaves the console, before it is written.

    Args:
        seat: whose.
        kind: `daily` is figures and summaries in one, else `figures`, `summaries`, `handover` or `quality`.
        about: the day, or whose page it is.
        form: md, html, xlsx or json.
        now: aware instant.
    """
    with unit_of_work(seat.database) as connection:
        values = {"about": about, "format": form}
        note(connection, seat, now, f"report.{kind}", "clinic", seat.clinic_id, values)


def copied(seat: Seat, call_id: int, now: datetime) -> str:
    """The summary of one saved call, for the clinic's own system; copying it is audited.

    Args:
        seat: anybody but a trainee; only who may read what it is about.
        call_id: the call.
        now: aware instant.

    Returns:
        One line of what and when, the clinic's own number, and the summary with the note.

    Raises:
        NotAllowed: no such call, a trainee, or one about an intimate procedure for somebody not authorised.
    """
    seat.require(*(role for role in Role if role is not Role.TRAINEE))
    with unit_of_work(seat.database) as connection:
        row = reports.talk(connection, seat.clinic_id, call_id)
        if row is None:
            raise NotAllowed("call_unknown")
        if day_summary.hides(connection, seat)(row):
            raise NotAllowed("call_restricted")
        note(connection, seat, now, "call.copy", "call", call_id, {"summary": row["summary"]})
    parts: Sequence[object] = (
        _iso(seat, row["started_at"])[:16].replace("T", " "),
        row["external_id"] or "",
        row["staff_name"] or "",
    )
    head = " ".join(str(part) for part in parts if part)
    return "\n".join(text for text in (head, str(row["summary"]), str(row["note"])) if text)
