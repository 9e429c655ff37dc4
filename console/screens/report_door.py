"""The way to the reports, and a saved call's summary on the clipboard, from the screens people work on."""

from __future__ import annotations

from console.i18n import _
from console.screens.frame import Frame
from console.screens.queue_filter import key_of
from console.screens.queue_lines import capped
from console.text import toast
from db.enums import Role
from db.records import QueueHeader, SavedCall


async def copy_call(screen: Frame, call_id: int) -> None:
    """Puts a call's summary on the clipboard; the copying is audited first."""
    from console.desk import exporting

    app = screen.console_app
    if app.seat is not None:
        text = await app.work.write(exporting.copied, app.seat, call_id, app.clock.now())
        # OSC 52: the terminal's own clipboard, also over SSH where it allows that.
        screen.app.copy_to_clipboard(text)
        toast(app, _("The call's summary is on the clipboard."))


def unread_words(header: QueueHeader | None) -> str:
    """The line that tells somebody of reviews of her calls she has not read; empty for none."""
    if header is None or not header.unread:
        return ""
    key = key_of("queue.quality")
    return _("Reviews of your calls, not read yet: {n}. {key} opens them.", n=capped(header.unread), key=key)


class OpensReports(Frame):
    """A screen from which everybody but a trainee opens the reports."""

    last_call: int | None = None
    """The call that was saved last at this seat."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Trainees have no figures; there is something to copy once a call was saved."""
        if action in ("reports", "quality"):
            seat = self.console_app.seat
            return seat is not None and seat.role is not Role.TRAINEE
        if action == "readiness":
            # The board's opens the team, which is a lead's.
            seat = self.console_app.seat
            return seat is not None and (self.SCOPE != "board" or seat.role is Role.LEAD)
        if action == "copy_call":
            return self.last_call is not None and self.console_app.seat is not None
        return super().check_action(action, parameters)

    def action_reports(self) -> None:
        """Figures of a day, summaries, handover."""
        from console.screens.reports import ReportsScreen

        self.app.push_screen(ReportsScreen())

    def action_quality(self) -> None:
        """Reviews of real calls: everybody's for a lead, what was said of her own for anybody else."""
        from console.screens.quality import QualityScreen

        self.app.push_screen(QualityScreen(), lambda _result: self.record_changed())

    def action_readiness(self) -> None:
        """Who is ready for real calls from the board, one's own page from the queue."""
        from console.screens import readiness

        readiness.open_for(self, own=self.SCOPE != "board")

    def call_over(self, result: object) -> None:
        """A call was left; what was saved can be copied."""
        if isinstance(result, SavedCall) and result.call_id is not None:
            self.last_call = result.call_id

    def action_copy_call(self) -> None:
        """The summary of the call saved last."""
        if self.last_call is not None:
            self.job(copy_call(self, self.last_call))
