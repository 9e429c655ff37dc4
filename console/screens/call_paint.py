"""Puts the state of a call on its panes, and the small questions about that state that need no screen."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from textual.containers import VerticalScroll
from textual.widgets import Input

from console import i18n
from console.desk.conversing import main_item, main_treatment, stopped
from console.i18n import _, p_
from console.screens import call_more, call_record, call_turns, caller_number
from console.screens.call_channel import DIALLED
from console.screens.call_spoken import placeholders
from console.scripts import conversation
from console.scripts.conversation import Prompt, PromptKind, Talk
from console.scripts.library import Library
from console.scripts.records import Question
from console.scripts.unasked import unasked
from console.text import cut
from console.widgets import call_panes as panes
from console.widgets.bars import text_has_focus
from console.widgets.call_flag_box import flag_lines
from console.words import level_word
from db.enums import CallOutcome, PhoneStatus, SpokeTo
from db.records import CallSheet, NumberLine, OpenTreatment

if TYPE_CHECKING:
    from console.screens.call import CallScreen

OUTCOME_WORDS = {
    CallOutcome.COMPLETED: "completed",
    CallOutcome.PARTIAL: "broken off",
    CallOutcome.CALLBACK_AGREED: "callback agreed",
    CallOutcome.PROXY_REACHED: "somebody else answered",
    CallOutcome.WRONG_PERSON: "wrong person",
    CallOutcome.DECLINED_TODAY: "not today",
    CallOutcome.OPTED_OUT: "wants no such calls",
}
CONCERN_WORDS = (
    (1, "swell"),
    (2, "blood"),
    (3, "scar"),
    (4, "implant"),
    (5, "pain"),
    (6, "fever/ooze"),
    (7, "sight"),
    (8, "skin/numb"),
    (9, "mood"),
    (0, "all"),
)
PLAIN = {4: "shape"}
"""The words of a key for somebody without an implant."""

FLAG_LEAST, FLAG_MOST = 9, 16
"""Lines of a red flag that always show, and that ever do."""
PROMPT_LEAST = 3
"""Lines of the talk-track that a red flag always leaves."""
WHOLE = 10_000
"""Cells no answer fills: it is wrapped, never cut."""
TYPED_LINES = 2
"""Lines of the field for a typed answer."""


def dialable(sheet: CallSheet, now: datetime) -> list[NumberLine]:
    """Numbers that may be dialled now, in their rank."""
    return [
        one
        for one in sheet.numbers
        if one.status is PhoneStatus.LIVE
        or (
            one.status is PhoneStatus.SUSPENDED
            and one.suspended_until is not None
            and one.suspended_until <= now
        )
    ]


def concerns_of(
    library: Library, sheet: CallSheet, digit: int, treatment: OpenTreatment | None
) -> tuple[str, ...]:
    """Concern codes behind a digit; those that belong to the treatment come first, 0 means all."""
    own = set(library.windowed(treatment.procedure)) if treatment is not None else set(library.concerns)
    for one in sheet.treatments:
        own |= set(library.windowed(one.procedure))
    wanted = [code for code, one in library.concerns.items() if digit == 0 or one.key == digit]
    return tuple([code for code in wanted if code in own] or wanted)


def concern_words(sheet: CallSheet) -> tuple[tuple[int, str], ...]:
    """Digit and word of each kind of concern; without an implant nothing is said of one."""
    implant = any("implant" in one.procedure for one in sheet.treatments if not one.masked)
    return CONCERN_WORDS if implant else tuple((key, PLAIN.get(key, words)) for key, words in CONCERN_WORDS)


def typed_value(question: Question, text: str) -> str | float | None:
    """A typed answer as triage reads it; None when it is empty or outside the question's bounds."""
    if question.kind == "text":
        return text or None
    # An input method sends full-width digits and its own marks.
    plain = unicodedata.normalize("NFKC", text).replace(",", ".").replace("。", ".")
    try:
        number = float(plain)
    except ValueError:
        return None
    inside = (question.min is None or number >= question.min) and (
        question.max is None or number <= question.max
    )
    return number if inside and math.isfinite(number) else None


def paint(screen: CallScreen) -> None:
    """Every pane from the state."""
    sheet, talk = screen.sheet, screen.talk
    pane = screen.query_one("#call-prompt", panes.Pane)
    lang, spoken = i18n.language(), i18n.language() if sheet is None else str(sheet.language)
    values = placeholders(screen, spoken)
    _paint_flag(screen, lang, spoken, values)
    screen.set_class(screen.halted, "-halted")
    if sheet is None or talk is None:
        pane.show_lines([(_("opening ..."), panes.DIM)])
        call_more.show_flag(screen, FLAG_LEAST)
        return
    now, zone = screen.console_app.clock.now(), screen.zone
    numbers = dialable(sheet, now)
    number = numbers[min(screen.number_at, len(numbers) - 1)] if numbers else None
    width = max(screen.size.width, 40)
    dialled = screen.stage != "preview" and screen.channel in DIALLED
    open_number = number.e164 if number and dialled else None
    who = panes.who_line(sheet, main_treatment(sheet, screen.claim), open_number)
    screen.query_one("#call-who", panes.Pane).show_lines([(cut(who, width), "bold")])
    screen.query_one("#call-context", panes.Pane).show_lines(
        [(cut(_context(screen, zone), width), panes.DIM)]
    )
    _paint_track(screen, talk, lang, spoken, values, numbers)
    left = unasked(talk) if screen.stage == "talking" else 0
    call_record.paint(screen, talk, left)


