"""Patients and items straight in the tables, placed as the desk places them: what queue tests are made of."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.desk.placing import place_again
from console.desk.policy import current
from db.connect import unit_of_work
from db.enums import ItemClass, ItemKind, ItemState, Purpose
from db.instants import maybe_ms, to_ms
from tests.clinic import SampleClinic

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """An instant from clinic time: `2026-06-15 14:35`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant from a clinic day and a time of it."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class QueueWorld:
    """A sample clinic with a way to put patients and items into it."""

    clinic: SampleClinic
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def group(self) -> int:
        """A contact group."""
        with unit_of_work(self.clinic.database) as connection:
            return connection.insert(
                "contact_group", {"clinic_id": self.clinic.clinic_id, "created_at": to_ms(self.clinic.now)}
            )

    def patient(
        self, name: str = "王小丽", group_id: int | None = None, phone: str | None = "live", **columns: object
    ) -> int:
        """A patient with one number (none when `phone` is None)."""
        number = next(self._numbers)
        group_id = group_id or self.group()
        stamp = to_ms(self.clinic.now)
        with unit_of_work(self.clinic.database) as connection:
            patient_id = connection.insert(
                "patient",
                {
                    "clinic_id": self.clinic.clinic_id,
                    "external_id": f"P{number:05}",
                    "group_id": group_id,
                    "name": name,
                    "pinyin": "wang xiaoli",
                    "language": "zh",
                    "lives_alone": False,
                    "legal_hold": False,
                    "created_at": stamp,
                    "updated_at": stamp,
                    **columns,
                },
            )
            if phone is not None:
                connection.insert(
                    "phone",
                    {
                        "clinic_id": self.clinic.clinic_id,
                        "patient_id": patient_id,
                        "e164": f"+861380013{number:04}",
                        "kind": "mobile",
                        "rank": 1,
                        "status": phone,
                        "created_at": stamp,
                    },
                )
        return patient_id

    def treatment(self, patient_id: int, procedure: str, performed_on: date) -> int:
        """A performed procedure."""
        stamp = to_ms(self.clinic.now)
        with unit_of_work(self.clinic.database) as connection:
            return connection.insert(
                "treatment",
                {
                    "clinic_id": self.clinic.clinic_id,
                    "patient_id": patient_id,
                    "procedure": procedure,
                    "performed_on": performed_on,
                    "inpatient": False,
                    "first_known_at": stamp,
                    "created_at": stamp,
                    "updated_at": stamp,
                },
            )

    def item(
        self,
        patient_id: int,
        milestone: str = "D7",
        klass: ItemClass = ItemClass.CARE,
        *,
        due: date | None = None,
        end: datetime | None = None,
        earliest: datetime | None = None,
        team: str = "customer_service",
        place: bool = True,
        **columns: object,
    ) -> int:
        """An open item due on a clinic day (the sample's today by default), placed at the sample's now."""
        clinic = self.clinic
        due = due or clinic.now.astimezone(SHANGHAI).date()
        earliest = earliest or local(due, 8)
        end = end or local(due + timedelta(days=6), 21, 30)
        with unit_of_work(clinic.database) as connection:
            rows = connection.execute("SELECT group_id FROM patient WHERE id = :id", {"id": patient_id})
            item_id = connection.insert(
                "item",
                {
                    "clinic_id": clinic.clinic_id,
                    "patient_id": patient_id,
                    "group_id": rows[0]["group_id"],
                    "kind": ItemKind.MILESTONE,
                    "milestone": milestone,
                    "flow": milestone.lower(),
                    "team": team,
                    "klass": klass,
                    "purpose": Purpose.CARE,
                    "language": "zh",
                    "due_on": due,
                    "earliest_at": to_ms(earliest),
                    "clinical_end_at": maybe_ms(end),
                    "state": ItemState.WAITING,
                    "band": 6,
                    "tier": 6,
                    "deadline_at": to_ms(end),
                    "next_change_at": to_ms(earliest),
                    "lane_id": f"team:{team}:zh",
                    "passes_windows": False,
                    "policy_version": 0,
                    "clinician_requested": False,
                    "is_base": True,
                    "created_at": to_ms(clinic.now),
                    **columns,
                },
            )
            if place:
                policy = current(clinic.database, clinic.clinic_id)
                place_again(connection, clinic.clinic_id, (item_id,), policy, clinic.now)
        return item_id

    def talk(self, patient_id: int, when: datetime) -> int:
        """A saved conversation of ours."""
        clinic, stamp = self.clinic, to_ms(when)
        staff = {"clinic_id": clinic.clinic_id, "staff_id": clinic.staff_ids["li"]}
        seat_id = clinic.seat().seat_id
        with unit_of_work(clinic.database) as connection:
            (row,) = connection.execute("SELECT group_id FROM patient WHERE id = :id", {"id": patient_id})
            contact = {
                "group_id": row["group_id"],
                "seat_id": seat_id,
                "started_at": stamp,
                "incoming": False,
            }
            contact_id = connection.insert("contact", {**staff, **contact})
            talk = {
                "contact_id": contact_id,
                "patient_id": patient_id,
                "direction": "out",
                "outcome": "completed",
            }
            times = {"started_at": stamp, "ended_at": stamp, "saved_at": stamp, "spoke_to": "patient"}
            texts = {"language": "zh", "summary": "恢复良好", "note": "", "late_draft": False}
            return connection.insert("call", {**staff, **talk, **times, **texts})

    def promise(self, item_id: int, when: datetime, mine: int | None = None) -> int:
        """An open promise on an item, placed."""
        clinic = self.clinic
        row = self.row(item_id)
        with unit_of_work(clinic.database) as connection:
            promise_id = connection.insert(
                "promise",
                {
                    "clinic_id": clinic.clinic_id,
                    "patient_id": row["patient_id"],
                    "item_id": item_id,
                    "at": to_ms(when),
                    "mine_staff_id": mine,
                    "what": "回电",
                    "made_by": clinic.staff_ids["li"],
                    "made_at": to_ms(clinic.now),
                    "status": "open",
                },
            )
            self.change(item_id, promise_id=promise_id, promise_at=to_ms(when), connection=connection)
            place_again(
                connection,
                clinic.clinic_id,
                (item_id,),
                current(clinic.database, clinic.clinic_id),
                clinic.now,
            )
        return promise_id

    def change(self, item_id: int, *, connection: object = None, **columns: object) -> None:
        """Set columns of an item as they stand, without placing it."""
        from db.connect import Connection

        names = ", ".join(f"{name} = :{name}" for name in columns)
        sql = f"UPDATE item SET {names} WHERE id = :id"
        if isinstance(connection, Connection):
            connection.execute(sql, {**columns, "id": item_id})
            return
        with unit_of_work(self.clinic.database) as fresh:
            fresh.execute(sql, {**columns, "id": item_id})

    def sql(self, sql: str, **params: object) -> None:
        """Run one statement in a transaction."""
        with unit_of_work(self.clinic.database) as connection:
            connection.execute(sql, params)

    def row(self, item_id: int) -> dict[str, object]:
        """An item's row."""
        return self.clinic.rows("SELECT * FROM item WHERE id = :id", id=item_id)[0]

    def lease(self) -> list[dict[str, object]]:
        """All leases."""
        return self.clinic.rows("SELECT * FROM contact_lease ORDER BY group_id")
