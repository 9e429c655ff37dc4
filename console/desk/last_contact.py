"""What came of a patient's last contact, as a list shows it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from db import queue as table
from db.connect import Connection, Row
from db.enums import AttemptResult
from db.patients import merged
from db.queue_records import Reason

_REACHED: Final = frozenset({AttemptResult.CONNECTED.value})


def last_contacts(connection: Connection, clinic_id: int, patients: tuple[int, ...]) -> dict[int, Reason]:
    """Unanswered dials since the last talk, else that talk, by patient id.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        patients: ids.
    """
    goes_on = merged(connection, clinic_id, patients)
    talks: dict[int, Row] = {}
    # Saved calls stay with the record they were saved in.
    for patient_id, row in table.last_calls(connection, clinic_id, (*patients, *goes_on)).items():
        kept = goes_on.get(patient_id, patient_id)
        if kept not in talks or row["saved_at"] > talks[kept]["saved_at"]:
            talks[kept] = row
    silent: Counter[int] = Counter()
    for dial in table.dials_since(connection, clinic_id, patients):
        talk = talks.get(int(dial["patient_id"]))
        if dial["result"] not in _REACHED and (talk is None or dial["at"] > talk["saved_at"]):
            silent[int(dial["patient_id"])] += 1
    found: dict[int, Reason] = {}
    for patient_id in patients:
        talk = talks.get(patient_id)
        if silent[patient_id]:
            found[patient_id] = Reason.of("last_unanswered", times=silent[patient_id])
        elif talk is None:
            found[patient_id] = Reason("last_none")
        elif talk["concern"]:
            found[patient_id] = Reason.of("last_concern", concern=Reason(f"concern_{talk['concern']}"))
        elif talk["recovery"]:
            found[patient_id] = Reason.of("last_recovery", recovery=Reason(f"recovery_{talk['recovery']}"))
        else:
            found[patient_id] = Reason.of("last_outcome", outcome=Reason(f"outcome_{talk['outcome']}"))
    return found
