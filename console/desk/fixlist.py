"""The fix list: refused rows until somebody repairs their cause. A new procedure word replays them."""

from __future__ import annotations

from datetime import datetime

from console.clean import clean
from console.desk import intake, words
from console.desk.imports import plan_taken
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.plans import Planning
from console.desk.seat import Seat
from console.exchange.rows import fold_word, parse_row
from console.scripts import library
from db import audit, imports, staff
from db.connect import Connection, reading, unit_of_work
from db.enums import RefusedStatus, Role
from db.errors import WrongUse
from db.import_records import FixRow, Replayed
from db.instants import day, to_ms
from db.patients import in_list

CODE = "procedure_unknown"


def fix_list(seat: Seat, now: datetime, limit: int = 500) -> tuple[FixRow, ...]:
    """The clinic's open refused rows, newest operation first.

    Args: seat, of a lead; now; limit, rows at most.
    Raises: NotAllowed: not a lead.
    """
    seat.require(Role.LEAD)
    with unit_of_work(seat.database) as connection:
        rows = imports.open_refused(connection, seat.clinic_id, limit=limit)
        files = _files(connection, seat.clinic_id, sorted({int(row["batch_id"]) for row in rows}))
        note(connection, seat, now, "fix_list.read", "refused_row", None, {"rows": len(rows)})
    return tuple(
        FixRow(
            int(row["id"]),
            int(row["row_number"]),
            files.get(int(row["batch_id"]), ""),
            str(row["col"] or ""),
            str(row["code"]),
            str(row["value"]),
            tuple(row["cells"].items()),
            day(row["operated_on"]),
        )
        for row in rows
    )


def _files(connection: Connection, clinic_id: int, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    marks, params = in_list("b", ids)
    rows = connection.execute(
        f"SELECT id, file_name FROM import_batch WHERE +clinic_id = :clinic AND id IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return {int(row["id"]): clean(str(row["file_name"])) for row in rows}


def count(seat: Seat) -> int:
    """How many rows the fix list has, 1000 at most."""
    with reading(seat.database) as connection:
        return imports.count_open_refused(connection, seat.clinic_id)


def dismiss(seat: Seat, ids: tuple[int, ...], now: datetime) -> int:
    """Take rows off the fix list that need no repair; the same rows imported again stay off it.

    Args: seat, of a lead; ids of FixRow; now.
    Returns: how many were open until now.
    Raises: NotAllowed: not a lead.
    """
    seat.require(Role.LEAD)
    with unit_of_work(seat.database) as connection:
        done = imports.set_refused(connection, seat.clinic_id, ids, RefusedStatus.DISMISSED)
        for refused_id in ids:
            audit.append(
                connection,
                clinic_id=seat.clinic_id,
                at=now,
                staff_id=seat.staff_id,
                seat_id=seat.seat_id,
                action="fix_list.dismiss",
                subject_kind="refused_row",
                subject_id=refused_id,
            )
    return done


def add_alias(seat: Seat, word: str, procedure: str, now: datetime) -> Replayed:
    """Teach the clinic's word for a procedure and take the rows refused for it, in one transaction.

    Args: seat, of a lead; word, as it stands in the file; procedure, one of the 23 codes; now.
    Returns: what it did.
    Raises: NotAllowed: not a lead. WrongUse: word_empty, procedure_code_unknown, word_is_shipped (the word
        already means another procedure everywhere).
    """
    seat.require(Role.LEAD)
    folded = fold_word(clean(word))
    if not folded:
        raise WrongUse("word_empty")
    if procedure not in library.shipped().procedures:
        raise WrongUse("procedure_code_unknown", procedure=clean(procedure))
    if words.shipped().get(folded, procedure) != procedure:
        raise WrongUse("word_is_shipped", word=clean(word), procedure=words.shipped()[folded])
    with unit_of_work(seat.database) as connection:
        imports.set_alias(connection, seat.clinic_id, folded, procedure, to_ms(now))
        note(
            connection,
            seat,
            now,
            "procedure_alias.set",
            "procedure_alias",
            None,
            {"word": folded, "procedure": procedure},
        )
        return _replay(connection, seat, folded, now)


def _replay(connection: Connection, seat: Seat, folded: str, now: datetime) -> Replayed:
    clinic = staff.clinic(connection, seat.clinic_id)
    planning = Planning(seat.clinic_id, seat.policy, clinic.go_live if clinic else None, now, seat.staff_id)
    today = clinic_day(now, seat.zone)
    known = words.known(connection, seat.clinic_id)
    rows = [
        row
        for row in imports.open_refused(connection, seat.clinic_id, CODE)
        if fold_word(row["cells"].get("procedure", "")) == folded
    ]
    parsed = [parse_row(row["cells"], today, known, seat.policy.clinic.country) for row in rows]
    taker = intake.Intake(
        connection, seat.clinic_id, to_ms(now), [one.facts for one in parsed if one.facts is not None]
    )
    taken = refused = 0
    for row, one in zip(rows, parsed, strict=True):
        code = one.refusal.code if one.refusal is not None else None
        if one.facts is not None and taker.take(one.facts).outcome == intake.CONFLICT:
            code = "id_conflict"
        if code is not None:
            imports.set_refused(connection, seat.clinic_id, [int(row["id"])], RefusedStatus.OPEN, code)
            refused += 1
            continue
        taken += 1
        imports.set_refused(connection, seat.clinic_id, [int(row["id"])], RefusedStatus.REPLAYED)
        if not imports.known_digests(connection, seat.clinic_id, [one.digest]):
            imports.remember(connection, seat.clinic_id, int(row["batch_id"]), [one.digest])
    planned = plan_taken(connection, planning, taker.finish())
    for action, patient_id, values in taker.changes:
        note(connection, seat, now, action, "patient", patient_id, values)
    return Replayed(taken, refused, planned)
