"""From the conversation on the screen to the form that is saved, and back from a draft. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from console.desk import person
from console.desk.judging import as_track
from console.rules.identity import proven
from console.rules.triage import UNSURE, YES
from console.scripts import turns
from console.scripts.broken_off import taken_up
from console.scripts.conversation import Given, Opened, Talk
from console.scripts.errors import ScriptError
from console.scripts.joint import merge, select_joint
from console.scripts.library import Library
from console.scripts.records import FlowView
from console.scripts.select import select_concern, select_flow
from console.scripts.turns import Offer, Turn
from console.scripts.untreated import select_untreated
from db.enums import CallOutcome, Direction, Level, Purpose, SpokeTo
from db.records import (
    Answered,
    CallForm,
    CallSheet,
    Claim,
    Correction,
    FlagForm,
    OpenTreatment,
    PromiseMade,
    SheetItem,
)

CARE_FLOW = "care"
"""Flow of a planned call without a flow of its own."""
INCOMING_FLOW = "incoming"
RECOVERY = "recovery_overall"
PAIN = "pain_now"
TEMPERATURE = "temp_high"
STITCHES_IN = "stitches_still_in"
SPLINT_IN = "splint_still_in"
SATISFACTION = "satisfaction"
PLACE, COMPANION = "place_now", "companion_now"
"""Questions whose words are where she is and who is with her."""


STOPPED = (CallOutcome.WRONG_PERSON, CallOutcome.PROXY_REACHED)
"""Results after which nothing clinical is said: the talk-track stands still."""


@dataclass
class Typed:
    """What the caller has entered beside the answers. Lives on the screen until COMMIT."""

    outcome: CallOutcome | None = None
    spoke_to: SpokeTo = SpokeTo.UNKNOWN
    contact_person_id: int | None = None
    identity: set[str] = field(default_factory=set[str])
    note: str = ""
    place: str = ""
    companion: str = ""
    promise: PromiseMade | None = None
    opt_out: tuple[Purpose, ...] = ()
    doubt: bool = False
    corrections: list[Correction] = field(default_factory=list[Correction])
    times: dict[str, datetime] = field(default_factory=dict[str, datetime])
    sites: dict[str, int] = field(default_factory=dict[str, int])
    started_at: datetime | None = None
    phone_id: int | None = None
    next_contact_on: date | None = None
    reported: set[str] = field(default_factory=set[str])
    """Turns whose matter was handed to the lead."""
    decided: set[str] = field(default_factory=set[str])
    """Turns whose proposed result was taken or not."""
    number_missed: bool = False
    """Whether saving has asked once for the number of an unknown caller."""


def stopped(typed: Typed) -> bool:
    """Whether somebody is on the line who may hear nothing clinical."""
    return typed.outcome in STOPPED


def main_item(sheet: CallSheet, claim: Claim) -> SheetItem | None:
    """The item the contact was offered for, or its first one."""
    offered = next((item for item in sheet.items if item.id == claim.item_id), None)
    return offered or (sheet.items[0] if sheet.items else None)


def main_treatment(sheet: CallSheet, claim: Claim) -> OpenTreatment | None:
    """The treatment the call is about: its item's, else the newest one."""
    item = main_item(sheet, claim)
    wanted = item.treatment_id if item is not None else None
    by_id = {one.id: one for one in sheet.treatments}
    if wanted in by_id:
        return by_id[wanted]
    return min(sheet.treatments, key=lambda one: one.day, default=None)


def flow_of(library: Library, sheet: CallSheet, claim: Claim, role: str) -> FlowView:
    """The flow a contact opens: its item's, or the incoming call's, with what the other items ask beside it."""
    known = set(library.names("flows"))
    by_id = {one.id: one for one in sheet.treatments}
    main, default = main_item(sheet, claim), main_treatment(sheet, claim)
    about = person.of_sheet(sheet)

    def view(item: SheetItem | None) -> FlowView:
        treatment = by_id.get(item.treatment_id or 0, default) if item is not None else default
        wanted = () if item is None else (item.flow, library.flow_for(item.milestone) or "")
        code = next((one for one in wanted if one in known), CARE_FLOW)
        track = None if treatment is None else as_track(treatment)
        return select_flow(library, track, code, role, about)

    along = [view(item) for item in sheet.items if item is not main]
    if sheet.incoming:
        track = None if default is None else as_track(default)
        incoming = select_flow(library, track, INCOMING_FLOW, role, about)
        return merge(incoming, [view(main), *along] if main is not None else along)
    return merge(view(main), along)


