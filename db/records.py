"""Frozen records that rooms hand each other. Standard library only; a section a room, handed on from here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from db.queue_records import QueueRow as QueueRow
from db.queue_records import Reason as Reason

# Handed on to everybody.
# pyright: reportUnusedImport=false
if TYPE_CHECKING:
    from db.board_records import (  # noqa: F401
        Board,
        BoardItem,
        BoardStrip,
        Closure,
        Colleague,
        Escalation,
        EscalationDetail,
        FlagForm,
        HeldLine,
        OnCallCard,
        OnCallPerson,
        Phoning,
        Raised,
        RefusedLine,
    )
    from db.call_records import (  # noqa: F401
        Answered,
        AppointmentFact,
        AppointmentLine,
        CallForm,
        CallSheet,
        Candidate,
        Companion,
        Correction,
        DialEnded,
        DialStarted,
        DraftLine,
        HistoryLine,
        IdentityItem,
        ItemAfter,
        ItemResult,
        NumberLine,
        OpenFlag,
        OpenTreatment,
        OtherContact,
        PromiseMade,
        SavedCall,
        SheetItem,
        VisitLine,
    )
    from db.claim_records import (  # noqa: F401
        Claim,
        HandedOn,
        Neighbour,
        QueueHeader,
        Why,
        WhyNot,
    )
    from db.complaint_records import (  # noqa: F401
        CaseEntry,
        CaseRound,
        ComplaintForm,
        Named,
        Remedy,
        RequestForm,
        ServiceCase,
    )
    from db.rule_records import (  # noqa: F401
        AfterAttempt,
        AttemptFacts,
        Clocks,
        Escalate,
        ItemFacts,
        ParsedPhone,
        Placement,
        PlannedItem,
        PromiseTime,
        SellingFacts,
        TreatmentFacts,
        WindowState,
    )
    from db.story_records import (  # noqa: F401
        Duty,
        OutcomePoint,
        PhotoReference,
        ResultOverTime,
        Story,
        StoryLine,
    )
    from db.strip_records import (  # noqa: F401
        BoardFilter,
        Forecast,
    )

_HANDED_ON = (
    "db.claim_records",
    "db.rule_records",
    "db.board_records",
    "db.call_records",
    "db.story_records",
    "db.complaint_records",
    "db.strip_records",
)


def __getattr__(name: str) -> object:
    """Records of the other sections, read when first asked for: the first frame needs none of them."""
    if not name.startswith("_"):
        for section in _HANDED_ON:
            found = getattr(import_module(section), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
