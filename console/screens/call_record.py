"""The record beside the talk-track: what was answered, so that a caller can check it before saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from console import i18n
from console.desk.conversing import COMPANION, PLACE, main_treatment
from console.i18n import _, listed, p_
from console.scripts import conversation
from console.scripts.records import Question
from console.text import cut
from console.widgets import call_panes as panes
from console.words import post_op_words, procedure_word
from db.enums import CallOutcome, SpokeTo

if TYPE_CHECKING:
    from console.screens.call import CallScreen
    from console.scripts.conversation import Talk

SHORT = {
    "recovery_overall": "recovery",
    "pain_now": "pain",
    "temp_high": "highest",
    "satisfaction": "satisfaction",
    "stitches_still_in": "stitches still in",
    "splint_still_in": "splint still in",
}
"""Labels of the answers a caller looks for; the others are named by their question."""


def answered(screen: CallScreen, width: int) -> list[panes.Line]:
    """Every answer in a line, danger signs first; signs that are not there are counted.

    Args:
        screen: the call. width: cells of a line.
    """
    talk, library, lang = screen.talk, screen.library, i18n.language()
    if talk is None or library is None:
        return []
    danger: list[panes.Line] = []
    other: list[panes.Line] = []
    clear = 0
    for code, given in talk.answers.items():
        question = library.questions.get(code)
        if question is None:
            continue
        if question.screening and not conversation.danger(given.value):
            clear += 1
        elif question.screening:
            words = "! " + i18n.labelled(
                _name(question, lang), panes.answer_word(question, given.value, lang)
            )
            danger.append((cut(words, width), panes.ALARM))
        else:
            words = i18n.labelled(_name(question, lang), panes.answer_word(question, given.value, lang))
            other.append((cut(words, width), ""))
    corrected = [
        (cut(_("corrected: {name}", name=_name(library.questions[one.question], lang)), width), panes.DIM)
        for one in screen.typed.corrections
        if one.question in library.questions
    ]
    count = [(_("signs not there: {n}", n=clear), "")] if clear else []
    return [*danger, *other, *count, *corrected]


def _name(question: Question, lang: str) -> str:
    if question.code in SHORT:
        return p_("answered", SHORT[question.code])
    return (question.sign or question.words).of(lang).rstrip("?？")


def _heads(screen: CallScreen, talk: Talk, left: int, width: int) -> list[panes.Line]:
    from console.rules.callform import needs_note
    from console.screens.call_paint import OUTCOME_WORDS

    typed = screen.typed
    form = screen.form()
    outcome = CallOutcome.COMPLETED if form is None else form.outcome
    spoke = {
        SpokeTo.PATIENT: _("the patient"),
        SpokeTo.PROXY: p_("on the line", "somebody else"),
        SpokeTo.UNKNOWN: "?",
    }
    person = next(
        (one for one in (screen.sheet.people if screen.sheet else ()) if one.id == typed.contact_person_id),
        None,
    )
    who = person.name if person is not None else spoke[typed.spoke_to]
    lines: list[panes.Line] = [
        (_("record: {outcome}", outcome=p_("outcome", OUTCOME_WORDS[outcome])), panes.HEAD),
        (cut(_("on the line: {who}", who=who), width), ""),
    ]
    if typed.opt_out:
        refused = listed(p_("purpose", str(one)) for one in typed.opt_out)
        lines.append((cut(_("refuses: {what}", what=refused), width), panes.WARN))
    if typed.promise is not None:
        when = screen.local(typed.promise.at)
        whose = p_("rings back", "me") if typed.promise.mine else p_("rings back", "anyone")
        lines.append((cut(_("callback {when}", when=f"{when:%m-%d %H:%M}") + f" {whose}", width), panes.GOOD))
    if left and outcome is CallOutcome.COMPLETED and talk.identified:
        lines.append((_("{n} questions to ask" if left > 1 else "one question to ask", n=left), panes.WARN))
    names = [one.views[0].concern.name.of(i18n.language()) for one in talk.concerns]
    if names:
        lines.append((cut(_("concerns: {names}", names=listed(names)), width), ""))
    rule = None if form is None else needs_note(form)
    screen.query_one("#call-note-label", panes.Pane).show_lines(
        [
            (cut(_("note (f3) required"), width), panes.WARN)
            if rule is not None and form is not None and not form.note.strip()
            else (_("note (f3)"), panes.DIM)
        ]
    )
    return lines


def paint(screen: CallScreen, talk: Talk, left: int) -> None:
    """The right pane.

    Args:
        screen: the call. talk: its conversation. left: questions that are still to be asked.
    """
    sheet, talking = screen.sheet, screen.stage == "talking"
    assert sheet is not None
    width = 40 if screen.has_class("-wide") else 25
    lines = [*_heads(screen, talk, left, width), *answered(screen, width)] if talking else []
    screen.query_one("#call-record", panes.Pane).show_lines(lines)
    screen.query_one("#call-note").display = talking
    screen.query_one("#call-note-label").display = talking
    urgent = screen.box is not None and screen.box.level.rank <= 1
    for name, code, hint in (
        ("#call-place", PLACE, _("where is she? (tab)")),
        ("#call-companion", COMPANION, _("who is with her? (tab)")),
    ):
        field = screen.query_one(name, Input)
        field.display = urgent
        field.placeholder = hint
        given = talk.answers.get(code)
        if urgent and not field.value and given is not None and screen.focused is not field:
            field.value = str(given.value)
    screen.query_one("#call-history", panes.Pane).show_lines(about(screen, width))


def about(screen: CallScreen, width: int) -> list[panes.Line]:
    """Earlier conversations and orders, once identity is sure; before that only that there are some."""
    sheet, talk = screen.sheet, screen.talk
    if sheet is None or talk is None or not talk.identified:
        return []
    lines: list[panes.Line] = []
    for one in sheet.treatments:
        if one is main_treatment(sheet, screen.claim) or one.masked:
            continue
        words = f"{procedure_word(one.procedure)} {one.site} {post_op_words(one.day)}"
        lines.append((cut(" ".join(words.split()), width), panes.DIM))
    return [*lines, *panes.history_lines(sheet, screen.zone, width * 3)]
