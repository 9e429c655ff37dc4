"""The form of a patient: added by hand, or corrected."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from secrets import token_hex

from console.i18n import _, p_
from console.rules.phone import grouped
from console.screens.asking import asked
from console.screens.form import FormScreen, text_of
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import LANGUAGES, SEXES
from db.enums import PhoneStatus
from db.patient_records import PatientForm, PatientPage
from db.records import Reason

NUMBERS = ("numbers", "number_2", "number_3")
"""Fields of the numbers, in the order they are dialled; several may stand in one."""
_LISTED = re.compile("[,;，、；]")


class PatientFormScreen(FormScreen):
    """Gives the patient's id, or None.

    Args:
        page: the file to correct; None adds a patient.
    """

    def __init__(self, page: PatientPage | None = None) -> None:
        super().__init__()
        self._page = page
        self._key = token_hex(8)

    def headline(self) -> str:
        """What the form does."""
        if self._page is None:
            return _("New patient")
        return _("Correct: {name}", name=self._page.name)

    def fields(self) -> Sequence[Field]:
        """Most needed first."""
        page = self._page
        own = [
            grouped(number.e164)
            for number in (page.numbers if page else ())
            if number.contact_person_id is None and number.status is not PhoneStatus.DEAD
        ]
        numbers = [*own, "", "", ""]
        yes_no = (("no", p_("choice", "no")), ("yes", p_("choice", "yes")))
        sexes = tuple((code, p_("sex", words)) for code, words in SEXES.items())
        languages = tuple((code, p_("language", words)) for code, words in LANGUAGES.items())
        return [
            Field("name", _("name"), value=page.name if page else ""),
            Field("numbers", _("number"), value=numbers[0], limit=60),
            Field("number_2", _("second number"), value=numbers[1], limit=60),
            Field("number_3", _("more numbers"), value=", ".join(numbers[2:]).strip(", "), limit=200),
            Field("external_id", _("record id"), value=(page.external_id or "") if page else ""),
            Field("sex", _("sex"), "one", (page.sex or "") if page else "", sexes),
            Field(
                "born_on",
                _("born on"),
                value=page.born_on.isoformat() if page and page.born_on else "",
                hint="1990-08-15",
                limit=40,
            ),
            Field("language", _("speaks"), "one", str(page.language) if page else "zh", languages),
            Field(
                "lives_alone", _("lives alone"), "one", "yes" if page and page.lives_alone else "no", yes_no
            ),
            Field(
                "local_until",
                _("leaves town"),
                value=page.local_until.isoformat() if page and page.local_until else "",
                hint=_("last day here"),
                limit=40,
            ),
            Field(
                "preferred_hours",
                _("own hours"),
                value=", ".join(page.preferred_hours) if page else "",
                hint="19:00-20:00",
                limit=200,
            ),
            Field("member_tier", _("member level"), value=(page.member_tier or "") if page else ""),
            Field("consultant", _("consultant"), value=(page.consultant or "") if page else ""),
            Field("notes", _("notes"), "long", (page.notes or "") if page else ""),
        ]

    async def save(self, values: Mapping[str, Value]) -> int:
        """Writes the patient."""
        from console.desk import patients
        from console.desk.forms import FormInvalid

        app = self.console_app
        seat = app.seat
        assert seat is not None
        more = [one for name in NUMBERS for one in _LISTED.split(text_of(values, name))]
        form = PatientForm(
            name=text_of(values, "name"),
            numbers=tuple(more),
            external_id=text_of(values, "external_id"),
            sex=text_of(values, "sex"),
            born_on=text_of(values, "born_on"),
            language=text_of(values, "language"),
            lives_alone=text_of(values, "lives_alone") == "yes",
            local_until=text_of(values, "local_until"),
            preferred_hours=text_of(values, "preferred_hours"),
            member_tier=text_of(values, "member_tier"),
            consultant=text_of(values, "consultant"),
            notes=text_of(values, "notes"),
        )
        patient_id = None if self._page is None else self._page.patient_id
        try:
            return await asked(
                app,
                lambda sure: app.work.write(
                    patients.save_patient, seat, form, self._key, app.clock.now(), patient_id, sure=sure
                ),
            )
        except FormInvalid as error:
            raise FormInvalid(self._at_their_numbers(error.problems, values)) from error

    def _at_their_numbers(
        self, problems: tuple[Reason, ...], values: Mapping[str, Value]
    ) -> tuple[Reason, ...]:
        """The desk knows one field of numbers, the screen has three: each fault goes to its own."""
        from console.rules.phone import parse

        wrong = [
            name
            for name in NUMBERS
            if any(
                isinstance(parse(one), Reason) for one in _LISTED.split(text_of(values, name)) if one.strip()
            )
        ]
        kept = [one for one in problems if one.code != "form_phone_invalid"]
        if len(kept) == len(problems):
            return problems
        return (*kept, *(Reason.of("form_phone_invalid", field=name) for name in wrong or NUMBERS[:1]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to choose from a list here."""
        return False if action == "choose" else super().check_action(action, parameters)
