"""Remedies and refunds: proposed, taken back, decided by another; windows of a complaint's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.i18n import _, p_
from console.rules import complaints as rules
from console.screens.complaint_common import Ask, ask, case_of
from console.screens.form import FieldFault, text_of
from console.text import toast
from console.widgets import service_words as words
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.service_lines import money_words
from db.enums import RemedyKind

if TYPE_CHECKING:
    from console.screens.case_windows import CaseWindows
    from db.records import Named, Remedy

_MONEY = re.compile(r"^(\d{1,9})(?:[.\uff0e](\d{1,2}))?$")


def _reasons() -> tuple[tuple[str, str], ...]:
    return tuple((code, words.said(words.CRITERIA, "remedy reason", code)) for code in rules.REMEDY_CRITERIA)


async def propose(screen: CaseWindows) -> None:
    """Proposes a remedy; somebody else decides."""
    kinds = tuple((str(one), words.remedy_word(one)) for one in RemedyKind)
    fields = [
        Field("kind", _("remedy"), "one", options=kinds),
        Field("criterion", _("because"), "one", options=_reasons()),
        Field("money", _("money"), hint=_("1200 or 1200.50, or empty"), limit=13),
        Field("text", _("what exactly"), limit=4000),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        return (
            RemedyKind(text_of(values, "kind")),
            text_of(values, "criterion"),
            cents_of(values, "money"),
            text_of(values, "text"),
        )

    about = _("Proposed, never promised: the same reasons for everybody.")
    about += f"\n{_who_decides(await _deciders(screen))}"
    await ask(screen, Ask(_("Propose a remedy"), fields, "propose_remedy", values_of, about))


async def _deciders(screen: CaseWindows) -> tuple[Named, ...]:
    """Who may decide what this person proposes in the case in front."""
    from console.desk import complaints

    app, case = screen.console_app, case_of(screen)
    if app.seat is None or case is None:
        return ()
    return await app.work.read(complaints.deciders, app.seat, case.card.id, app.seat.staff_id)


def _who_decides(people: tuple[Named, ...]) -> str:
    if people:
        return _("{names} may decide it.", names=", ".join(one.name for one in people))
    return _("Nobody else here may decide it: who proposes it decides too, with the PIN and a reason.")


def _pin() -> Field:
    return Field("pin", _("your PIN"), "hidden", limit=20)


def _approves(screen: CaseWindows) -> bool:
    seat = screen.console_app.seat
    return seat is not None and seat.role is seat.policy.escalations.complaint.approver


def cents_of(values: Mapping[str, Value], name: str) -> int | None:
    """An amount of money typed into a field, in hundredths; None when it was left empty.

    Raises:
        FieldFault: it is no amount.
    """
    typed = text_of(values, name).strip()
    if not typed:
        return None
    found = _MONEY.match(typed)
    if found is None:
        raise FieldFault(name, _("Write it like 1200 or 1200.50."))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _words(one: Remedy) -> str:
    money = "" if one.cents is None else f" {money_words(one.cents)}"
    return f"{words.remedy_word(one.kind)}{money}: {one.words}"


async def decide(screen: CaseWindows) -> None:
    """Decides about a remedy somebody else proposed."""
    case = case_of(screen)
    opened = [] if case is None else [one for one in case.remedies if one.decided_at is None]
    await _decide(screen, opened)


async def _which(screen: CaseWindows, opened: list[Remedy]) -> Remedy | None:
    if len(opened) < 2:
        return opened[0] if opened else None
    picked = await screen.app.push_screen_wait(
        Choose(_("Which remedy?"), [(one.id, _words(one)) for one in opened])
    )
    return next((one for one in opened if one.id == picked), None)


async def _decide(screen: CaseWindows, opened: list[Remedy]) -> None:
    chosen = await _which(screen, opened)
    if chosen is None:
        return
    seat = screen.console_app.seat
    own = seat is not None and chosen.proposed_by_id == seat.staff_id
    about = f"{_words(chosen)}  ({_('proposed by {name}', name=chosen.proposed_by)})"
    if own or not _approves(screen):
        people = await _deciders(screen)
        if people or not _approves(screen):
            toast(screen.app, _who_decides(people), "warning")
            return
        about += f"\n{_who_decides(people)}"
    fields = [
        Field("verdict", _("decision"), "one", "yes", _verdicts()),
        Field("text", _("reason"), limit=500),
    ]
    if own:
        fields.append(_pin())
    now = screen.console_app.clock.now

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        decided = (chosen.id, text_of(values, "verdict") == "yes", text_of(values, "text"))
        return (*decided, now(), text_of(values, "pin")) if own else (*decided, now())

    window = Ask(_("Decide about a remedy"), fields, "decide_remedy", values_of, about, timed=True)
    await ask(screen, window)


def _verdicts() -> tuple[tuple[str, str], ...]:
    return ("yes", p_("remedy decided", "approved")), ("no", p_("remedy decided", "refused"))


async def withdraw(screen: CaseWindows) -> None:
    """Takes back what this person proposed and nobody has decided."""
    case, seat = case_of(screen), screen.console_app.seat
    if case is None or seat is None:
        return
    mine = [one for one in case.remedies if one.decided_at is None and one.proposed_by_id == seat.staff_id]
    chosen = await _which(screen, mine)
    if chosen is not None:
        fields = [Field("text", _("reason"), limit=500)]
        number = chosen.id
        window = Ask(
            _("Take the proposal back"),
            fields,
            "withdraw_remedy",
            lambda values: (number, text_of(values, "text")),
            _words(chosen),
        )
        await ask(screen, window)


async def ask_refund(screen: CaseWindows) -> None:
    """Money back is asked for: its clock starts."""
    about = _(
        "Decided within 15 calendar days, however serious the complaint is; the lead is warned on day 10."
    )
    fields = [Field("text", _("in her words"), limit=500)]
    await ask(
        screen,
        Ask(
            _("Money back is asked for"),
            fields,
            "ask_refund",
            lambda values: (text_of(values, "text"),),
            about,
        ),
    )


async def refund(screen: CaseWindows) -> None:
    """Decides about the refund: yes with the amount, or no with a reason."""
    case = case_of(screen)
    opened = (
        []
        if case is None
        else [one for one in case.remedies if one.decided_at is None and one.kind is RemedyKind.REFUND]
    )
    if opened:
        await _decide(screen, opened)
        return
    people, approves = await _deciders(screen), _approves(screen)
    alone = approves and not people
    fields = [
        Field("verdict", _("decision"), "one", "", _verdicts()),
        Field("money", _("money"), hint=_("1200 or 1200.50; empty when refused"), limit=13),
        Field("criterion", _("because"), "one", "", _reasons()),
        Field("text", _("reason"), limit=500),
    ]
    if alone:
        fields.append(_pin())
    now = screen.console_app.clock.now

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        if not text_of(values, "verdict"):
            raise FieldFault("verdict", _("Say yes or no."))
        cents = None
        if text_of(values, "verdict") == "yes":
            cents = cents_of(values, "money")
            if cents is None:
                raise FieldFault("money", _("Write it like 1200 or 1200.50."))
        decided = (cents, text_of(values, "criterion"), text_of(values, "text"))
        return (*decided, now(), text_of(values, "pin")) if alone else (*decided, now())

    about = _("A yes names the amount; a no ends the refund's clock at once.")
    about += f"\n{_who_decides(people)}"
    window = Ask(_("Decide about the refund"), fields, "decide_refund", values_of, about, timed=True)
    await ask(screen, window)
