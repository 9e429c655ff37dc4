"""A clinic that upgrades finds everybody as before, and by more; one that goes back loses nobody."""

from __future__ import annotations

import pytest

from console.desk import patients
from console.desk.searchkeys import search_keys
from db import schema
from db.connect import Database, reading
from db.patient_records import PatientForm
from tests.clinic import SampleClinic, make_clinic
from tests.db.conftest import NOW

NAMES = ("王小丽", "阿依古丽·买买提", "Zoé O'Dupont", "李", "a" * 60)


def keys(database: Database, *kinds: str) -> list[tuple[int, str, str]]:
    """What is stored of these kinds."""
    with reading(database) as connection:
        rows = connection.execute(
            "SELECT patient_id, kind, key FROM patient_search ORDER BY patient_id, kind, key"
        )
    return [(row["patient_id"], row["kind"], row["key"]) for row in rows if row["kind"] in kinds]


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_names_are_found_after_going_back_and_up_again(empty_database: Database) -> None:
    database = empty_database
    schema.upgrade(database)
    clinic: SampleClinic = make_clinic(database, NOW)
    for number, name in enumerate(NAMES):
        form = PatientForm(name=name, numbers=(f"1380013800{number}",))
        patients.save_patient(clinic.seat(), form, f"key {number}", NOW)
    now, others = keys(database, "name", "part"), keys(database, "pinyin", "initials", "digits")
    assert now == sorted(
        (number, str(kind), key)
        for number, name in enumerate(NAMES, 1)
        for kind, key in search_keys(name, ())
        if kind in ("name", "part")
    )

    schema.downgrade(database, "0002")
    assert {key for patient, _, key in keys(database, "char", "bigram") if patient == 1} == {
        "王", "小", "丽", "王小", "小丽"
    }  # fmt: skip
    assert keys(database, "name", "part") == []

    schema.upgrade(database)
    assert keys(database, "name", "part") == now
    assert keys(database, "pinyin", "initials", "digits") == others
    assert keys(database, "char", "bigram") == []
    assert [line.patient_id for line in patients.find(clinic.seat(), "小丽", NOW)] == [1]
