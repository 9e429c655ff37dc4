"""A call that came in: last digits or a name, or nobody we know; then the call screen, flags first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.widgets import Input

from console.clean import clean
from console.i18n import _
from console.screens.find import Finder
from console.words import procedure_word
from db.records import Claim

if TYPE_CHECKING:
    from console.desk.seat import Seat


class Incoming(Finder[Claim]):
    """Gives the claim of the person who rings; the last line is always "somebody we do not know"."""

    SCOPE: ClassVar[str] = "incoming"

    def __init__(self) -> None:
        super().__init__(_("A call came in"))
        self._busy = False

    def hint(self) -> str:
        """What may be typed."""
        return _("Type the last digits of the number or the name; enter takes the marked line.")

    def after(self) -> tuple[str, ...]:
        """Whoever is on no file is taken too."""
        return (_("Somebody we do not know"),)

    async def look_up(self, seat: Seat, text: str) -> Sequence[Any]:
        """Who may be ringing, masked."""
        from console.desk import calls

        app = self.console_app
        return await app.work.read(calls.incoming, seat, text, app.clock.now())

    def line(self, person: Any) -> str:
        """Who it may be, and who is talking with her already."""
        procedure = procedure_word(person.procedure) if person.procedure else ""
        held = _("in a call with {name}", name=person.held_by) if person.held_by else ""
        return f"{person.masked_name}  *{person.last_digits}  {procedure}  {held}".rstrip()

    def take(self, at: int) -> None:
        """Claims the person, or an unknown caller."""
        if not self._busy:
            self._busy = True
            person = self.found[at] if at < len(self.found) else None
            self.job(self._claim(person, clean(self.query_one(Input).value).strip()))

    async def _claim(self, person: Any, typed: str) -> None:
        from console.desk import calls

        app = self.console_app
        if app.seat is None:
            return
        number = typed if any(sign.isdigit() for sign in typed) else ""
        try:
            claim = await app.work.write(
                calls.take_incoming,
                app.seat,
                None if person is None else person.patient_id,
                number,
                app.clock.now(),
            )
        finally:
            self._busy = False
        self.dismiss(claim)
