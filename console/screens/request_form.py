"""The form a service request is taken down with: what is wanted, how it came in, how she showed who she is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from console.i18n import _, p_
from console.screens.complaint_form import IntakeScreen
from console.screens.form import many_of, text_of
from console.widgets import service_words as words
from console.widgets.call_panes import IDENTITY_WORDS
from console.widgets.fields import Field, Value
from db.enums import Received, RequestType, Severity
from db.records import RequestForm

NOT_NEEDED: Final = "not_needed"
URGENCY: Final[Mapping[Severity, str]] = {
    Severity.MINOR: "usual",
    Severity.MODERATE: "soon",
    Severity.SEVERE: "in depth",
}
"""How soon a request is answered: within the working days of this severity."""


class RequestFormScreen(IntakeScreen):
    """Gives the case's id, or None."""

    CSS_PATH = "request_form.tcss"

    def headline(self) -> str:
        """What the form does."""
        return self.of_whom(_("A request is taken down"))

    def hint(self) -> str:
        """The line under the fields."""
        return _("enter: next field   space: one of several   ctrl+s: save")

    def fields(self) -> Sequence[Field]:
        """What is wanted, how it came in, who asks."""
        types = tuple((str(one), words.type_word(one)) for one in RequestType)
        shown = tuple((code, p_("identity", named)) for code, named in IDENTITY_WORDS.items())
        identity = ((NOT_NEEDED, p_("identity", "not needed")), *shown)
        made = [
            Field("type", _("what"), "one", options=types),
            Field("words", _("what is wanted"), "long", limit=4000),
            Field("channel", _("how"), "one", options=self.channels()),
            Field("identity", _("showed who"), "many", (), identity),
            Field("visit", _("visit"), hint=_("which one, as little as needed"), limit=500),
            Field(
                "urgency",
                _("answered"),
                "one",
                options=tuple((str(one), p_("urgency", URGENCY[one])) for one in URGENCY),
            ),
        ]
        if self.patient_id is None:
            made.append(Field("asker", _("who asks"), limit=200))
            made.append(Field("number", _("number"), limit=40))
        return [*made, self.received()]

    async def save(self, values: Mapping[str, Value]) -> int:
        """Writes it and gives the case's id."""
        from console.desk import complaints

        app = self.console_app
        assert app.seat is not None
        unknown = self.patient_id is None
        form = RequestForm(
            type=RequestType(text_of(values, "type")),
            words=text_of(values, "words"),
            channel=Received(text_of(values, "channel")),
            identity=many_of(values, "identity"),
            visit=text_of(values, "visit"),
            asker=text_of(values, "asker") if unknown else "",
            number=text_of(values, "number") if unknown else "",
            urgency=Severity(text_of(values, "urgency")),
            received_at=await self.came_in(values),
        )
        raised = await app.work.write(
            complaints.take_request, app.seat, self.claim, self.patient_id, form, self.key, app.clock.now()
        )
        return raised.escalation.id
