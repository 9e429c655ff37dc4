"""Saving a call: one transaction writes the conversation, settles its items, gives the contact back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import followups, formdoc, judging, other_channels, scripts, sheet
from console.desk.callrows import Known, Writer
from console.desk.cards import flags_of
from console.desk.holding import hold, take_back
from console.desk.raising import raise_flag
from console.desk.seat import Seat
from console.rules import calendar, identity
from console.rules.callform import FormFacts, problems
from console.rules.triage import Triage
from db import audit, calls, drafts, idempotency, members
from db import escalations as table
from db.connect import Connection, reading, unit_of_work
from db.enums import CallOutcome, EscalationStatus, Level, Purpose
from db.errors import NotAllowed, StaleLease
from db.instants import to_ms
from db.records import (
    CallForm,
    Claim,
    FlagForm,
    Reason,
    SavedCall,
)

KEY_KIND: Final = "call"
SHORT: Final = 500
LONG: Final = 4000


def tidy(form: CallForm) -> CallForm:
    """The form with every text cleaned and cut, and with what its answers say filled in."""
    cut = replace(
        form,
        note=clean(form.note, multiline=True).strip()[:LONG],
        next_step=clean(form.next_step, multiline=True).strip()[:LONG],
        place=clean(form.place).strip()[:SHORT],
        companion=clean(form.companion).strip()[:SHORT],
        answers=tuple(replace(one, value=clean(one.value, multiline=True)[:LONG]) for one in form.answers),
        corrections=tuple(
            replace(one, was=clean(one.was)[:LONG], reason=clean(one.reason).strip()[:SHORT])
            for one in form.corrections
        ),
        promise=None
        if form.promise is None
        else replace(form.promise, what=clean(form.promise.what).strip()[:SHORT]),
    )
    return judging.completed(cut)


def known(connection: Connection, seat: Seat, claim: Claim, form: CallForm, now: datetime) -> Known:
    """Read what a form is held against."""
    items = tuple(calls.contact_items(connection, seat.clinic_id, claim.contact_id))
    raised = tuple(table.of_contact(connection, seat.clinic_id, claim.contact_id))
    if claim.patient_id is None:
        return Known(None, (), (), items, raised, None)
    patient = calls.patient(connection, seat.clinic_id, claim.patient_id)
    if patient is None:
        raise NotAllowed("patient_unknown")
    today = calendar.of(seat.policy).day_of(now)
    return Known(
        patient=patient,
        treatments=sheet.open_treatments(connection, seat, claim.patient_id, today, allowed=True),
        people=sheet.companions(connection, seat.clinic_id, claim.patient_id),
        items=items,
        escalations=raised,
        identity_gap=identity.proven(
            form.identity, sheet.identity_items(connection, seat, patient, today, incoming=claim.incoming)
        ),
    )


def current(
    connection: Connection, seat: Seat, claim: Claim, form: CallForm, now: datetime
) -> tuple[Claim, Known]:
    """`known`, of the record in which the patient goes on: hers may have become one with another meanwhile."""
    about = known(connection, seat, claim, form, now)
    if about.patient is None or about.patient["merged_into"] is None:
        return claim, about
    claim = replace(claim, patient_id=int(about.patient["merged_into"]))
    return claim, known(connection, seat, claim, form, now)


def facts_for(seat: Seat, form: CallForm, about: Known, now: datetime) -> FormFacts:
    """What the rules of a whole form look at."""
    untold = any(
        row["level"] == Level.EMERGENCY and row["status"] == EscalationStatus.NEW and row["told_at"] is None
        for row in about.escalations
    )
    hearer = next((one for one in about.people if one.id == form.contact_person_id), None)
    gap = None
    if form.promise is not None:
        gap = followups.promise_gap(seat, form.promise.at, about.items, now)
    return FormFacts(
        known_patient=about.patient is not None,
        identity_gap=about.identity_gap,
        proxy_may_hear=hearer is not None and hearer.may_hear_clinical,
        untold_emergency=untold,
        item_purposes={int(row["id"]): Purpose(row["purpose"]) for row in about.items},
        promise_gap=gap,
    )


def check(seat: Seat, claim: Claim, form: CallForm, now: datetime) -> tuple[Reason, ...]:
    """What still keeps a form from being saved, for the screen to show beside the fields; writes nothing."""
    whole = tidy(form)
    with reading(seat.database) as connection:
        claim, about = current(connection, seat, claim, whole, now)
    return problems(whole, facts_for(seat, whole, about, now))


def save(seat: Seat, claim: Claim, form: CallForm, key: str, now: datetime) -> SavedCall:
    """Save a call. A repeat with the same key gives back the first save; a lost claim keeps a late draft.

    Flags that the answers raise and nobody has escalated yet are escalated first, in a transaction of their
    own, so that they stand even when the save is refused.

    Args:
        seat: the claim's holder.
        claim: the contact.
        form: as the screen hands it over.
        key: idempotency key of this contact's save.
        now: aware datetime.

    Returns:
        What is true after COMMIT.

    Raises:
        NotAllowed: `call_incomplete`; its parameters have the first `reason` and `field`, and all `problems`.
        RecordError: nothing was saved.
    """
    library, release_hash = scripts.begun_with(seat, form.release_hash, now)
    whole = tidy(form)
    with reading(seat.database) as connection:
        claim, about = current(connection, seat, claim, whole, now)
    judged = judging.judge(library, whole, about.treatments)
    raise_missing(seat, claim, whole, about, judged, key, now)
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return _again(connection, seat, claim, earlier)
        try:
            lease = hold(connection, seat, claim)
        except StaleLease:
            return _late(connection, seat, claim, whole, now)
        take_back(connection, seat, claim, lease["stage"])
        claim, about = current(connection, seat, claim, whole, now)
        faults = problems(whole, facts_for(seat, whole, about, now)) + other_channels.unasked(
            connection, seat, claim, whole, about.items, about.treatments, library
        )
        if faults:
            raise NotAllowed(
                "call_incomplete", reason=faults[0], field=faults[0].params["field"], problems=faults
            )
        writer = Writer(connection, seat, claim, whole, about, judged, library, release_hash, now)
        scripts.keep(connection, seat.clinic_id, release_hash, now)
        call_id = writer.write()
        idempotency.remember(connection, seat.clinic_id, key, KEY_KIND, call_id, now)
        return SavedCall(
            call_id=call_id,
            late=False,
            repeated=False,
            summary=writer.summary,
            items=followups.items_after(connection, seat, claim.contact_id),
            added=followups.added(connection, seat, writer.added),
            escalation_ids=tuple(int(row["id"]) for row in writer.escalations()),
            draft_id=None,
        )


def raise_missing(
    seat: Seat,
    claim: Claim,
    form: CallForm,
    about: Known,
    judged: Triage,
    key: str,
    now: datetime,
) -> None:
    """Escalate what the answers say and no screen has handed over.

    What was marked as mis-keyed and is still what the answers say counts as not handed over.
    """
    if form.outcome is CallOutcome.WRONG_PERSON:
        return
    handed = {flag for row in about.escalations if not row["mis_keyed"] for flag in flags_of(row)}
    missing = [flag for flag in judged.flags if flag.level.escalates and flag.code not in handed]
    if not missing:
        return
    limits = [flag.contact_by_min for flag in missing if flag.contact_by_min is not None]
    raise_flag(
        seat,
        claim,
        FlagForm(
            level=missing[0].level,
            flags=tuple(flag.code for flag in missing),
            contact_by_min=min(limits) if limits else None,
            treatment_id=about.treatments[0].id if about.treatments else None,
            place=form.place,
            companion=form.companion,
        ),
        # Another try of a refused save may have heard more.
        "/".join((key, "flags", *sorted(flag.code for flag in missing))),
        now,
    )


def _again(connection: Connection, seat: Seat, claim: Claim, call_id: int) -> SavedCall:
    row = calls.call(connection, seat.clinic_id, call_id)
    raised = table.of_contact(connection, seat.clinic_id, claim.contact_id)
    return SavedCall(
        call_id=call_id,
        late=False,
        repeated=True,
        summary="" if row is None else str(row["summary"]),
        items=followups.items_after(connection, seat, claim.contact_id),
        added=(),
        escalation_ids=tuple(int(one["id"]) for one in raised),
        draft_id=None,
    )


def _late(connection: Connection, seat: Seat, claim: Claim, form: CallForm, now: datetime) -> SavedCall:
    """Keep all that was typed under a claim that is lost; the patient's items are left alone."""
    if form.release_hash:
        scripts.keep(connection, seat.clinic_id, form.release_hash, now)
    if claim.patient_id is not None:
        claim = replace(claim, patient_id=members.goes_on(connection, seat.clinic_id, claim.patient_id))
    draft_id = drafts.keep(
        connection,
        clinic_id=seat.clinic_id,
        staff_id=seat.staff_id,
        contact_id=claim.contact_id,
        patient_id=claim.patient_id,
        group_id=claim.group_id,
        lease_token=claim.token,
        document=formdoc.write(form),
        now=now,
    )
    drafts.mark_late(connection, seat.clinic_id, claim.contact_id, seat.staff_id, now)
    calls.end_contact(connection, seat.clinic_id, claim.contact_id, to_ms(now))
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action="draft.late",
        subject_kind="draft",
        subject_id=draft_id,
    )
    raised = table.of_contact(connection, seat.clinic_id, claim.contact_id)
    return SavedCall(
        call_id=None,
        late=True,
        repeated=False,
        summary="",
        items=(),
        added=(),
        escalation_ids=tuple(int(one["id"]) for one in raised),
        draft_id=draft_id,
    )
