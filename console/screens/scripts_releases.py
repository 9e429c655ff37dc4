"""The releases of the talk-tracks: what is read now, what came before, publishing, comparing, approving."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from console.i18n import _, p_
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import cut, fit, toast, ui_text
from console.widgets.dialogs import Read
from console.widgets.fields import Field, Value
from console.widgets.row_list import RowList
from db.enums import ReleaseStatus, Role

if TYPE_CHECKING:
    from console.desk.scripts import Release, ReleaseLine
    from console.scripts.inventory import Change
    from console.scripts.library import Library
    from console.scripts.lint_base import Problem

SHIPPED = 0
"""Stands for the files that travel with the program as long as they are no release of the clinic's."""


class ReleasesScreen(Frame):
    """Everybody may read it; a lead or a doctor publishes, only a doctor approves."""

    SCOPE: ClassVar[str] = "releases"
    CSS_PATH = "scripts.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[ReleaseLine, ...] | None = None
        self._release: Release | None = None
        self._reads = Rereading(self, self._read)

    def headline(self) -> str:
        """What this is."""
        return _("Releases of the talk-tracks")

    def body(self) -> ComposeResult:
        """What stands, headings, lines, the one under the cursor in words."""
        yield Static(id="releases-standing", markup=False)
        yield Static(id="releases-heading", markup=False)
        yield RowList(id="releases-rows")
        yield Static(id="releases-detail", markup=False)

    def on_mount(self) -> None:
        """Reads the list."""
        self._reads.wish()

    def record_changed(self) -> None:
        """Another seat may have published or approved."""
        self._reads.wish()

    async def _read(self) -> None:
        from console.desk import scripts

        app, seat = self.console_app, self.console_app.seat
        if seat is not None:
            self._release = await app.work.read(scripts.status, seat, app.clock.now())
            self._lines = await app.work.read(scripts.history, seat)
            self.repaint()

    # -- painting ------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted or self._lines is None or self._release is None:
            return
        from console.screens.scripts_words import status_line

        words = [status_line(self._release, self.local_now().date())[0]]
        if self._release.review_by is not None:
            words.append(_("To be looked at again by {day}", day=self._release.review_by.isoformat()))
        self.query_one("#releases-standing", Static).update(ui_text("\n".join(words)))
        heading = fit(_("no."), 5) + fit(_("date"), 11) + fit(_("standing"), 18) + fit(_("author"), 10)
        self.query_one("#releases-heading", Static).update(ui_text(heading + _("note")))
        self.query_one(RowList).show_rows(self._rows())
        self._show_detail()
        self.repaint_lines()

    def _rows(self) -> list[tuple[int, str, str]]:
        lines = self._lines or ()
        rows = [(line.number, self._line(line), "") for line in lines]
        if not any(line.shipped for line in lines):
            read = self._release is not None and self._release.number is None
            standing = p_("release", "read, draft") if read else p_("release", "not published")
            words = fit("-", 5) + fit("-", 11) + fit(standing, 18) + fit("-", 10) + _("as delivered")
            rows.insert(0, (SHIPPED, words, ""))
        return rows

    def _line(self, line: ReleaseLine) -> str:
        day = f"{self.local(line.created_at):%Y-%m-%d}"
        return (
            fit(line.number, 5)
            + fit(day, 11)
            + fit(self._standing(line), 18)
            + fit(cut(line.author or "-", 9), 10)
            + (line.note or ("-" if line.author else _("kept because calls were read from it")))
        )

    def _standing(self, line: ReleaseLine) -> str:
        if self._release is not None and line.number == self._release.number:
            if line.status is not ReleaseStatus.APPROVED:
                return p_("release", "read, draft")
            overdue = self._release.overdue
            return p_("release", "read, overdue") if overdue else p_("release", "read, approved")
        draft = line.status is ReleaseStatus.DRAFT
        return p_("release", "draft") if draft else p_("release", "approved before")

    def _current(self) -> ReleaseLine | None:
        number = self.query_one(RowList).current
        return next((line for line in self._lines or () if line.number == number), None)

    def _show_detail(self) -> None:
        words: list[str] = []
        line = self._current()
        if line is None and self.query_one(RowList).current == SHIPPED:
            words.append(_("The talk-tracks as this program was delivered with them."))
        elif line is not None:
            head = _("release {n}", n=line.number) + "  " + self._standing(line)
            if line.shipped:
                head += "  " + _("the files this program was delivered with")
            words += [head, line.note] if line.note else [head]
            if line.approved_by and line.approved_at is not None:
                when = f"{self.local(line.approved_at):%Y-%m-%d %H:%M}"
                words.append(_("By {name} on {day}", name=line.approved_by, day=when))
            if line.review_by is not None:
                words.append(self._review(line))
            words.append(_("Version {version}", version=line.sha256[:12]))
        self.query_one("#releases-detail", Static).update(ui_text("\n".join(words)))

    def _review(self, line: ReleaseLine) -> str:
        assert line.review_by is not None
        late = (self.local_now().date() - line.review_by).days
        if late > 0:
            return _(
                "To be looked at again by {day}: {n} days overdue", day=line.review_by.isoformat(), n=late
            )
        return _("To be looked at again by {day}", day=line.review_by.isoformat())

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another release."""
        event.stop()
        self._show_detail()
        self.repaint_lines()

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a doctor approves; a lead or a doctor publishes."""
        seat = self.console_app.seat
        if action == "approve":
            return seat is not None and seat.role is Role.DOCTOR and self._number() is not None
        if action == "publish":
            return seat is not None and seat.role in (Role.LEAD, Role.DOCTOR)
        if action in ("compare", "open"):
            return self._number() is not None
        return super().check_action(action, parameters)

    def _number(self) -> int | None:
        """Number under the cursor, SHIPPED for the files of the program."""
        return self.query_one(RowList).current if self.is_mounted else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter compares."""
        event.stop()
        self.action_compare()

    def action_back(self) -> None:
        """Back to the talk-tracks."""
        self.dismiss(None)

    def action_compare(self) -> None:
        """What this release says differently from what is read now."""
        self.job(self._compare())

    async def _compare(self) -> None:
        from console.screens.scripts_diff import ScriptDiff, file_names

        number = self._number()
        if number is not None:
            texts, changes = await self._changes(number)
            names = await self.console_app.work.read(file_names, texts, changes)
            self.app.push_screen(ScriptDiff(self._called(number), texts, changes, names))

    async def _changes(self, number: int) -> tuple[Library, tuple[Change, ...]]:
        """A release, and what it says differently from what is read now."""
        from console.desk import scripts
        from console.scripts.inventory import compare

        app, seat = self.console_app, self.console_app.seat
        assert seat is not None
        texts = await app.work.read(scripts.load, seat, number or None)
        now = (await app.work.read(scripts.active, seat, app.clock.now()))[0]
        return texts, () if texts.hash == now.hash else await app.work.read(compare, now, texts)

    def _called(self, number: int) -> str:
        return _("release {n}", n=number) if number else _("as delivered")

    def action_open(self) -> None:
        """Reads through this release on the talk-track screen."""
        self.job(self._open())

    async def _open(self) -> None:
        from console.desk import scripts
        from console.screens.scripts import ScriptsScreen

        app, seat, number = self.console_app, self.console_app.seat, self._number()
        if seat is None or number is None:
            return
        texts = await app.work.read(scripts.load, seat, number or None)
        line = self._current()
        standing = scripts.Release(texts.hash, ReleaseStatus.DRAFT)
        if line is not None:
            late = line.review_by is not None and line.review_by < self.local_now().date()
            standing = scripts.Release(texts.hash, line.status, line.number, overdue=late)
        app.push_screen(ScriptsScreen((texts, standing)))

    def action_approve(self) -> None:
        """Approves the release under the cursor, as a whole."""
        self.job(self._approve())

    async def _approve(self) -> None:
        app, number = self.console_app, self._number()
        if number is None:
            return
        texts, changes = await self._changes(number)

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import scripts

            assert app.seat is not None
            pin, note = text_of(values, "pin"), text_of(values, "note")
            if number:
                # Known by the time it is asked for in the write, which holds up every other save of this seat.
                toast(app, _("Checking the whole release: some seconds ..."))
                await app.work.read(scripts.faults, texts)
            return await app.work.write(scripts.approve, app.seat, pin, app.clock.now(), note, number or None)

        fields = [
            Field("pin", _("your PIN"), "hidden", limit=20),
            Field("note", _("what was checked"), limit=500),
        ]
        about = [self._called(number)]
        if changes:
            about.append(_("{n} changes against what callers read now (enter in the list shows them).",
                           n=len(changes)))  # fmt: skip
        else:
            about.append(_("The same words that callers read now."))
        about.append(_("From now on callers read its explanations to patients."))
        title = _("Approve the talk-tracks")
        if await app.push_screen_wait(FormDialog(title, fields, do, about="\n".join(about))):
            toast(app, _("Approved."))
            await self._read()

    def action_publish(self) -> None:
        """Publishes a folder as a draft."""
        self.job(self._publish())

    async def _publish(self) -> None:
        app = self.console_app

        async def do(values: Mapping[str, Value]) -> object:
            return await self._publish_folder(text_of(values, "folder").strip(), text_of(values, "note"))

        fields = [
            Field("folder", _("folder"), hint=_("empty: as delivered"), limit=1_000),
            Field("note", _("what is new"), limit=500),
        ]
        about = _("A draft for every seat: callers read on what is approved until a doctor approves this.")
        title = _("Publish talk-tracks")
        line = await app.push_screen_wait(FormDialog(title, fields, do, about=about))
        if line:
            toast(app, _("Published as release {n}, a draft.", n=line.number))
            await self._read()
            numbers = [number for number, _words, _style in self._rows()]
            if line.number in numbers:
                self.query_one(RowList).highlighted = numbers.index(line.number)

    async def _publish_folder(self, folder: str, note: str) -> ReleaseLine:
        from console.desk import scripts

        app, seat = self.console_app, self.console_app.seat
        assert seat is not None
        if not note.strip():
            raise FieldFault("note", _("Please say in a sentence what is new in it."))
        texts = await app.work.read(_folder, folder)
        toast(app, _("Checking the whole release: some seconds ..."))
        # Here and not in the write, where nobody else at this seat could save until it is through.
        faults = await app.work.read(scripts.faults, texts)
        if faults:
            app.push_screen(Read(_("Not published: {n} problems", n=len(faults)), _problem_lines(faults)))
            raise FieldFault("folder", _("The check found {n} problems.", n=len(faults)))
        return await app.work.write(scripts.publish, seat, texts, note, app.clock.now())


def _folder(typed: str) -> Library:
    """A release in a folder; the shipped one for an empty path.

    Raises:
        FieldFault: in one sentence why it can't be read.
    """
    from console.scripts import library
    from console.scripts.errors import ScriptError

    if not typed:
        return library.shipped()
    try:
        folder = Path(typed).expanduser()
        if not folder.is_dir():
            raise FieldFault("folder", _("There is no folder {path}.", path=cut(str(folder), 60)))
        return library.from_folder(folder)
    except ScriptError as fault:
        raise FieldFault("folder", _("This folder can't be read: {fault}", fault=str(fault))) from fault
    except (OSError, RuntimeError, ValueError) as fault:
        # No permission, no such user behind ~, a sign no path may hold.
        words = _("There is no folder that can be read at {path}.", path=cut(typed, 60))
        raise FieldFault("folder", words) from fault


def _problem_lines(faults: tuple[Problem, ...]) -> list[str]:
    lines: list[str] = []
    file = ""
    for one in faults:
        if one.file != file:
            file = one.file
            lines += ["", file] if lines else [file]
        lines.append(f"  {one.where}: {one.message}" if one.where else f"  {one.message}")
    return lines