def open_concern(
    library: Library, sheet: CallSheet, code: str, first: OpenTreatment | None, role: str
) -> Opened:
    """A concern over every open treatment, the one it was named for first.

    Without a treatment on file its questions are asked and its flags count, and nothing is ever reassured.
    """
    ordered = sorted(sheet.treatments, key=lambda one: first is None or one.id != first.id)
    if not ordered:
        return Opened(code, (select_untreated(library, code),))
    if len(ordered) == 1:
        return Opened(code, (select_concern(library, as_track(ordered[0]), code, role),))
    return Opened(code, select_joint(library, [as_track(one) for one in ordered], code, role).views)


def known_treatment(treatment: OpenTreatment | None) -> OpenTreatment | None:
    """A treatment whose procedure the reader may know: what she is offered must not tell her of another."""
    return None if treatment is None or treatment.masked else treatment


def offered(library: Library, sheet: CallSheet, claim: Claim, role: str) -> tuple[Offer, ...]:
    """The turns of the talk that a caller may open in this call, what fits best first.

    Args:
        library: the release. sheet, claim: the call. role: of the caller.
    """
    treatment = known_treatment(main_treatment(sheet, claim))
    track = None if treatment is None else as_track(treatment)
    return turns.offers(library, track, role, person.of_sheet(sheet))


def turn_made(
    library: Library, sheet: CallSheet, code: str, treatment: OpenTreatment | None, role: str
) -> Turn | None:
    """A turn of the talk as it is played in this call.

    Args:
        library: the release. sheet: the record.
        code: as `Turn.code`.
        treatment: the one it is about. role: of the caller.

    Returns:
        The turn; None when the release has no such turn for her.
    """
    kind, _colon, name = code.partition(":")
    known = known_treatment(treatment)
    if kind == turns.PLAYBOOK and name in library.playbooks:
        day = None if known is None else known.day
        return turns.turn_of_playbook(library, library.playbooks[name], day)
    if kind == turns.CARE and name in library.care_words:
        procedure = None if known is None else library.procedures.get(known.procedure)
        orders = "" if known is None else known.orders or ""
        return turns.turn_of_care(library.care_words[name], procedure, orders)
    if kind != turns.SITUATION or name not in library.names("flows"):
        return None
    track = None if known is None else as_track(known)
    try:
        view = select_flow(library, track, name, role, person.of_sheet(sheet))
    except ScriptError as error:
        if error.code != "no_variant":
            raise
        return None
    turn = turns.turn_of_flow(view)
    if turn.concern is None or turn.concern not in library.concerns:
        return replace(turn, concern=None)
    return replace(turn, opened=open_concern(library, sheet, turn.concern, treatment, role))


def flag_form(
    talk: Talk | None, flags: Sequence[str], level: Level, typed: Typed, treatment: OpenTreatment | None
) -> FlagForm:
    """What an escalation is raised with, at once.

    Args:
        talk: the conversation, None while the call is still opening. flags: codes newly raised.
        level: the most urgent of them. typed: what else is entered. treatment: the one the call is about.
    """
    judged = () if talk is None else (*talk.raised, *talk.judged().flags)
    raised = {flag.code: flag for flag in judged if flag.code in set(flags)}
    limits = [flag.contact_by_min for flag in raised.values() if flag.contact_by_min is not None]
    return FlagForm(
        level=level,
        flags=tuple(flags),
        # The board is read by the whole clinic, so its lines speak the clinic's language.
        summary="; ".join(flag.text("zh") for flag in raised.values()),
        treatment_id=None if treatment is None else treatment.id,
        contact_by_min=min(limits, default=None),
        place=typed.place,
        companion=typed.companion,
    )


def _number(answers: Mapping[str, Given], code: str) -> float | None:
    given = answers.get(code)
    return None if given is None or isinstance(given.value, str) else float(given.value)


def _choice(answers: Mapping[str, Given], code: str) -> str | None:
    given = answers.get(code)
    return given.value if given is not None and isinstance(given.value, str) else None


def _words(answers: Mapping[str, Given], code: str) -> str:
    value = answers[code].value if code in answers else ""
    return value if isinstance(value, str) and value != UNSURE else ""


def _out(answers: Mapping[str, Given], still_in: str) -> bool | None:
    given = answers.get(still_in)
    return None if given is None or given.value == UNSURE else given.value != YES


