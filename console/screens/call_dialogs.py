"""Small windows of a call: report, promise, outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.widgets import Input, OptionList, Static

from console import i18n
from console.clean import clean
from console.desk.conversing import main_item
from console.i18n import _, p_
from console.screens import call_flags, call_identity, call_turns
from console.screens.call_paint import OUTCOME_WORDS
from console.text import toast, ui_text
from console.widgets.dialogs import Ask, Choose, Dialog
from console.widgets.inputs import TAB_KEYS, Entry
from db.enums import CallOutcome, Channel, EscalationKind, ItemClass, Level, Purpose, Severity, SpokeTo
from db.records import PromiseMade, PromiseTime

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from console.screens.call import CallScreen
    from console.scripts.turns import Turn

EMERGENCY, SAME_DAY, URGENT, COMPLAINT, REQUEST = "EMERGENCY", "SAME_DAY", "URGENT", "complaint", "request"
DROPPED = "dropped"
WHEN_MOST, WHAT_MOST = 60, 200
"""Characters of a callback's time, and of what was promised."""


class Report(Choose[str]):
    """What is reported; the key that opened the window, pressed again, means an emergency.

    Args:
        title, options: as of any choice. first: what a turn of the talk proposes, marked already.
    """

    SCOPE: ClassVar[str] = "report"

    def __init__(self, title: str, options: list[tuple[str, str]], first: str | None = None) -> None:
        super().__init__(title, options)
        self._first = first

    def on_mount(self) -> None:
        """Marks what is proposed."""
        super().on_mount()
        mark(self, [value for value, _words in self._options], self._first)

    @classmethod
    def scopes(cls) -> tuple[str, ...]:
        """Its own key beside those of any choice."""
        return (cls.SCOPE, "choose", "dialog")

    def action_emergency(self) -> None:
        """The emergency key twice."""
        self.dismiss(EMERGENCY)


def mark(window: Choose[str], values: list[str], wanted: str | None) -> None:
    """Puts the cursor of a choice on a value. Args: window; its values in order; the value, None for the first."""
    window.query_one(OptionList).highlighted = values.index(wanted) if wanted in values else 0


async def report(screen: CallScreen) -> None:
    """Reports an emergency, a level of the caller's own choice, a complaint or a request."""
    app = screen.console_app
    if not screen.reporting:
        return
    screen.reporting = False
    turn = call_turns.to_report(screen)
    chosen = await screen.ask(
        Report(
            _("Report. f4 again: emergency NOW"),
            [
                (EMERGENCY, _("emergency: doctor and ambulance now")),
                (SAME_DAY, _("a clinician within 2 hours")),
                (URGENT, _("a clinician within 24 hours")),
                (COMPLAINT, _("complaint, to the lead")),
                (REQUEST, _("request, to the lead")),
            ],
            _proposed(screen, turn),
        )
    )
    if chosen in (EMERGENCY, SAME_DAY, URGENT):
        call_flags.hand_over(screen, (), Level(chosen))
    elif chosen is not None and app.seat is not None:
        await _to_the_lead(screen, EscalationKind(chosen), turn)


def _proposed(screen: CallScreen, turn: Turn | None) -> str | None:
    """What the turn in front asks for first: the level of its playbook, else complaint or request."""
    prompt = screen.talk.current if screen.talk is not None and screen.talk.turn is not None else None
    if prompt is not None and prompt.level in (EMERGENCY, SAME_DAY, URGENT):
        return prompt.level
    return None if turn is None else turn.report


async def _to_the_lead(screen: CallScreen, kind: EscalationKind, turn: Turn | None) -> None:
    """Hands a complaint or a request over, with the severity that dated the answer the patient was told."""
    from console.desk import escalations

    app = screen.console_app
    words = await screen.ask(Ask(_("In the patient's own words"), limit=400))
    if not words or app.seat is None:
        return
    now = app.clock.now()
    told = turn is not None and turn.report == kind
    severity = Severity(turn.severity) if turn is not None and told else Severity.MODERATE
    key = f"{kind}:{screen.claim.contact_id}:{screen.claim.token}:{now.timestamp():.3f}"
    await app.work.write(escalations.hand_over, app.seat, screen.claim, None, kind, severity, words, key, now)
    if turn is not None and told:
        screen.typed.reported.add(turn.code)
    screen.reports.append(str(kind))
    screen.typed.doubt = screen.typed.doubt or kind is EscalationKind.COMPLAINT
    toast(app, _("Handed to the lead's board."))
    screen.repaint()


