"""Fields of a form: a label, what is typed or chosen, and under it what is wrong. Typing is never lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from console.clean import clean
from console.text import plain, ui_text
from console.widgets.inputs import TAB_KEYS, CleanInput, CleanText

Kind = Literal["text", "hidden", "long", "one", "many"]
Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Args:
        name: key of its value.
        label: already translated; 13 cells at most.
        kind: one line of text, hidden text, several lines, one choice, several choices in an order.
        value: text or code to begin with; codes for several choices.
        options: code and words of each choice.
        hint: shown while a text is empty.
        limit: most characters typed.
    """

    name: str
    label: str
    kind: Kind = "text"
    value: Value = ""
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    limit: int = 10_000


class Choices(Widget, can_focus=True):
    """One or several of a few words in a line: arrows move, digits choose, space takes or drops one of
    several. Brackets stand around what is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("space", "take", show=False),
        Binding("enter", "done", show=False),
        # Priority: a digit has chosen before the key that leaves the field or saves the form is delivered.
        *(Binding(f"{n},{chr(0xFF10 + n)}", f"digit({n})", show=False, priority=True) for n in range(1, 10)),
    ]

    class Done(Message):
        """Enter: on to the next field."""

        def __init__(self, choices: Choices) -> None:
            super().__init__()
            self.choices = choices

        @property
        def control(self) -> Choices:
            """Which one."""
            return self.choices

    class Changed(Message):
        """Something else is chosen."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._options = field.options
        self._many = field.kind == "many"
        codes = [code for code, _words in field.options]
        given = field.value if isinstance(field.value, tuple) else (field.value,)
        self._chosen = [code for code in given if code in codes]
        if not self._many and not self._chosen and codes:
            self._chosen = [codes[0]]
        self._at = codes.index(self._chosen[0]) if self._chosen else 0

    @property
    def value(self) -> Value:
        """The chosen code, or the codes in the order they were chosen."""
        if self._many:
            return tuple(self._chosen)
        return self._chosen[0] if self._chosen else ""

    def relabel(self, options: tuple[tuple[str, str], ...]) -> None:
        """The same choices in other words."""
        self._options = options
        self.refresh(layout=True)

    def render(self) -> Content:
        """The words, the chosen ones in brackets, a mark before the one the arrows stand on."""
        parts: list[Content] = []
        for at, (code, words) in enumerate(self._options):
            number = f"{self._chosen.index(code) + 1} " if self._many and code in self._chosen else ""
            text = f"[{number}{plain(words)}]" if code in self._chosen else f" {plain(words)} "
            here = self.has_focus and at == self._at
            mark = ">" if here and self._many else " " if self._many else ""
            style = "$cursor-ink on $cursor-paper" if here else ""
            # A choice never breaks in its middle.
            parts.append(Content.styled((mark + text).replace(" ", "\u00a0"), style))
        return Content(" ").join(parts)

    def on_focus(self) -> None:
        """The mark appears."""
        self.refresh()

    def on_blur(self) -> None:
        """The mark goes."""
        self.refresh()

    def action_step(self, step: int) -> None:
        """The next or previous word."""
        if self._options:
            self._at = (self._at + step) % len(self._options)
            if not self._many:
                self._choose(self._at)
            self.refresh()

    def action_take(self) -> None:
        """Takes or drops the word the arrows stand on."""
        self._choose(self._at)

    def action_digit(self, number: int) -> None:
        """Chooses by number."""
        if number <= len(self._options):
            self._at = number - 1
            self._choose(self._at)

    def action_done(self) -> None:
        """On to the next field."""
        self.post_message(self.Done(self))

    def _choose(self, at: int) -> None:
        code = self._options[at][0]
        if not self._many:
            self._chosen = [code]
        elif code in self._chosen:
            self._chosen.remove(code)
        else:
            self._chosen.append(code)
        self.post_message(self.Changed())
        self.refresh(layout=True)


def _begin(field: Field, *, multiline: bool = False) -> str:
    """The text a field begins with, as stored: whoever saves without touching it changes nothing."""
    return clean(str(field.value), multiline=multiline)


