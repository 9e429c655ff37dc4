"""Turns of the talk on the call screen: the list a caller picks from, and what follows a turn's end."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console import i18n
from console.desk.conversing import main_treatment, offered, stopped, turn_made
from console.i18n import _, p_
from console.screens import call_flags, call_identity
from console.scripts import conversation, turns
from console.scripts.conversation import Prompt, Talk
from console.scripts.turns import Offer, Turn
from console.text import cut, toast, ui_text
from console.widgets.call_panes import GOOD, KEY, Line, treatment_words
from console.widgets.dialogs import Choose, Dialog
from console.widgets.inputs import CleanInput
from db.enums import CallOutcome

if TYPE_CHECKING:
    from console.screens.call import CallScreen
    from db.records import OpenTreatment

WIDTH = 70
"""Cells of a line in the window (console.tcss, `.dialog.-wide`)."""
DIGITS = 9
"""Lines of the unfiltered list that a digit takes."""


class Filter(CleanInput):
    """The filter field: while it is empty a digit, also a full-width one, takes a line instead of being typed."""

    def _on_key(self, event: Key) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        window = self.screen
        digit = unicodedata.normalize("NFKC", event.character or "")
        if not self.value and len(digit) == 1 and digit in "123456789" and isinstance(window, PickTurn):
            event.stop()
            event.prevent_default()
            window.action_pick(int(digit))


class PickTurn(Dialog[Turn]):
    """Gives the turn to play, or None. What needs identity is counted in a line until she has shown it.

    Args:
        screen: the call.
    """

    SCOPE: ClassVar[str] = "pick_turn"
    WIDE = True

    def __init__(self, screen: CallScreen) -> None:
        super().__init__(_("What turn does the talk take?"))
        self._call = screen
        self._offers: tuple[Offer, ...] | None = None
        self._keys: Mapping[str, frozenset[str]] = {}
        self._later = 0
        self._shown: list[Offer] = []
        self._taking = False

    def body(self) -> ComposeResult:
        """Filter, list, what waits for identity."""
        yield Filter(max_length=60, classes="dialog-field", placeholder=_("type a word, pinyin or initials"))
        yield OptionList(markup=False, classes="dialog-list")
        yield Static(id="pick-later", classes="dialog-line dim", markup=False)

    def on_mount(self) -> None:
        """The field has the keys at once; the list follows."""
        # Of one height whatever is typed: an automatic one counts every line of a list that scrolls.
        self.query_one(OptionList).styles.height = "40vh"
        self.query_one(Filter).focus()
        self._note(_("opening ..."))
        self.job(self._read())

    def _note(self, words: str) -> None:
        self.query_one("#pick-later", Static).update(ui_text(words, "$ink-dim"))

    async def _read(self) -> None:
        screen, app = self._call, self._call.console_app
        if screen.sheet is None or screen.library is None or app.seat is None or screen.talk is None:
            return
        found = await app.work.read(offered, screen.library, screen.sheet, screen.claim, str(app.seat.role))
        known = screen.talk.identified
        self._offers = tuple(one for one in found if known or not one.after_identity)
        self._later = len(found) - len(self._offers)
        self._keys = {one.code: turns.plain_keys(one) for one in self._offers}
        self._show()
        # Pinyin costs a third of a second the first time: titles are found by their own words until then.
        self._keys = await app.work.read(_spelled, self._offers)
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows the filter."""
        event.stop()
        self._show()

    def _show(self) -> None:
        if self._offers is None:
            return
        typed, lang = self.query_one(Filter).value, i18n.language()
        later = (
            _("{n} more after identity: care words and what needs it.", n=self._later) if self._later else ""
        )
        before = [one.code for one in self._shown]
        self._shown = [one for one in self._offers if turns.found(typed, self._keys[one.code])]
        all_ = _("{n} in all: down, pagedown, or type a word.", n=len(self._shown))
        self._note("\n".join(words for words in (all_ if len(self._shown) > DIGITS else "", later) if words))
        listed = self.query_one(OptionList)
        if [one.code for one in self._shown] == before and listed.option_count:
            return
        listed.clear_options()
        listed.add_options(
            [
                Option(ui_text(cut(_row(one, number, lang, digits=not typed), WIDTH)))
                for number, one in enumerate(self._shown, 1)
            ]
            or [Option(ui_text(_("Nothing has such a word.")), disabled=True)]
        )
        listed.highlighted = 0 if self._shown else None

    def on_key(self, event: Key) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        moves = {
            "down": listed.action_cursor_down,
            "up": listed.action_cursor_up,
            "pagedown": listed.action_page_down,
            "pageup": listed.action_page_up,
        }
        if event.key in moves and isinstance(self.focused, Input):
            event.stop()
            moves[event.key]()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the marked line."""
        event.stop()
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes a line."""
        self._take(event.option_index)

    def action_pick(self, number: int) -> None:
        """A digit takes its line."""
        self._take(number - 1)

    def action_accept(self) -> None:
        """Takes the marked line."""
        at = self.query_one(OptionList).highlighted
        self._take(-1 if at is None else at)

    def _take(self, at: int) -> None:
        if self._taking or not 0 <= at < len(self._shown):
            self.app.bell()
            return
        self._taking = True
        self.job(self._made(self._shown[at]))

    async def _made(self, offer: Offer) -> None:
        """The window stays until the turn is there: no key behind it reaches the talk-track."""
        screen, app = self._call, self._call.console_app
        try:
            if screen.sheet is None or screen.library is None or app.seat is None:
                return
            about = main_treatment(screen.sheet, screen.claim)
            if offer.kind == turns.CARE and len(screen.sheet.treatments) > 1:
                about = await self._which(about)
                if about is None:
                    return
            turn = await app.work.read(
                turn_made, screen.library, screen.sheet, offer.code, about, str(app.seat.role)
            )
        finally:
            self._taking = False
        if self.is_current:
            self.dismiss(turn)

    async def _which(self, first: OpenTreatment | None) -> OpenTreatment | None:
        assert self._call.sheet is not None
        ordered = sorted(self._call.sheet.treatments, key=lambda one: one is not first)
        sites = [(one, treatment_words(one)) for one in ordered]
        return await self._call.ask(Choose(_("Which operation is it about?"), sites))


