"""The policy, for a lead: what is in force in words, its versions, and another document from preview to in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static

from console import i18n
from console.i18n import _, p_
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import cut, fit, toast, ui_text
from console.widgets import scrolling
from console.widgets.dialogs import Read
from console.widgets.fields import Field, Value
from console.widgets.row_list import RowList

if TYPE_CHECKING:
    from console.desk.policy import Applied, PolicyLine
    from console.desk.policy_preview import Preview
    from console.rules.policy import Policy
    from console.rules.reader import Problem

FILE_MOST = 1_000_000
"""Bytes of a document: a roster of years is a tenth of it."""


class PolicyScreen(Frame):
    """Versions above, the one under the cursor in words below. Only a lead comes here; the desk refuses others."""

    SCOPE: ClassVar[str] = "policy"
    CSS_PATH = "policy.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[PolicyLine, ...] = ()
        self._read_versions: dict[int, Policy] = {}
        self._left = 0
        self._reread = Rereading(self, self._read)
        self._reread_words = Rereading(self, self._read_words)

    def headline(self) -> str:
        """Which version is in force, and whether calls still stand by an older one."""
        if not self._lines:
            return _("Policy")
        words = _("Policy: version {n} is in force", n=self._lines[0].number)
        if self._left:
            count = "999+" if self._left > 999 else self._left
            words += "  " + _("{n} calls still to be placed anew", n=count)
        return words

    def body(self) -> ComposeResult:
        """Versions, words."""
        yield Static(id="policy-heading", markup=False)
        yield RowList(id="policy-rows")
        with VerticalScroll(id="policy-scroll"):
            yield Static(id="policy-text", markup=False)

    def on_mount(self) -> None:
        """Reads the versions."""
        self._reread.wish()

    def record_changed(self) -> None:
        """Another seat may have put one in force; placing anew goes on."""
        self._reread.wish()

    async def _read(self) -> None:
        from console.desk import policy

        app, seat = self.console_app, self.console_app.seat
        if seat is not None:
            self._lines = await app.work.read(policy.history, seat)
            self._left = await app.work.read(policy.stale, seat.database, seat.clinic_id)
            self.repaint()

    # -- painting ------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted:
            return
        heading = fit(_("no."), 5) + fit(_("from"), 17) + fit(_("standing"), 12) + _("author")
        self.query_one("#policy-heading", Static).update(ui_text(heading))
        self.query_one(RowList).show_rows([(line.number, self._row(line), "") for line in self._lines])
        self._show_words()
        self.repaint_lines()

    def _row(self, line: PolicyLine) -> str:
        first = line is self._lines[0]
        standing = p_("policy", "in force") if first else p_("policy", "before")
        return (
            fit(line.number, 5)
            + fit(f"{self.local(line.valid_from):%Y-%m-%d %H:%M}", 17)
            + fit(standing, 12)
            + (line.author or self._without_author(line))
        )

    def _without_author(self, line: PolicyLine) -> str:
        before = next((other for other in self._lines if other.number == line.number - 1), None)
        if before is not None and before.sha256 == line.sha256:
            return _("the console: new public holidays are known")
        return "-"

    def _current(self) -> PolicyLine | None:
        number = self.query_one(RowList).current
        return next((line for line in self._lines if line.number == number), None)

    def _show_words(self) -> None:
        line = self._current()
        if line is None:
            return
        known = self._read_versions.get(line.number)
        if known is None:
            self._reread_words.wish()
            return
        from console.policy_words import policy_lines

        words = policy_lines(known, self.local_now().date())
        self.query_one("#policy-text", Static).update(ui_text("\n".join(words)))

    async def _read_words(self) -> None:
        from console.desk import policy

        app, seat, line = self.console_app, self.console_app.seat, self._current()
        if seat is None or line is None or line.number in self._read_versions:
            return
        found = await app.work.read(policy.of_version, seat, line.number)
        if found is not None:
            self._read_versions[line.number] = found
            self._show_words()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another version."""
        event.stop()
        self._show_words()
        self.repaint_lines()

    # -- doing ---------------------------------------------------------------------------------

    def action_page(self, way: int) -> None:
        """Scrolls the words while the list has the keys."""
        scrolling.by_pages(self.query_one(VerticalScroll), way)

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def action_document(self) -> None:
        """The document of the version under the cursor as it is stored."""
        self.job(self._document())

    async def _document(self) -> None:
        from console.desk import policy

        app, seat, line = self.console_app, self.console_app.seat, self._current()
        if seat is not None and line is not None:
            text = await app.work.read(policy.document_of, seat, line.number)
            self.app.push_screen(Read(_("Version {n}", n=line.number), text.splitlines()))

    def action_load(self) -> None:
        """Reads a document from a file and shows what it would move."""
        self.job(self._load())

    async def _load(self) -> None:
        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import policy_preview

            app, seat = self.console_app, self.console_app.seat
            assert seat is not None
            text = await app.work.read(_document_in, text_of(values, "file").strip())
            problems = await app.work.read(policy_preview.problems, text)
            if problems:
                one = len(problems) == 1
                title = (
                    _("Not a policy yet: one problem")
                    if one
                    else _("Not a policy yet: {n} problems", n=len(problems))
                )
                app.push_screen(Read(title, [_problem(problem) for problem in problems]))
                found_words = _("The check found one problem.")
                raise FieldFault(
                    "file", found_words if one else _("The check found {n} problems.", n=len(problems))
                )
            toast(app, _("Working out what would move ..."))
            return text, await app.work.read(
                policy_preview.preview, seat.database, seat.clinic_id, text, app.clock.now()
            )

        about = _(
            "Nothing changes yet: first you see what it would move. aftercall policy show writes the document."
        )
        window = FormDialog(_("Another document"), [Field("file", _("file"), limit=1_000)], do, about=about)
        found: tuple[str, Preview] | None = await self.app.push_screen_wait(window)
        if found is not None:
            await self._preview(*found)

    async def _preview(self, text: str, preview: Preview) -> None:
        from console.policy_words import preview_lines
        from console.screens.policy_preview import PolicyPreview

        lines = preview_lines(preview)
        if not preview.changed:
            self.app.push_screen(Read(_("What it would move"), lines))
            return
        done: Applied | None = await self.app.push_screen_wait(PolicyPreview(text, lines))
        if done is not None:
            toast(self.app, _("Version {n} is in force.", n=done.version))
            await self._read()
            # To the one that is in force now, which stands on top.
            self.query_one(RowList).highlighted = 0


def _document_in(typed: str) -> str:
    """A document from a file.

    Raises:
        FieldFault: in one sentence why it can't be read.
    """
    if not typed:
        raise FieldFault("file", _("Which file? Type its path."))
    try:
        path = Path(typed).expanduser()
        if path.stat().st_size > FILE_MOST:
            raise FieldFault("file", _("This file is too long to be a policy."))
        return path.read_text(encoding="utf-8-sig")
    except (OSError, RuntimeError, ValueError) as fault:
        # No such file, no permission, no such user behind ~, no text.
        words = _("There is no file that can be read at {path}.", path=cut(typed, 60))
        raise FieldFault("file", words) from fault


def _problem(problem: Problem) -> str:
    words = i18n.reason_text(i18n.language(), problem.reason)
    return _("{name}: {what}", name=problem.where, what=words) if problem.where else words
