"""What planning reads and writes: the rows of the people it plans for, and the item rows of a plan.

Everything here runs inside the caller's unit of work.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.rules.placement import place
from db import patients, standing, treatments
from db.connect import Connection, Row
from db.enums import ItemClass, ItemKind, PhoneStatus, Purpose
from db.instants import maybe_at, maybe_ms, to_ms
from db.records import ItemFacts, PlannedItem, SellingFacts

if TYPE_CHECKING:
    from console.desk.plans import Planning


@dataclass(frozen=True, slots=True)
class Person:
    """A patient's row, with what placing her items needs beside it."""

    row: Row
    refused: frozenset[Purpose]
    has_number: bool
    no_follow_up: bool = False
    selling: SellingFacts | None = None
    last_talk: int | None = None


def people_of(connection: Connection, planning: Planning, patient_ids: Sequence[int]) -> dict[int, Person]:
    """The people of a plan by id."""
    ids = sorted(set(patient_ids))
    if not ids:
        return {}
    rows = rows_of(connection, planning.clinic_id, "patient", ids)
    refused = patients.opted_out(connection, planning.clinic_id, ids)
    numbered = {
        int(row["patient_id"])
        for row in patients.numbers_of(connection, planning.clinic_id, ids)
        if row["status"] == PhoneStatus.LIVE
        or (row["status"] == PhoneStatus.SUSPENDED and (row["suspended_until"] or 0) <= planning.at_ms)
    }
    stopped = standing.no_follow_up(connection, planning.clinic_id, ids)
    selling = standing.selling(connection, planning.clinic_id, ids)
    talks = standing.last_talks(connection, planning.clinic_id, ids)
    return {
        int(row["id"]): Person(
            row,
            frozenset(Purpose(purpose) for purpose in refused.get(int(row["id"]), ())),
            int(row["id"]) in numbered,
            int(row["id"]) in stopped,
            selling.get(int(row["id"])),
            talks.get(int(row["id"])),
        )
        for row in rows
    }


def rows_of(connection: Connection, clinic_id: int, table: str, ids: Sequence[int]) -> list[Row]:
    """Rows of a table by id, in the order of their ids."""
    if not ids:
        return []
    marks, params = patients.in_list("i", ids)
    return connection.execute(
        f"SELECT * FROM {table} WHERE +clinic_id = :clinic AND id IN ({marks}) ORDER BY id",
        params | {"clinic": clinic_id},
    )


def item_rows(
    connection: Connection,
    planning: Planning,
    person: Person,
    planned: Sequence[PlannedItem],
    reason: str,
    *,
    treatment_id: int | None = None,
    visit_id: int | None = None,
    appointment_id: int | None = None,
) -> list[Row]:
    """Item rows with the columns placement gives them now, under a new plan revision."""
    if not planned:
        return []
    revision_id = treatments.add_revision(
        connection,
        planning.clinic_id,
        int(person.row["id"]),
        reason,
        planning.at_ms,
        treatment_id=treatment_id,
        visit_id=visit_id,
        staff_id=planning.staff_id,
    )
    if treatment_id is not None:
        treatments.mark_planned(connection, planning.clinic_id, treatment_id)
    links = {
        "treatment_id": treatment_id,
        "visit_id": visit_id,
        "appointment_id": appointment_id,
        "plan_revision_id": revision_id,
    }
    return [_item_row(planning, person, item, links) for item in planned]


def _item_row(planning: Planning, person: Person, item: PlannedItem, links: Row) -> Row:
    facts = ItemFacts(
        id=0,
        kind=ItemKind.MILESTONE,
        milestone=item.milestone,
        team=item.team,
        klass=item.klass,
        purpose=item.purpose,
        language=str(person.row["language"]),
        state=item.state,
        earliest_at=item.earliest_at,
        due_on=item.due_on,
        due_at=item.due_at,
        due_by_at=item.due_by_at,
        clinical_end_at=item.clinical_end_at,
        patient_id=int(person.row["id"]),
        group_id=int(person.row["group_id"]),
        treatment_id=links["treatment_id"],
        visit_id=links["visit_id"],
        flow=item.flow,
        anchor_on=item.anchor_on,
        is_base=item.is_base,
        opted_out=person.refused,
        deceased=person.row["deceased_on"] is not None,
        legal_hold=bool(person.row["legal_hold"]),
        has_usable_number=person.has_number,
        preferred_hours=_hours(person.row),
        no_follow_up=person.no_follow_up,
        selling=person.selling if item.purpose is Purpose.MARKETING else None,
        last_talk_at=maybe_at(person.last_talk) if item.klass is ItemClass.ROUTINE else None,
    )
    placed = place(facts, planning.policy, planning.at)
    return {
        "clinic_id": planning.clinic_id,
        "patient_id": facts.patient_id,
        "group_id": facts.group_id,
        **links,
        "kind": facts.kind,
        "milestone": item.milestone,
        "flow": item.flow,
        "team": item.team,
        "klass": item.klass,
        "purpose": item.purpose,
        "language": facts.language,
        "anchor_on": item.anchor_on,
        "due_on": item.due_on,
        "earliest_at": to_ms(item.earliest_at),
        "due_at": maybe_ms(item.due_at),
        "due_by_at": maybe_ms(item.due_by_at),
        "clinical_end_at": maybe_ms(item.clinical_end_at),
        "state": placed.state,
        "band": placed.band,
        "tier": placed.tier,
        "deadline_at": to_ms(placed.deadline_at),
        "next_change_at": maybe_ms(placed.next_change_at),
        "lane_id": placed.lane_id,
        "passes_windows": placed.passes_windows,
        "policy_version": planning.policy.version,
        "is_base": item.is_base,
        "created_at": planning.at_ms,
    }


def _hours(row: Row) -> tuple[str, ...]:
    text = row.get("preferred_hours")
    return tuple(str(entry) for entry in json.loads(text)) if text else ()