def paint_concerns(screen: CallScreen) -> None:
    """The line of concerns by digit; while a text has the keys, how to get there."""
    sheet = screen.sheet
    if sheet is None or screen.talk is None:
        return
    keys = " ".join(f"{key}{p_('concern key', words)}" for key, words in concern_words(sheet))
    shown = f"{'c?' if screen.concern_next else 'c'} {keys}" if screen.check_action("concern", ()) else ""
    if shown and text_has_focus(screen):
        shown = _("what you type is text now; f2, then c and a digit names a concern")
    style = panes.HEAD if screen.concern_next else panes.DIM
    width = max(screen.size.width, 40)
    screen.query_one("#call-concerns", panes.Pane).show_lines([(cut(shown, width), style)])


def _context(screen: CallScreen, zone: ZoneInfo) -> str:
    """Identity, and what is folded until it is sure: orders, earlier calls."""
    sheet, talk = screen.sheet, screen.talk
    assert sheet is not None and talk is not None
    parts: list[str] = []
    if sheet.patient_id is not None:
        sure = talk.identified and screen.typed.spoke_to is not SpokeTo.PROXY
        parts.append(
            _("identity ok")
            if sure
            else _("a proxy who may hear everything")
            if talk.identified
            else _("identity {n}/2", n=len(screen.typed.identity))
        )
    if sheet.lives_alone:
        parts.append(_("lives alone"))
    treatment = main_treatment(sheet, screen.claim)
    orders = treatment.orders if treatment is not None else None
    if talk.identified and not stopped(screen.typed):
        if orders:
            parts.append(_("orders: {orders}", orders=orders))
        parts += [words for words, _style in panes.history_lines(sheet, zone, 40, 2)]
    elif sheet.history or orders:
        parts.append(_("earlier calls: after identity"))
    return "  ".join(parts)


def _paint_flag(screen: CallScreen, lang: str, spoken: str, values: dict[str, str]) -> None:
    pane = screen.query_one("#call-flag", panes.Pane)
    pane.display = screen.box is not None
    if screen.box is not None:
        # The pane's own padding, the rule beside the record, and the record.
        side = 44 if screen.has_class("-wide") else 28
        width = max(screen.size.width - side - 3, 30)
        screen.flag_width = width
        before, screen.flag_lines = screen.flag_lines, flag_lines(screen.box, lang, spoken, values, width)
        if before[:1] != screen.flag_lines[:1]:
            screen.flag_page = 0