class Promise(Dialog[tuple[PromiseMade | None]]):
    """An agreed callback: when, in natural words; whose; what was promised. An emptied time takes it back."""

    SCOPE: ClassVar[str] = "promise"
    WIDE = True
    BINDINGS: ClassVar[list[BindingType]] = [*TAB_KEYS]

    def __init__(self, screen: CallScreen) -> None:
        super().__init__(_("Callback: when?"))
        self._screen = screen
        self._found: PromiseTime | None = None
        self._made = screen.typed.promise
        self._mine = self._made is not None and self._made.mine

    @property
    def _zone(self) -> ZoneInfo:
        return self._screen.zone

    def body(self) -> ComposeResult:
        """When, what, whose."""
        made = self._made
        yield Entry(
            value="" if made is None else f"{made.at.astimezone(self._zone):%Y-%m-%d %H:%M}",
            id="promise-when",
            max_length=WHEN_MOST,
            classes="dialog-field",
            placeholder=_("tomorrow 7pm, +2h, Fri 10:00"),
        )
        yield Static(id="promise-read", markup=False)
        yield Entry(
            value="" if made is None else made.what,
            id="promise-what",
            max_length=WHAT_MOST,
            classes="dialog-field",
            placeholder=_("what was promised"),
        )
        full = Static(id="promise-full", markup=False)
        full.display = False
        yield full
        yield Static(id="promise-whose", markup=False)

    def on_mount(self) -> None:
        """The time comes first."""
        self._show()
        self.query_one("#promise-when", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says how the time is understood while it is typed."""
        if event.input.id == "promise-when":
            self._show()
        else:
            full = self.query_one("#promise-full", Static)
            full.display = len(event.value) >= WHAT_MOST
            words = _("Full at {n} characters: what comes after is not kept.", n=WHAT_MOST)
            full.update(ui_text(words, "$ink-warn"))

    def _show(self) -> None:
        from console.rules import promise

        seat = self._screen.console_app.seat
        text = clean(self.query_one("#promise-when", Input).value).strip()
        who = p_("rings back", "me") if self._mine else p_("rings back", "anyone")
        whose = _("rung back by: {who}   (f2 changes it)", who=who)
        self.query_one("#promise-whose", Static).update(ui_text(whose))
        read = self.query_one("#promise-read", Static)
        self._found = None
        if not text or seat is None or self._screen.sheet is None:
            read.update(ui_text(_("Empty: no callback."), "$ink-dim") if self._made is not None else "")
            return
        item = main_item(self._screen.sheet, self._screen.claim)
        limit = item.clinical_end_at if item is not None and item.klass is ItemClass.SAFETY else None
        found = promise.parse(text, self._screen.console_app.clock.now(), seat.policy, clinical_end=limit)
        lang = i18n.language()
        if isinstance(found, PromiseTime):
            self._found = found
            local = found.at.astimezone(self._zone)
            words = f"{local:%Y-%m-%d %H:%M}"
            if found.outside_window is not None:
                words += "  " + i18n.reason_text(lang, found.outside_window)
            read.update(ui_text(words))
        else:
            read.update(ui_text(i18n.reason_text(lang, found), "$ink-warn"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to what was promised, then accepts."""
        event.stop()
        if event.input.id == "promise-when":
            self.set_focus(self.query_one("#promise-what", Input))
        else:
            self.action_accept()

    def action_whose(self) -> None:
        """Mine or anyone's."""
        self._mine = not self._mine
        self._show()

    def action_accept(self) -> None:
        """Gives the promise once the time is understood."""
        if self._found is None:
            if self._made is not None and not self.query_one("#promise-when", Input).value.strip():
                self.dismiss((None,))
                return
            self.app.bell()
            self.query_one("#promise-when", Input).focus()
            return
        what = clean(self.query_one("#promise-what", Input).value).strip()
        self.dismiss((PromiseMade(self._found.at, self._mine, what),))


async def promise(screen: CallScreen) -> None:
    """Agrees a callback; ctrl+s then saves it with the call."""
    made = await screen.ask(Promise(screen))
    if made is not None:
        screen.typed.promise = made[0]
        screen.touch()
        screen.repaint()


class Ended(Choose[str]):
    """How the conversation ended; after a broken-off one the next key is typed into the note already."""

    AT_ONCE = True

    def __init__(self, screen: CallScreen, options: list[tuple[str, str]]) -> None:
        super().__init__(_("How did it end?"), options)
        self._screen = screen

    def on_mount(self) -> None:
        """Marks the result that a turn of the talk proposes."""
        super().on_mount()
        mark(self, [value for value, _words in self._options], call_turns.proposed(self._screen))

    def dismiss(self, result: str | None = None) -> AwaitComplete:
        """Closes; the focus waits behind the window."""
        if result == CallOutcome.PARTIAL:
            self._screen.action_note()
        return super().dismiss(result)


def _on_the_phone(screen: CallScreen) -> bool:
    return screen.channel is Channel.PHONE


async def outcome(screen: CallScreen) -> None:
    """How the conversation ended, when it was not completed."""
    options: list[tuple[str, str]] = [
        (str(one), p_("outcome", words)) for one, words in OUTCOME_WORDS.items()
    ]
    options.append((DROPPED, _("the line dropped") if _on_the_phone(screen) else _("no more answers came")))
    chosen = await screen.ask(Ended(screen, options))
    if chosen is None:
        return
    if chosen == DROPPED:
        call_turns.decided(screen)
        await _dropped(screen)
        return
    ended = CallOutcome(chosen)
    opt_out: tuple[Purpose, ...] = ()
    if ended is CallOutcome.OPTED_OUT:
        purposes: list[tuple[tuple[Purpose, ...], str]] = [
            ((Purpose.SURVEY,), _("surveys and ratings")),
            ((Purpose.MARKETING,), _("offers and news")),
            ((Purpose.SURVEY, Purpose.MARKETING), _("surveys and offers")),
            ((Purpose.CARE,), _("all follow-up calls, also for safety")),
        ]
        chosen_purposes = await screen.ask(Choose(_("Which calls does she refuse?"), purposes))
        if chosen_purposes is None:
            return
        opt_out = chosen_purposes
    if ended is CallOutcome.PROXY_REACHED and screen.typed.spoke_to is not SpokeTo.PROXY:
        await call_identity.proxy(screen)
        if screen.typed.spoke_to is SpokeTo.PROXY:
            call_turns.decided(screen)
            screen.repaint()
        return
    call_turns.decided(screen)
    screen.typed.opt_out = opt_out
    screen.typed.outcome = None if ended is CallOutcome.COMPLETED else ended
    screen.touch()
    if ended is CallOutcome.CALLBACK_AGREED and screen.typed.promise is None:
        await promise(screen)
    screen.repaint()


async def _dropped(screen: CallScreen) -> None:
    """A dropped line inside a red-flag branch is rung again at once, whoever is free."""
    from console.desk import escalations

    app = screen.console_app
    screen.typed.outcome = CallOutcome.PARTIAL
    screen.connected_at = None
    screen.add_to_note(_("The line dropped.") if _on_the_phone(screen) else _("No more answers came."))
    screen.touch()
    screen.repaint()
    if (screen.box is not None or (screen.talk is not None and screen.talk.raised)) and app.seat is not None:
        if screen.sheet is None or screen.sheet.patient_id is None:
            return
        async with screen.flag_order:
            await app.work.write(escalations.line_dropped, app.seat, screen.claim, app.clock.now())
        toast(app, _("She is on top of the queue: ring again at once."), "warning")
