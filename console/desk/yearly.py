"""The next of what comes every year: planned a year ahead at a time, long after the treatment was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from console.desk import plan_rows
from console.desk.local import clinic_day
from console.desk.plans import Planning, treatment_facts
from console.rules import plans as rules
from console.rules.plan_data import Row as PlanRow
from console.rules.plan_data import shipped
from console.rules.policy import Policy
from db import staff, treatments
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.instants import day

REASON: Final = "yearly"
"""Reason of the plan revision under which they are planned."""

SOON_DAYS: Final = 60
"""How long before the last one planned falls due the next is planned."""

BATCH: Final = 100
"""Treatments of one transaction: each needs two contacts at most."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    planning: Planning
    today: date
    row: PlanRow

    @property
    def soon(self) -> date:
        """A treatment whose newest contact of the row falls due by then needs the next."""
        return self.today + timedelta(days=SOON_DAYS)

    @property
    def until(self) -> date:
        """Last day that is planned for."""
        return self.today + timedelta(days=rules.RECURRENCE_DAYS)


def extend(database: Database, clinic_id: int, policy: Policy, now: datetime) -> int:
    """Plan the repeated contacts of the coming 400 days for treatments that have none later than 60 days.

    One pass over the treatments, meant for once a day. Doing it again, or from two consoles at once, adds
    nothing. What is already over is not planned. The dead are left out; refusals are the gates' to judge.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: its policy now.
        now: aware instant, by the database's clock.

    Returns:
        How many items were written.
    """
    with reading(database) as connection:
        clinic = staff.clinic(connection, clinic_id)
    planning = Planning(clinic_id, policy, None if clinic is None else clinic.go_live, now)
    today = clinic_day(now, policy.clinic.zone)
    return sum(
        _extend_row(database, _Ahead(planning, today, row)) for row in shipped().treatment if row.every_months
    )


def _extend_row(database: Database, ahead: _Ahead) -> int:
    tables, row = shipped(), ahead.row
    procedures = sorted({code for group in row.groups for code in tables.groups.get(group, ())})
    written, after = 0, 0
    while True:
        with reading(database) as connection:
            ids = treatments.without_later(
                connection,
                ahead.planning.clinic_id,
                row.code,
                procedures,
                performed_by=ahead.until - relativedelta(months=row.due.months),
                later_than=ahead.soon,
                after=after,
                limit=BATCH,
            )
        if not ids:
            return written
        with unit_of_work(database) as connection:
            written += _extend_some(connection, ahead, ids)
        after = ids[-1]


def _extend_some(connection: Connection, ahead: _Ahead, ids: Sequence[int]) -> int:
    planning = ahead.planning
    # Locked first, so that what another console has planned meanwhile is seen below.
    rows = treatments.locked(connection, planning.clinic_id, ids)
    people = plan_rows.people_of(connection, planning, [int(row["patient_id"]) for row in rows])
    planned = treatments.days_of_milestone(connection, planning.clinic_id, sorted(people), ahead.row.code)
    items: list[Row] = []
    for row in rows:
        person = people[int(row["patient_id"])]
        days = planned.get(int(row["id"]), set())
        wanted = [
            item
            for item in rules.recurring(
                treatment_facts(row, person.row),
                planning.policy,
                day(row["performed_on"]) or date.min,
                ahead.until,
            )
            if item.milestone == ahead.row.code
            and item.due_on not in days
            and item.clinical_end_at > planning.at
            and (planning.go_live is None or item.due_on >= planning.go_live)
        ]
        items += plan_rows.item_rows(
            connection, planning, person, wanted, REASON, treatment_id=int(row["id"])
        )
    connection.insert_many("item", items)
    return len(items)
