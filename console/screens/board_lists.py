"""What starts on the board and ends on another screen: people found, added, listed behind a count of the strip."""

from __future__ import annotations

from console import i18n
from console.i18n import _, p_
from console.policy_words import closure_words, day_word
from console.screens.frame import Frame
from console.widgets.dialogs import Choose, Read
from console.widgets.strip_words import count_words, counts_of
from console.words import milestone_word, procedure_word, when_words
from db.enums import LeaseStage, Role
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
        board: as read last; its counts say which lists there are, what is in them is read now.
    """
    from console.desk import escalations

    app, seat, strip = screen.console_app, screen.console_app.seat, board.strip
    lists = {name: count_words(name, count) for name, count in counts_of(strip).items()}
    if strip.closure is not None:
        lists["closing"] = closure_words(strip.closure)
    if not lists or seat is None:
        app.push_screen(Read(_("Which list?"), [_("Every list is empty.")]))
        return
    chosen = await app.push_screen_wait(Choose(_("Which list?"), list(lists.items())))
    if chosen is None:
        return
    if chosen == "refused":
        await _show_refused(screen, lists[chosen])
        return
    items = await app.work.read(escalations.listed, seat, chosen, app.clock.now())
    if not items:
        app.push_screen(Read(lists[chosen], [_("Nobody.")]))
        return
    title, count = lists[chosen], counts_of(strip).get(chosen, 0)
    if count > len(items):
        title = _("{list}; the first {n} of them", list=title, n=len(items))
    patient_id = await app.push_screen_wait(
        Choose(title, [(item.patient_id or 0, _item(screen, chosen, item)) for item in items])
    )
    # Who rang in and is not known yet has no page.
    if patient_id:
        app.open_patient(patient_id)


async def _show_refused(screen: Frame, title: str) -> None:
    """The fix list for a lead, who mends it there; anybody else reads which rows there are."""
    from console.desk import escalations
    from console.screens.fixlist import FixListScreen

    app, seat = screen.console_app, screen.console_app.seat
    if seat is None:
        return
    if seat.role is Role.LEAD:
        app.push_screen(FixListScreen(), lambda _result: screen.record_changed())
        return
    lines = [_refused(line) for line in await app.work.read(escalations.refused, seat)]
    app.push_screen(Read(title, lines or [_("Nobody.")]))


def _item(screen: Frame, name: str, item: BoardItem) -> str:
    who, what = item.patient or _("unknown caller"), procedure_word(item.procedure or "")
    since = "" if item.since is None else when_words(screen.local(item.since), screen.local_now())
    milestone = milestone_word(item.milestone) if item.milestone else ""
    parts: tuple[str, ...] = (who, what, milestone, since)
    if name == "closing":
        rings = _("cannot be rung then") if item.reason else _("may be rung then")
        parts = (day_word(item.due_on) if item.due_on else "", who, what, milestone, rings)
    elif name == "unplanned":
        parts = (day_word(item.due_on) if item.due_on else "", who, what)
    elif name == "skipped":
        parts = (*parts, p_("list", "skipped {n} times", n=item.times))
    elif name == "late_drafts":
        parts = (who, _("typed by {name}", name=item.staff), since)
    elif name in ("held", "cut_off"):
        parts = (
            item.staff,
            p_("stage", "previewing") if item.reason == LeaseStage.PREVIEW else "",
            who,
            since,
        )
    return "  ".join(part.strip() for part in parts if part)


def _refused(line: RefusedLine) -> str:
    from console.record_words import refused_text
    from db.import_records import RejectedRow

    # The board's strip has no values of cells; the fix list shows them to the lead.
    row = RejectedRow(line.row_number, line.column or "", line.code, "...", line.operated_on)
    day = line.operated_on.isoformat() if line.operated_on else _("no operation date")
    return f"{day}  {refused_text(i18n.language(), row)}"