def _spelled(offers: tuple[Offer, ...]) -> dict[str, frozenset[str]]:
    return {one.code: turns.search_keys(one) for one in offers}


def _row(offer: Offer, number: int, lang: str, *, digits: bool) -> str:
    kinds = {
        turns.SITUATION: p_("turn", "talk"),
        turns.PLAYBOOK: p_("turn", "dispute"),
        turns.CARE: p_("turn", "daily life"),
    }
    digit = str(number) if digits and number <= DIGITS else " "
    mark = "* " if offer.proposed else ""
    return f"{digit}  {kinds[offer.kind]}  {mark}{offer.title.of(lang)}"


def pick(screen: CallScreen) -> None:
    """Opens the list at once: a digit typed behind the key belongs to it, not to the question in front."""
    screen.concern_next = False
    window = PickTurn(screen)
    screen.arm(window)
    screen.app.push_screen(window, lambda turn: _taken(screen, turn))


def _taken(screen: CallScreen, turn: Turn | None) -> None:
    """Puts the picked turn in front."""
    if turn is None or screen.talk is None or screen.stage != "talking" or stopped(screen.typed):
        return
    if turn.after_identity and not screen.talk.identified:
        toast(screen.app, _("Only after identity."), "warning")
        return
    before = screen.talk
    screen.typed.reported.discard(turn.code)
    screen.typed.decided.discard(turn.code)
    screen.talk = conversation.take_turn(before, turn)
    screen.set_focus(None)
    screen.touch()
    moved(screen, before)
    screen.repaint()


