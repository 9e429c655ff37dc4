"""One handed-over case, whole: what is to be done next, what is wrong, who has it, its story from the beginning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from console import i18n
from console.i18n import _
from console.rules.next_step import NextStep, before_closing, next_step
from console.screens.case_windows import CaseWindows
from console.screens.rereading import Rereading
from console.screens.viewer import viewer_of
from console.widgets.call_panes import ALARM, DIM, HEAD, WARN, Line, Pane
from console.widgets.case_words import (
    Signs,
    clock_word,
    hands_words,
    level_or_severity,
    patient_words,
    urgency_words,
)
from console.widgets.duty_lines import duty_lines
from console.widgets.next_words import next_line
from console.widgets.playbook_lines import playbook_lines
from console.widgets.service_lines import entry_line, service_lines
from console.widgets.story_lines import story_lines
from console.words import left_words, post_op_words, procedure_word, when_words
from db.enums import EscalationKind
from db.records import Escalation, EscalationDetail

if TYPE_CHECKING:
    from console.desk.seat import Seat


class EscalationScreen(CaseWindows):
    """The same keys as on the board, on one card.

    Args:
        escalation_id: which.
    """

    SCOPE: ClassVar[str] = "escalation"
    CSS_PATH = "escalation.tcss"
    AUTO_FOCUS = "#case-scroll"

    def __init__(self, escalation_id: int) -> None:
        super().__init__()
        self.escalation_id = escalation_id
        self._detail: EscalationDetail | None = None
        self._signs: Signs = {}
        self._reread = Rereading(self, self._again)

    def headline(self) -> str:
        """What it is about."""
        if self._detail is None:
            return f"#{self.escalation_id}"
        card = self._detail.card
        parts = (
            f"#{card.id}",
            urgency_words(card),
            self._full_name(self._detail),
            procedure_word(card.procedure or ""),
            post_op_words(card.day),
        )
        return "  ".join(part for part in parts if part)

    def _full_name(self, detail: EscalationDetail) -> str:
        return patient_words(detail.card) if detail.name == detail.card.patient else detail.name

    def body(self) -> ComposeResult:
        """What is next; facts and story; beside them, where there is room, the playbook of a complaint."""
        yield Pane(id="case-next", markup=False)
        with Horizontal(id="case-body"):
            with VerticalScroll(id="case-scroll"):
                yield Pane(id="case-facts", markup=False)
            with VerticalScroll(id="case-side", can_focus=False):
                yield Pane(id="case-playbook", markup=False)

    def on_mount(self) -> None:
        """Opens it: whoever works on it sees name and number, which is audited once."""
        self.job(self._open())

    def record_changed(self) -> None:
        """A seat changed something."""
        if self._detail is not None:
            self._reread.wish()

    def changed(self) -> None:
        """Something was done here."""
        self.record_changed()

    def minute_passed(self) -> None:
        """Times left."""
        self.repaint()

    def seat_changed(self) -> None:
        """Another person or role may see less: nothing stays on the page, and it is opened anew."""
        self._detail = self.service = self.books = self.book = None
        self.duties, self.roles = (), ()
        for pane in self.query(Pane):
            pane.show_lines([])
        self.repaint_lines()
        if self.console_app.seat is not None:
            self.job(self._open())

    def case(self) -> Escalation | None:
        """This one."""
        return self._detail.card if self._detail is not None else None

    async def _open(self) -> None:
        from console.desk import escalations, signs

        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        detail = await app.work.write(escalations.open_escalation, seat, self.escalation_id, app.clock.now())
        if not await self._beside(seat, detail, None):
            return
        self._signs = await app.work.read(signs.sign_words, seat, app.clock.now())
        self.repaint()
        await self.read_playbook(detail.card)
        self.repaint()

    async def _again(self) -> None:
        from console.desk import escalations

        app, seat, before = self.console_app, self.console_app.seat, self._detail
        if seat is None or before is None:
            return
        now = await app.work.read(escalations.look_again, seat, self.escalation_id, app.clock.now())
        # Name and numbers were opened once; later looks are masked and leave no audit row.
        now = replace(now, name=before.name, numbers=before.numbers, caller_number=before.caller_number)
        await self._beside(seat, now, before)

    async def _beside(self, seat: Seat, detail: EscalationDetail, before: EscalationDetail | None) -> bool:
        """Reads what stands beside the case: the reports it owes, and the course of a complaint or a request.

        Args:
            seat: who read the case.
            detail: what was read.
            before: what stood on the page then.

        Returns:
            Whether it stands on the page now: not when somebody else sits here, or in another role, since.
        """
        from console.desk import reporting, service_extra

        app, now = self.console_app, self.console_app.clock.now()
        duties = await app.work.read(reporting.of_case, seat, self.escalation_id, now)
        roles = await app.work.read(service_extra.roles_of, seat, self.escalation_id)
        service = None
        if detail.card.kind is not EscalationKind.CLINICAL:
            from console.desk import complaints

            service = await app.work.read(complaints.open_case, seat, self.escalation_id, now)
        sits = app.seat
        if sits is None or (sits.staff_id, sits.role) != (seat.staff_id, seat.role):
            return False
        if self._detail is not before:
            return False
        self.duties, self.roles, self.service, self._detail = duties, roles, service, detail
        self.repaint()
        return True

    # -- painting ------------------------------------------------------------------------------

    def next(self) -> NextStep | None:
        """What is to be done first, for who sits here."""
        card, seat = self.case(), self.console_app.seat
        if card is None or seat is None:
            return None
        now = self.console_app.clock.now()
        owed = [one.due_at for one in self.duties if one.reported_at is None and one.replaced_at is None]
        viewer, service = viewer_of(seat, now), self.service
        step = next_step(card, viewer, min(owed, default=None))
        approver = seat.policy.escalations.complaint.approver
        return before_closing(step, () if service is None else service.gaps, card, viewer, approver)

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted or self._detail is None:
            return
        self.query_one("#case-next", Pane).show_lines([next_line(self.next(), self.local_now())])
        self.query_one("#case-facts", Pane).show_lines(self._facts(self._detail))
        side = self.query_one("#case-side")
        side.display = self.book is not None and self.has_class("-wide")
        if self.book is not None:
            self.query_one("#case-playbook", Pane).show_lines(playbook_lines(self.book))
        self.repaint_lines()

    def on_resize(self) -> None:
        """The playbook stands beside it only where there is room."""
        super().on_resize()
        self.call_after_refresh(self.repaint)

    def _facts(self, detail: EscalationDetail) -> list[Line]:
        card, zone, now = detail.card, self.zone, self.local_now()
        lines: list[Line] = []
        if card.next_clock is not None:
            late = card.next_clock < now
            at = when_words(self.local(card.next_clock), now)
            words = _("{what} by {time}", what=clock_word(card), time=at)
            lines.append((f"{words}   {left_words(card.next_clock, now)}", ALARM if late else WARN))
        known = ", ".join(detail.numbers) or detail.caller_number or ""
        for label, text in (
            (_("who"), "  ".join(part for part in (self._full_name(detail), known) if part)),
            (_("where"), detail.place),
            (_("with her"), detail.companion),
        ):
            if text:
                lines.append((i18n.labelled(label, text), ""))
        lines += [(words, "") for words in hands_words(card, zone)]
        lines += duty_lines(self.duties, zone, now)
        if self.service is None:
            lines += [entry_line(one, zone, now) for one in self.roles]
        lines += self._signs_and_summary(card)
        if self.service is not None:
            lines += service_lines(self.service, zone, now)
        elif card.resolved_at is not None:
            lines += self._ending(detail)
        lines += [("", ""), (_("What happened"), HEAD)]
        width = self.query_one("#case-facts").content_size.width
        return [*lines, *story_lines(detail.story, zone, now, width)]

    def _ending(self, detail: EscalationDetail) -> list[Line]:
        lines: list[Line] = [("", "")]
        for label, text in (
            (_("finding"), detail.finding),
            (_("action"), detail.action),
            (_("patient was told"), detail.told_patient),
            (_("Clavien-Dindo"), detail.clavien_dindo),
        ):
            if text:
                lines.append((i18n.labelled(label, text), ""))
        return lines

    def _signs_and_summary(self, card: Escalation) -> list[Line]:
        own = self._signs.get(i18n.language(), {})
        lines: list[Line] = [("", ""), (_("What was said"), HEAD)]
        if card.mis_keyed:
            reason = card.mis_key_reason or ""
            lines.append((_("mis-keyed, says the caller: {reason}", reason=reason), WARN))
        lines += [(f"- {own.get(code, code)}", "") for code in card.flags]
        if card.summary:
            lines.append((card.summary, DIM if card.flags else ""))
        if card.severity is not None and self.service is None:
            lines.append((level_or_severity(card.severity), ""))
        return lines

    # -- doing ---------------------------------------------------------------------------------

    def call_id(self) -> int | None:
        """The conversation it was raised in, when there is one this person may read."""
        story = None if self._detail is None else self._detail.story
        return None if story is None or story.hidden else story.call_id

    def action_next(self) -> None:
        """Does what is to be done first."""
        step = self.next()
        if step is not None:
            self.do_step(step)

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
