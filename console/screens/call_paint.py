"""Puts the state of a call on its panes, and the small questions about that state that need no screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from textual.widgets import Input

from console import i18n
from console.i18n import _, p_
from console.screens.call_form import main_item, main_treatment
from console.screens.call_spoken import placeholders
from console.scripts import conversation
from console.scripts.conversation import Prompt, PromptKind, Talk
from console.scripts.library import Library
from console.scripts.records import Question
from console.text import cut
from console.widgets import call_panes as panes
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
    (2, "bruise/blood"),
    (3, "scar"),
    (4, "shape"),
    (5, "pain"),
    (6, "fever/ooze"),
    (7, "sight"),
    (8, "skin/numb"),
    (9, "mood"),
    (0, "all"),
)


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


def unasked(talk: Talk) -> int:
    """Danger signs that are still to be asked, in the flow and in every concern that was named."""
    return len(_unasked(talk))


def _unasked(talk: Talk) -> list[str]:
    flow = conversation.close_concern(talk)
    signs = [
        sign.code
        for prompt in flow.prompts()
        for sign in (prompt.signs or ((prompt.question,) if prompt.question else ()))
        if sign.screening
    ]
    signs += [question.code for one in talk.concerns for question in one.questions if question.screening]
    return [code for code in dict.fromkeys(signs) if code not in talk.answers]


def at_first_unasked(talk: Talk) -> Talk:
    """The conversation with the first unasked danger sign in front."""
    left = set(_unasked(talk))
    flow = conversation.close_concern(talk)
    if any(sign.code in left for prompt in flow.prompts() for sign in _signs(prompt)):
        return flow
    for one in talk.concerns:
        if any(question.code in left for question in one.questions):
            return conversation.name_concern(talk, one)[0]
    return flow


def _signs(prompt: Prompt) -> tuple[Question, ...]:
    return prompt.signs or ((prompt.question,) if prompt.question else ())


def typed_value(question: Question, text: str) -> str | float | None:
    """A typed answer as triage reads it; None when it is empty or outside the question's bounds."""
    if question.kind == "text":
        return text or None
    try:
        number = float(text.replace("，", ".").replace(",", ".").replace("。", "."))
    except ValueError:
        return None
    inside = (question.min is None or number >= question.min) and (
        question.max is None or number <= question.max
    )
    return number if inside else None


def paint(screen: CallScreen) -> None:
    """Every pane from the state."""
    sheet, talk = screen.sheet, screen.talk
    if sheet is None or talk is None:
        screen.query_one("#call-prompt", panes.Pane).show_lines([(_("opening ..."), panes.DIM)])
        return
    lang, spoken = i18n.language(), str(sheet.language)
    now, zone = screen.console_app.clock.now(), screen.zone
    treatment = main_treatment(sheet, screen.claim)
    numbers = dialable(sheet, now)
    number = numbers[min(screen.number_at, len(numbers) - 1)] if numbers else None
    width = max(screen.size.width, 40)
    open_number = number.e164 if number and screen.stage != "preview" else None
    who = panes.who_line(sheet, treatment, open_number, talk.identified)
    screen.query_one("#call-who", panes.Pane).show_lines([(cut(who, width), "bold")])
    screen.query_one("#call-context", panes.Pane).show_lines(
        [(cut(_context(screen, zone), width), panes.DIM)]
    )
    _paint_flag(screen, lang, spoken)
    _paint_track(screen, talk, lang, spoken, numbers)
    _paint_record(screen, talk, lang, zone)
    keys = " ".join(f"{key}{p_('concern key', words)}" for key, words in CONCERN_WORDS)
    hint = _("which concern? digit") if screen.concern_next else "c"
    shown = f"{hint} {keys}" if screen.stage == "talking" else ""
    style = panes.HEAD if screen.concern_next else panes.DIM
    screen.query_one("#call-concerns", panes.Pane).show_lines([(cut(shown, width), style)])


def _context(screen: CallScreen, zone: ZoneInfo) -> str:
    sheet, talk = screen.sheet, screen.talk
    assert sheet is not None and talk is not None
    parts: list[str] = []
    if sheet.patient_id is not None:
        parts.append(
            _("identity ok") if talk.identified else _("identity {n}/2", n=len(screen.typed.identity))
        )
    treatment = main_treatment(sheet, screen.claim)
    if treatment is not None and treatment.orders:
        parts.append(_("orders: {orders}", orders=treatment.orders))
    if sheet.lives_alone:
        parts.append(_("lives alone"))
    if talk.identified:
        parts += [words for words, _style in panes.history_lines(sheet, zone, 40, 2)]
    elif sheet.history:
        parts.append(_("earlier calls: after identity"))
    return "  ".join(parts)


def _paint_flag(screen: CallScreen, lang: str, spoken: str) -> None:
    pane = screen.query_one("#call-flag", panes.Pane)
    pane.display = screen.box is not None
    urgent = screen.box is not None and screen.box.level.rank <= 1
    for field, hint in (("#call-place", _("where is she?")), ("#call-companion", _("who is with her?"))):
        box = screen.query_one(field, Input)
        box.display = urgent
        box.placeholder = hint
    if screen.box is not None:
        pane.show_lines(panes.flag_lines(screen.box, lang, spoken, placeholders(screen, spoken)))


