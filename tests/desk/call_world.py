"""Patients to call: made directly in the record, so that a test of calls stands on nothing but calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from console.desk import contact_items, dialling, incoming, queue
from console.desk.placing import place_patient
from console.desk.seat import Seat
from console.rules import calendar
from db import calls, patients, treatments
from db.connect import unit_of_work
from db.enums import AttemptResult, ItemClass, ItemKind, PhoneKind, Purpose, SpokeTo
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Answered, CallForm, Claim, Reason
from tests.clinic import SampleClinic

_numbers: Iterator[int] = count(13800000001)


@dataclass(frozen=True)
class Person:
    """A patient with one number, one treatment and one item."""

    id: int
    group_id: int
    phone_id: int
    e164: str
    treatment_id: int
    item_id: int


@dataclass
class World:
    """A clinic with people in it, and a moment that can be moved."""

    clinic: SampleClinic
    now: datetime
    people: list[Person] = field(default_factory=list)

    def seat(self, login: str = "li") -> Seat:
        """A seat of that person."""
        return self.clinic.seat(login)

    def today(self) -> date:
        """The clinic's day."""
        return calendar.of(self.seat().policy).day_of(self.now)

    def later(self, **by: float) -> datetime:
        """Move the moment on."""
        self.now += timedelta(**by)
        return self.now

    def person(
        self,
        name: str = "王小丽",
        *,
        day: int = 7,
        milestone: str = "D7",
        team: str = "customer_service",
        klass: ItemClass = ItemClass.CARE,
        purpose: Purpose = Purpose.CARE,
        procedure: str = "upper_blepharoplasty",
        born_on: date | None = date(1990, 8, 15),
        end_days: int = 6,
    ) -> Person:
        """Add a patient operated `day` days ago, whose item of that day is ready."""
        e164 = f"+86{next(_numbers)}"
        seat, at = self.seat(), to_ms(self.now)
        with unit_of_work(self.clinic.database) as connection:
            row = patients.add(
                connection,
                self.clinic.clinic_id,
                {"name": name, "pinyin": "wang xiaoli", "language": "zh", "born_on": born_on},
                at,
            )
            phone_id = patients.add_number(
                connection, self.clinic.clinic_id, row["id"], e164, PhoneKind.MOBILE, 1, at
            )
            performed = self.today() - timedelta(days=day)
            treatment_id = treatments.add(
                connection,
                self.clinic.clinic_id,
                {
                    "patient_id": row["id"],
                    "procedure": procedure,
                    "site": "",
                    "performed_on": performed,
                    "surgeon": "陈医生",
                    "inpatient": False,
                },
                at,
            )
            clock = calendar.of(seat.policy)
            item_id = contact_items.add(
                connection,
                seat,
                row["id"],
                self.now,
                kind=ItemKind.MILESTONE,
                milestone=milestone,
                flow="d7",
                team=team,
                klass=klass,
                purpose=purpose,
                earliest=clock.at(self.today(), 8 * 60),
                due_on=self.today(),
                clinical_end=clock.at(self.today() + timedelta(days=end_days), 21 * 60 + 30),
                treatment_id=treatment_id,
                anchor_on=performed,
            )
        person = Person(row["id"], row["group_id"], phone_id, e164, treatment_id, item_id)
        self.people.append(person)
        return person

    def another_item(
        self,
        person: Person,
        milestone: str,
        *,
        klass: ItemClass = ItemClass.ROUTINE,
        purpose: Purpose = Purpose.CARE,
        days: int = 0,
        visit_id: int | None = None,
    ) -> int:
        """Add one more item of the same patient, due in some days."""
        seat = self.seat()
        clock = calendar.of(seat.policy)
        due = self.today() + timedelta(days=days)
        with unit_of_work(self.clinic.database) as connection:
            return contact_items.add(
                connection,
                seat,
                person.id,
                self.now,
                kind=ItemKind.MILESTONE,
                milestone=milestone,
                flow="care",
                team="customer_service",
                klass=klass,
                purpose=purpose,
                earliest=clock.at(due, 8 * 60),
                due_on=due,
                clinical_end=clock.at(due + timedelta(days=20), 21 * 60 + 30),
                treatment_id=None if visit_id is not None else person.treatment_id,
                visit_id=visit_id,
            )

    def second_number(self, person: Person, *, relation: str | None = None) -> int:
        """Give a patient another number: her own, or a contact person's."""
        at = to_ms(self.now)
        with unit_of_work(self.clinic.database) as connection:
            person_id = None
            if relation is not None:
                person_id = self.companion_in(connection, person, relation)
            phone_id = patients.add_number(
                connection,
                self.clinic.clinic_id,
                person.id,
                f"+86{next(_numbers)}",
                PhoneKind.MOBILE,
                2,
                at,
                person_id,
            )
            place_patient(connection, self.clinic.clinic_id, person.id, self.seat().policy, self.now)
        return phone_id

    def companion_in(self, connection: object, person: Person, relation: str, **values: object) -> int:
        """Add a contact person in an open unit of work."""
        row = {
            "name": "张伟",
            "relation": relation,
            "phone": None,
            "may_hear_clinical": False,
            "guardian": False,
            "consent_at": None,
        }
        return patients.add_person(connection, self.clinic.clinic_id, person.id, row | values)  # type: ignore[arg-type]

    def companion(self, person: Person, relation: str = "丈夫", **values: object) -> int:
        """Add a contact person."""
        with unit_of_work(self.clinic.database) as connection:
            return self.companion_in(connection, person, relation, **values)

    def take(self, person: Person, login: str = "li") -> Claim:
        """Claim a patient's item."""
        return queue.take_item(self.seat(login), person.item_id, self.now)

    def connected(self, person: Person, login: str = "li") -> Claim:
        """Claim, dial and reach a patient."""
        seat = self.seat(login)
        claim = self.take(person, login)
        dial = dialling.start_dial(seat, claim, person.phone_id, self.now)
        ended = dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, self.now)
        assert ended.keep
        return dial.claim

    def ring(self, person: Person | None, number: str = "", login: str = "li") -> Claim:
        """Take an incoming call."""
        return incoming.take(self.seat(login), None if person is None else person.id, number, self.now)

    def row(self, table: str, row_id: int) -> dict[str, object]:
        """One row."""
        return self.clinic.rows(f"SELECT * FROM {table} WHERE id = :id", id=row_id)[0]

    def item(self, item_id: int) -> dict[str, object]:
        """One item's row."""
        return self.row("item", item_id)

    def items_of(self, person: Person, milestone: str) -> list[dict[str, object]]:
        """A patient's items of one milestone."""
        return self.clinic.rows(
            "SELECT * FROM item WHERE patient_id = :p AND milestone = :m ORDER BY id",
            p=person.id,
            m=milestone,
        )

    def answer(self, question: str, value: str = "no", number: float | None = None) -> Answered:
        """An answer given now."""
        return Answered(question, value, self.now, number)

    def form(self, **values: object) -> CallForm:
        """A whole form of a completed call with the patient herself."""
        base: dict[str, object] = {
            "spoke_to": SpokeTo.PATIENT,
            "identity": ("birthday", "surgeon"),
            "answers": (
                self.answer("vision_change"),
                self.answer("recovery_overall", "good"),
                self.answer("pain_now", "2", 2.0),
            ),
            "track_code": "d7",
            "track_version": 1,
            "release_hash": "abc",
        }
        return CallForm(**(base | values))  # type: ignore[arg-type]

    def attempts(self, person: Person) -> list[dict[str, object]]:
        """The dials of a patient."""
        return self.clinic.rows("SELECT * FROM attempt WHERE patient_id = :p ORDER BY id", p=person.id)

    def calls(self) -> list[dict[str, object]]:
        """All saved calls."""
        return self.clinic.rows("SELECT * FROM call ORDER BY id")


def gap(error: NotAllowed) -> str:
    """The reason for which a form was not saved."""
    assert error.code == "call_incomplete"
    reason = error.params["reason"]
    assert isinstance(reason, Reason)
    return reason.code


def known(world: World, contact_id: int) -> list[dict[str, object]]:
    """Escalations of a contact as rows."""
    return world.clinic.rows("SELECT * FROM escalation WHERE contact_id = :c ORDER BY id", c=contact_id)


def world_claim(world: World, person: object) -> Claim:
    """The claim that is held now."""
    lease = world.clinic.rows("SELECT * FROM contact_lease")[0]
    contact = world.clinic.rows("SELECT * FROM contact")[0]
    return Claim(
        contact_id=int(str(contact["id"])),
        group_id=int(str(lease["group_id"])),
        token=int(str(lease["token"])),
        patient_id=getattr(person, "id", None),
        item_id=None,
        item_ids=(),
        also_due=(),
        taken_at=world.now,
        expires_at=world.now,
    )


__all__ = ["Person", "World", "calls", "gap", "known", "world_claim"]
