"""The stored cache of placement: what is due for recomputing, the facts to do it from, and writing it back.

What an item's place should be is decided by a pure rule outside this package; this module only reads and
writes. Chunks of at most `CHUNK` rows keep every transaction short. Instants are epoch milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from db import standing
from db.claims import id_list
from db.connect import Connection, Row
from db.enums import ItemClass, ItemKind, ItemState, Purpose
from db.instants import day, from_ms, maybe_at, maybe_ms, to_ms
from db.records import ItemFacts, Placement

CHUNK: Final = 200
"""Rows of one transaction."""


def is_due(connection: Connection, clinic_id: int, now: int, policy_version: int) -> bool:
    """Whether any item has to be recomputed or any lease has run out: the cheap question before a write."""
    # MIN, not EXISTS: once a statement is prepared PostgreSQL takes any instant for a third of all rows, and
    # reads the table through to find the first of so many.
    rows = connection.execute(
        """
        SELECT (SELECT MIN(next_change_at) FROM item WHERE clinic_id = :clinic_id AND next_change_at <= :now
                AND state IN ('waiting', 'ready')) IS NOT NULL AS woken,
               (SELECT MIN(policy_version) FROM item WHERE clinic_id = :clinic_id
                AND policy_version < :version AND state IN ('waiting', 'ready')) IS NOT NULL AS stale,
               EXISTS (SELECT 1 FROM contact_lease WHERE clinic_id = :clinic_id AND expires_at <= :now
                       AND stage <> 'cut_off') AS run_out
        """,
        {"clinic_id": clinic_id, "now": now, "version": policy_version},
    )
    return any(bool(value) for value in rows[0].values())


def due_items(connection: Connection, clinic_id: int, now: int, limit: int = CHUNK) -> tuple[int, ...]:
    """Ids of open items whose next change has come, the oldest change first.

    Inside a unit of work on PostgreSQL the rows are locked, and rows that another console is recomputing are
    left to it.
    """
    return _ids(
        connection,
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND next_change_at <= :now "
        "AND state IN ('waiting', 'ready') ORDER BY next_change_at, id LIMIT :limit",
        {"clinic_id": clinic_id, "now": now, "limit": limit},
    )


def stale_items(
    connection: Connection, clinic_id: int, policy_version: int, limit: int = CHUNK
) -> tuple[int, ...]:
    """Ids of open items whose place was computed with an older policy; locked as `due_items` does."""
    return _ids(
        connection,
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND policy_version < :version "
        "AND state IN ('waiting', 'ready') ORDER BY policy_version, id LIMIT :limit",
        {"clinic_id": clinic_id, "version": policy_version, "limit": limit},
    )


def open_items(
    connection: Connection, clinic_id: int, patient_ids: Iterable[int], at_most: int = 10_000
) -> tuple[int, ...]:
    """Ids of the open items of some patients, leased ones too."""
    wanted = tuple(sorted(set(patient_ids)))
    if not wanted:
        return ()
    names, params = id_list(wanted)
    rows = connection.execute(
        f"SELECT id FROM item WHERE clinic_id = :clinic_id AND patient_id IN ({names}) "
        "AND state IN ('waiting', 'ready', 'leased') ORDER BY id LIMIT :limit",
        {"clinic_id": clinic_id, "limit": at_most, **params},
    )
    return tuple(int(row["id"]) for row in rows)


def first_day_items(connection: Connection, clinic_id: int, until: int) -> tuple[int, ...]:
    """Ids of open D0 and D1 calls whose next change comes before an instant."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND next_change_at <= :until "
        "AND state IN ('waiting', 'ready') AND milestone IN ('D0', 'D1') ORDER BY id",
        {"clinic_id": clinic_id, "until": until},
    )
    return tuple(int(row["id"]) for row in rows)