class FieldRow(Vertical):
    """Label, control, and under them what is wrong."""

    def __init__(self, field: Field) -> None:
        super().__init__(classes="field")
        self.field = field
        self._wrong: Value | None = None

    def compose(self) -> ComposeResult:
        """The three."""
        with Horizontal(classes="field-line"):
            yield Static(ui_text(self.field.label), classes="field-label")
            yield self._control()
        yield Static(classes="field-error", markup=False)

    def _control(self) -> Widget:
        field = self.field
        if field.kind in ("one", "many"):
            return Choices(field)
        if field.kind == "long":
            return CleanText(_begin(field, multiline=True), tab_behavior="focus", soft_wrap=True)
        return CleanInput(
            _begin(field),
            placeholder=plain(field.hint),
            password=field.kind == "hidden",
            max_length=field.limit,
        )

    @property
    def control(self) -> Input | TextArea | Choices:
        """What takes the keys."""
        found = next(iter(self.query("Input, TextArea, Choices")))
        assert isinstance(found, Input | TextArea | Choices)
        return found

    @property
    def value(self) -> Value:
        """What stands in it now, cleaned; a PIN as typed."""
        control = self.control
        if isinstance(control, Choices):
            return control.value
        if isinstance(control, TextArea):
            return clean(control.text, multiline=True)
        return control.value if self.field.kind == "hidden" else clean(control.value)

    def relabel(self, field: Field) -> None:
        """The same field in another language."""
        self.field = field
        self.query_one(".field-label", Static).update(ui_text(field.label))
        control = self.control
        if isinstance(control, Choices):
            control.relabel(field.options)
        elif isinstance(control, Input):
            control.placeholder = plain(field.hint)

    def show_error(self, words: str) -> None:
        """Says what is wrong; empty takes it away."""
        line = self.query_one(".field-error", Static)
        line.update(ui_text(words))
        line.display = bool(words)
        self._wrong = self.value if words else None

    def changed(self) -> None:
        """Takes the error away once something else stands in the field than what was wrong."""
        if self._wrong is not None and self.value != self._wrong:
            self.show_error("")


class Fields(VerticalScroll, can_focus=False):
    """Fields under each other. Enter, up and down go from one to the next."""

    class Last(Message):
        """Enter in the last field."""

    class Edited(Message):
        """Something was typed or chosen."""

    # Priority: a key that leaves a field must have left it before the next key is delivered, or what a quick hand
    # types goes into the field it has just left.
    BINDINGS: ClassVar[list[BindingType]] = [*TAB_KEYS, Binding("enter", "next", show=False, priority=True)]

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__(classes="fields")
        self._fields = tuple(fields)
        self._began: dict[str, Value] = {}

    def compose(self) -> ComposeResult:
        """The rows."""
        for field in self._fields:
            yield FieldRow(field)

    def on_mount(self) -> None:
        """The first field takes the keys."""
        self._began = self.values()
        self._rows()[0].control.focus()

    def _rows(self) -> list[FieldRow]:
        return list(self.query(FieldRow))

    def values(self) -> dict[str, Value]:
        """What stands in each field now."""
        return {row.field.name: row.value for row in self._rows()}

    def text(self, name: str) -> str:
        """One field as text."""
        value = self.values()[name]
        return value if isinstance(value, str) else ",".join(value)

    def put(self, name: str, text: str) -> None:
        """Writes into a text field."""
        for row in self._rows():
            control = row.control
            if row.field.name == name and isinstance(control, Input):
                control.value = clean(text)

    @property
    def edited(self) -> bool:
        """Whether anything differs from the beginning."""
        return self.values() != self._began

    def relabel(self, fields: Sequence[Field]) -> None:
        """The same fields in another language."""
        for row, field in zip(self._rows(), fields, strict=True):
            row.relabel(field)

    def show_errors(self, errors: Mapping[str, str]) -> bool:
        """Says what is wrong at each field and goes to the first of them; others are cleared.

        Returns:
            Whether a field of this form is among them.
        """
        rows = self._rows()
        for row in rows:
            row.show_error(errors.get(row.field.name, ""))
        wrong = next((row for row in rows if row.field.name in errors), None)
        if wrong is not None:
            wrong.control.focus()
        return wrong is not None

    def on_input_changed(self) -> None:
        """Something was typed."""
        self._edited()

    def on_text_area_changed(self) -> None:
        """Something was typed."""
        self._edited()

    def on_choices_changed(self) -> None:
        """Something else is chosen."""
        self._edited()

    def _edited(self) -> None:
        for row in self._rows():
            row.changed()
        self.post_message(self.Edited())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter goes on from a single line only: several lines keep it, a choice has its own."""
        return isinstance(self.screen.focused, Input) if action == "next" else True

    def action_next(self) -> None:
        """The field after this one."""
        focused = self.screen.focused
        if focused is not None:
            self._go(focused, 1)

    def on_choices_done(self, event: Choices.Done) -> None:
        """Enter goes on."""
        event.stop()
        self._go(event.choices, 1)

    def on_key(self, event: Key) -> None:
        """Up and down go from field to field."""
        focused = self.screen.focused
        if event.key in ("up", "down") and isinstance(focused, Input | Choices):
            event.stop()
            event.prevent_default()
            self._go(focused, 1 if event.key == "down" else -1, wrap=True)

    def _go(self, control: Widget, step: int, *, wrap: bool = False) -> None:
        controls: list[Widget] = [row.control for row in self._rows()]
        at = controls.index(control) + step
        if wrap:
            at = max(0, min(at, len(controls) - 1))
        if at >= len(controls):
            self.post_message(self.Last())
            return
        self.screen.set_focus(controls[at])
