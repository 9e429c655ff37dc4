"""Where a practised call stands, and what keeps it from being saved: as the call screen has it, without a screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from console.desk.conversing import (
    STOPPED,
    Typed,
    flow_of,
    form_of,
)
from console.practice.stage import Stage
from console.rules import callform, identity
from console.scripts import conversation
from console.scripts.conversation import Prompt, Talk
from console.scripts.unasked import unasked
from db.enums import CallOutcome, Level, Purpose, SpokeTo
from db.records import CallForm, PromiseMade, Reason

BY_HAND = (Level.EMERGENCY, Level.SAME_DAY, Level.URGENT)
COMPLAINT, REQUEST = "complaint", "request"
ALARMS = (Level.EMERGENCY, Level.SAME_DAY)


class ActionError(Exception):
    """An action the call screen would not take now. code: a stable name; where: what it was about."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code}: {where}" if where else code)
        self.code, self.where = code, where


@dataclass(frozen=True)
class Stand:
    """Where the call stands.

    Args:
        talk: the conversation. stage: preview, dialling, talking or over.
        identity: items ticked. spoke_to, contact: who is said to be on the line.
        outcome, opt_out, promise, note, place, companion: as typed.
        reports: what was handed over by hand: levels, "complaint", "request".
        told: flags (and levels by hand) that somebody was told of.
        halted: an emergency's lines are in front. saved: the record has it.
    """

    talk: Talk
    stage: str = "preview"
    identity: frozenset[str] = frozenset()
    spoke_to: SpokeTo = SpokeTo.UNKNOWN
    contact: int | None = None
    outcome: CallOutcome | None = None
    opt_out: tuple[Purpose, ...] = ()
    promise: PromiseMade | None = None
    note: str = ""
    place: str = ""
    companion: str = ""
    reports: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    halted: bool = False
    saved: bool = False

    @property
    def stopped(self) -> bool:
        """Whether somebody is on the line who may hear nothing clinical."""
        return self.outcome in STOPPED

    @cached_property
    def front(self) -> Prompt | None:
        """What may be answered now."""
        return None if self.stage != "talking" or self.stopped else self.talk.current

    @property
    def alarms(self) -> frozenset[str]:
        """Flags and levels by hand that somebody has to be told of."""
        raised = {flag.code for flag in self.talk.raised if flag.level in ALARMS}
        return frozenset(raised | {one for one in self.reports if one in ALARMS})

    @property
    def untold_levels(self) -> frozenset[Level]:
        """Levels of what somebody still has to be told of."""
        by_flag = {flag.level for flag in self.talk.raised if flag.code in self.alarms - self.told}
        return frozenset(by_flag | {Level(one) for one in self.reports if one in self.alarms - self.told})

    @property
    def untold(self) -> bool:
        """Whether something EMERGENCY or SAME_DAY stands that nobody was told of."""
        return bool(self.alarms - self.told)


def begin(stage: Stage) -> Stand:
    """The call before the number is dialled; an incoming one is connected already. Args: the stage."""
    flow = flow_of(stage.library, stage.sheet, stage.claim, stage.role)
    talk = conversation.start(flow, may_say=stage.may_say)
    return Stand(talk, stage="talking" if stage.sheet.incoming else "preview")


def form(stage: Stage, stand: Stand, now: datetime) -> CallForm:
    """What would be saved now. Args: stage; stand; now, aware."""
    typed = Typed(
        outcome=stand.outcome,
        spoke_to=stand.spoke_to,
        contact_person_id=stand.contact,
        identity=set(stand.identity),
        note=stand.note,
        place=stand.place,
        companion=stand.companion,
        promise=stand.promise,
        opt_out=stand.opt_out,
        doubt=COMPLAINT in stand.reports,
        started_at=stage.now,
    )
    language = str(stage.sheet.language)
    return form_of(stage.sheet, stage.claim, stand.talk, typed, language, "", now)


def problems(stage: Stage, stand: Stand, now: datetime) -> tuple[Reason, ...]:
    """What keeps the call from being saved. Args: stage; stand; now, aware. Returns reasons, each with its field."""
    made = form(stage, stand, now)
    if made.outcome is CallOutcome.COMPLETED and unasked(stand.talk):
        return (Reason("unasked", {"field": "questions", "n": unasked(stand.talk)}),)
    hearer = next((one for one in stage.sheet.people if one.id == stand.contact), None)
    emergency = {flag.code for flag in stand.talk.raised if flag.level is Level.EMERGENCY}
    emergency |= {one for one in stand.reports if one == Level.EMERGENCY}
    facts = callform.FormFacts(
        known_patient=stage.sheet.patient_id is not None,
        identity_gap=identity.proven(stand.identity, stage.sheet.identity),
        proxy_may_hear=hearer is not None and hearer.may_hear_clinical,
        untold_emergency=bool(emergency - stand.told),
        item_purposes={one.id: one.purpose for one in stage.sheet.items},
        promise_gap=None,
    )
    return callform.problems(made, facts)


def may_name_concern(stage: Stage, stand: Stand) -> bool:
    """Whether the key that names a concern means something. Args: stage; stand."""
    known = stand.talk.identified or stage.sheet.incoming
    return stand.stage == "talking" and known and not stand.stopped
