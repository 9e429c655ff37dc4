"""What is done to a complaint or a service request from its page: one window a step, in a list of what is open now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from console import i18n
from console.i18n import _, p_
from console.rules import complaints as rules
from console.screens import complaint_money, complaint_rights
from console.screens.complaint_common import Ask, ask, case_of, choices, write
from console.screens.form import text_of
from console.screens.moments import moment_of
from console.text import toast
from console.widgets import service_words as words
from console.widgets.case_words import severity_word
from console.widgets.dialogs import Choose, Confirm, Read
from console.widgets.fields import Field, Value
from db.enums import CLINICIANS, CaseStage, ComplaintClass, EscalationKind, ProcessStage, Role, Severity

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.screens.case_windows import CaseWindows
    from db.records import ServiceCase

HANDLERS: Final = CLINICIANS | {Role.LEAD}
NONE: Final = "-"
SCORES: Final[Mapping[int, str]] = {
    1: "very dissatisfied",
    2: "dissatisfied",
    3: "neither",
    4: "satisfied",
    5: "very satisfied",
}
"""Satisfaction with how a complaint went (`console.rules.complaints.SCORES`); the digit is the score."""
Do = Callable[["CaseWindows"], Awaitable[None]]


async def _reply(screen: CaseWindows) -> None:
    case = case_of(screen)
    if case is None:
        return
    about = _("The first reply is due within 24 hours of the complaint, around the clock.")
    if case.card.kind is EscalationKind.REQUEST:
        by = f"{screen.local(case.card.contact_by):%m-%d %H:%M}"
        about = _("The first response to this request is due by {time}.", time=by)
    fields = [Field("text", _("said"), limit=4000)]
    await ask(screen, Ask(_("First reply given"), fields, "reply", _text, about))


def _text(values: Mapping[str, Value]) -> tuple[Any, ...]:
    return (text_of(values, "text"),)


async def _investigate(screen: CaseWindows) -> None:
    from console.desk import complaints

    app, case = screen.console_app, case_of(screen)
    if app.seat is None or case is None:
        return
    people = await app.work.read(complaints.staff_names, app.seat)
    named = {one.id for one in case.about}
    options = [(one.id, one.name) for one in people if one.id not in named]
    chosen = await screen.app.push_screen_wait(
        Choose(_("Who looks into it? Nobody complained of is in the list."), options)
    )
    if chosen is not None:
        await write(screen, "investigate", chosen)


async def _solve(screen: CaseWindows) -> None:
    fields = [
        Field("cause", _("what was found"), limit=4000),
        Field("solution", _("what is done"), limit=4000),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        return text_of(values, "cause"), text_of(values, "solution")

    await ask(screen, Ask(_("Cause and solution"), fields, "solve", values_of))


async def _tell_back(screen: CaseWindows) -> None:
    accepted = ((NONE, p_("accepted", "did not say")), *choices(words.ACCEPTED, "accepted"))
    fields = [
        Field("text", _("said"), hint=_("what the customer was told"), limit=4000),
        Field("accepted", _("takes it how"), "one", NONE, accepted),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        took = text_of(values, "accepted")
        return text_of(values, "text"), None if took == NONE else took

    await ask(screen, Ask(_("The customer was told the result"), fields, "tell_back", values_of))


async def _ask_satisfied(screen: CaseWindows) -> None:
    seat = screen.console_app.seat
    scores = [(str(score), p_("score", SCORES[score])) for score in rules.SCORES]
    codes = [code for code in rules.NO_SATISFACTION if code != "not_reached" or _is(seat, Role.LEAD)]
    scores += [(code, words.said(words.NO_SCORE, "no score", code)) for code in codes]
    chosen = await screen.app.push_screen_wait(
        Choose(_("Is the customer satisfied with how it went?"), scores)
    )
    if chosen is None:
        return
    if chosen in rules.NO_SATISFACTION:
        await write(screen, "no_satisfaction", chosen)
        return
    fields = [Field("text", _("in her words"), hint=_("or empty"), limit=4000)]
    await ask(
        screen,
        Ask(
            _("Satisfaction {n} of 5", n=chosen),
            fields,
            "satisfied",
            lambda values: (int(chosen), *_text(values)),
        ),
    )


async def _close(screen: CaseWindows) -> None:
    case = case_of(screen)
    if case is None:
        return
    if case.gaps:
        lines = [f"- {i18n.reason_text(i18n.language(), one)}" for one in case.gaps]
        await screen.app.push_screen_wait(Read(_("Not yet: this comes before the case is settled"), lines))
        return
    question = _("Settle the case for good? Taking it up again starts new clocks.")
    sure = await screen.app.push_screen_wait(Confirm(question, p_("case step", "settle the case")))
    if sure:
        await write(screen, "close")


async def _reopen(screen: CaseWindows) -> None:
    about = _("New clocks begin; the earlier ones, and what was late, stay on record.")
    await ask(screen, Ask(_("Reopen"), [Field("text", _("reason"), limit=500)], "reopen", _text, about))


async def _answer(screen: CaseWindows) -> None:
    await ask(screen, Ask(_("The answer given"), [Field("text", _("said"), limit=4000)], "answer", _text))


async def _pause(screen: CaseWindows) -> None:
    fields = [
        Field("code", _("waits for"), "one", options=choices(words.PAUSES, "pause")),
        Field("text", _("what exactly"), limit=500),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        return text_of(values, "code"), text_of(values, "text")

    about = _("Only while the customer has to do something; our own waiting does not stop the clock.")
    await ask(screen, Ask(_("Stop the answer's clock"), fields, "pause", values_of, about))


async def _resume(screen: CaseWindows) -> None:
    await write(screen, "resume")


async def _classify(screen: CaseWindows) -> None:
    case = case_of(screen)
    if case is None:
        return
    classes = tuple((str(one), words.class_word(one)) for one in ComplaintClass)
    stages = (
        (NONE, p_("process stage", "none")),
        *((str(one), words.process_word(one)) for one in ProcessStage),
    )
    fields = [
        Field("klass", _("class"), "one", str(case.klass or ""), classes),
        Field("stage", _("in the process"), "one", str(case.process_stage or NONE), stages),
        Field("text", _("reason"), limit=500),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        stage = text_of(values, "stage")
        return (
            ComplaintClass(text_of(values, "klass")),
            None if stage == NONE else ProcessStage(stage),
            text_of(values, "text"),
        )

    await ask(screen, Ask(_("What it is about"), fields, "classify", values_of))


async def _severity(screen: CaseWindows) -> None:
    case = case_of(screen)
    if case is None:
        return
    options = tuple((str(one), severity_word(one)) for one in Severity)
    fields = [
        Field("severity", _("how serious"), "one", str(case.card.severity or ""), options),
        Field("text", _("reason"), limit=500),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        return Severity(text_of(values, "severity")), text_of(values, "text")

    about = _("The answer's day is counted anew from when it came in: 3, 7 or 14 working days.")
    await ask(screen, Ask(_("How serious?"), fields, "set_severity", values_of, about))


async def _confirm(screen: CaseWindows) -> None:
    case = case_of(screen)
    if case is None or case.card.severity is None:
        return
    how = severity_word(case.card.severity)
    sure = await screen.app.push_screen_wait(
        Confirm(_("Confirm it as {severity}?", severity=how), _("confirm"))
    )
    if sure:
        await write(screen, "confirm")


async def _progress(screen: CaseWindows) -> None:
    fields = [Field("text", _("said"), hint=_("how far it is"), limit=4000)]
    await ask(screen, Ask(_("The customer was told how it goes"), fields, "progress", _text))


async def _promise(screen: CaseWindows) -> None:
    fields = [
        Field("text", _("what"), limit=500),
        Field("at", _("when"), hint=_("14:30, or 06-20 14:30"), limit=20),
        Field(
            "mine",
            _("by whom"),
            "one",
            "mine",
            (("mine", p_("by whom", "me")), ("any", p_("by whom", "anyone"))),
        ),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        at = moment_of(values, "at", screen.local_now(), past=False)
        if at is None:
            from console.screens.form import FieldFault

            raise FieldFault("at", _("Write it like 14:30, or 06-20 14:30."))
        return text_of(values, "text"), at, text_of(values, "mine") == "mine"

    await ask(screen, Ask(_("Promised to the customer"), fields, "promise", values_of))


# -- which of them there are now -----------------------------------------------------------------

STEPS: Final[Mapping[str, tuple[str, Do]]] = {
    "reply": ("give the first reply", _reply),
    "confirm": ("confirm how serious it is", _confirm),
    "investigate": ("name who looks into it", _investigate),
    "solve": ("write down cause and solution", _solve),
    "answer": ("answer it", _answer),
    "tell_back": ("tell the customer the result", _tell_back),
    "ask": ("satisfaction, or why there is none", _ask_satisfied),
    "close": ("close it", _close),
    "reopen": ("reopen it", _reopen),
    "resume": ("let the clock run again", _resume),
    "pause": ("stop the answer's clock: the customer's turn", _pause),
    "rights": ("rights told", complaint_rights.rights),
    "roles": ("somebody of the clinic was told", complaint_rights.role_told),
    "records": ("copy or sealing of the record asked for", complaint_rights.ask_records),
    "records_done": ("copy or sealing done", complaint_rights.records_done),
    "channel": ("outside body named, on request", complaint_rights.channel),
    "propose": ("propose a remedy", complaint_money.propose),
    "decide": ("decide about a remedy", complaint_money.decide),
    "withdraw": ("take your proposal back", complaint_money.withdraw),
    "ask_refund": ("money back is asked for", complaint_money.ask_refund),
    "refund": ("decide about the refund", complaint_money.refund),
    "progress": ("the customer was told how it goes", _progress),
    "promise": ("promise something, with a time", _promise),
    "severity": ("change how serious it is", _severity),
    "classify": ("change what it is about", _classify),
}
"""Code of a step to its words (context `case step`) and its window, in the order of the list."""


def _is(seat: Seat | None, *roles: Role) -> bool:
    return seat is not None and seat.role in roles


def _open_to(case: ServiceCase, seat: Seat) -> set[str]:
    """Codes of what this person may do to a case now; the desk decides again."""
    card = case.card
    handles = seat.role in HANDLERS or card.owner_id == seat.staff_id
    if case.stage is CaseStage.CLOSED:
        return {"reopen"} if handles or case.investigator_id == seat.staff_id else set()
    can = {"progress", "promise"}
    if case.replied_at is None:
        can.add("reply")
    if card.kind is EscalationKind.REQUEST:
        can |= {"answer"} if case.answered_at is None else {"close"}
        return can
    can |= {"rights", "channel", "records", "propose"}
    can |= _course(case, seat, handles=handles)
    if any(one.kind in rules.RECORDS and one.done_at is None for one in case.entries):
        can.add("records_done")
    undecided = [one for one in case.remedies if one.decided_at is None]
    if undecided:
        can.add("decide")
    if any(one.proposed_by_id == seat.staff_id for one in undecided):
        can.add("withdraw")
    open_refund = case.refund_asked_at is not None and case.refund_decided_at is None
    can.add("refund" if open_refund else "ask_refund")
    if seat.role is Role.LEAD:
        can |= {"severity", "classify"}
        if case.confirmed_by is None:
            can.add("confirm")
    return can


def _course(case: ServiceCase, seat: Seat, *, handles: bool) -> set[str]:
    can: set[str] = set()
    looks = handles or case.investigator_id == seat.staff_id
    if handles and case.answered_at is None:
        can.add("investigate")
    if looks and case.answered_at is None:
        can.add("solve")
    if looks and case.paused_at is not None:
        can.add("resume")
    elif looks and case.solved_at is None:
        can.add("pause")
    if case.solved_at is not None:
        can |= {"tell_back"} if case.answered_at is None else {"ask"}
        if looks and case.answered_at is not None:
            can.add("reopen")
    if looks:
        can.add("close")
    return can


def offered(screen: CaseWindows) -> Sequence[tuple[str, str]]:
    """Codes and words of what can be done now, what is next on top.

    Args:
        screen: the page.
    """
    case, seat = screen.service, screen.console_app.seat
    if seat is None or seat.role is Role.TRAINEE:
        return []
    can = set[str]() if case is None else _open_to(case, seat)
    if any(one.done_at is None for one in screen.roles):
        can.add("roles")
    step = screen.next()
    first = step.code if step is not None and step.mine else None
    ordered = sorted((code for code in STEPS if code in can), key=lambda code: code != first)
    return [(code, p_("case step", STEPS[code][0])) for code in ordered]


async def do(screen: CaseWindows, code: str) -> None:
    """Opens the window of a step.

    Args:
        screen: the page.
        code: of `STEPS`.
    """
    if code in STEPS:
        await STEPS[code][1](screen)
    else:
        toast(screen.app, _("It waits for the customer."))