def lapsed_first_days(connection: Connection, clinic_id: int, since: int) -> tuple[int, ...]:
    """Ids of D0 and D1 calls that lapsed and whose deadline was after an instant."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND state = 'lapsed' AND deadline_at > :since "
        "AND milestone IN ('D0', 'D1') ORDER BY id",
        {"clinic_id": clinic_id, "since": since},
    )
    return tuple(int(row["id"]) for row in rows)


def lock_open(connection: Connection, clinic_id: int, patient_id: int, now: int) -> tuple[int, ...]:
    """Ids of a patient's waiting and ready items that have come to their earliest time, and promised ones.

    A promise is rung some minutes early. Locked for this transaction; rows that somebody else is changing are
    left out.
    """
    return _ids(
        connection,
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND patient_id = :patient_id "
        "AND state IN ('waiting', 'ready') AND (earliest_at <= :now OR promise_at IS NOT NULL) ORDER BY id",
        {"clinic_id": clinic_id, "patient_id": patient_id, "now": now},
    )


def all_items(connection: Connection, clinic_id: int, patient_id: int) -> tuple[int, ...]:
    """Ids of every item a patient ever had."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND patient_id = :patient_id ORDER BY id",
        {"clinic_id": clinic_id, "patient_id": patient_id},
    )
    return tuple(int(row["id"]) for row in rows)


def possible_items(
    connection: Connection, clinic_id: int, at: int, after: int, limit: int
) -> tuple[int, ...]:
    """Ids of items that could stand in the order at an instant: open or lapsed, and not too early."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND id > :after "
        "AND (earliest_at <= :at OR promise_at IS NOT NULL) "
        "AND state IN ('waiting', 'ready', 'leased', 'lapsed') ORDER BY id LIMIT :limit",
        {"clinic_id": clinic_id, "at": at, "after": after, "limit": limit},
    )
    return tuple(int(row["id"]) for row in rows)


def _ids(connection: Connection, sql: str, params: dict[str, object]) -> tuple[int, ...]:
    if connection.dialect == "postgresql" and connection.in_unit:
        sql += " FOR UPDATE SKIP LOCKED"
    return tuple(int(row["id"]) for row in connection.execute(sql, params))


def facts(
    connection: Connection, clinic_id: int, item_ids: tuple[int, ...], at: int, *, cut_off_held: bool = True
) -> list[ItemFacts]:
    """What decides the places of some items at an instant.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        item_ids: any number of ids.
        at: epoch milliseconds; suspended numbers and leases are judged at it.
        cut_off_held: whether a call that was cut off counts as held by its caller; a lead may take it up.

    Returns:
        One record an item, by id; ids that do not exist are left out.
    """
    return [
        found for found, _row in with_rows(connection, clinic_id, item_ids, at, cut_off_held=cut_off_held)
    ]


def with_rows(
    connection: Connection, clinic_id: int, item_ids: tuple[int, ...], at: int, *, cut_off_held: bool = True
) -> list[tuple[ItemFacts, Row]]:
    """`facts`, each with the item's row, which holds its stored place."""
    found: list[tuple[ItemFacts, Row]] = []
    for start in range(0, len(item_ids), CHUNK):
        names, params = id_list(item_ids[start : start + CHUNK])
        rows = connection.execute(
            facts_sql(f"i.id IN ({names})", cut_off_held=cut_off_held),
            {"clinic_id": clinic_id, "at": at, **params},
        )
        found += zip(facts_of(connection, clinic_id, rows), rows, strict=True)
    return found


def facts_of(connection: Connection, clinic_id: int, rows: list[Row]) -> list[ItemFacts]:
    """Rows of `facts_sql` with what else is known of their patients; asked only where there is anything."""

    def people(column: str, *values: object) -> tuple[int, ...]:
        return tuple(sorted({int(row["patient_id"]) for row in rows if row[column] in values}))

    refused = _refused(connection, clinic_id, people("has_said", 1))
    stopped = standing.no_follow_up(connection, clinic_id, people("has_note", 1))
    selling = standing.selling(connection, clinic_id, people("purpose", Purpose.MARKETING.value))
    talks = standing.last_talks(connection, clinic_id, people("klass", ItemClass.ROUTINE.value))
    found: list[ItemFacts] = []
    for row in rows:
        patient_id = int(row["patient_id"])
        facts = _facts(row, refused.get(patient_id, frozenset()))
        offer, routine = row["purpose"] == Purpose.MARKETING, row["klass"] == ItemClass.ROUTINE
        if offer or routine or patient_id in stopped:
            facts = replace(
                facts,
                no_follow_up=patient_id in stopped,
                selling=selling.get(patient_id) if offer else None,
                last_talk_at=maybe_at(talks.get(patient_id)) if routine else None,
            )
        found.append(facts)
    return found


