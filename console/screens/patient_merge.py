"""Two records of one person, side by side, and made one with the lead's PIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.i18n import _, p_
from console.screens.find import FindPatient
from console.screens.form import FormDialog, text_of
from console.screens.patient_windows import PatientFile
from console.text import toast
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import SEXES

if TYPE_CHECKING:
    from console.desk.merge_look import MergePreview, Side
    from console.desk.seat import Seat


class FindOther(FindPatient):
    """Finds anybody but one patient.

    Args:
        title: the question, already translated.
        patient_id: who is left out.
    """

    def __init__(self, title: str, patient_id: int) -> None:
        super().__init__(title)
        self._left_out = patient_id

    async def look_up(self, seat: Seat, text: str) -> Sequence[Any]:
        """The others, masked."""
        return [one for one in await super().look_up(seat, text) if one.patient_id != self._left_out]


async def merge(screen: PatientFile) -> None:
    """Makes another record of the same person part of this one.

    Args:
        screen: the file of the record that stays.
    """
    from console.desk import merge_look

    app = screen.console_app
    title = _("Which other record is the same person?")
    found = await app.push_screen_wait(FindOther(title, screen.patient_id))
    if found is None or app.seat is None:
        return
    other = int(found.patient_id)
    look = await app.work.write(merge_look.preview, app.seat, screen.patient_id, other, app.clock.now())

    async def do(values: Mapping[str, Value]) -> object:
        assert app.seat is not None
        reason, pin = text_of(values, "reason"), text_of(values, "pin")
        return await app.work.write(
            merge_look.merge_with_pin, app.seat, pin, screen.patient_id, other, reason, app.clock.now()
        )

    fields = [Field("reason", _("reason"), limit=300), Field("pin", _("your PIN"), "hidden", limit=20)]
    window = FormDialog(_("Two records of one person"), fields, do, about=compared(look))
    done = await app.push_screen_wait(window)
    if done is not None:
        toast(app, _("Merged; calls planned twice and taken back: {n}.", n=int(done.closed)))
        await screen.read()


def compared(look: MergePreview) -> str:
    """Both records, a few lines each, with what they have in common.

    Args:
        look: from the desk.
    """
    return "\n".join(
        (
            _("stays: {record}", record=_record(look.stays)),
            _("goes into it: {record}", record=_record(look.goes)),
            _in_common(look),
            _("It cannot be taken back; the old id still finds her."),
        )
    )


def _record(side: Side) -> str:
    facts = (
        side.name,
        side.external_id or str(side.patient_id),
        side.born_on.isoformat() if side.born_on else _("birthday not on file"),
        p_("sex", SEXES.get(side.sex or "", "")) if side.sex else "",
        " ".join(side.numbers) or _("no number"),
        _(
            "treatments {treatments}, visits {visits}, calls made {calls}, open {items}",
            treatments=side.treatments,
            visits=side.visits,
            calls=side.calls,
            items=side.items,
        ),
    )
    return "  ".join(one for one in facts if one)


def _in_common(look: MergePreview) -> str:
    born = (
        _("same birthday")
        if look.stays.born_on is not None and look.stays.born_on == look.goes.born_on
        else _("birthdays cannot be compared")
    )
    return "  ".join(
        (
            _("same name") if look.stays.name == look.goes.name else _("names differ"),
            born,
            _("numbers in common: {n}", n=look.shared_numbers),
        )
    )
