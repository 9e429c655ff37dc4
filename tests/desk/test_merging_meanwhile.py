"""What is written about a patient in the very moment in which two records of hers become one."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import pytest

from console.desk import merging, patient_forms, patients
from db.connect import Connection, Row
from db.enums import Purpose
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld


def test_a_refusal_said_while_two_records_become_one_is_kept(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = QueueWorld(clinic)
    kept, gone = world.patient(), world.patient()
    merges: list[Future[merging.Merged]] = []
    known = patient_forms.known_patient
    anna, lead = clinic.seat("anna"), clinic.seat("lead")

    def looked_at(connection: Connection, seat: object, patient_id: int) -> Row:
        row = known(connection, seat, patient_id)  # type: ignore[arg-type]
        if not merges:
            merges.append(pool.submit(merging.merge, lead, kept, gone, "同一人", clinic.now))
            wait_for(merges, timeout=0.3)
        return row

    monkeypatch.setattr(patient_forms, "known_patient", looked_at)
    with ThreadPoolExecutor(1) as pool:
        patients.record_consent(anna, gone, Purpose.SURVEY, False, "电话里说", clinic.now)
        merges[0].result(10)
    said = clinic.rows("SELECT patient_id, given FROM consent_event ORDER BY id")
    assert [(row["patient_id"], bool(row["given"])) for row in said] == [(gone, False), (kept, False)]