def form_of(
    sheet: CallSheet, claim: Claim, talk: Talk, typed: Typed, language: str, release_hash: str, now: datetime
) -> CallForm:
    """The form as it would be saved now; also what a draft keeps.

    Args:
        sheet: the record as it was opened. claim: the contact.
        talk: the conversation. typed: everything else entered.
        language: language spoken with the patient.
        release_hash: release that was read from.
        now: aware; the time of answers that have none.
    """
    answers = talk.answers
    by_concern = {question.code: opened.code for opened in talk.concerns for question in opened.questions}
    in_flow = set(talk.flow.questions)
    treatment = main_treatment(sheet, claim)
    default_site = None if treatment is None else treatment.id
    rows: list[Answered] = []
    for code, given in answers.items():
        concern = None if code in in_flow else by_concern.get(code)
        number = None if isinstance(given.value, str) else float(given.value)
        rows.append(
            Answered(
                question=code,
                value=given.value if isinstance(given.value, str) else f"{given.value:g}",
                at=typed.times.get(code, now),
                number=number,
                asked_in_group=given.in_group,
                concern=concern,
                treatment_id=typed.sites.get(concern or "", default_site),
            )
        )
    pain = _number(answers, PAIN)
    outcome = typed.outcome or (
        CallOutcome.CALLBACK_AGREED if typed.promise and not rows else CallOutcome.COMPLETED
    )
    return CallForm(
        direction=Direction.IN if sheet.incoming else Direction.OUT,
        outcome=outcome,
        spoke_to=typed.spoke_to,
        contact_person_id=typed.contact_person_id,
        identity=tuple(sorted(typed.identity)),
        language=type(sheet.language)(language),
        started_at=typed.started_at,
        phone_id=typed.phone_id,
        answers=tuple(rows),
        corrections=tuple(typed.corrections),
        concerns=tuple(opened.code for opened in talk.concerns),
        turns=tuple(turn.code for turn in talk.turns),
        recovery=_choice(answers, RECOVERY),
        pain=None if pain is None else round(pain),
        satisfaction=_choice(answers, SATISFACTION),
        doubt=typed.doubt,
        note=typed.note,
        promise=typed.promise,
        opt_out=typed.opt_out,
        place=typed.place or _words(answers, PLACE),
        companion=typed.companion or _words(answers, COMPANION),
        temperature=_number(answers, TEMPERATURE),
        stitches_out=_out(answers, STITCHES_IN),
        splint_out=_out(answers, SPLINT_IN),
        next_contact_on=typed.next_contact_on,
        track_code=talk.flow.code,
        track_version=talk.flow.version,
        release_hash=release_hash,
    )


def resumed(
    talk: Talk, form: CallForm, library: Library, sheet: CallSheet, claim: Claim, role: str
) -> tuple[Talk, Typed]:
    """A conversation and its entries as a draft kept them, at the place where it stood.

    Args:
        talk: the conversation at its beginning. form: the draft.
        library: the release. sheet, claim: the contact as it is now. role: of the caller.
    """
    answers = {
        one.question: Given(one.value if one.number is None else one.number, one.asked_in_group)
        for one in sorted(form.answers, key=lambda one: one.at)
    }
    typed = Typed(
        outcome=None if form.outcome is CallOutcome.COMPLETED else form.outcome,
        spoke_to=form.spoke_to,
        contact_person_id=form.contact_person_id,
        identity=set(form.identity),
        note=form.note,
        place=form.place,
        companion=form.companion,
        promise=form.promise,
        opt_out=form.opt_out,
        doubt=form.doubt,
        corrections=list(form.corrections),
        times={one.question: one.at for one in form.answers},
        sites={one.concern: one.treatment_id for one in form.answers if one.concern and one.treatment_id},
        started_at=form.started_at,
        phone_id=form.phone_id,
    )
    by_id = {one.id: one for one in sheet.treatments}
    opened = [
        open_concern(library, sheet, code, by_id.get(typed.sites.get(code, 0)), role)
        for code in form.concerns
        if code in library.concerns
    ]
    main = main_treatment(sheet, claim)
    made = [turn_made(library, sheet, code, main, role) for code in form.turns]
    hearer = next((one for one in sheet.people if one.id == form.contact_person_id), None)
    sure = (
        proven(typed.identity, sheet.identity) is None
        if typed.spoke_to is not SpokeTo.PROXY
        else hearer is not None and hearer.may_hear_clinical
    )
    # Without a patient on file nobody can show who she is; whoever answered beyond that point was let on.
    sure = sure or (sheet.patient_id is None and bool(answers))
    taken = [turn for turn in made if turn is not None]
    return taken_up(talk, answers, opened, identified=sure, turns=taken), typed