def facts_sql(where: str, *, cut_off_held: bool, more: str = "") -> str:
    """The statement that reads facts.

    Args:
        where: condition on `item i`; the statement has :clinic_id and :at (epoch milliseconds) besides.
        cut_off_held: as in `facts`. more: further columns, each with a comma before it.
    """
    held = "l.expires_at > :at OR l.stage <> 'preview'"
    if not cut_off_held:
        held = f"l.stage <> 'cut_off' AND ({held})"
    return f"""
        SELECT i.*, p.deceased_on, p.legal_hold, p.preferred_hours,
               (SELECT 1 FROM phone f WHERE f.clinic_id = i.clinic_id AND f.patient_id = i.patient_id
                AND (f.status = 'live' OR (f.status = 'suspended' AND f.suspended_until <= :at)) LIMIT 1)
                   AS has_number,
               (SELECT MIN(f.suspended_until) FROM phone f WHERE f.clinic_id = i.clinic_id
                AND f.patient_id = i.patient_id AND f.status = 'suspended') AS number_from,
               CASE WHEN i.owner_staff_id IS NOT NULL THEN
                   (SELECT 1 FROM contact_item ci WHERE ci.clinic_id = i.clinic_id AND ci.item_id = i.id
                    AND ci.result = 'cut_off' LIMIT 1) END AS cut_off,
               m.mine_staff_id, d.on_duty AS mine_on_duty,
               l.staff_id AS lease_staff_id, h.name AS lease_staff,
               (SELECT 1 FROM consent_event e WHERE e.clinic_id = i.clinic_id
                AND e.patient_id = i.patient_id LIMIT 1) AS has_said,
               (SELECT 1 FROM plan_revision r WHERE r.clinic_id = i.clinic_id
                AND r.patient_id = i.patient_id AND r.reason LIKE '{standing.NO_FOLLOW_UP}:%' LIMIT 1) AS has_note{more}
        FROM item i
        JOIN patient p ON p.id = i.patient_id
        LEFT JOIN promise m ON m.id = i.promise_id AND m.clinic_id = i.clinic_id AND m.status = 'open'
        LEFT JOIN staff d ON d.id = m.mine_staff_id
        LEFT JOIN contact_lease l ON l.clinic_id = i.clinic_id AND l.group_id = i.group_id
             AND ({held})
        LEFT JOIN staff h ON h.id = l.staff_id
        WHERE i.clinic_id = :clinic_id AND {where} ORDER BY i.id
        """


def _refused(
    connection: Connection, clinic_id: int, patient_ids: tuple[int, ...]
) -> dict[int, frozenset[Purpose]]:
    """Purposes each patient refused: the newest word per purpose counts."""
    if not patient_ids:
        return {}
    names, params = id_list(patient_ids)
    rows = connection.execute(
        f"SELECT patient_id, purpose, given FROM consent_event WHERE clinic_id = :clinic_id "
        f"AND patient_id IN ({names}) ORDER BY at, id",
        {"clinic_id": clinic_id, **params},
    )
    newest = {(int(row["patient_id"]), Purpose(row["purpose"])): bool(row["given"]) for row in rows}
    refused: dict[int, set[Purpose]] = {}
    for (patient_id, purpose), given in newest.items():
        if not given:
            refused.setdefault(patient_id, set()).add(purpose)
    return {patient_id: frozenset(purposes) for patient_id, purposes in refused.items()}


