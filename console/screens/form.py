"""Forms: a window or a whole screen of fields. What is wrong is said at its field; what was typed stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Static

from console import i18n
from console.door import sentence
from console.i18n import _
from console.screens.frame import Frame
from console.text import toast, ui_text
from console.widgets.dialogs import Confirm, Dialog
from console.widgets.fields import Field, Fields, Value
from db.errors import RecordError

Do = Callable[[Mapping[str, Value]], Awaitable[Any]]
"""Writes the values; raises what is wrong with them."""


def text_of(values: Mapping[str, Value], name: str) -> str:
    """A text or a single choice among the values of a form."""
    value = values[name]
    return value if isinstance(value, str) else ",".join(value)


def many_of(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    """Several choices among the values of a form."""
    value = values[name]
    return (value,) if isinstance(value, str) else value


class FieldFault(Exception):
    """What a screen itself finds wrong with a field.

    Args:
        field: its name.
        words: already translated.
    """

    def __init__(self, field: str, words: str) -> None:
        super().__init__(field)
        self.field, self.words = field, words


def faults_of(error: BaseException) -> dict[str, str]:
    """Words by field for an error that names fields; empty for any other.

    Args:
        error: what saving raised.
    """
    from console.desk.forms import FormInvalid
    from console.record_words import form_text

    lang = i18n.language()
    if isinstance(error, FieldFault):
        return {error.field: error.words}
    if isinstance(error, FormInvalid):
        faults: dict[str, str] = {}
        for problem in error.problems:
            faults.setdefault(str(problem.params["field"]), form_text(lang, problem))
        return faults
    if isinstance(error, RecordError) and isinstance(field := error.params.get("field"), str):
        return {field: sentence(error)}
    return {}


def after_typing(screen: Screen[Any], do: Callable[[], None]) -> None:
    """Does something once the field with the focus has taken every key that was pressed before.

    The key that saves acts at once, the keys before it wait their turn in the field: a quick hand would save
    what it had typed a moment earlier.

    Args:
        screen: the form. do: what is done.
    """
    (screen.focused or screen).call_later(do)


class FormDialog(Dialog[Any]):
    """A window of fields that does something with them. It closes when that is done, and only then.

    Args:
        title: already translated.
        fields: in order.
        do: writes the values; its result is the window's.
        about: lines above the fields, already translated; data is fine.
        names: field of an error's own name for it, where the two differ.
    """

    WIDE = True

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        do: Do,
        *,
        about: str = "",
        names: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self._fields, self._do, self._about, self._names = tuple(fields), do, about, names or {}
        self._busy = False

    def body(self) -> ComposeResult:
        """What it is about, fields, what went wrong."""
        if self._about:
            yield Static(ui_text(self._about), classes="dialog-line")
        yield Fields(self._fields)
        yield Static(id="form-error", classes="dialog-error", markup=False)

    def on_fields_last(self) -> None:
        """Enter in the last field saves."""
        self.action_accept()

    def action_accept(self) -> None:
        """Saves once, with everything that was typed before."""
        after_typing(self, self._begin)

    def _begin(self) -> None:
        if not self._busy and self.is_current:
            self._busy = True
            self.job(self._save())

    async def _save(self) -> None:
        fields, line = self.query_one(Fields), self.query_one("#form-error", Static)
        try:
            result = await self._do(fields.values())
        except Exception as error:
            faults = {self._names.get(name, name): words for name, words in faults_of(error).items()}
            at_field = fields.show_errors(faults)
            line.update(ui_text("" if at_field else next(iter(faults.values()), "") or sentence(error)))
        else:
            self.dismiss(True if result is None else result)
        finally:
            self._busy = False

    def action_cancel(self) -> None:
        """Closes; asks first when something was typed."""
        self.job(leave_form(self, self.query_one(Fields)))


async def leave_form(screen: Dialog[Any] | Frame, fields: Fields) -> None:
    """Leaves a form without saving; asks when something was typed.

    Args:
        screen: the form.
        fields: its fields.
    """
    if fields.edited:
        sure = await screen.app.push_screen_wait(
            Confirm(_("Leave without saving what you typed?"), _("leave"))
        )
        if not sure:
            return
    screen.dismiss(None)


class FormScreen(Frame):
    """A whole screen of fields, with room for a side pane. A subclass gives `fields`, `save` and words."""

    SCOPE: ClassVar[str] = "form"
    CSS_PATH = "form.tcss"
    SIDE: ClassVar[bool] = False
    """Whether there is a side pane."""

    def __init__(self) -> None:
        super().__init__()
        self._busy = False

    def fields(self) -> Sequence[Field]:
        """The fields, in the language of the moment."""
        raise NotImplementedError

    async def save(self, values: Mapping[str, Value]) -> Any:
        """Writes the values and gives the screen's result."""
        raise NotImplementedError

    def hint(self) -> str:
        """The line under the fields."""
        return _("enter: next field   up, down: other field   ctrl+s: save")

    def body(self) -> ComposeResult:
        """Fields, the side pane, and a last line, so that no text is typed on the last two rows."""
        with Horizontal(id="form-body"):
            yield Fields(self.fields())
            if self.SIDE:
                yield Static(id="form-side", markup=False)
        yield Static(id="form-error", markup=False)
        yield Static(ui_text(self.hint()), id="form-hint")

    def repaint(self) -> None:
        """Labels in another language; what was typed stays."""
        for fields in self.query(Fields):
            fields.relabel(self.fields())
        self.query_one("#form-hint", Static).update(ui_text(self.hint()))

    def on_fields_last(self) -> None:
        """Enter in the last field saves."""
        self.action_save()

    def action_save(self) -> None:
        """Saves once, with everything that was typed before."""
        after_typing(self, self._begin)

    def _begin(self) -> None:
        if not self._busy and self.is_current:
            self._busy = True
            self.job(self._save())

    async def _save(self) -> None:
        fields = self.query_one(Fields)
        try:
            result = await self.save(fields.values())
        except Exception as error:
            faults = faults_of(error)
            at_field = fields.show_errors(faults)
            words = _("Not saved: see the lines in red.") if at_field else sentence(error)
            self.query_one("#form-error", Static).update(ui_text(words))
        else:
            toast(self.app, _("Saved."))
            self.dismiss(result)
        finally:
            self._busy = False

    def action_leave(self) -> None:
        """Back; asks first when something was typed."""
        self.job(leave_form(self, self.query_one(Fields)))
