"""A clinic for tests: a lead, a doctor, a nurse and two callers, all with one PIN."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from console.desk import staff as desk
from console.desk.policy import first_document, in_force, store
from console.desk.seat import Seat, lanes_of
from db import pins, seal_key
from db import staff as table
from db.connect import Database, reading, unit_of_work
from db.enums import Language, Role

PIN = "240813"
PEOPLE = {
    "lead": ("王主管", (Role.LEAD, Role.CALLER), (Language.ZH, Language.EN)),
    "chen": ("陈医生", (Role.DOCTOR,), (Language.ZH,)),
    "he": ("何护士", (Role.NURSE, Role.CALLER), (Language.ZH,)),
    "li": ("李敏", (Role.CALLER,), (Language.ZH,)),
    "anna": ("Anna", (Role.CALLER, Role.CONSULTANT), (Language.ZH, Language.EN)),
}
"""Login to name, roles, languages."""


@cache
def pin_hash() -> str:
    """The stored form of `PIN`; hashing is slow on purpose, so once is enough."""
    return pins.hashed(PIN)


@dataclass
class SampleClinic:
    """A clinic on a database, and seats in it."""

    database: Database
    clinic_id: int
    now: datetime
    staff_ids: dict[str, int]
    _seats: dict[tuple[str, Role | None], Seat] = field(default_factory=dict)

    def seat(self, login: str = "li", role: Role | None = None) -> Seat:
        """A seat of that person, signed in without asking for the PIN; the same one at each call."""
        known = self._seats.get((login, role))
        if known is None:
            known = self._seats[login, role] = self.new_seat(login, role)
        return known

    def new_seat(self, login: str, role: Role | None = None) -> Seat:
        """Another seat of that person."""
        name, roles, languages = PEOPLE[login]
        active = roles[0] if role is None else role
        staff_id = self.staff_ids[login]
        with unit_of_work(self.database) as connection:
            seat_id = table.open_seat(connection, self.clinic_id, staff_id, active, "test", self.now)
            policy = in_force(connection, self.clinic_id)
            row = table.get(connection, self.clinic_id, staff_id)
        assert row is not None
        return Seat(
            database=self.database,
            clinic_id=self.clinic_id,
            staff_id=staff_id,
            seat_id=seat_id,
            name=name,
            login=login,
            role=active,
            roles=roles,
            languages=tuple(str(language) for language in languages),
            lanes=lanes_of(active, roles, languages, staff_id, policy),
            zone=policy.clinic.zone,
            demo=False,
            restricted_ok=row.restricted_ok,
            policy=policy,
        )

    def signed_in(self, login: str = "li") -> Seat:
        """A seat through the real sign-in."""
        return desk.sign_in(self.database, login, PIN, self.now)

    def count(self, table_name: str) -> int:
        """Rows of a table."""
        with reading(self.database) as connection:
            return int(connection.execute(f"SELECT COUNT(*) AS n FROM {table_name}")[0]["n"])

    def rows(self, sql: str, **params: object) -> list[dict[str, object]]:
        """Rows of a query."""
        with reading(self.database) as connection:
            return connection.execute(sql, params)


def make_clinic(database: Database, now: datetime, *, zone: str = "Asia/Shanghai") -> SampleClinic:
    """A clinic with the default policy on a migrated database; go-live was long ago."""
    seal_key.make_key(database.address)
    with unit_of_work(database) as connection:
        clinic_id = table.add_clinic(
            connection,
            name="测试诊所",
            zone=zone,
            go_live=now.replace(year=2020).date(),
            now=now,
            is_test=True,
        )
        staff_ids = {
            login: table.add(
                connection,
                clinic_id=clinic_id,
                login=login,
                name=name,
                roles=roles,
                languages=languages,
                pin_hash=pin_hash(),
                must_change_pin=False,
                now=now,
                phone="+8613900000001" if login == "lead" else None,
            )
            for login, (name, roles, languages) in PEOPLE.items()
        }
        store(connection, clinic_id, first_document(zone), None, now)
    return SampleClinic(database, clinic_id, now, staff_ids)
