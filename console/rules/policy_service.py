"""The part of a policy document that is about complaints and service requests."""

from __future__ import annotations

from typing import Final

from console.rules.policy_values import ComplaintPolicy, RequestPolicy
from console.rules.reader import Reader
from db.enums import Role, Severity

APPROVERS: Final = (Role.LEAD.value, Role.DOCTOR.value)
"""Roles that may decide about remedies: those that answer for a decision (catalogue C-20, S2-DISP-48)."""


def complaint(table: Reader) -> ComplaintPolicy:
    """Read `escalations.complaint`.

    Args:
        table: at that table; problems are noted there.
    """
    days = table.table("working_days")
    found = ComplaintPolicy(
        first_reply_h=table.integer("first_reply_h", 1),
        working_days={severity: days.integer(severity.value, 1) for severity in Severity},
        refund_days=table.integer("refund_days", 1),
        refund_alert_day=table.integer("refund_alert_day", 1),
        # Versions of before it was there are policies too.
        approver=Role(table.choice("approver", APPROVERS)) if table.has("approver") else Role.LEAD,
    )
    if found.refund_alert_day > found.refund_days:
        table.problem("refund_alert_day", "policy_refund_order")
    days.done()
    table.done()
    return found


def request(table: Reader) -> RequestPolicy:
    """Read `escalations.request`.

    Args:
        table: at that table; problems are noted there.
    """
    found = RequestPolicy(
        message_min=table.integer("message_min", 1),
        email_working_days=table.integer("email_working_days", 1),
        other_h=table.integer("other_h", 1),
    )
    table.done()
    return found
