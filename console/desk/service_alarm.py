"""What a complaint says of the body: a clinician looks at once, whatever becomes of the complaint."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from console.desk import cards
from console.desk.raising import raise_flag
from console.desk.seat import Seat
from console.rules import complaints as rules
from db import escalations as table
from db.connect import reading
from db.enums import EscalationKind, Level
from db.records import Claim, FlagForm


def sound(
    seat: Seat,
    claim: Claim | None,
    patient_id: int | None,
    criteria: Collection[str],
    words: str,
    key: str,
    now: datetime,
) -> int | None:
    """Raise the red flags that criteria of a complaint stand for, in a transaction of their own: a complaint has 24
    hours, an infection has not (catalogue C-09, S2-DISP-09, S2-DISP-12).

    Args:
        seat: who takes the complaint down. claim: the contact it was heard in, None outside one.
        patient_id: whose, outside a contact; None for somebody not on file.
        criteria: of `rules.complaints.CRITERIA`. words: cleaned.
        key: idempotency key of the complaint.
        now: aware datetime.

    Returns:
        The clinical escalation; None when the criteria say nothing of the body, or her open ones say it already.
    """
    flags = [rules.BODY_FLAGS[code] for code in dict.fromkeys(criteria) if code in rules.BODY_FLAGS]
    whose = patient_id if claim is None else claim.patient_id
    if flags and whose is not None:
        with reading(seat.database) as connection:
            known = {
                flag
                for row in table.open_of_patient(connection, seat.clinic_id, whose)
                if row["kind"] == EscalationKind.CLINICAL and not row["mis_keyed"]
                for flag in cards.flags_of(row)
            }
        flags = [flag for flag in flags if flag not in known]
    if not flags:
        return None
    # No flag counts less than the talk-tracks say: that makes it as urgent as it is.
    form = FlagForm(Level.URGENT, tuple(flags), summary=words)
    return raise_flag(seat, claim, form, f"{key}/body", now, patient_id=patient_id).escalation.id
