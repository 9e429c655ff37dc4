"""What the windows of a complaint share: a form that writes one step and reads the case again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.i18n import p_
from console.screens.form import FormDialog
from console.widgets.fields import Field, Value

if TYPE_CHECKING:
    from console.screens.case_windows import CaseWindows
    from db.records import ServiceCase

TEXTS = ("note", "reason", "reply", "answer", "progress", "what", "words", "text", "summary", "refund")
"""What errors may call the one text of a window."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One window.

    Args:
        title: already translated. fields: in order.
        verb: function of `console.desk.complaints`.
        values_of: the function's arguments between the case and the moment.
        about: lines above the fields.
        timed: whether `values_of` gives the moment too, for what comes after it.
    """

    title: str
    fields: Sequence[Field]
    verb: str
    values_of: Callable[[Mapping[str, Value]], tuple[Any, ...]]
    about: str = ""
    timed: bool = False


def case_of(screen: CaseWindows) -> ServiceCase | None:
    """The case in front."""
    return screen.service


def choices(table: Mapping[str, str], context: str) -> tuple[tuple[str, str], ...]:
    """Codes and words of a list, for a field."""
    return tuple((code, p_(context, named)) for code, named in table.items())


async def write(screen: CaseWindows, verb: str, *values: Any) -> None:
    """Does one step and reads the case again; a refusal is said in one sentence.

    Args:
        screen: the page. verb: function of `console.desk.complaints`. values: between the case and the moment.
    """
    from console.desk import complaints

    app, case = screen.console_app, case_of(screen)
    if app.seat is None or case is None:
        return
    try:
        await app.work.write(getattr(complaints, verb), app.seat, case.card.id, *values, app.clock.now())
    finally:
        await screen.look()


async def ask(screen: CaseWindows, window: Ask) -> None:
    """Asks, writes, and reads the case again; what is wrong is said at its field.

    Args:
        screen: the page. window: what is asked.
    """
    case = case_of(screen)
    if case is None:
        return
    number = case.card.id

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import complaints

        app = screen.console_app
        assert app.seat is not None
        verb: Any = getattr(complaints, window.verb)
        moment = () if window.timed else (app.clock.now(),)
        return await app.work.write(verb, app.seat, number, *window.values_of(values), *moment)

    text = "text" if any(one.name == "text" for one in window.fields) else window.fields[0].name
    own = {one.name for one in window.fields}
    names = {code: text for code in TEXTS if code not in own}
    title = f"{window.title}  {screen.who()}"
    done = await screen.app.push_screen_wait(
        FormDialog(title, window.fields, do, about=window.about, names=names)
    )
    if done is not None:
        await screen.look()
