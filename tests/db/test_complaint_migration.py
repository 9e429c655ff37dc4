"""A clinic that upgrades finds what it had handed over as far as it had come, and can work it on."""

from __future__ import annotations

import pytest

from console.desk import complaints, escalations, tick
from db import schema
from db.connect import Database, unit_of_work
from db.enums import CaseStage, ComplaintClass, EscalationKind, EscalationStatus, RequestType, Severity
from db.instants import to_ms
from db.records import ComplaintForm
from tests.clinic import make_clinic
from tests.db.conftest import NOW

BEFORE = (
    (EscalationKind.COMPLAINT, EscalationStatus.NEW, CaseStage.NEW),
    (EscalationKind.COMPLAINT, EscalationStatus.CONTACTED, CaseStage.FIRST_REPLY),
    (EscalationKind.COMPLAINT, EscalationStatus.RESOLVED, CaseStage.CLOSED),
    (EscalationKind.REQUEST, EscalationStatus.ACKNOWLEDGED, CaseStage.NEW),
    (EscalationKind.CLINICAL, EscalationStatus.NEW, None),
)


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_what_was_handed_over_before_goes_on(empty_database: Database) -> None:
    database = empty_database
    schema.upgrade(database)
    clinic = make_clinic(database, NOW)
    schema.downgrade(database, "0005")
    at = to_ms(NOW)
    with unit_of_work(database) as connection:
        for kind, status, _stage in BEFORE:
            closed = at if status is EscalationStatus.RESOLVED else None
            connection.insert(
                "escalation",
                {
                    "clinic_id": clinic.clinic_id,
                    "kind": kind,
                    "severity": None if kind is EscalationKind.CLINICAL else Severity.MODERATE,
                    "level": "URGENT" if kind is EscalationKind.CLINICAL else None,
                    "status": status,
                    "summary": "等太久",
                    "raised_by": clinic.staff_ids["li"],
                    "raised_at": at,
                    "ack_by": at + 1000,
                    "contact_by": at + 1000,
                    "resolve_by": at + 2000,
                    "next_clock_at": None if closed else at + 1000,
                    "contacted_at": at if status is EscalationStatus.CONTACTED else None,
                    "finding": "叫号机坏了" if closed else None,
                    "action": "已修好" if closed else None,
                    "told_patient": "已说明" if closed else None,
                    "resolved_at": closed,
                },
            )

    schema.upgrade(database)

    found = {row["escalation_id"]: row for row in clinic.rows("SELECT * FROM service_case")}
    assert [found[number]["stage"] if number in found else None for number in range(1, 6)] == [
        stage for _kind, _status, stage in BEFORE
    ]
    lead = clinic.seat("lead")
    first, request = (complaints.open_case(lead, number, NOW) for number in (1, 4))
    assert (first.klass, first.request_type, first.severity_proposed) == (
        ComplaintClass.OTHER,
        None,
        Severity.MODERATE,
    )
    assert (request.klass, request.request_type) == (None, RequestType.OTHER)
    closed = complaints.open_case(lead, 3, NOW)
    assert (closed.cause, closed.solution, closed.answered_at, closed.next_step) == (
        "叫号机坏了",
        "已修好",
        NOW,
        None,
    )
    assert complaints.reply(lead, 1, "已致歉", NOW).stage is CaseStage.FIRST_REPLY
    assert complaints.reopen(lead, 3, "又坏了", NOW).rounds[0].answered_at == NOW
    board = escalations.board(lead, NOW)
    columns = (board.new, board.acknowledged, board.contacted)
    assert [{card.id for card in column} for column in columns] == [{3, 5}, {4}, {1, 2}]


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_a_clock_that_stood_still_runs_again_after_a_way_back(empty_database: Database) -> None:
    database = empty_database
    schema.upgrade(database)
    clinic = make_clinic(database, NOW)
    form = ComplaintForm(ComplaintClass.PRICE, Severity.MINOR, "多收了钱")
    number = complaints.take_complaint(clinic.seat(), None, None, form, "k", NOW).escalation.id
    complaints.reply(clinic.seat("lead"), number, "已致歉", NOW)
    case = complaints.pause(clinic.seat("lead"), number, "papers", "等收据", NOW)
    assert case.card.next_clock is None

    schema.downgrade(database, "0005")
    schema.upgrade(database)

    case = complaints.open_case(clinic.seat("lead"), number, NOW)
    assert (case.paused_at, case.card.next_clock) == (None, case.card.resolve_by)
    tick.clocks(database, clinic.clinic_id, case.card.resolve_by)
    assert complaints.open_case(clinic.seat("lead"), number, NOW).late == ("resolve",)
