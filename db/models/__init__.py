"""The tables of the record, declared once for SQLite and PostgreSQL."""

from __future__ import annotations

from db.models.base import ClinicTable, Table
from db.models.calls import (
    Answer,
    Attempt,
    Call,
    Contact,
    ContactItem,
    ContactLease,
    Draft,
    IdempotencyKey,
    Observation,
    PracticeResult,
)
from db.models.care import Appointment, Item, PlanRevision, Promise, Treatment, TreatmentCycle, Visit
from db.models.complaints import CaseEntry, CaseRound, Remedy, ServiceCase
from db.models.escalations import Escalation, EscalationEvent, EscalationPage, ReportDuty
from db.models.keeping import (
    Audit,
    AuditSeal,
    ImportBatch,
    ImportedRow,
    PolicyVersion,
    ProcedureAlias,
    RefusedRow,
    ReportSignoff,
    ScriptRelease,
)
from db.models.people import (
    Clinic,
    ConsentEvent,
    ContactGroup,
    ContactPerson,
    Patient,
    PatientSearch,
    Phone,
    Seat,
    Staff,
)
from db.models.quality import CallReview, Improvement, ReviewDraw, ReviewScore

metadata = Table.metadata

__all__ = [
    "Answer",
    "Appointment",
    "Attempt",
    "Audit",
    "AuditSeal",
    "Call",
    "CallReview",
    "CaseEntry",
    "CaseRound",
    "Clinic",
    "ClinicTable",
    "ConsentEvent",
    "Contact",
    "ContactGroup",
    "ContactItem",
    "ContactLease",
    "ContactPerson",
    "Draft",
    "Escalation",
    "EscalationEvent",
    "EscalationPage",
    "IdempotencyKey",
    "ImportBatch",
    "ImportedRow",
    "Improvement",
    "Item",
    "Observation",
    "Patient",
    "PatientSearch",
    "Phone",
    "PlanRevision",
    "PolicyVersion",
    "PracticeResult",
    "ProcedureAlias",
    "Promise",
    "RefusedRow",
    "Remedy",
    "ReportDuty",
    "ReportSignoff",
    "ReviewDraw",
    "ReviewScore",
    "ScriptRelease",
    "Seat",
    "ServiceCase",
    "Staff",
    "Table",
    "Treatment",
    "TreatmentCycle",
    "Visit",
    "metadata",
]
