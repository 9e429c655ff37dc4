"""Small windows of the reviews: scoring item by item, something to improve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from console import i18n
from console.i18n import _, p_
from console.quality_words import item_word, judged
from console.screens.form import FieldFault, FormDialog, many_of, text_of
from console.screens.frame import Frame
from console.text import toast
from console.widgets.fields import Choices, Field, FieldRow, Value

if TYPE_CHECKING:
    from console.desk.quality import Review

OPEN = "open"
"""What an item says before it is scored: nothing is preset."""
FAILS, TRAINING, SCENARIO, NOTE, REASON = "fails", "training", "scenario", "to_caller", "reason"
"""Names of the other fields: none is an item of the card."""
NOBODY = "nobody"
"""Who sees to something before somebody says who: nobody is preset."""
MARKS = ("full", "part", "none", "not_applicable")


def mark_word(mark: str) -> str:
    """What a lead says of one item."""
    return {
        "full": p_("mark", "yes"),
        "part": p_("mark", "half"),
        "none": p_("mark", "no"),
        "not_applicable": p_("mark", "n/a"),
        OPEN: p_("mark", "open"),
    }[mark]


class ScoreWindow(FormDialog):
    """The card: a digit marks an item and goes to the next, so that as many digits score as there are items."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: each digit has acted before the next one is delivered, however fast they come.
        Binding(f"{n},{chr(0xFF10 + n)}", f"mark({n})", show=False, priority=True)
        for n in range(1, 10)
    ]

    def _item(self) -> FieldRow | None:
        """The row with the focus where a digit is the score's: an item, or what makes the score 0; else None."""
        for row in self.query(FieldRow):
            if row.control is self.focused:
                return row if row.field.kind == "one" or row.field.name == FAILS else None
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the fields below the items a digit is what it is anywhere."""
        if action == "mark":
            return self._item() is not None
        return super().check_action(action, parameters)

    def action_mark(self, number: int) -> None:
        """Marks an item and goes on. A digit too many takes nothing that makes the score 0."""
        row = self._item()
        if row is None or row.field.name == FAILS or not isinstance(row.control, Choices):
            return
        if number > len(MARKS):
            return
        row.control.action_digit(number)
        rows = list(self.query(FieldRow))
        after = rows[rows.index(row) + 1 : rows.index(row) + 2]
        if after:
            self.set_focus(after[0].control)


def scenario_codes(typed: str) -> tuple[str, ...]:
    """Codes as somebody types them: between blanks, or marks of either script."""
    return tuple(re.findall(r"\w+", typed))


async def score(screen: Frame, review: Review, known: Mapping[str, str]) -> bool:
    """Scores a call in one window: a digit an item.

    Args:
        screen: in front.
        review: which; what was scored before stands in the fields, and then the reason is asked for.
        known: item to mark as it was scored before.

    Returns:
        Whether it was scored.
    """
    from console.desk import quality
    from console.rules.quality import FIVE, Mark
    from console.scripts import scorecard

    app = screen.console_app
    items, amends = judged(), review.version > 0
    choices = (
        *((mark, f"{number} {mark_word(mark)}") for number, mark in enumerate(MARKS, 1)),
        (OPEN, "-"),
    )
    lang = i18n.language()
    fields = [
        Field(item.code, item.title.of(lang), "one", known.get(item.code, OPEN), choices) for item in items
    ]
    fails = tuple((one.code, one.title.of(lang)) for one in scorecard.shipped().fails)
    tags = tuple((code, item_word(code)) for code in FIVE)
    fields += [
        Field(FAILS, _("makes it 0"), "many", review.fails, fails),
        Field(TRAINING, _("to practise"), "many", tuple(one for one in review.training if one in FIVE), tags),
        Field(
            SCENARIO,
            _("scenario"),
            value=" ".join(one for one in review.training if one not in FIVE),
            hint=_("e.g. {code}", code="eyelid_orbital_bleed"),
            limit=200,
        ),
        Field(NOTE, _("to the caller"), "long", review.note, limit=2000),
    ]
    if amends:
        fields.append(Field(REASON, _("why anew"), limit=500))

    async def do(values: Mapping[str, Value]) -> object:
        marks: dict[str, Mark] = {}
        for item in items:
            said = text_of(values, item.code)
            if said == OPEN:
                raise FieldFault(item.code, _("This item is not scored yet; n/a when it could not happen."))
            marks[item.code] = Mark(said)
        typed = scenario_codes(text_of(values, SCENARIO))
        assert app.seat is not None
        return await app.work.write(
            quality.score,
            app.seat,
            review.id,
            marks,
            many_of(values, FAILS),
            text_of(values, NOTE),
            (*many_of(values, TRAINING), *typed),
            app.clock.now(),
            text_of(values, REASON) if amends else "",
        )

    about = _(
        "A digit scores and goes on, up goes back; space takes what makes it 0."
        " No names, nothing the patient said in the note."
    )
    window = ScoreWindow(_("Score this call"), fields, do, about=about)
    return await screen.app.push_screen_wait(window) is not None


async def improve(screen: Frame, review_id: int | None = None) -> bool:
    """Adds something to improve. Args: screen; review_id, where it came from. Returns whether it was added."""
    from console.desk import improving, staff

    app = screen.console_app
    if app.seat is None:
        return False
    people = await app.work.read(staff.list_staff, app.seat)
    owners = ((NOBODY, _("nobody yet")), *((str(one.id), one.name) for one in people))
    due = (screen.local_now() + timedelta(days=14)).date()
    fields = [
        Field("text", _("in words"), "long", limit=500),
        Field("owner", _("who sees to it"), "one", NOBODY, owners),
        Field("due_on", _("until"), value=f"{due}", hint="2026-06-15", limit=40),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk.forms import Checked

        if text_of(values, "owner") == NOBODY:
            raise FieldFault("owner", _("Say who sees to it."))
        checked = Checked()
        day = checked.day("due_on", text_of(values, "due_on"))
        if day is None and not checked.problems:
            checked.wrong("form_date_missing", "due_on")
        checked.done()
        assert app.seat is not None and day is not None
        return await app.work.write(
            improving.add,
            app.seat,
            text_of(values, "text"),
            int(text_of(values, "owner")),
            day,
            app.clock.now(),
            review_id,
        )

    if await screen.app.push_screen_wait(FormDialog(_("To improve"), fields, do)) is None:
        return False
    toast(screen.app, _("Saved."))
    return True
