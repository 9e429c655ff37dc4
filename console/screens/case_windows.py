"""What is opened from a case's page: reports to an authority, the result over time, the talk-track, the playbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from console import i18n
from console.i18n import _, p_
from console.rules import next_step as steps
from console.rules.next_step import NextStep
from console.screens.case_actions import HANDLERS, CaseActions
from console.screens.case_book import case_book
from console.screens.form import FormDialog, text_of
from console.screens.result_window import show_result
from console.scripts.records_service import CaseBook
from console.text import toast
from console.widgets.case_words import patient_words, report_word, urgency_words
from console.widgets.dialogs import Choose
from console.widgets.duty_lines import KINDS, duty_words, kind_word
from console.widgets.fields import Field, Value
from console.widgets.next_words import next_word
from console.widgets.playbook_lines import playbook_lines
from console.widgets.reading_lines import TrackWindow, reading_lines
from db.enums import CLINICIANS, DutyKind, EscalationKind, Role
from db.records import CaseEntry, Duty, Escalation, ServiceCase

if TYPE_CHECKING:
    from console.desk.case_books import Books

CATEGORIES: Mapping[DutyKind, tuple[str, ...]] = {
    DutyKind.ADVERSE_EVENT: ("extreme", "major", "general"),
    DutyKind.DEVICE_EVENT: ("group", "group_case", "death", "serious"),
}
"""Categories of `console.rules.reports.LIMITS`, the most urgent first."""
NEED_NOT = "none"
"""Category with which a clinician takes a decision back."""


class CaseWindows(CaseActions):
    """A case's page, with what can be opened from it."""

    def __init__(self) -> None:
        super().__init__()
        self.duties: tuple[Duty, ...] = ()
        self.service: ServiceCase | None = None
        self.roles: tuple[CaseEntry, ...] = ()
        self.books: Books | None = None
        self.book: CaseBook | None = None

    def call_id(self) -> int | None:
        """The conversation it was raised in."""
        raise NotImplementedError

    def next(self) -> NextStep | None:
        """What is to be done first."""
        raise NotImplementedError

    def who(self) -> str:
        """What it is about, for the title of a window."""
        card = self.case()
        return "" if card is None else f"{urgency_words(card)} {patient_words(card)}"

    async def look(self) -> None:
        """Reads everything again after something was written."""
        await self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hides what there is nothing for, or what is not this person's."""
        seat, card = self.console_app.seat, self.case()
        if action in ("next", "steps", "report", "result", "playbook", "track"):
            if seat is None or card is None or seat.role is Role.TRAINEE:
                return False
            match action:
                case "report":
                    return seat.role in HANDLERS and card.kind is not EscalationKind.REQUEST
                case "result":
                    return card.patient_id is not None
                case "playbook":
                    return self.book is not None
                case "track":
                    return self.call_id() is not None
                case "next":
                    return self.next() is not None
                case _:
                    from console.screens import complaint_windows

                    return bool(complaint_windows.offered(self))
        return super().check_action(action, parameters)

    # -- what is next --------------------------------------------------------------------------

    def do_step(self, step: NextStep) -> None:
        """Does a step, or says for whom it waits.

        Args:
            step: from `console.rules.next_step`.
        """
        if not step.mine:
            toast(self.app, _("That waits for somebody else: {what}", what=next_word(step.code)))
            return
        own = {
            steps.ACK: self.action_ack,
            steps.CONTACTED: self.action_contacted,
            steps.RESOLVE: self.action_resolve,
            steps.PHONING: self.action_phoning,
            steps.TOLD: self.action_told,
            steps.REPORT: self.action_report,
        }
        if step.code in own:
            own[step.code]()
            return
        from console.screens import complaint_windows

        self.job(complaint_windows.do(self, step.code))

    def action_steps(self) -> None:
        """Everything that can be done to it now, as a list."""
        self.job(self._steps())

    async def _steps(self) -> None:
        from console.screens import complaint_windows

        offered = complaint_windows.offered(self)
        if not offered:
            toast(self.app, _("Nothing more can be done here; the keys below are all there is."))
            return
        code = await self.app.push_screen_wait(Choose(_("What is to be done?"), offered))
        if code is not None:
            await complaint_windows.do(self, code)

    def action_contacted(self) -> None:
        """The patient was reached; of a complaint or a request that is its first reply."""
        self._own("reply", super().action_contacted)

    def action_resolve(self) -> None:
        """Closes it; of a complaint or a request only once its loop is done."""
        self._own("close", super().action_resolve)

    def action_told(self) -> None:
        """Somebody was told; of a complaint or a request first which of those who have to be."""
        card = self.case()
        if card is None or card.kind is EscalationKind.CLINICAL or all(one.done_at for one in self.roles):
            super().action_told()
            return
        from console.screens import complaint_rights

        self.job(complaint_rights.role_told(self, otherwise=super().action_told))

    def _own(self, code: str, otherwise: Callable[[], None]) -> None:
        card = self.case()
        if card is None or card.kind is EscalationKind.CLINICAL:
            otherwise()
            return
        from console.screens import complaint_windows

        self.job(complaint_windows.do(self, code))

    # -- reports -------------------------------------------------------------------------------

    def action_report(self) -> None:
        """Says that it has to be reported, or that it was."""
        self.job(self._report())

    async def _report(self) -> None:
        seat = self.console_app.seat
        if seat is None:
            return
        now = self.local_now()
        owed = [one for one in self.duties if one.reported_at is None and one.replaced_at is None]
        made = p_("duty", "was made")
        choices: list[tuple[tuple[str, int, DutyKind | None], str]] = [
            (("made", one.id, None), f"{made}: {duty_words(one, self.zone, now)}") for one in owed
        ]
        if seat.role in CLINICIANS:
            choices += [
                (("flag", 0, kind), _("{what}: which category?", what=kind_word(kind))) for kind in KINDS
            ]
        if not choices:
            toast(self.app, _("A doctor or nurse says whether it has to be reported."), "warning")
            return
        chosen = choices[0][0]
        if len(choices) > 1 or not owed:
            picked = await self.app.push_screen_wait(Choose(_("A report to an authority"), choices))
            if picked is None:
                return
            chosen = picked
        what, duty_id, kind = chosen
        if what == "made":
            await self._reported(duty_id)
        elif kind is not None:
            await self._flag(kind)

    async def _flag(self, kind: DutyKind) -> None:
        card = self.case()
        if card is None:
            return
        options = tuple((code, report_word(code)) for code in (*CATEGORIES[kind], NEED_NOT))
        fields = [
            Field("category", _("category"), "one", value=CATEGORIES[kind][-1], options=options),
            Field("reason", _("reason"), limit=500),
            Field(
                "known", _("known since"), hint=_("empty: since it was raised; else 06-20 14:30"), limit=20
            ),
        ]

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import reporting
            from console.screens.moments import moment_of

            app = self.console_app
            assert app.seat is not None
            known = moment_of(values, "known", self.local_now())
            return await app.work.write(
                reporting.flag,
                app.seat,
                card.id,
                kind,
                text_of(values, "category"),
                text_of(values, "reason"),
                app.clock.now(),
                known,
            )

        about = _(
            "The law's clock runs from when the clinic learned of it. An earlier decision stays on record."
        )
        title = self._title(kind_word(kind), card)
        await self._ask(FormDialog(title, fields, do, about=about))

    async def _reported(self, duty_id: int) -> None:
        card = self.case()
        if card is None:
            return

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import reporting

            app = self.console_app
            assert app.seat is not None
            return await app.work.write(
                reporting.reported, app.seat, card.id, duty_id, text_of(values, "text"), app.clock.now()
            )

        fields = [Field("text", _("to whom"), hint=_("authority, number of the receipt"), limit=500)]
        title = self._title(_("The report was made"), card)
        await self._ask(FormDialog(title, fields, do, names={"reported_to": "text"}))

    # -- what is read --------------------------------------------------------------------------

    def action_result(self) -> None:
        """The result by dimension over time, and where photographs are."""
        card = self.case()
        if card is not None and card.patient_id is not None:
            self.job(show_result(self, card.patient_id, card.id))

    def action_track(self) -> None:
        """The talk-track as it was read when this was raised."""
        self.job(self._track())

    async def _track(self) -> None:
        from console.desk import reading

        app, call_id = self.console_app, self.call_id()
        if app.seat is not None and call_id is not None:
            read = await app.work.write(reading.as_read, app.seat, call_id, app.clock.now())
            app.push_screen(TrackWindow(_("Talk-track as it was read"), reading_lines(read)))

    def action_playbook(self) -> None:
        """The playbook of a complaint, or another one."""
        self.job(self._playbook())

    async def _playbook(self) -> None:
        books, card = self.books, self.case()
        if books is None or self.book is None or card is None:
            return
        from console.screens.playbook_window import PlaybookWindow

        while True:
            other = await self.app.push_screen_wait(PlaybookWindow(_("Playbook"), playbook_lines(self.book)))
            if not other:
                return
            lang = i18n.language()
            options = [(at, one.title.of(lang)) for at, one in enumerate(books.ordered)]
            at = await self.app.push_screen_wait(Choose(_("Which playbook?"), options))
            if at is None:
                return
            self.book = case_book(self, books, books.ordered[at], card.resolve_by, card.contact_by)
            self.repaint()

    async def read_playbook(self, card: Escalation) -> None:
        """Reads the playbooks for a complaint; the one that fits best is shown.

        Args:
            card: the case.
        """
        from console.desk import case_books

        app = self.console_app
        if app.seat is None or card.kind is not EscalationKind.COMPLAINT:
            return
        klass = None if self.service is None else self.service.klass
        books = await app.work.read(case_books.books, app.seat, card.id, klass, app.clock.now())
        if books.ordered:
            self.books = books
            self.book = case_book(self, books, books.ordered[0], card.resolve_by, card.contact_by)