def _number_rows(screen: CallScreen, numbers: list[NumberLine]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for one in numbers:
        tried = _("tried {n}", n=one.tries) if one.tries else ""
        rows.append((panes.phone_words(one.e164), f"{whose(screen, one)}  {tried}".strip()))
    return rows


def whose(screen: CallScreen, number: NumberLine | None) -> str:
    """Name and relation of the contact person a number belongs to; empty for the patient's own."""
    if number is None or number.contact_person_id is None or screen.sheet is None:
        return ""
    person = next((one for one in screen.sheet.people if one.id == number.contact_person_id), None)
    return "" if person is None else f"{person.name} ({person.relation})"


def _paint_track(
    screen: CallScreen,
    talk: Talk,
    lang: str,
    spoken: str,
    values: dict[str, str],
    numbers: list[NumberLine],
) -> None:
    pane, field = screen.query_one("#call-prompt", panes.Pane), screen.query_one("#call-typed", Input)
    assert screen.sheet is not None
    typing = False
    if screen.stage == "preview":
        at = min(screen.number_at, max(len(numbers) - 1, 0))
        item = main_item(screen.sheet, screen.claim)
        lines = panes.preview_lines(screen.sheet, item, _number_rows(screen, numbers), at)
    elif screen.stage == "dialling":
        dialled = screen.dial.phone_id if screen.dial else None
        number = next((one for one in screen.sheet.numbers if one.id == dialled), None)
        shown = panes.phone_words(screen.dial.e164) if screen.dial else "..."
        left = voicemail_lines(screen, spoken, values)
        lines = panes.dialling_lines(shown, whose(screen, number), panes.result_words(), left)
    else:
        prompt = talk.current
        if stopped(screen.typed):
            lines = _stop_lines(screen, spoken, values)
        elif prompt is None:
            lines = [
                (_("Everything is asked."), panes.HEAD),
                (_("ctrl+s saves the call as completed"), panes.KEY),
                *_checked(screen),
            ]
        else:
            asks_number = caller_number.wanted(screen, prompt)
            typing = asks_number or (
                prompt.question is not None
                and (
                    prompt.question.kind == "text"
                    or (prompt.question.kind == "number" and prompt.question.unit != "score")
                )
            )
            lines = panes.prompt_lines(
                talk,
                prompt,
                screen=lang,
                spoken=spoken,
                values=values,
                identity=screen.sheet.identity,
                given=screen.typed.identity,
                known=screen.sheet.patient_id is not None,
                hot=_hot(talk, prompt),
                verdict=_verdict(screen, talk, prompt),
                turn_keys=call_turns.front_keys(screen, prompt),
            )
            if asks_number:
                lines = [*(one for one in lines if one[1] != panes.KEY), *caller_number.field_lines()]
            if prompt.kind is PromptKind.CLOSE:
                lines += _checked(screen)
        if screen.halted and not stopped(screen.typed):
            typing = False
            lines = panes.halted_lines(lines)
        lines = [*_missing(screen), *call_turns.pending(screen), *lines]
    pane.show_lines(lines)
    _share_room(screen, lines, typing)
    front = "" if talk.current is None else talk.current.key
    if front != screen.painted:
        screen.painted = front
        screen.query_one("#call-scroll", VerticalScroll).scroll_home(animate=False)
    # A question that is typed takes the focus once, when it comes up: later the note may have it.
    wanted = talk.current.key if typing and talk.current is not None else ""
    if wanted != screen.typing_for:
        screen.typing_for = wanted
        field.display = typing
        field.value = ""
        if typing:
            screen.set_focus(field)
        elif screen.focused is field:
            screen.set_focus(None)


def _share_room(screen: CallScreen, lines: Sequence[panes.Line], typing: bool) -> None:
    """A red flag's lines stay in sight as far as the question leaves room for them."""
    if screen.box is None:
        return
    left = screen.query_one("#call-left")
    need = sum(panes.height_of(words, max(left.size.width - 2, 1)) for words, _style in lines)
    room = left.size.height - need - (TYPED_LINES if typing else 0)
    most = FLAG_MOST if screen.halted or screen.has_class("-wide") else max(FLAG_LEAST, room)
    rows = min(most, FLAG_MOST, max(left.size.height - PROMPT_LEAST, FLAG_LEAST))
    screen.query_one("#call-flag").styles.max_height = rows
    call_more.show_flag(screen, rows)


def _missing(screen: CallScreen) -> list[panes.Line]:
    """What kept the call from being saved, each in words with its field."""
    from console.screens.call_save import words_of

    if not screen.problems:
        return []
    return [
        (_("Not saved yet:"), panes.WARN),
        *((f"- {words_of(one)}", panes.WARN) for one in screen.problems),
    ]


def _checked(screen: CallScreen) -> list[panes.Line]:
    """The answers once more before they are saved, whole: the record's own pane is narrow and cuts them."""
    told = call_record.answered(screen, WHOLE)
    return [("", ""), (_("Check before saving (up goes back):"), panes.DIM), *told] if told else []


def voicemail_lines(screen: CallScreen, spoken: str, values: dict[str, str]) -> list[str]:
    """What may be left on a voicemail: clinic and number only."""
    if screen.library is None or "voicemail" not in screen.library.names("flows"):
        return []
    steps = screen.library.flows("voicemail")[0].steps
    return [words for step in steps for words in panes.filled(step.say, spoken, values)]


def _hot(talk: Talk, prompt: Prompt) -> str:
    """The level a yes would raise, in words."""
    if prompt.question is None or not prompt.question.screening:
        return ""
    fresh = conversation.answer(talk, prompt, "yes")[1]
    return level_word(fresh[0].level) if fresh else ""


def _verdict(screen: CallScreen, talk: Talk, prompt: Prompt) -> tuple[str, panes.Lines | None, bool]:
    opened = talk.opened
    if prompt.kind is not PromptKind.VERDICT or opened is None:
        return "", None, talk.may_say
    name, lines = talk.spoken(opened)
    return name, lines, talk.may_say


def _stop_lines(screen: CallScreen, spoken: str, values: dict[str, str]) -> list[panes.Line]:
    code = "wrong_person" if screen.typed.outcome is CallOutcome.WRONG_PERSON else "proxy"
    lines: list[panes.Line] = [(_("Say nothing clinical."), panes.WARN)]
    if screen.library is not None and code in screen.library.names("flows"):
        for step in screen.library.flows(code)[0].steps:
            lines += [(words, panes.ASK) for words in panes.filled(step.say, spoken, values)]
    lines.append((_("ctrl+s saves; f4 twice if she tells you of an emergency"), panes.KEY))
    if code == "proxy":
        lines.append((_("f6: when can she be reached"), panes.KEY))
    lines.append((_("up: back to the identity check"), panes.KEY))
    return lines
