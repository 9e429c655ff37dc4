"""What the queue hands to screens and commands: claims, counts, explanations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.enums import Tier
from db.queue_records import Reason
from db.rule_records import WindowState


@dataclass(frozen=True, slots=True)
class Claim:
    """A taken contact: the right to work one contact group until the lease runs out.

    Args:
        contact_id: the contact row of this claim.
        group_id: the contact group; nobody else works it meanwhile.
        token: the lease's token; every save shows it.
        patient_id: whose items these are; None for an unknown caller.
        item_id: the item that was offered; None for an incoming call.
        item_ids: every item of this contact, the offered one first, then those taken along in their order.
        also_due: items of other patients on the same number that could be worked next.
        taken_at: when. expires_at: when it runs out without a heartbeat; aware UTC.
        incoming: the patient rang us.
    """

    contact_id: int
    group_id: int
    token: int
    patient_id: int | None
    item_id: int | None
    item_ids: tuple[int, ...]
    also_due: tuple[int, ...]
    taken_at: datetime
    expires_at: datetime
    incoming: bool = False


@dataclass(frozen=True, slots=True)
class QueueHeader:
    """The queue's top line. Counts stop at 1000; the screen then says 999+.

    Args:
        staff: name of the person at the seat. clinic: the clinic's name.
        at: the instant. zone: the clinic's zone.
        window: whether the clinic may ring.
        takeable: items this seat may take at this minute. promised: promises among the seat's ready items.
        escalations: open ones of the clinic. cut_off: this person's calls that were cut off.
        unread: reviews of this person's calls that she has not seen.
    """

    staff: str
    clinic: str
    at: datetime
    zone: str
    window: WindowState
    takeable: int
    promised: int
    escalations: int
    cut_off: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The item that comes right after another one."""

    id: int
    tier: Tier
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item stands where it stands.

    Args:
        id: item. patient_id: whose. patient: masked name.
        position: place in the clinic's whole order; None when it is not in it.
        tier, deadline_at: what decides the place.
        facts: the reasons, the weightiest first; ends with the gate when there is one.
        gate: the first rule that keeps it out; None when it is in the order.
        next: the item right after it.
    """

    id: int
    patient_id: int
    patient: str
    position: int | None
    tier: Tier
    deadline_at: datetime
    facts: tuple[Reason, ...]
    gate: Reason | None
    next: Neighbour | None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why one of a patient's items is not offered.

    Args:
        id: item. milestone: its plan code or kind.
        gate: the first rule that keeps it out; code `in_order` when none does.
        ready_at: when that gate opens, if time alone opens it.
    """

    id: int
    milestone: str
    gate: Reason
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What became of a person's own calls when she handed them all on: how many went, how many stayed."""

    went: int
    stayed: int