def moved(screen: CallScreen, before: Talk) -> None:
    """What follows a key that read or picked something: a concern that has opened by itself may raise flags.

    Args:
        screen: the call, with the newest conversation. before: the conversation before the key.
    """
    at_its_site(screen)
    call_flags.heard(screen, before)


def at_its_site(screen: CallScreen) -> None:
    """A concern that a turn has opened belongs to the treatment the call is about. Nothing is asked first:
    whoever speaks of not wanting to live is not asked which operation it is."""
    talk, sheet = screen.talk, screen.sheet
    site = None if sheet is None else main_treatment(sheet, screen.claim)
    if talk is not None and site is not None and talk.opened is not None:
        screen.typed.sites.setdefault(talk.opened.code, site.id)


def ask_concern(screen: CallScreen, prompt: Prompt, number: int) -> None:
    """A digit on a prompt that has concerns one key away. Args: screen; prompt; the digit."""
    if 1 <= number <= len(prompt.concerns) and screen.check_action("concern", ()):
        screen.job(call_identity.open_code(screen, prompt.concerns[number - 1].code))


def to_report(screen: CallScreen) -> Turn | None:
    """The newest turn of this call whose matter is to be handed to the lead and was not yet."""
    return _newest(screen, lambda one: one.report is not None and one.code not in screen.typed.reported)


def proposed(screen: CallScreen) -> CallOutcome | None:
    """The result a turn or an agreed callback proposes, until the caller has said how the call ended."""
    turn = _newest(screen, lambda one: one.outcome is not None and one.code not in screen.typed.decided)
    if turn is not None and turn.outcome is not None:
        return CallOutcome(turn.outcome)
    return CallOutcome.CALLBACK_AGREED if _rung_again(screen) else None


def _rung_again(screen: CallScreen) -> bool:
    """Whether a callback is agreed and questions are left for it."""
    from console.scripts.unasked import unasked

    typed, talk = screen.typed, screen.talk
    return typed.promise is not None and typed.outcome is None and talk is not None and unasked(talk) > 0


def _newest(screen: CallScreen, wanted: Callable[[Turn], bool]) -> Turn | None:
    taken = () if screen.talk is None else screen.talk.turns
    return next((one for one in reversed(taken) if wanted(one)), None)


def decided(screen: CallScreen) -> None:
    """The caller has said how the call ended: nothing is proposed any more."""
    if screen.talk is not None:
        screen.typed.decided |= {one.code for one in screen.talk.turns}


def pending(screen: CallScreen) -> list[Line]:
    """What turns that are over propose, one line each."""
    from console.screens.call_paint import OUTCOME_WORDS

    front = None if screen.talk is None else screen.talk.turn
    outcome = proposed(screen)
    lines: list[Line] = []
    if outcome is not None and (front is None or front.outcome != outcome):
        lines.append(
            (_("proposed result (f8): {result}", result=p_("outcome", OUTCOME_WORDS[outcome])), GOOD)
        )
    return lines


def hand_over_words(turn: Turn) -> str:
    """The key that hands a turn's matter over."""
    if turn.report == turns.COMPLAINT:
        return _("f4: hand it over as a complaint")
    return _("f4: hand it over as a request")


def front_keys(screen: CallScreen, prompt: Prompt) -> list[Line]:
    """Keys of a turn's prompt beside enter: its concerns by digit, at its end what it proposes."""
    turn = None if screen.talk is None else screen.talk.turn
    if turn is None or screen.talk is None:
        return []
    lines: list[Line] = []
    if prompt.concerns:
        lang = i18n.language()
        named = [f"{at} {one.name.of(lang)}" for at, one in enumerate(prompt.concerns, 1)]
        lines.append((_("ask now: {concerns}", concerns="  ".join(named)), KEY))
    last = prompt.key == turn.prompts[-1].key
    # In an emergency the same key means the emergency.
    if last and turn.report is not None and screen.box is None:
        done = turn.code in screen.typed.reported
        lines.append((_("handed to the lead") if done else hand_over_words(turn), GOOD if done else KEY))
    return lines