def _paint_track(screen: CallScreen, talk: Talk, lang: str, spoken: str, numbers: list[NumberLine]) -> None:
    pane, field = screen.query_one("#call-prompt", panes.Pane), screen.query_one("#call-typed", Input)
    assert screen.sheet is not None
    values = placeholders(screen, spoken)
    typing = False
    if screen.stage == "preview":
        rows = [
            (panes.phone_words(one.e164), _("tried {n}", n=one.tries) if one.tries else "") for one in numbers
        ]
        chosen = [
            (f"{number}" + ("  <-" if at == screen.number_at and len(rows) > 1 else ""), note)
            for at, (number, note) in enumerate(rows)
        ]
        lines = panes.preview_lines(screen.sheet, main_item(screen.sheet, screen.claim), chosen)
    elif screen.stage == "dialling":
        shown = panes.phone_words(screen.dial.e164) if screen.dial else "..."
        lines = panes.dialling_lines(shown, panes.result_words())
    else:
        prompt = talk.current
        if screen.typed.outcome in (CallOutcome.WRONG_PERSON, CallOutcome.PROXY_REACHED):
            lines = _stop_lines(screen, spoken, values)
        elif prompt is None:
            lines = [
                (_("Everything is asked."), panes.HEAD),
                (_("ctrl+s saves the call as completed"), panes.KEY),
            ]
        else:
            typing = prompt.question is not None and (
                prompt.question.kind == "text"
                or (prompt.question.kind == "number" and prompt.question.unit != "score")
            )
            lines = panes.prompt_lines(
                talk,
                prompt,
                screen=lang,
                spoken=spoken,
                values=values,
                identity=screen.sheet.identity,
                given=screen.typed.identity,
                hot=_hot(talk, prompt),
                verdict=_verdict(screen, talk, prompt),
            )
    pane.show_lines(lines)
    # A question that is typed takes the focus once, when it comes up: later the note may have it.
    wanted = talk.current.key if typing and talk.current is not None else ""
    if wanted != screen.typing_for:
        screen.typing_for = wanted
        field.display = typing
        field.value = ""
        if typing:
            field.focus()
        elif screen.focused is field:
            screen.set_focus(None)


def _hot(talk: Talk, prompt: Prompt) -> str:
    """The level a yes would raise, in words."""
    if prompt.question is None or not prompt.question.screening:
        return ""
    fresh = conversation.answer(talk, prompt, "yes")[1]
    return level_word(fresh[0].level) if fresh else ""


def _verdict(screen: CallScreen, talk: Talk, prompt: Prompt) -> tuple[str, panes.Lines | None, bool]:
    opened = talk.opened
    if prompt.kind is not PromptKind.VERDICT or opened is None:
        return "", None, screen.may_say
    name, lines = talk.spoken(opened)
    return name, lines, screen.may_say


def _stop_lines(screen: CallScreen, spoken: str, values: dict[str, str]) -> list[panes.Line]:
    code = "wrong_person" if screen.typed.outcome is CallOutcome.WRONG_PERSON else "proxy"
    lines: list[panes.Line] = [(_("Say nothing clinical."), panes.WARN)]
    if screen.library is not None and code in screen.library.names("flows"):
        for step in screen.library.flows(code)[0].steps:
            lines += [(words, panes.ASK) for words in panes.filled(step.say, spoken, values)]
    lines.append(("", ""))
    lines.append((_("ctrl+s saves; f4 twice if she tells you of an emergency"), panes.KEY))
    return lines


def _paint_record(screen: CallScreen, talk: Talk, lang: str, zone: ZoneInfo) -> None:
    typed, sheet = screen.typed, screen.sheet
    assert sheet is not None
    outcome = typed.outcome or CallOutcome.COMPLETED
    lines: list[panes.Line] = []
    if screen.stage == "talking":
        spoke = {SpokeTo.PATIENT: _("the patient"), SpokeTo.PROXY: _("somebody else"), SpokeTo.UNKNOWN: "?"}
        lines.append((_("record: {outcome}", outcome=p_("outcome", OUTCOME_WORDS[outcome])), panes.HEAD))
        lines.append((_("on the line: {who}", who=spoke[typed.spoke_to]), ""))
        signs = [code for code in talk.answers if _is_screening(screen, code)]
        dangers = [code for code in signs if conversation.danger(talk.answers[code].value)]
        lines.append(
            (_("signs asked {n}, there {m}", n=len(signs), m=len(dangers)), panes.ALARM if dangers else "")
        )
        for code, label in (
            ("recovery_overall", _("recovery")),
            ("pain_now", _("pain")),
            ("temp_high", _("highest")),
        ):
            given = talk.answers.get(code)
            question = screen.library.questions.get(code) if screen.library else None
            if given is not None and question is not None:
                lines.append((f"{label}: {panes.answer_word(question, given.value, lang)}", ""))
        names = [one.views[0].concern.name.of(lang) for one in talk.concerns]
        if names:
            lines.append((_("concerns: {names}", names=", ".join(names)), ""))
        if typed.promise is not None:
            when = typed.promise.at.astimezone(zone)
            lines.append((_("callback {when}", when=f"{when:%m-%d %H:%M}"), panes.GOOD))
        left = unasked(talk)
        if left and outcome is CallOutcome.COMPLETED and talk.identified:
            lines.append((_("{n} signs to ask", n=left), panes.WARN))
        lines.append((_("note (f3)"), panes.DIM))
    screen.query_one("#call-record", panes.Pane).show_lines(lines)
    screen.query_one("#call-note").display = screen.stage == "talking"
    history = panes.history_lines(sheet, zone, 200) if talk.identified else []
    screen.query_one("#call-history", panes.Pane).show_lines(history)


def _is_screening(screen: CallScreen, code: str) -> bool:
    question = screen.library.questions.get(code) if screen.library else None
    return question is not None and question.screening
