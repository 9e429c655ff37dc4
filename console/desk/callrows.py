"""The rows of one saved call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.desk import claiming, followups, judging, summary
from console.desk.cards import flags_of
from console.desk.seat import Seat
from console.rules.triage import Triage
from console.scripts.library import Library
from db import audit, calls, drafts
from db import escalations as table
from db.connect import Connection, Row
from db.enums import CallOutcome, DraftStatus, Level
from db.instants import from_ms, to_ms
from db.records import CallForm, Claim, Companion, OpenTreatment, Reason

DOUBT = "doubt"
"""Observation: the patient doubts the result (catalogue S1-REPORT-02)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says of the person called, read once for one save."""

    patient: Row | None
    treatments: tuple[OpenTreatment, ...]
    people: tuple[Companion, ...]
    items: tuple[Row, ...]
    escalations: tuple[Row, ...]
    identity_gap: Reason | None


class Writer:
    """The rows of one saved call, written in the transaction that is open."""

    def __init__(
        self,
        connection: Connection,
        seat: Seat,
        claim: Claim,
        form: CallForm,
        about: Known,
        judged: Triage,
        library: Library,
        release_hash: str,
        now: datetime,
        *,
        late: bool = False,
    ) -> None:
        self.connection = connection
        self.seat = seat
        self.claim = claim
        self.form = form
        self.about = about
        self.judged = judged
        self.library = library
        self.release_hash = release_hash
        self.now = now
        self.late = late
        self.added: tuple[int, ...] = ()
        self.summary = ""

    @property
    def _clinic(self) -> int:
        return self.seat.clinic_id

    def escalations(self) -> list[Row]:
        """Escalations raised in this contact."""
        return table.of_contact(self.connection, self._clinic, self.claim.contact_id)

    def write(self) -> int:
        """Write everything; returns the call's id."""
        self.summary = self._summary()
        call_id = calls.add_call(self.connection, self._call_row())
        calls.add_answers(self.connection, self._answer_rows(call_id))
        if self.claim.patient_id is not None and self.form.outcome is not CallOutcome.WRONG_PERSON:
            calls.add_observations(self.connection, self._observation_rows(call_id, self.claim.patient_id))
        calls.link_escalations(self.connection, self._clinic, self.claim.contact_id, call_id)
        if not self.late:
            self.added = followups.settle(self._settlement(call_id))
            drafts.mark(
                self.connection,
                self._clinic,
                self.claim.contact_id,
                self.seat.staff_id,
                DraftStatus.SAVED,
                self.now,
            )
            # All the patient's items are placed below.
            claiming.end(
                self.connection, self.seat, self.claim, self.now, place=self.claim.patient_id is None
            )
        else:
            self.added = followups.settle_late(self._settlement(call_id))
        followups.place_all(self._settlement(call_id))
        audit.append(
            self.connection,
            clinic_id=self._clinic,
            at=self.now,
            staff_id=self.seat.staff_id,
            seat_id=self.seat.seat_id,
            action="call.save",
            subject_kind="call",
            subject_id=call_id,
            values={
                "outcome": self.form.outcome.value,
                "summary": self.summary,
                "note": self.form.note,
                "answers": len(self.form.answers),
            },
        )
        return call_id

    def _settlement(self, call_id: int) -> followups.Settlement:
        return followups.Settlement(
            connection=self.connection,
            seat=self.seat,
            claim=self.claim,
            form=self.form,
            items=self.about.items,
            treatments=self.about.treatments,
            routine=tuple(flag for flag in self.judged.flags if not flag.level.escalates),
            call_id=call_id,
            now=self.now,
        )

    def _summary(self) -> str:
        lang = "zh"
        first = self.about.items[0] if self.about.items else None
        day = None
        if first is not None and first["treatment_id"] is not None:
            day = next((one.day for one in self.about.treatments if one.id == first["treatment_id"]), None)
        elif self.about.treatments:
            day = self.about.treatments[0].day
        hearer = next((one for one in self.about.people if one.id == self.form.contact_person_id), None)
        return summary.summarise(
            lang,
            self.form,
            summary.SummaryFacts(
                milestone=None if first is None else str(first["milestone"]),
                day=day,
                proxy=None if hearer is None else hearer.relation,
                raised=tuple(
                    (Level(row["level"]), flags_of(row))
                    for row in self.escalations()
                    if row["level"] is not None
                ),
                zone=self.seat.zone,
            ),
            judging.spoken(self.library, lang),
        )

    def _call_row(self) -> dict[str, object]:
        form, claim = self.form, self.claim
        contact = calls.contact(self.connection, self._clinic, claim.contact_id)
        began = form.started_at or (self.now if contact is None else from_ms(contact["started_at"]))
        return {
            "clinic_id": self._clinic,
            "contact_id": claim.contact_id,
            "patient_id": claim.patient_id,
            "item_id": claim.item_id,
            "direction": form.direction,
            "outcome": form.outcome,
            "started_at": to_ms(min(began, self.now)),
            "ended_at": to_ms(self.now),
            "spoke_to": form.spoke_to,
            "identity_method": "+".join(sorted(set(form.identity))) or None,
            "language": form.language,
            "release_hash": form.release_hash or self.release_hash,
            "track_code": form.track_code,
            "track_version": form.track_version,
            "recovery": form.recovery,
            "pain": form.pain,
            "satisfaction": form.satisfaction,
            "summary": self.summary,
            "note": form.note,
            "next_step": form.next_step or None,
            "place": form.place or None,
            "companion": form.companion or None,
            "staff_id": self.seat.staff_id,
            "late_draft": self.late,
            "saved_at": to_ms(self.now),
        }

    def _answer_rows(self, call_id: int) -> list[dict[str, object]]:
        wrong = self.form.outcome is CallOutcome.WRONG_PERSON
        own = {one.id for one in self.about.treatments}

        def row(
            question: str,
            value: str,
            at: datetime,
            treatment_id: int | None,
            concern: str | None,
            number: float | None = None,
            grouped: bool = False,
            superseded: datetime | None = None,
            reason: str | None = None,
        ) -> dict[str, object]:
            return {
                "clinic_id": self._clinic,
                "contact_id": self.claim.contact_id,
                "call_id": call_id,
                "treatment_id": treatment_id if treatment_id in own else None,
                "concern": concern,
                "question": question,
                "value": value,
                "number": number,
                "asked_in_group": grouped,
                "at": to_ms(at),
                "superseded_at": None if superseded is None else to_ms(superseded),
                "correction_reason": reason,
            }

        old = [
            row(
                one.question,
                one.was,
                one.at - timedelta(milliseconds=1),
                one.treatment_id,
                one.concern,
                superseded=one.at,
                reason=one.reason,
            )
            for one in self.form.corrections
        ]
        # Answers keyed before the wrong person was found out are kept, but never count as the patient's.
        new = [
            row(
                one.question,
                one.value,
                one.at,
                one.treatment_id,
                one.concern,
                one.number,
                one.asked_in_group,
                superseded=self.now if wrong else None,
                reason="wrong_person" if wrong else None,
            )
            for one in self.form.answers
        ]
        return old + new

    def _observation_rows(self, call_id: int, patient_id: int) -> list[dict[str, object]]:
        form = self.form
        treatment_id = self.about.treatments[0].id if self.about.treatments else None
        found: list[tuple[str, str, float | None]] = [
            (flag.code, "yes", None) for flag in self.judged.flags if not flag.level.escalates
        ]
        if form.temperature is not None:
            found.append(("temperature", f"{form.temperature:.1f}", form.temperature))
        if form.pain is not None:
            found.append(("pain", str(form.pain), float(form.pain)))
        if form.recovery is not None:
            found.append(("recovery", form.recovery, None))
        if form.doubt:
            found.append((DOUBT, "yes", None))
        return [
            {
                "clinic_id": self._clinic,
                "patient_id": patient_id,
                "treatment_id": treatment_id,
                "call_id": call_id,
                "code": code,
                "value": value,
                "number": number,
                "at": to_ms(self.now),
            }
            for code, value, number in found
        ]
