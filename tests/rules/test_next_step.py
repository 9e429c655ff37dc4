"""What is to be done first about a case: by kind, how far it is, its clocks, and who looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.rules.next_step import NextStep, Viewer, before_closing, next_step
from db.enums import EscalationKind, EscalationStatus, Level, Role, Severity
from db.records import Escalation, Reason

AT = datetime(2026, 6, 15, 7, 0, tzinfo=UTC)
ACK_BY, CONTACT_BY, RESOLVE_BY = (AT + timedelta(minutes=n) for n in (15, 120, 4320))
DOCTOR = Viewer(Role.DOCTOR, 1, stops=True)
LEAD = Viewer(Role.LEAD, 2, stops=False)
CALLER = Viewer(Role.CALLER, 3, stops=False)
OWNER = Viewer(Role.CALLER, 9, stops=False)
TRAINEE = Viewer(Role.TRAINEE, 4, stops=False)


def case(**changes: object) -> Escalation:
    """A new clinical case within 2 hours, owned by nobody."""
    plain: dict[str, object] = {name: None for name in Escalation.__dataclass_fields__}
    plain |= {
        "id": 1,
        "kind": EscalationKind.CLINICAL,
        "level": Level.SAME_DAY,
        "status": EscalationStatus.NEW,
        "ack_by": ACK_BY,
        "contact_by": CONTACT_BY,
        "resolve_by": RESOLVE_BY,
        "mis_keyed": False,
        "confirmed": True,
        **changes,
    }
    return Escalation(**plain)  # type: ignore[arg-type]


TAKEN = {"acknowledged_at": AT, "status": EscalationStatus.ACKNOWLEDGED}
REACHED = {**TAKEN, "contacted_at": AT, "status": EscalationStatus.CONTACTED}
COMPLAINT = {"kind": EscalationKind.COMPLAINT, "level": None, "severity": Severity.MODERATE}


@pytest.mark.parametrize(
    ("changes", "viewer", "step"),
    (
        ({}, LEAD, NextStep("ack", ACK_BY)),
        ({}, CALLER, NextStep("told", ACK_BY)),
        ({"told_at": AT}, CALLER, NextStep("ack", ACK_BY, mine=False)),
        ({"owner_id": 9}, OWNER, NextStep("ack", ACK_BY)),
        # Of an emergency only who is on call, or a clinician, stops the clock; anybody else gets the doctor told.
        ({"level": Level.EMERGENCY}, DOCTOR, NextStep("ack", ACK_BY)),
        ({"level": Level.EMERGENCY}, LEAD, NextStep("phoning", ACK_BY)),
        ({"level": Level.EMERGENCY, "phoning": "x"}, LEAD, NextStep("told", ACK_BY)),
        (
            {"level": Level.EMERGENCY, "phoning": "x", "told_at": AT},
            LEAD,
            NextStep("ack", ACK_BY, mine=False),
        ),
        (TAKEN, LEAD, NextStep("contacted", CONTACT_BY)),
        (TAKEN, CALLER, NextStep("contacted", CONTACT_BY, mine=False)),
        (REACHED, LEAD, NextStep("resolve", RESOLVE_BY)),
        ({**REACHED, "mis_keyed": True}, LEAD, NextStep("resolve", RESOLVE_BY, mine=False)),
        ({**REACHED, "mis_keyed": True}, DOCTOR, NextStep("resolve", RESOLVE_BY)),
        ({**REACHED, "status": EscalationStatus.RESOLVED}, LEAD, None),
        ({}, TRAINEE, None),
        ({**COMPLAINT, "next_step": "reply"}, CALLER, NextStep("reply", CONTACT_BY)),
        ({**COMPLAINT, "next_step": "reply", "confirmed": False}, LEAD, NextStep("confirm", CONTACT_BY)),
        ({**COMPLAINT, "next_step": "reply", "confirmed": False}, CALLER, NextStep("reply", CONTACT_BY)),
        ({**COMPLAINT, "next_step": "investigate"}, CALLER, NextStep("investigate", RESOLVE_BY, mine=False)),
        ({**COMPLAINT, "next_step": "tell_back"}, CALLER, NextStep("tell_back", RESOLVE_BY)),
        ({**COMPLAINT, "next_step": "wait", "paused_at": AT}, LEAD, NextStep("resume", None)),
        (
            {**COMPLAINT, "next_step": "solve", "refund_by": CONTACT_BY, "refund_alerted_at": AT},
            LEAD,
            NextStep("refund", CONTACT_BY),
        ),
        ({**COMPLAINT, "next_step": None}, LEAD, None),
    ),
)
def test_the_first_thing_to_do(changes: dict[str, object], viewer: Viewer, step: NextStep | None) -> None:
    assert next_step(case(**changes), viewer) == step


def test_a_report_comes_first_when_it_is_due_first() -> None:
    reached = case(**REACHED)
    sooner, later = RESOLVE_BY - timedelta(hours=1), RESOLVE_BY + timedelta(hours=1)
    assert next_step(reached, DOCTOR, sooner) == NextStep("report", sooner)
    assert next_step(reached, DOCTOR, later) == NextStep("resolve", RESOLVE_BY)
    assert next_step(reached, CALLER, sooner) == NextStep("report", sooner, mine=False)
    closed = replace(reached, status=EscalationStatus.RESOLVED)
    assert next_step(closed, DOCTOR, later) == NextStep("report", later)


def test_before_closing_comes_what_is_missing_and_no_date_that_is_met() -> None:
    told = case(**COMPLAINT, next_step="close", refund_by=CONTACT_BY)
    step = next_step(told, LEAD)
    assert step == NextStep("close", None) and before_closing(step, (), told, LEAD) == step
    waits = (Reason("close_remedy_undecided"), Reason("close_refund_undecided"))
    assert before_closing(step, waits, told, LEAD) == NextStep("decide", CONTACT_BY)
    assert before_closing(step, waits[1:], told, DOCTOR) == NextStep("refund", CONTACT_BY, mine=False)
    assert before_closing(step, (Reason("close_rights_untold"),), told, CALLER) == NextStep("rights", None)
    early = NextStep("solve", RESOLVE_BY)
    assert before_closing(early, waits, told, LEAD) == early
