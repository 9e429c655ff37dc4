"""Small windows over a screen: confirm, reason, choose, read. They leave the top line, with DEMO and
alarms, in sight."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from console import keys
from console.clean import clean
from console.door import Guarded
from console.i18n import _
from console.text import ui_text
from console.widgets.bars import KeyBar
from console.widgets.inputs import Entry

WITHOUT_COMMON = ("dialog", "sign_in")
"""Scopes that name all their keys themselves."""

LIST_LOW = 11
"""Lines of a list on a low screen, as `.dialog-list` in console.tcss: a longer one says that it goes on."""

R = TypeVar("R")
V = TypeVar("V")


class Dialog(ModalScreen[R | None], Generic[R]):
    """A window with a title, a body and its own key line. `escape` gives None.

    Args:
        title: words, already translated; data in it is fine.
    """

    SCOPE: ClassVar[str] = "dialog"
    WIDE: ClassVar[bool] = False
    UNSHOWN: ClassVar[frozenset[str]] = frozenset()
    """Actions left out of the key line: where there is nothing to accept."""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]  # noqa: RUF012
    AT_ONCE: ClassVar[bool] = False
    """Whether a key has acted before the next one is delivered: where that one is typed into the screen behind."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        keys.bind(self, *self.scopes(), at_once=self.AT_ONCE)

    @classmethod
    def scopes(cls) -> tuple[str, ...]:
        """Scopes of its keys: its own, and what every window answers to."""
        return (cls.SCOPE,) if cls.SCOPE in WITHOUT_COMMON else tuple(dict.fromkeys((cls.SCOPE, "dialog")))

    def body(self) -> ComposeResult:
        """What stands between title and key line."""
        return iter(())

    def compose(self) -> ComposeResult:
        """Title, body, key line."""
        with Vertical(classes="dialog -wide" if self.WIDE else "dialog"):
            yield Static(ui_text(self._title), classes="dialog-title")
            yield from self.body()
            yield KeyBar(*self.scopes())

    def on_descendant_focus(self) -> None:
        """The key line depends on whether a text has focus."""
        for bar in self.query(KeyBar):
            bar.refresh()

    def job(
        self, work: Coroutine[Any, Any, Any], *, group: str = "job", exclusive: bool = False
    ) -> Worker[Any]:
        """Runs a coroutine beside the window; see `Frame.job`."""
        return self.run_worker(Guarded(self.app, work), group=group, exclusive=exclusive, exit_on_error=False)

    def action_cancel(self) -> None:
        """Closes without doing anything."""
        self.dismiss(None)

    def action_page(self, pages: int) -> None:
        """Moves what does not fit; the key line stays."""
        window = self.query_one(".dialog")
        window.scroll_relative(y=pages * max(window.size.height - 2, 1), animate=False)

    def action_accept(self) -> None:
        """Accepts; a subclass gives its value."""


class Confirm(Dialog[bool]):
    """Asks before something that cannot be undone: enter or ctrl+s does it, escape does not.

    Args:
        question: words, already translated.
        does: what accepting does, a translated word or two shown on its button.
    """

    SCOPE = "confirm"

    def __init__(self, question: str, does: str) -> None:
        super().__init__(question)
        self._does = does

    def body(self) -> ComposeResult:
        """The one choice."""
        yield Static(ui_text(_("enter: {does}      esc: back", does=self._does)), classes="dialog-line")

    def action_accept(self) -> None:
        """Does it."""
        self.dismiss(True)


class Ask(Dialog[str]):
    """Asks for one line of text, such as a reason; enter or ctrl+s accepts, an empty line is not accepted.

    Args:
        title: the question, already translated.
        value: text to begin with.
        hidden: shows dots (a PIN).
        limit: most characters kept. least: fewest accepted.
    """

    def __init__(
        self, title: str, value: str = "", *, hidden: bool = False, limit: int = 500, least: int = 1
    ) -> None:
        super().__init__(title)
        self._value, self._hidden, self._limit, self._least = value, hidden, limit, least

    def body(self) -> ComposeResult:
        """The field."""
        yield Entry(clean(self._value), password=self._hidden, max_length=self._limit, classes="dialog-field")
        wrong = Static(classes="dialog-error", markup=False)
        wrong.display = False
        yield wrong

    def on_input_submitted(self) -> None:
        """Enter accepts."""
        self.action_accept()

    def action_accept(self) -> None:
        """Gives the cleaned text."""
        text = clean(self.query_one(Input).value).strip()
        if len(text) >= self._least:
            self.dismiss(text)
        else:
            self.app.bell()
            wrong = self.query_one(".dialog-error", Static)
            words = _("Nothing is written yet: write it, or leave with esc.")
            if text:
                words = _("One character says nothing: write it out, or leave with esc.")
            wrong.update(ui_text(words))
            wrong.display = True


class Choose(Dialog[V], Generic[V]):
    """One choice of a list: arrows and enter, or its digit.

    Args:
        title: the question, already translated.
        options: value and words of each; the first nine answer to 1 to 9.
        marked: whether the first one is marked; without it nothing is accepted before a digit or an arrow.
    """

    SCOPE = "choose"

    def __init__(self, title: str, options: Sequence[tuple[V, str]], *, marked: bool = True) -> None:
        super().__init__(title)
        self._options = list(options)
        self._marked = marked

    def body(self) -> ComposeResult:
        """The list."""
        yield OptionList(
            *(
                Option(ui_text(f"{number}  {words}" if number < 10 else f"   {words}"))
                for number, (_value, words) in enumerate(self._options, 1)
            ),
            markup=False,
            classes="dialog-list",
        )
        if len(self._options) > LIST_LOW:
            words = _("{n} in all: the arrows bring the others into sight", n=len(self._options))
            yield Static(ui_text(words), classes="dialog-line")
        if not self._marked:
            wrong = Static(classes="dialog-error", markup=False)
            wrong.display = False
            yield wrong

    def on_mount(self) -> None:
        """Keys go to the list."""
        listed = self.query_one(OptionList)
        if not self._marked:
            listed.highlighted = None
        listed.focus()

    def on_key(self, event: Key) -> None:
        """Enter on a list where nothing is marked yet."""
        if event.key == "enter" and self.query_one(OptionList).highlighted is None:
            event.stop()
            self._unmarked()

    def _unmarked(self) -> None:
        self.app.bell()
        for wrong in self.query(".dialog-error").results(Static):
            wrong.update(ui_text(_("Nothing is chosen yet: press a digit, or an arrow and enter.")))
            wrong.display = True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click takes the marked choice."""
        self.dismiss(self._options[event.option_index][0])

    def action_pick(self, number: int) -> None:
        """A digit takes its choice."""
        if number <= len(self._options):
            self.dismiss(self._options[number - 1][0])

    def action_accept(self) -> None:
        """Takes the marked choice."""
        at = self.query_one(OptionList).highlighted
        if at is None:
            self._unmarked()
        else:
            self.dismiss(self._options[at][0])


class Read(Dialog[None]):
    """Something to read: lines of text, scrolled with the arrows, closed with escape or enter.

    Args:
        title: already translated.
        lines: each a paragraph; data is fine.
    """

    SCOPE = "read"
    WIDE = True
    UNSHOWN = frozenset({"dialog.accept"})

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self._lines = list(lines)

    def body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(classes="dialog-text"):
            yield Static(ui_text("\n".join(self._lines)))

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_accept(self) -> None:
        """Closes."""
        self.dismiss(None)
