"""Remedies and refunds: proposed by one person, decided by another; windows of a complaint's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.i18n import _, p_
from console.rules import complaints as rules
from console.screens.complaint_common import Ask, ask, case_of
from console.screens.form import FieldFault, text_of
from console.widgets import service_words as words
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.service_lines import money_words
from db.enums import RemedyKind

if TYPE_CHECKING:
    from console.screens.case_windows import CaseWindows
    from db.records import Remedy

_MONEY = re.compile(r"^(\d{1,9})(?:[.\uff0e](\d{1,2}))?$")


async def propose(screen: CaseWindows) -> None:
    """Proposes a remedy; somebody else decides."""
    kinds = tuple((str(one), words.remedy_word(one)) for one in RemedyKind)
    reasons = tuple(
        (code, words.said(words.CRITERIA, "remedy reason", code)) for code in rules.REMEDY_CRITERIA
    )
    fields = [
        Field("kind", _("remedy"), "one", options=kinds),
        Field("criterion", _("because"), "one", options=reasons),
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

    about = _("Proposed, never promised: the same reasons for everybody. Another person decides.")
    await ask(screen, Ask(_("Propose a remedy"), fields, "propose_remedy", values_of, about))


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
    opened = [] if case is None else [one for one in case.remedies if one.approved is None]
    await _decide(screen, opened)


async def _decide(screen: CaseWindows, opened: list[Remedy]) -> None:
    if not opened:
        return
    chosen = opened[0]
    if len(opened) > 1:
        picked = await screen.app.push_screen_wait(
            Choose(_("Which remedy?"), [(one.id, _words(one)) for one in opened])
        )
        if picked is None:
            return
        chosen = next(one for one in opened if one.id == picked)
    verdicts = (("yes", p_("remedy decided", "approved")), ("no", p_("remedy decided", "refused")))
    fields = [
        Field("verdict", _("decision"), "one", "yes", verdicts),
        Field("text", _("reason"), limit=500),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        return chosen.id, text_of(values, "verdict") == "yes", text_of(values, "text")

    about = f"{_words(chosen)}  ({_('proposed by {name}', name=chosen.proposed_by)})"
    await ask(screen, Ask(_("Decide about a remedy"), fields, "decide_remedy", values_of, about))


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
    """Decides about the refund: a remedy of that kind, proposed first when nobody has."""
    case = case_of(screen)
    opened = (
        []
        if case is None
        else [one for one in case.remedies if one.approved is None and one.kind is RemedyKind.REFUND]
    )
    if opened:
        await _decide(screen, opened)
    else:
        await propose(screen)