def hours(value: str | None) -> tuple[str, ...]:
    """A patient's own hours from their JSON column."""
    if not value:
        return ()
    parsed: Any = json.loads(value)
    return tuple(str(entry) for entry in parsed)


def _facts(row: Row, refused: frozenset[Purpose]) -> ItemFacts:
    promised = maybe_at(row["promise_at"])
    deceased: date | None = day(row["deceased_on"])
    return ItemFacts(
        id=row["id"],
        kind=ItemKind(row["kind"]),
        milestone=row["milestone"],
        team=row["team"],
        klass=ItemClass(row["klass"]),
        purpose=Purpose(row["purpose"]),
        language=row["language"],
        state=ItemState(row["state"]),
        earliest_at=from_ms(row["earliest_at"]),
        due_on=day(row["due_on"]),
        due_at=maybe_at(row["due_at"]),
        due_by_at=maybe_at(row["due_by_at"]),
        clinical_end_at=maybe_at(row["clinical_end_at"]),
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        treatment_id=row["treatment_id"],
        visit_id=row["visit_id"],
        flow=row["flow"],
        anchor_on=day(row["anchor_on"]),
        escalation_id=row["escalation_id"],
        promise_at=promised,
        promise_staff_id=None if promised is None else row["mine_staff_id"],
        promise_staff_on_duty=bool(row["mine_on_duty"]),
        owner_staff_id=row["owner_staff_id"],
        cut_off=bool(row["cut_off"]),
        clinician_requested=bool(row["clinician_requested"]),
        attempts=row["attempts"],
        tries_today=row["tries_today"],
        tried_on=day(row["tried_on"]),
        busy_count=row["busy_count"],
        line_errors=row["line_errors"],
        rejections=row["rejections"],
        last_attempt_at=maybe_at(row["last_attempt_at"]),
        cooling_until=maybe_at(row["cooling_until"]),
        skips=row["skips"],
        policy_version=row["policy_version"],
        is_base=bool(row["is_base"]),
        opted_out=refused,
        deceased=deceased is not None,
        legal_hold=bool(row["legal_hold"]),
        has_usable_number=bool(row["has_number"]),
        number_from=None if row["has_number"] else maybe_at(row["number_from"]),
        preferred_hours=hours(row["preferred_hours"]),
        leased_by=row["lease_staff"],
        leased_by_staff_id=row["lease_staff_id"],
    )


def stood(row: Row, place: Placement, policy_version: int) -> bool:
    """Whether a row's stored place is what the rule says of it now; when that changes is not looked at."""
    return (
        row["policy_version"] == policy_version
        and row["state"] == place.state
        and (row["tier"], row["band"], row["lane_id"]) == (place.tier, place.band, place.lane_id)
        and bool(row["passes_windows"]) == place.passes_windows
        and row["deadline_at"] == to_ms(place.deadline_at)
    )


def moved(row: Row, place: Placement, policy_version: int) -> bool:
    """Whether a row's stored place differs from what the rule says of it."""
    return not stood(row, place, policy_version) or row["next_change_at"] != maybe_ms(place.next_change_at)


def write(
    connection: Connection, clinic_id: int, placed: Iterable[tuple[int, Placement]], policy_version: int
) -> None:
    """Store placements of open items. Runs inside the unit of work that read their facts.

    An item that was closed or leased meanwhile keeps its state.
    """
    connection.execute_many(
        """
        UPDATE item SET state = :state, tier = :tier, band = :band, deadline_at = :deadline_at,
            next_change_at = :next_change_at, lane_id = :lane_id, passes_windows = :passes_windows,
            policy_version = :version
        WHERE clinic_id = :clinic_id AND id = :id AND state IN ('waiting', 'ready')
        """,
        [
            {
                "clinic_id": clinic_id,
                "id": item_id,
                "state": place.state,
                "tier": place.tier,
                "band": place.band,
                "deadline_at": to_ms(place.deadline_at),
                "next_change_at": maybe_ms(place.next_change_at),
                "lane_id": place.lane_id,
                "passes_windows": place.passes_windows,
                "version": policy_version,
            }
            for item_id, place in placed
        ],
    )
