"""One escalation, whole: what is wrong, where the patient is, who has it, its story from the beginning."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from console import i18n
from console.i18n import _
from console.screens.case_actions import CaseActions
from console.screens.rereading import Rereading
from console.widgets.call_panes import ALARM, DIM, HEAD, WARN, Line, Pane
from console.widgets.case_words import (
    Signs,
    clock_word,
    hands_words,
    level_or_severity,
    patient_words,
    story_words,
    urgency_words,
)
from console.words import left_words, post_op_words, procedure_word, when_words
from db.records import Escalation, EscalationDetail


class EscalationScreen(CaseActions):
    """The same keys as on the board, on one card.

    Args:
        escalation_id: which.
    """

    SCOPE: ClassVar[str] = "escalation"
    CSS_PATH = "escalation.tcss"
    AUTO_FOCUS = "VerticalScroll"

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
        """Facts and story."""
        with VerticalScroll(id="case-scroll"):
            yield Pane(id="case-facts", markup=False)

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

    def case(self) -> Escalation | None:
        """This one."""
        return self._detail.card if self._detail is not None else None

    async def _open(self) -> None:
        from console.desk import escalations, signs

        app = self.console_app
        if app.seat is None:
            return
        self._detail = await app.work.write(
            escalations.open_escalation, app.seat, self.escalation_id, app.clock.now()
        )
        self.repaint()
        self._signs = await app.work.read(signs.sign_words, app.seat, app.clock.now())
        self.repaint()

    async def _again(self) -> None:
        from console.desk import escalations

        app, before = self.console_app, self._detail
        if app.seat is None or before is None:
            return
        now = await app.work.read(escalations.look_again, app.seat, self.escalation_id, app.clock.now())
        # Name and numbers were opened once; later looks are masked and leave no audit row.
        self._detail = replace(
            now, name=before.name, numbers=before.numbers, caller_number=before.caller_number
        )
        self.repaint()

    def repaint(self) -> None:
        """Facts and story in the language of the moment."""
        if not self.is_mounted or self._detail is None:
            return
        self.query_one("#case-facts", Pane).show_lines(self._facts(self._detail))
        self.repaint_lines()

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
                lines.append((f"{label}: {text}", ""))
        lines += [(words, "") for words in hands_words(card, zone)]
        lines += self._signs_and_summary(card)
        if card.resolved_at is not None:
            lines.append(("", ""))
            for label, text in (
                (_("finding"), detail.finding),
                (_("action"), detail.action),
                (_("patient was told"), detail.told_patient),
                (_("Clavien-Dindo"), detail.clavien_dindo),
            ):
                if text:
                    lines.append((f"{label}: {text}", ""))
        lines += [("", ""), (_("What happened"), HEAD)]
        lines += [(story_words(event, zone, now), "") for event in detail.events]
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
        if card.severity is not None:
            lines.append((level_or_severity(card.severity), ""))
        return lines

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
