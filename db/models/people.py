"""Clinic, staff, patients and how they are reached."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint

from db.enums import Language, PhoneKind, PhoneStatus, Purpose, Role, SearchKind
from db.models.base import (
    ClinicTable,
    Table,
    blank_words,
    count,
    instant,
    json_list,
    loose_id,
    maybe_day,
    maybe_instant,
    maybe_ref,
    maybe_words,
    one_of,
    options,
    partial,
    ref,
    whole,
    words,
    yes_no,
)


class Clinic(Table, table=True):
    """One clinic: its name, its zone (IANA name), the day it began to work with us."""

    __table_args__ = options()

    name: str = words()
    zone: str = words()
    go_live: date | None = maybe_day()
    is_demo: bool = yes_no()
    is_test: bool = yes_no()
    created_at: int = instant()
    last_tick_at: int | None = maybe_instant()


class Staff(ClinicTable, table=True):
    """A person who signs in. `roles` and `languages` are JSON lists; `pin_hash` is scrypt$n$r$p$salt$hash."""

    __table_args__ = options(UniqueConstraint("clinic_id", "login"))

    login: str = words(ordered=True)
    name: str = words()
    roles: str = json_list()
    languages: str = json_list()
    pin_hash: str = words()
    must_change_pin: bool = yes_no()
    failed_pins: int = count()
    locked_until: int | None = maybe_instant()
    on_duty: bool = yes_no()
    restricted_ok: bool = yes_no()
    phone: str | None = maybe_words()
    retired_at: int | None = maybe_instant()
    created_at: int = instant()


class Seat(ClinicTable, table=True):
    """One sign-in at one console, in one active role."""

    __table_args__ = options(Index(None, "clinic_id", "staff_id", "closed_at"), one_of("role", Role))

    staff_id: int = ref("staff")
    role: str = words()
    label: str = blank_words()
    opened_at: int = instant()
    seen_at: int = instant()
    closed_at: int | None = maybe_instant()


class ContactGroup(ClinicTable, table=True):
    """Patients who share a live number; leased as one."""

    __table_args__ = options()

    created_at: int = instant()


class Patient(ClinicTable, table=True):
    """A person treated or consulted. `preferred_hours` is a JSON list of HH:MM-HH:MM in the clinic's zone.

    `merged_into`: the patient who goes on where the same person had two records; the row only says so.
    """

    __table_args__ = options(
        UniqueConstraint("clinic_id", "external_id"),
        Index(None, "clinic_id", "group_id"),
        Index(None, "clinic_id", "pinyin"),
        partial("ix_patient_merged", "clinic_id", "merged_into", where="merged_into IS NOT NULL"),
        one_of("language", Language),
    )

    external_id: str | None = maybe_words(ordered=True)
    group_id: int = ref("contact_group")
    name: str = words()
    pinyin: str = words(ordered=True)
    sex: str | None = maybe_words()
    born_on: date | None = maybe_day()
    member_tier: str | None = maybe_words()
    language: str = words()
    lives_alone: bool = yes_no()
    preferred_hours: str | None = maybe_words()
    local_until: date | None = maybe_day()
    deceased_on: date | None = maybe_day()
    legal_hold: bool = yes_no()
    owner_staff_id: int | None = maybe_ref("staff")
    consultant: str | None = maybe_words()
    notes: str | None = maybe_words()
    created_at: int = instant()
    updated_at: int = instant()
    merged_into: int | None = loose_id()


class ContactPerson(ClinicTable, table=True):
    """Someone reachable for a patient; hears nothing clinical without consent."""

    __table_args__ = options(Index(None, "clinic_id", "patient_id"))

    patient_id: int = ref("patient")
    name: str = words()
    relation: str = words()
    phone: str | None = maybe_words()
    may_hear_clinical: bool = yes_no()
    guardian: bool = yes_no()
    consent_at: int | None = maybe_instant()


class Phone(ClinicTable, table=True):
    """A number in E.164; rank 1 is dialled first."""

    __table_args__ = options(
        Index(None, "clinic_id", "e164"),
        Index(None, "clinic_id", "patient_id", "rank"),
        one_of("kind", PhoneKind),
        one_of("status", PhoneStatus),
    )

    patient_id: int = ref("patient")
    contact_person_id: int | None = maybe_ref("contact_person")
    e164: str = words(ordered=True)
    kind: str = words()
    rank: int = whole()
    status: str = words()
    suspended_until: int | None = maybe_instant()
    created_at: int = instant()


class ConsentEvent(ClinicTable, table=True):
    """Consent given or withdrawn for one purpose; the newest row holds."""

    __table_args__ = options(
        Index(None, "clinic_id", "patient_id", "purpose", "at"), one_of("purpose", Purpose)
    )

    patient_id: int = ref("patient")
    purpose: str = words()
    given: bool = yes_no()
    at: int = instant()
    how: str = words()
    staff_id: int | None = maybe_ref("staff")


class PatientSearch(ClinicTable, table=True):
    """What a patient is found by: the name from each of its characters on, pinyin, initials, reversed digits."""

    __table_args__ = options(
        Index(None, "clinic_id", "kind", "key", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
        one_of("kind", SearchKind),
    )

    patient_id: int = ref("patient")
    kind: str = words()
    key: str = words(ordered=True)
