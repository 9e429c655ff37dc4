"""Whether the talk-tracks may explain anything; a doctor approves them here, with the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.widgets import Static

from console.i18n import _
from console.screens.form import FormDialog, text_of
from console.text import toast, ui_text
from console.widgets.dialogs import Dialog
from console.widgets.fields import Field, Value
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.scripts import Release
    from console.host import Host


class ScriptsStatus(Dialog[None]):
    """The release every seat reads, its approval, and until when."""

    SCOPE: ClassVar[str] = "scripts_status"
    WIDE = True

    def __init__(self) -> None:
        super().__init__(_("Talk-tracks"))
        self._release: Release | None = None

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """What stands."""
        yield Static(id="release-text", markup=False)

    def on_mount(self) -> None:
        """Reads it."""
        self.job(self._read())

    async def _read(self) -> None:
        from console.desk import scripts

        app = self.console_app
        if app.seat is not None:
            self._release = await app.work.read(scripts.status, app.seat, app.clock.now())
            zone = ZoneInfo(app.seat.zone)
            self.query_one("#release-text", Static).update(ui_text("\n".join(_lines(self._release, zone))))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a doctor approves."""
        if action == "approve":
            seat = self.console_app.seat
            return seat is not None and seat.role is Role.DOCTOR
        return super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Closes."""
        self.dismiss(None)

    def action_approve(self) -> None:
        """Approves the shipped talk-tracks as a whole."""
        self.job(self._approve())

    async def _approve(self) -> None:
        app = self.console_app

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import scripts

            assert app.seat is not None
            pin, note = text_of(values, "pin"), text_of(values, "note")
            return await app.work.write(scripts.approve, app.seat, pin, app.clock.now(), note)

        fields = [
            Field("note", _("what was checked"), limit=500),
            Field("pin", _("your PIN"), "hidden", limit=20),
        ]
        about = _("All talk-tracks as delivered. From now on callers read their explanations to patients.")
        if await app.push_screen_wait(FormDialog(_("Approve the talk-tracks"), fields, do, about=about)):
            toast(app, _("Approved."))
            await self._read()


def _lines(release: Release, zone: ZoneInfo) -> list[str]:
    lines: list[str] = []
    if release.may_say:
        lines.append(_("Approved: callers may explain what the tracks say."))
    elif release.overdue:
        lines.append(_("The review is overdue: callers ask and record, and explain nothing."))
    else:
        lines.append(
            _("Not approved: callers ask and record, and explain nothing. A doctor approves with PIN.")
        )
    if release.approved_by and release.approved_at is not None:
        at = release.approved_at.astimezone(zone)
        lines.append(_("By {name} on {day}", name=release.approved_by, day=f"{at:%Y-%m-%d %H:%M}"))
    if release.review_by is not None:
        lines.append(_("To be looked at again by {day}", day=release.review_by.isoformat()))
    lines.append(_("Version {version}", version=f"{release.number or '-'} {release.sha256[:12]}"))
    return lines
