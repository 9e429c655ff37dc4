"""The talk-tracks: browsed by procedure, day and concern, searched, previewed as the call screen shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key
from textual.widgets import Input, OptionList, Static

from console import i18n
from console.clean import clean
from console.i18n import _
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.widgets.call_panes import DIM, Pane
from console.widgets.inputs import CleanInput
from console.widgets.row_list import RowList

if TYPE_CHECKING:
    from console.desk.scripts import Release
    from console.screens.scripts_lists import Row
    from console.screens.scripts_preview import Book
    from console.scripts.library import Library
    from console.scripts.search import Hit

PROCEDURES, ITEMS, READING = "procedures", "items", "reading"
"""Where the keys go, and at 80 columns what is on the screen: a list beside the preview, or the preview alone."""


class ScriptsScreen(Frame):
    """Everybody may read it.

    Args:
        release: a release to read instead of what every seat reads now.
    """

    SCOPE: ClassVar[str] = "scripts"
    CSS_PATH = "scripts.tcss"
    AUTO_FOCUS = "#scripts-procedures"

    def __init__(self, release: tuple[Library, Release] | None = None) -> None:
        super().__init__()
        self._given = release
        self._release: tuple[Library, Release] | None = None
        self._stage, self._part = PROCEDURES, "concern"
        self._procedure, self._day, self._spoken = "", 0, i18n.language()
        self._procedures: tuple[Row, ...] = ()
        self._every: tuple[Row, ...] = ()
        self._items: tuple[Row, ...] = ()
        self._listed = ""
        self._code: str | None = None
        self._narrow = {PROCEDURES: "", ITEMS: ""}
        self._sought: Hit | None = None
        self._digit: int | None = None
        self._loads = Rereading(self, self._load)
        self._names = Rereading(self, self._fill_procedures)
        self._fills = Rereading(self, self._fill)
        self._previews = Rereading(self, self._preview)

    def headline(self) -> str:
        """What this is."""
        return _("Talk-tracks")

    def body(self) -> ComposeResult:
        """What is looked at, its standing, the parts, lists and preview."""
        with Horizontal(id="scripts-head"):
            yield Static(id="scripts-for", markup=False)
            yield CleanInput(id="scripts-day", max_length=5, select_on_focus=True)
            yield Static(id="scripts-more", markup=False)
        yield Static(id="scripts-standing", markup=False)
        yield Static(id="scripts-parts", markup=False)
        with Horizontal(id="scripts-body"):
            with Vertical(id="scripts-left"):
                yield CleanInput(id="scripts-filter", max_length=40)
                with Horizontal(id="scripts-lists"):
                    yield RowList(id="scripts-procedures")
                    yield RowList(id="scripts-items")
            with VerticalScroll(id="scripts-preview"):
                yield Pane(id="scripts-text", markup=False)

    def on_mount(self) -> None:
        """Reads the release."""
        self.set_class(True, f"-{PROCEDURES}")
        self._loads.wish()

    def record_changed(self) -> None:
        """A release may have been approved on another seat."""
        self._loads.wish()

    def seat_changed(self) -> None:
        """Somebody else's name and role stand in the spoken lines."""
        self._fills.wish()

    async def _load(self) -> None:
        from console.desk import scripts

        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        read = self._given or await app.work.read(scripts.active, seat, app.clock.now())
        if self._release is not None and read[1] == self._release[1]:
            return
        self._release = read
        self._names.wish()

    # -- painting ------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Every word in the language of the moment."""
        if self.is_mounted and self._release is not None:
            self._names.wish()

    async def _fill_procedures(self) -> None:
        from console.screens import scripts_lists

        assert self._release is not None
        self._procedures = await self.console_app.work.read(scripts_lists.procedures, self._release[0])
        if not any(row.code == self._procedure for row in self._procedures):
            self._procedure = self._procedures[0].code if self._procedures else ""
        self._fills.wish()
        await self._show_procedures()

    def on_resize(self) -> None:
        """The head and the parts are cut to the width."""
        super().on_resize()
        self._show_head()

    def _show_head(self) -> None:
        from console.screens import scripts_head

        if self._release is not None and self.is_mounted:
            head = scripts_head.Head(
                *self._release, self._procedure, self._day, self._spoken, self._part, self._given is not None
            )
            scripts_head.paint(self, head)

    async def _show_procedures(self) -> None:
        from console.screens import scripts_head

        shown = await self._narrowed(self._procedures, PROCEDURES)
        scripts_head.put(self.query_one("#scripts-procedures", RowList), shown, self._procedure)

    async def _narrowed(self, rows: tuple[Row, ...], stage: str) -> tuple[Row, ...]:
        from console.screens import scripts_lists

        query = self._narrow[stage]
        if not query:
            return rows
        return await self.console_app.work.read(scripts_lists.narrowed, rows, query)

    async def _fill(self) -> None:
        """The list of the part, then the preview."""
        from console.screens import scripts_head, scripts_lists

        if self._release is None or not self._procedure:
            return
        self._show_head()
        wanted = (self._part, self._procedure, self._day)
        every = await self.console_app.work.read(scripts_lists.rows, self._release[0], *wanted)
        items = await self._narrowed(every, ITEMS)
        if wanted != (self._part, self._procedure, self._day):
            return
        self._every, self._items, self._listed = every, items, self._part
        self._take_digit()
        codes = [row.code for row in items]
        if self._code not in codes:
            self._code = codes[0] if codes else None
        scripts_head.put(self.query_one("#scripts-items", RowList), items, self._code)
        self._previews.wish()

    async def _preview(self) -> None:
        from console.screens import scripts_head, scripts_preview

        book = self._book()
        if book is None:
            return
        spot = scripts_preview.Spot(self._part, self._code, self._procedure, self._day, self._spoken)
        lines = await self.console_app.work.read(scripts_preview.lines, book, spot)
        at = None
        if self._sought is not None:
            at = scripts_head.line_of(lines, self._sought.line.text, book.at(spot).values)
        scripts_head.show_preview(self, lines, at)

    def _book(self) -> Book | None:
        from console.screens import scripts_words as words
        from console.screens.scripts_preview import Book

        app, seat = self.console_app, self.console_app.seat
        if self._release is None or seat is None:
            return None
        library, release = self._release
        clinic = app.lookout.first.clinic if app.lookout.first is not None else ""
        return Book(library, release, words.values(self._spoken, seat, clinic))

    # -- the lists -----------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another procedure, or another line of its part."""
        event.stop()
        listed = event.option_list
        if not isinstance(listed, RowList) or listed.current is None:
            return
        if listed.id == "scripts-procedures":
            code = next((row.code for row in self._procedures if row.id == listed.current), self._procedure)
            if code != self._procedure:
                self._procedure, self._sought = code, None
                self._fills.wish()
        elif self._listed == self._part:
            code = next((row.code for row in self._items if row.id == listed.current), self._code)
            if code != self._code:
                self._code, self._sought = code, None
                self._previews.wish()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter goes one column on."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """From the procedures to what there is for one, from there into the preview."""
        self._go({PROCEDURES: ITEMS, ITEMS: READING}.get(self._stage, READING))

    def _go(self, stage: str) -> None:
        self._stage = stage
        for one in (PROCEDURES, ITEMS, READING):
            self.set_class(one == stage, f"-{one}")
        if stage in self._narrow:
            self.query_one("#scripts-filter", Input).value = self._narrow[stage]
        self.query_one("#scripts-preview" if stage == READING else f"#scripts-{stage}").focus()
        self.repaint_lines()

    def on_descendant_focus(self) -> None:
        """Tab and a click lead to another column too."""
        focused = self.focused
        stage = {
            "scripts-procedures": PROCEDURES,
            "scripts-items": ITEMS,
            "scripts-preview": READING,
        }.get((focused.id if focused is not None else None) or "")
        if stage is not None and stage != self._stage:
            self._go(stage)
        super().on_descendant_focus()

    # -- typing --------------------------------------------------------------------------------

    def action_narrow(self) -> None:
        """Types a part of the words of the list in front."""
        if self._stage == READING:
            self._go(ITEMS)
        self.query_one("#scripts-filter", Input).focus()

    def action_number(self) -> None:
        """Types the post-op day."""
        self.query_one("#scripts-day", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows what is typed."""
        event.stop()
        if event.input.id == "scripts-filter" and event.input.has_focus:
            self._narrow[self._stage] = clean(event.value).strip()
            if self._stage == PROCEDURES:
                self._names.wish()
            else:
                self._fills.wish()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the number takes the day, in the filter goes back to the list."""
        event.stop()
        if event.input.id == "scripts-day":
            self._take_day(event.value)
        self._go(self._stage)

    def on_key(self, event: Key) -> None:
        """Down leaves the filter for the list."""
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self._go(self._stage)
        else:
            super().on_key(event)

    def _take_day(self, typed: str) -> None:
        from console.screens import scripts_head

        day = scripts_head.day_of(typed)
        if day is not None:
            self._day, self._sought = day, None
            self._fills.wish()
        else:
            self.app.bell()
            self.query_one("#scripts-day", Input).value = str(self._day)

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A release read by itself has no list of releases behind it."""
        if action == "releases":
            return self._given is None
        return super().check_action(action, parameters)

    def action_day(self, step: int) -> None:
        """The day before or after."""
        from console.screens.scripts_head import LAST_DAY

        self._day = min(max(self._day + step, 0), LAST_DAY)
        self._sought = None
        self._fills.wish()

    def action_part(self, number: int) -> None:
        """Another part of the library, by its place."""
        from console.screens.scripts_words import PARTS

        self._part, self._code, self._sought = PARTS[number - 1], None, None
        self._narrow[ITEMS] = ""
        self.query_one("#scripts-text", Pane).show_lines([(_("reading ..."), DIM)])
        self._go(ITEMS)
        self._fills.wish()

    def action_next_part(self) -> None:
        """The next part of the library."""
        from console.screens.scripts_words import PARTS

        self.action_part((PARTS.index(self._part) + 1) % len(PARTS) + 1)

    def action_concern(self, digit: int) -> None:
        """The concern behind a digit of the call screen; once more, the next one behind it."""
        if self._part != "concern" or self._stage == PROCEDURES:
            self._code = None
        whole = self._listed == self._part == "concern" and not self._narrow[ITEMS]
        self._part, self._narrow[ITEMS], self._digit, self._sought = "concern", "", digit, None
        if whole:
            self._take_digit()  # At once, so that every press counts.
        self._go(ITEMS)
        self._fills.wish()

    def _take_digit(self) -> None:
        if self._digit is None:
            return
        behind = [row.code for row in self._every if row.digit == self._digit]
        self._digit = None
        if behind:
            at = behind.index(self._code) + 1 if self._code in behind else 0
            self._code = behind[at % len(behind)]

    def action_talk(self) -> None:
        """The language of the talk; the screen's own stays."""
        self._spoken = "en" if self._spoken == "zh" else "zh"
        self._fills.wish()

    def action_page(self, step: int) -> None:
        """Scrolls the preview while a list has the keys."""
        scroll = self.query_one("#scripts-preview")
        scroll.scroll_page_down(animate=False) if step > 0 else scroll.scroll_page_up(animate=False)

    def action_search(self) -> None:
        """Looks for a text in everything."""
        if self._release is not None:
            self.job(self._search(self._release[0]))

    async def _search(self, library: Library) -> None:
        from console.screens import scripts_lists
        from console.screens.scripts_search import SearchScripts

        found = await self.app.push_screen_wait(SearchScripts(library))
        if found is None or not self._procedure:
            return
        part, code, procedure, day = await self.console_app.work.read(
            scripts_lists.spot_of, found.line.places[0], library, self._procedure, self._day
        )
        self._part, self._code, self._procedure, self._day = part, code, procedure, day
        self._sought, self._spoken = found, found.line.lang
        self._narrow = {PROCEDURES: "", ITEMS: ""}
        await self._show_procedures()
        self._go(ITEMS)
        await self._fill()

    def action_releases(self) -> None:
        """What is read now, and every release."""
        from console.screens.scripts_releases import ReleasesScreen

        self.app.push_screen(ReleasesScreen())

    def action_back(self) -> None:
        """One column back; from the first one, away."""
        if isinstance(self.focused, Input):
            field = self.focused
            if field.id == "scripts-filter" and field.value:
                field.value = ""
            else:
                self._show_head()
                self._go(self._stage)
        elif self._stage == PROCEDURES:
            self.dismiss(None)
        else:
            self._go(ITEMS if self._stage == READING else PROCEDURES)

    def action_leave(self) -> None:
        """Away, whatever is in front."""
        self.dismiss(None)
