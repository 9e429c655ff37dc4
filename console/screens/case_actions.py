"""What can be done to one escalation, on the board and on its own page: the same keys, the same windows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from console import i18n
from console.i18n import _, p_
from console.screens.form import FormDialog, text_of
from console.screens.frame import Frame
from console.text import toast
from console.widgets.case_words import patient_words, severity_word, urgency_words
from console.widgets.dialogs import Choose, Dialog
from console.widgets.fields import Field, Value
from console.words import level_word, procedure_word, role_word
from db.enums import CLINICIANS, EscalationKind, EscalationStatus, Level, Role, Severity
from db.records import Escalation

HANDLERS = CLINICIANS | {Role.LEAD}
"""Roles the board is worked by; the desk decides, this only hides keys that would be refused."""
GRADES = ("", "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
"""Clavien-Dindo; the first is none."""
OPEN_ONLY = ("ack", "assign", "contacted", "resolve", "told", "phoning", "level", "call_now", "mis_key")

Write = Callable[[Mapping[str, Value]], Coroutine[Any, Any, Any]]


class CaseActions(Frame):
    """A screen on which one escalation is meant at a time."""

    def case(self) -> Escalation | None:
        """The escalation meant now."""
        raise NotImplementedError

    def changed(self) -> None:
        """Something was done to it: read again."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hides what this person may not do to this escalation."""
        if action in (*OPEN_ONLY, "note", "patient"):
            return self._possible(action)
        return super().check_action(action, parameters)

    def _possible(self, action: str) -> bool:
        seat, card = self.console_app.seat, self.case()
        if seat is None or card is None:
            return False
        if action == "patient":
            return card.patient_id is not None
        if action == "note":
            return seat.role is not Role.TRAINEE
        if card.status is EscalationStatus.RESOLVED:
            return False
        handles = seat.role in HANDLERS or card.owner_id == seat.staff_id
        clinical = card.kind is EscalationKind.CLINICAL
        match action:
            case "ack":
                return handles and card.acknowledged_at is None
            case "phoning":
                return clinical and card.phoning is None
            case "level":
                return clinical or seat.role is Role.LEAD
            case "call_now":
                return seat.role in HANDLERS and card.patient_id is not None
            case "mis_key":
                return clinical and (seat.role in HANDLERS or card.raised_by_id == seat.staff_id)
            case "told":
                return True
            case _:
                return handles

    def _title(self, words: str, card: Escalation) -> str:
        who = " ".join(
            part
            for part in (urgency_words(card), patient_words(card), procedure_word(card.procedure or ""))
            if part
        )
        return i18n.labelled(words, who)

    async def _ask(self, window: Dialog[Any]) -> None:
        if await self.app.push_screen_wait(window) is not None:
            await self._look()

    async def _look(self) -> None:
        await self.console_app.look_now()
        self.changed()

    # -- one key each --------------------------------------------------------------------------

    def action_ack(self) -> None:
        """Takes it up."""
        self.job(self._simple("acknowledge"))

    def action_phoning(self) -> None:
        """I phone the doctor."""
        self.job(self._phoning())

    async def _simple(self, verb: str) -> None:
        from console.desk import escalations

        app, card = self.console_app, self.case()
        if app.seat is None or card is None:
            return
        try:
            await app.work.write(getattr(escalations, verb), app.seat, card.id, app.clock.now())
        finally:
            # Also when a colleague was faster: then the board shows who.
            await self._look()

    async def _phoning(self) -> None:
        from console.desk import escalations

        app, card = self.console_app, self.case()
        if app.seat is None or card is None:
            return
        taken = await app.work.write(escalations.phoning, app.seat, card.id, app.clock.now())
        if not taken.mine:
            toast(app, _("{name} is phoning the doctor already.", name=taken.name), "warning")
        await self._look()

    # -- windows -------------------------------------------------------------------------------

    def _one_text(self, title: str, label: str, verb: str, *, limit: int = 4000) -> None:
        card = self.case()
        if card is None:
            return

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app = self.console_app
            write: Any = getattr(escalations, verb)
            return await app.work.write(write, app.seat, card.id, text_of(values, "text"), app.clock.now())

        fields = [Field("text", label, limit=limit)]
        window = FormDialog(self._title(title, card), fields, do, names=dict.fromkeys(TEXTS, "text"))
        self.job(self._ask(window))

    def action_note(self) -> None:
        """Adds a line to its story."""
        self._one_text(_("Note"), _("note"), "note")

    def action_contacted(self) -> None:
        """The patient has been reached; of a clinical case a lead says by whom."""
        card, seat = self.case(), self.console_app.seat
        if card is None or seat is None:
            return
        names = card.kind is EscalationKind.CLINICAL and seat.role is Role.LEAD
        fields = [Field("clinician", _("doctor or nurse"), limit=200)] if names else []
        clinical = card.kind is EscalationKind.CLINICAL
        fields.append(Field("text", _("agreed (or empty)") if clinical else _("said"), limit=4000))

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app, by = self.console_app, text_of(values, "clinician") if names else ""
            assert app.seat is not None
            return await app.work.write(
                escalations.contacted,
                app.seat,
                card.id,
                text_of(values, "text"),
                app.clock.now(),
                clinician=by,
            )

        title = self._title(_("The patient was reached"), card)
        self.job(self._ask(FormDialog(title, fields, do, names=dict.fromkeys(TEXTS, "text"))))

    def action_told(self) -> None:
        """Somebody has been told, and perhaps takes it over by telephone."""
        card = self.case()
        if card is None:
            return
        fields = [Field("text", _("name"), limit=200)]
        if card.kind is EscalationKind.CLINICAL and card.acknowledged_at is None:
            choices = (("no", _("no")), ("yes", _("yes")))
            fields.append(Field("takes", _("takes it over"), "one", value="no", options=choices))

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app, who = self.console_app, text_of(values, "text")
            takes = "takes" in values and text_of(values, "takes") == "yes"
            assert app.seat is not None
            verb = escalations.answered if takes else escalations.told
            return await app.work.write(verb, app.seat, card.id, who, app.clock.now())

        title = self._title(_("Who was told?"), card)
        self.job(self._ask(FormDialog(title, fields, do, names=dict.fromkeys(TEXTS, "text"))))

    def action_call_now(self) -> None:
        """Asks for a call to the patient now."""
        card = self.case()
        if card is None or card.patient_id is None:
            return
        patient_id = card.patient_id

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app, reason = self.console_app, text_of(values, "reason")
            assert app.seat is not None
            return await app.work.write(
                escalations.call_now, app.seat, patient_id, card.id, reason, app.clock.now()
            )

        title = self._title(_("Have the patient called now"), card)
        self.job(self._ask(FormDialog(title, [Field("reason", _("what to ask"), limit=500)], do)))

    def action_mis_key(self) -> None:
        """Marks it as keyed by mistake."""
        card = self.case()
        if card is None:
            return

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app, reason = self.console_app, text_of(values, "reason")
            assert app.seat is not None
            return await app.work.write(
                escalations.correct_mis_key, app.seat, card.id, (), reason, app.clock.now()
            )

        about = _("It stays open, marked, until a doctor or nurse closes it.")
        title = self._title(_("Keyed by mistake"), card)
        self.job(self._ask(FormDialog(title, [Field("reason", _("reason"), limit=500)], do, about=about)))

    def action_assign(self) -> None:
        """Gives it to a person."""
        self.job(self._assign())

    async def _assign(self) -> None:
        from console.desk import escalations

        app, card = self.console_app, self.case()
        if app.seat is None or card is None:
            return
        people = await app.work.read(escalations.colleagues, app.seat)
        options = [
            (
                one.id,
                f"{one.name}  {', '.join(role_word(role) for role in one.roles)}  "
                + (_("on duty") if one.on_duty else _("off duty")),
            )
            for one in people
        ]
        chosen = await app.push_screen_wait(Choose(self._title(_("Give to"), card), options))
        if chosen is not None:
            await app.work.write(escalations.assign, app.seat, card.id, chosen, app.clock.now())
            await self._look()

    def action_resolve(self) -> None:
        """Closes it."""
        card, seat = self.case(), self.console_app.seat
        if card is None or seat is None:
            return
        fields = [
            Field("finding", _("finding"), limit=4000),
            Field("action", _("action"), limit=4000),
            Field("told_patient", _("patient was told"), limit=4000),
        ]
        if seat.role in CLINICIANS:
            grades = tuple((code, code or _("none")) for code in GRADES)
            fields.append(Field("grade", _("Clavien-Dindo"), "one", options=grades))

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            app = self.console_app
            assert app.seat is not None
            return await app.work.write(
                escalations.resolve,
                app.seat,
                card.id,
                text_of(values, "finding"),
                text_of(values, "action"),
                text_of(values, "told_patient"),
                app.clock.now(),
                (text_of(values, "grade") or None) if "grade" in values else None,
            )

        self.job(self._ask(FormDialog(self._title(_("Close"), card), fields, do)))

    def action_level(self) -> None:
        """Another level, or of a complaint another severity."""
        card, seat = self.case(), self.console_app.seat
        if card is None or seat is None:
            return
        if card.kind is EscalationKind.CLINICAL:
            self.job(self._level(card))
        else:
            self.job(self._severity(card))

    async def _level(self, card: Escalation) -> None:
        app, now = self.console_app, card.level
        if app.seat is None or now is None:
            return
        options = [
            (level, _level_choice(level, now))
            for level in Level
            if level.escalates
            and level is not now
            and (level.rank < now.rank or app.seat.role is Role.DOCTOR)
        ]
        if not options:
            toast(app, _("Only a doctor lowers a level, with the PIN and a reason."), "warning")
            return
        level = await app.push_screen_wait(Choose(self._title(_("Another level"), card), options))
        if level is None:
            return
        lower = level.rank > now.rank
        fields = [Field("reason", _("reason"), limit=500)]
        if lower:
            fields.append(Field("pin", _("your PIN"), "hidden", limit=20))

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            seat, reason = app.seat, text_of(values, "reason")
            assert seat is not None
            if lower:
                pin = text_of(values, "pin")
                return await app.work.write(
                    escalations.lower_level, seat, card.id, level, pin, reason, app.clock.now()
                )
            return await app.work.write(
                escalations.raise_level, seat, card.id, level, reason, app.clock.now()
            )

        title = self._title(f"{level_word(now)} > {level_word(level)}", card)
        await self._ask(FormDialog(title, fields, do))

    async def _severity(self, card: Escalation) -> None:
        app = self.console_app
        options = [(one, severity_word(one)) for one in Severity if one is not card.severity]
        severity = await app.push_screen_wait(Choose(self._title(_("How serious?"), card), options))
        if severity is None:
            return

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import escalations

            seat, reason = app.seat, text_of(values, "reason")
            assert seat is not None
            return await app.work.write(
                escalations.set_severity, seat, card.id, severity, reason, app.clock.now()
            )

        title = self._title(severity_word(severity), card)
        await self._ask(FormDialog(title, [Field("reason", _("reason"), limit=500)], do))

    def action_patient(self) -> None:
        """The patient's page."""
        card = self.case()
        if card is not None and card.patient_id is not None:
            self.console_app.open_patient(card.patient_id)


TEXTS = ("note", "told_who", "reason")
"""What errors call the one text of a window."""


def _level_choice(level: Level, now: Level) -> str:
    change = p_("level change", "more urgent") if level.rank < now.rank else p_("level change", "less urgent")
    return f"{level_word(level)}  {change}"
