"""What starts on the board and ends on another screen: people found, added, listed as lapsed or unreachable."""

from __future__ import annotations

from console import i18n
from console.i18n import _, p_
from console.policy_words import closure_words, day_word
from console.screens.frame import Frame
from console.widgets.case_words import capped
from console.widgets.dialogs import Choose, Read
from console.words import milestone_word, procedure_word, when_words
from db.records import Board, BoardItem, RefusedLine


async def find(screen: Frame) -> None:
    """Asks for a person and opens the page.

    Args:
        screen: the screen in front.
    """
    from console.screens.find import FindPatient

    found = await screen.app.push_screen_wait(FindPatient(_("Find a person")))
    if found is not None:
        screen.console_app.open_patient(found.patient_id)


async def add_patient(screen: Frame) -> None:
    """Asks for a new patient, then opens the page, where the treatment is added.

    Args:
        screen: the screen in front.
    """
    from console.screens.patient_form import PatientFormScreen

    patient_id = await screen.app.push_screen_wait(PatientFormScreen())
    if patient_id is not None:
        screen.console_app.open_patient(patient_id)


async def show(screen: Frame, board: Board) -> None:
    """Asks which list, then whom of it, and opens the page.

    Args:
        screen: the screen in front.
        board: as read last.
    """
    app, strip = screen.console_app, board.strip
    lists = [
        ("lapsed", p_("strip", "lapsed {n}", n=capped(strip.lapsed))),
        ("unreachable", p_("strip", "unreachable {n}", n=capped(strip.unreachable))),
        ("refused", p_("strip", "refused rows {n}", n=capped(strip.refused))),
    ]
    if strip.closure is not None:
        lists.append(("closing", closure_words(strip.closure)))
    chosen = await app.push_screen_wait(Choose(_("Which list?"), lists))
    if chosen is None:
        return
    title = dict(lists)[chosen]
    if chosen == "refused":
        lines = [_refused(line) for line in board.refused]
        app.push_screen(Read(title, lines or [_("Nobody.")]))
        return
    items = {"lapsed": board.lapsed, "unreachable": board.unreachable, "closing": board.closing}[chosen]
    if not items:
        app.push_screen(Read(title, [_("Nobody.")]))
        return
    patient_id = await app.push_screen_wait(
        Choose(title, [(item.patient_id, _item(screen, item)) for item in items])
    )
    if patient_id is not None:
        app.open_patient(patient_id)


def _item(screen: Frame, item: BoardItem) -> str:
    if item.due_on is not None:
        rings = _("cannot be rung then") if item.reason else _("may be rung then")
        who = (item.patient, procedure_word(item.procedure or ""), milestone_word(item.milestone))
        return "  ".join(part for part in (day_word(item.due_on), *who, rings) if part)
    since = "" if item.since is None else when_words(screen.local(item.since), screen.local_now())
    parts = (item.patient, procedure_word(item.procedure or ""), milestone_word(item.milestone), since)
    return "  ".join(part for part in parts if part)


def _refused(line: RefusedLine) -> str:
    from console.record_words import refused_text
    from db.import_records import RejectedRow

    # The board's strip has no values of cells; the fix list shows them to the lead.
    row = RejectedRow(line.row_number, line.column or "", line.code, "...", line.operated_on)
    day = line.operated_on.isoformat() if line.operated_on else _("no operation date")
    return f"{day}  {refused_text(i18n.language(), row)}"
