"""Who is on the line, and what she worries about: identity items, proxies, concerns by digit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console import i18n
from console.desk.conversing import main_treatment, open_concern, stopped
from console.i18n import _
from console.rules import identity
from console.screens import call_flags, call_paint
from console.scripts import conversation
from console.widgets.call_panes import treatment_words
from db.enums import CallOutcome, SpokeTo

if TYPE_CHECKING:
    from console.screens.call import CallScreen

PROXY_DIGIT, WRONG_DIGIT = 8, 9


def again(screen: CallScreen) -> None:
    """Back to the identity check: the key was wrong, or the patient has come to the telephone."""
    screen.typed.outcome = None
    screen.typed.spoke_to = SpokeTo.UNKNOWN
    screen.typed.contact_person_id = None
    screen.typed.identity.clear()
    taken_back(screen)
    screen.touch()
    screen.repaint()


def taken_back(screen: CallScreen) -> None:
    """Whoever is on the line has not shown who she is, or not any more: the identity check is in front again.
    Only `check`, somebody who may hear everything and `nobody_on_file` open the clinical part."""
    if screen.talk is not None and screen.talk.identified:
        screen.talk = replace(conversation.to_flow(screen.talk), identified=False)


def digit(screen: CallScreen, number: int) -> None:
    """A digit while identity is asked: an item given, somebody else, or the wrong person."""
    assert screen.sheet is not None
    if screen.sheet.patient_id is None:
        return
    if number == PROXY_DIGIT:
        screen.job(proxy(screen))
    elif number == WRONG_DIGIT:
        screen.typed.outcome = CallOutcome.WRONG_PERSON
        screen.typed.spoke_to = SpokeTo.UNKNOWN
        screen.typed.contact_person_id = None
        screen.typed.identity.clear()
        taken_back(screen)
        screen.touch()
        screen.repaint()
    elif 1 <= number <= len(screen.sheet.identity):
        screen.typed.identity ^= {screen.sheet.identity[number - 1].code}
        check(screen)
        screen.touch()
        screen.repaint()


def check(screen: CallScreen) -> None:
    """Opens the clinical part once two items, one of them deciding, were given; until then it is shut."""
    assert screen.sheet is not None and screen.talk is not None
    if identity.proven(screen.typed.identity, screen.sheet.identity) is None:
        screen.typed.spoke_to = SpokeTo.PATIENT
        if stopped(screen.typed):
            screen.typed.outcome = None
        screen.talk = conversation.identify(screen.talk)
    else:
        screen.typed.spoke_to = SpokeTo.UNKNOWN
        screen.typed.contact_person_id = None
        taken_back(screen)


def nobody_on_file(screen: CallScreen) -> None:
    """An unknown caller has nothing to be compared with: the danger signs go on, and nothing is ever told."""
    if screen.sheet is not None and screen.sheet.patient_id is None and screen.talk is not None:
        screen.talk = conversation.identify(screen.talk)
        screen.touch()


async def proxy(screen: CallScreen) -> None:
    """Somebody else answers: nothing clinical, unless she is on file as one who may hear it."""
    from console.widgets.dialogs import Choose

    assert screen.sheet is not None
    chosen = 0
    if screen.sheet.people:
        may, guardian = "  " + _("may hear everything"), "  " + _("guardian")
        options = [
            (
                one.id,
                f"{one.name} ({one.relation})"
                + (guardian if one.guardian else "")
                + (may if one.may_hear_clinical else ""),
            )
            for one in screen.sheet.people
        ]
        picked = await screen.ask(
            Choose(_("Who answers?"), [*options, (0, _("somebody else: say nothing clinical"))])
        )
        if picked is None:
            return
        chosen = picked
    person = next((one for one in screen.sheet.people if one.id == chosen), None)
    screen.typed.spoke_to = SpokeTo.PROXY
    screen.typed.contact_person_id = chosen or None
    if person is not None and person.may_hear_clinical and screen.talk is not None:
        screen.talk = conversation.identify(screen.talk)
        screen.typed.outcome = None
    else:
        taken_back(screen)
        screen.typed.outcome = CallOutcome.PROXY_REACHED
    screen.touch()
    screen.repaint()


async def name_concern(screen: CallScreen, number: int) -> None:
    """Opens the concern of a digit, asking which one, and which operation, where there are several."""
    from console.widgets.dialogs import Choose

    app, sheet, library = screen.console_app, screen.sheet, screen.library
    if sheet is None or library is None or screen.talk is None or app.seat is None:
        return
    treatment = main_treatment(sheet, screen.claim)
    codes = call_paint.concerns_of(library, sheet, number, treatment)
    code = codes[0] if len(codes) == 1 else None
    if len(codes) > 1:
        lang = i18n.language()
        options = [(one, library.concerns[one].name.of(lang)) for one in codes]
        code = await screen.ask(Choose(_("Which concern?"), options))
    if code is None:
        screen.repaint()
        return
    await open_code(screen, code)


async def open_code(screen: CallScreen, code: str, *, ask_site: bool = True) -> None:
    """Opens a concern.

    Args:
        screen: the call. code: of the concern.
        ask_site: whether to ask which operation it is about where there are several; else the call's own.
    """
    from console.widgets.dialogs import Choose

    app, sheet, library = screen.console_app, screen.sheet, screen.library
    if sheet is None or library is None or screen.talk is None or app.seat is None:
        return
    site = treatment = main_treatment(sheet, screen.claim)
    if ask_site and len(sheet.treatments) > 1:
        sites = [(one, treatment_words(one)) for one in sheet.treatments]
        site = await screen.ask(Choose(_("Which operation is it about?"), sites)) or treatment
    if site is not None:
        screen.typed.sites[code] = site.id
    opened = await app.work.read(open_concern, library, sheet, code, site, str(app.seat.role))
    before = screen.talk
    screen.talk = conversation.name_concern(before, opened)[0]
    screen.touch()
    call_flags.heard(screen, before)
    screen.repaint()
