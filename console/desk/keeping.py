"""Drafts of calls: kept once a second at most, given back to their owner only, filed when too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from console.desk import claiming, formdoc, judging, saving, scripts
from console.desk.dialling import LEASE_S
from console.desk.seat import Seat, may_call
from console.rules import names
from console.scripts.library import Library
from db import audit, calls, claims, drafts, idempotency, members, owners
from db.connect import Connection, Row, reading, unit_of_work
from db.drafts import Draft
from db.enums import DraftStatus, LeaseStage
from db.errors import NotAllowed, StaleLease
from db.instants import from_ms, to_ms
from db.records import CallForm, Claim, DraftLine, SavedCall

EVERY: Final = timedelta(seconds=1)
"""A draft is written once in this time at most; what is typed meanwhile goes with the next one."""


def keep_draft(seat: Seat, claim: Claim, form: CallForm, now: datetime, *, at_once: bool = False) -> bool:
    """Keep what has been typed.

    Args:
        seat: the claim's holder.
        claim: the contact.
        form: the whole form as it is.
        now: aware datetime.
        at_once: write even within a second of the last time (before a lock, on leaving the screen).

    Returns:
        Whether it was written; False means: hand it in again in a second.

    Raises:
        StaleLease: the contact's call is saved or thrown away already.
    """
    with unit_of_work(seat.database) as connection:
        known = drafts.of_contact(connection, seat.clinic_id, claim.contact_id)
        if known is not None and not at_once and timedelta() <= now - known.updated_at < EVERY:
            return False
        if known is None and form.release_hash is not None:
            # It may be filed after the program has brought other files.
            scripts.keep(connection, seat.clinic_id, form.release_hash, now)
        drafts.keep(
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
        return True


def _lease(connection: Connection, seat: Seat, draft: Draft) -> Row | None:
    try:
        return claims.held(connection, seat.clinic_id, draft.group_id, draft.lease_token)
    except StaleLease:
        return None


def my_drafts(seat: Seat, now: datetime) -> tuple[DraftLine, ...]:
    """This person's unsaved calls, newest first; nobody sees anybody else's.

    Args:
        seat: who asks.
        now: aware datetime.
    """
    with reading(seat.database) as connection:
        found: list[DraftLine] = []
        for draft in drafts.mine(connection, seat.clinic_id, seat.staff_id):
            patient = (
                None
                if draft.patient_id is None
                else calls.patient(connection, seat.clinic_id, draft.patient_id)
            )
            found.append(
                DraftLine(
                    id=draft.id,
                    contact_id=draft.contact_id,
                    patient_id=draft.patient_id,
                    group_id=draft.group_id,
                    lease_token=draft.lease_token,
                    status=draft.status,
                    updated_at=draft.updated_at,
                    masked_name="" if patient is None else names.masked(str(patient["name"])),
                    held=_lease(connection, seat, draft) is not None,
                )
            )
        return tuple(found)


def _mine(connection: Connection, seat: Seat, contact_id: int) -> Draft:
    draft = drafts.of_contact(connection, seat.clinic_id, contact_id)
    if draft is None or draft.staff_id != seat.staff_id:
        raise NotAllowed("draft_not_yours")
    if draft.status not in (DraftStatus.OPEN, DraftStatus.LATE):
        raise NotAllowed("draft_closed")
    return draft


def resume(seat: Seat, contact_id: int, now: datetime) -> tuple[Claim | None, CallForm]:
    """Take an unsaved call up again, after a crash or a cut.

    Args:
        seat: the draft's owner, signed in again with the PIN.
        contact_id: the draft's contact.
        now: aware datetime, by the database's clock.

    Returns:
        The claim under a fresh token, and the form. The claim is None when the contact is lost: the draft
        can then be filed as late, or thrown away.

    Raises:
        NotAllowed: the draft is somebody else's, or closed; a trainee, outside practice. ValueError: it cannot be read.
    """
    may_call(seat)
    with unit_of_work(seat.database) as connection:
        draft = _mine(connection, seat, contact_id)
        claims.lock(connection, seat.clinic_id, draft.group_id)
        form = formdoc.read(draft.document)
        token = claims.take_over(
            connection,
            claiming.holder(seat, seat.policy, now),
            draft.group_id,
            draft.lease_token,
            to_ms(now),
            LEASE_S * 1000,
        )
        if token is None:
            drafts.mark_late(connection, seat.clinic_id, contact_id, seat.staff_id, now)
            return None, form
        contact = calls.contact(connection, seat.clinic_id, contact_id)
        if contact is None:
            raise NotAllowed("draft_closed")
        patient_id = _whose(connection, seat, draft)
        items = tuple(int(row["id"]) for row in calls.contact_items(connection, seat.clinic_id, contact_id))
        claims.take_items(connection, seat.clinic_id, items)
        owners.disown(connection, seat.clinic_id, items)
        stage = claims.held(connection, seat.clinic_id, draft.group_id, token)["stage"]
        if stage == LeaseStage.PREVIEW:
            # Something was typed, so somebody was spoken to: the call is not given to a colleague.
            claims.set_stage(
                connection,
                seat.clinic_id,
                draft.group_id,
                token,
                LeaseStage.CONNECTED,
                to_ms(now),
                LEASE_S * 1000,
            )
        drafts.keep(
            connection,
            clinic_id=seat.clinic_id,
            staff_id=seat.staff_id,
            contact_id=contact_id,
            patient_id=patient_id,
            group_id=draft.group_id,
            lease_token=token,
            document=draft.document,
            now=now,
        )
        claim = Claim(
            contact_id=contact_id,
            group_id=draft.group_id,
            token=token,
            patient_id=patient_id,
            item_id=_offered(contact, items),
            item_ids=items,
            also_due=(),
            taken_at=from_ms(contact["started_at"]),
            expires_at=now + timedelta(seconds=LEASE_S),
            incoming=bool(contact["incoming"]),
        )
        return claim, form


def _offered(contact: Row, items: tuple[int, ...]) -> int | None:
    return None if contact["incoming"] or not items else items[0]


def discard(seat: Seat, contact_id: int, now: datetime) -> None:
    """Throw an unsaved call away; its contact, if still held, is given back.

    Raises:
        NotAllowed: the draft is somebody else's, or closed.
    """
    with unit_of_work(seat.database) as connection:
        draft = _mine(connection, seat, contact_id)
        claims.lock(connection, seat.clinic_id, draft.group_id)
        lease = _lease(connection, seat, draft)
        drafts.discard(connection, seat.clinic_id, contact_id, seat.staff_id, now)
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="draft.discard",
            subject_kind="draft",
            subject_id=draft.id,
        )
        if lease is not None:
            items = tuple(
                int(row["id"]) for row in calls.contact_items(connection, seat.clinic_id, contact_id)
            )
            claiming.end(connection, seat, _claim_of(draft, items, now), now)


def _whose(connection: Connection, seat: Seat, draft: Draft) -> int | None:
    """The record in which the patient of a draft goes on."""
    if draft.patient_id is None:
        return None
    return members.goes_on(connection, seat.clinic_id, draft.patient_id)


def _claim_of(draft: Draft, items: tuple[int, ...], now: datetime) -> Claim:
    return Claim(
        contact_id=draft.contact_id,
        group_id=draft.group_id,
        token=draft.lease_token,
        patient_id=draft.patient_id,
        item_id=items[0] if items else None,
        item_ids=items,
        also_due=(),
        taken_at=now,
        expires_at=now,
    )


def _raise_late(seat: Seat, contact_id: int, library: Library, key: str, now: datetime) -> None:
    with reading(seat.database) as connection:
        draft = drafts.of_contact(connection, seat.clinic_id, contact_id)
        if draft is None or draft.staff_id != seat.staff_id or draft.status is not DraftStatus.LATE:
            return
        form = saving.tidy(formdoc.read(draft.document))
        claim, about = saving.current(connection, seat, _claim_of(draft, (), now), form, now)
    saving.raise_missing(seat, claim, form, about, judging.judge(library, form, about.treatments), key, now)


def file_late(seat: Seat, contact_id: int, key: str, now: datetime) -> SavedCall:
    """Put a late draft on record as it is: the conversation took place. It settles no item: others have them.

    Flags of its answers that nobody has escalated yet are escalated first, as at a save. What the person
    refused, and a callback promised for a time to come, hold.

    Args:
        seat: the draft's owner.
        contact_id: its contact.
        key: idempotency key.
        now: aware datetime.

    Raises:
        NotAllowed: the draft is somebody else's, closed, or not late.
    """
    with reading(seat.database) as connection:
        kept = drafts.of_contact(connection, seat.clinic_id, contact_id)
    begun = None if kept is None else formdoc.read(kept.document).release_hash
    library, release_hash = scripts.begun_with(seat, begun, now)
    _raise_late(seat, contact_id, library, key, now)
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            row = calls.call(connection, seat.clinic_id, earlier)
            text = "" if row is None else str(row["summary"])
            return SavedCall(earlier, True, True, text, (), (), (), None)
        draft = _mine(connection, seat, contact_id)
        if draft.status is not DraftStatus.LATE:
            raise NotAllowed("draft_not_late")
        items = tuple(int(row["id"]) for row in calls.contact_items(connection, seat.clinic_id, contact_id))
        whose = _whose(connection, seat, draft)
        claim = replace(_claim_of(draft, items, now), taken_at=now, patient_id=whose)
        form = saving.tidy(formdoc.read(draft.document))
        about = saving.known(connection, seat, claim, form, now)
        judged = judging.judge(library, form, about.treatments)
        writer = saving.Writer(
            connection, seat, claim, form, about, judged, library, release_hash, now, late=True
        )
        scripts.keep(connection, seat.clinic_id, release_hash, now)
        call_id = writer.write()
        drafts.mark(connection, seat.clinic_id, contact_id, seat.staff_id, DraftStatus.SAVED, now)
        idempotency.remember(connection, seat.clinic_id, key, saving.KEY_KIND, call_id, now)
        raised = tuple(int(row["id"]) for row in writer.escalations())
        return SavedCall(call_id, True, False, writer.summary, (), (), raised, draft.id)
