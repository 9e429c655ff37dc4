"""The first frame's rows: read without the policy, and the same as the clinic's own order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from console.desk import first_look, queue
from console.opening import NotReady, Opening
from db import schema
from db.connect import Database
from db.enums import ItemClass
from db.errors import DatabaseMissing
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld


def filled(clinic: SampleClinic) -> None:
    """One safety call, one care call, one of an intimate procedure; one of them leased."""
    world = QueueWorld(clinic)
    for name, procedure, klass in (
        ("王小丽", "liposuction", ItemClass.SAFETY),
        ("李敏", "upper_blepharoplasty", ItemClass.CARE),
        ("欧阳静", "labiaplasty", ItemClass.CARE),
        ("赵芳", "ha_filler", ItemClass.CARE),
    ):
        patient = world.patient(name)
        treatment = world.treatment(patient, procedure, date(2026, 6, 9))
        world.item(patient, klass=klass, treatment_id=treatment, due=date(2026, 6, 15))
    assert queue.take_next(clinic.seat("lead"), clinic.now) is not None


def test_rows_are_those_of_the_clinics_order(clinic: SampleClinic) -> None:
    filled(clinic)
    seen = first_look.look(clinic.database, clinic.now)
    wanted = queue.masked_page(clinic.database, clinic.clinic_id, clinic.now)
    assert len(wanted) == 3
    assert seen.rows == tuple(
        replace(row, reason=mine.reason, due=False) for row, mine in zip(wanted, seen.rows, strict=True)
    )
    assert "restricted" in {row.procedure for row in seen.rows}
    assert all("小" not in row.patient and "静" not in row.patient for row in seen.rows)


def test_judged_says_what_may_be_dialled(clinic: SampleClinic) -> None:
    filled(clinic)
    night = clinic.now + timedelta(hours=9)
    seen = first_look.look(clinic.database, night)
    judged = first_look.judged(clinic.database, seen, night)
    assert all(row.takeable for row in seen.rows)
    assert not any(row.takeable for row in judged.rows)
    assert all(row.opens_at is not None for row in judged.rows)
    assert (judged.clinic, judged.zone) == (seen.clinic, seen.zone)


def test_no_clinic_shows_nothing(database: Database, now: datetime) -> None:
    seen = first_look.look(database, now)
    assert seen.rows == () and first_look.judged(database, seen, now) == seen


async def test_a_refused_record_is_told_from_a_failed_read(database: Database, now: datetime) -> None:
    def refuse(_database: Database) -> None:
        raise DatabaseMissing("clinic_missing", path="x")

    begun = Opening(database, now, refuse)
    try:
        assert begun.ready() is None
        await begun.wait()
        assert isinstance(begun.start().exception(), NotReady)
        assert isinstance(begun.refused, DatabaseMissing) and begun.ready() is None
    finally:
        begun.work.close()


async def test_rows_are_read_at_once_on_sqlite_and_after_the_frame_on_postgresql(
    clinic: SampleClinic, now: datetime
) -> None:
    begun = Opening(clinic.database, now, schema.expect_head)
    try:
        if clinic.database.dialect == "postgresql":
            assert begun._first is None
        else:
            assert begun._first is not None
        seen = begun.start().result(15)
        assert begun.ready() == seen and seen.clinic == "测试诊所" and begun.refused is None
    finally:
        begun.work.close()
