"""One earlier call in a window: what was noted and, one key further, the talk-track as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console.i18n import _, p_
from console.text import ui_text
from console.widgets.call_panes import ASK, DIM, GOOD, HEAD, WARN, Line, Pane
from console.widgets.dialogs import Dialog
from console.words import level_word
from db.reading_records import NOT_APPROVED, OUTSIDE, SAY, AnswerRead, CallRead, PartRead

WHEN: Mapping[str, str] = {
    "returning": "a patient who was here before",
    "new_patient": "a new patient",
    "leaves_town": "who goes away soon",
    "stitches_due": "stitches due",
    "splint_due": "splint due",
    "drain_in": "drain still in",
    "inpatient": "still in the ward",
    "at_home": "at home again",
    "doctor": "whom a doctor rang",
    "not_doctor": "whom anybody but a doctor rang",
}
"""Conditions of steps (context `read when`)."""


class CallWindow(Dialog[bool]):
    """One earlier call; enter goes on to its talk-track, escape closes.

    Args:
        title: already translated.
        lines: what was noted, each a paragraph; data is fine.
    """

    SCOPE: ClassVar[str] = "earlier_call"
    WIDE: ClassVar[bool] = True

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self._lines = list(lines)

    def body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(classes="dialog-text"):
            yield Static(ui_text("\n".join(self._lines)))

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_accept(self) -> None:
        """Goes on to the talk-track."""
        self.dismiss(True)


class TrackWindow(Dialog[None]):
    """A talk-track as it was read: scrolled with the arrows, closed with escape or enter.

    Args:
        title: already translated.
        lines: words and styles; data is fine.
    """

    SCOPE: ClassVar[str] = "read"
    WIDE: ClassVar[bool] = True

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__(title)
        self._lines = list(lines)

    def body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(classes="dialog-text"):
            yield Pane(markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(Pane).show_lines(self._lines)
        self.query_one(VerticalScroll).focus()

    def action_accept(self) -> None:
        """Closes."""
        self.dismiss(None)


def reading_lines(read: CallRead) -> list[Line]:
    """A talk-track as it was read, line by line.

    Args:
        read: the call in the words of its release.
    """
    if read.hidden:
        return [(_("About a restricted procedure: only somebody authorised may read it."), WARN)]
    lines: list[Line] = [(_release(read), HEAD)]
    if read.title or read.flow:
        flow = read.title or read.flow
        named = flow if read.version is None else _("{flow}, version {n}", flow=flow, n=read.version)
        lines.append((named or "", HEAD))
    if not read.kept:
        lines.append(
            (_("The sentences of that release were never kept: codes stand for the questions."), WARN)
        )
    else:
        lines.append(_approval(read))
        if not read.identified:
            lines.append((_("Nobody had shown who she is: only the opening was read."), WARN))
    for part in read.parts:
        within = part.kind == "step" and not part.title
        lines += _part(part) if within else [("", ""), *_part(part)]
    if not read.parts:
        lines.append((_("Nothing was asked."), DIM))
    return lines


def _release(read: CallRead) -> str:
    if read.short_hash is None:
        return _("The call names no release.")
    if read.number is None:
        return _("Files {hash}", hash=read.short_hash)
    return _("Release {number}, files {hash}", number=read.number, hash=read.short_hash)


def _approval(read: CallRead) -> Line:
    if read.might_say:
        return _("Approved on that day."), GOOD
    if read.overdue:
        return _("Its review was overdue on that day: nothing explained."), WARN
    return _("Not approved on that day: nothing explained."), WARN


def _part(part: PartRead) -> list[Line]:
    title = part.title or (_("Also asked") if part.kind == "other" else "")
    if part.kind == "concern":
        title = _("Concern: {name}", name=title)
    if part.when is not None:
        title = _("{title} (read only to: {when})", title=title, when=p_("read when", WHEN[part.when]))
    lines: list[Line] = [(title, HEAD)] if title else []
    lines += [(words, ASK) for words in part.lines]
    for one in part.answers:
        lines += _answer(one)
    if part.said_as == SAY:
        lines.append((_("This could be said:"), GOOD))
    elif part.said_as == NOT_APPROVED:
        lines.append((_("Not approved: nothing explained."), WARN))
    elif part.said_as == OUTSIDE:
        lines.append((_("Nothing reassuring; to say was:"), WARN))
    elif part.said_as is not None:
        lines.append((_("Escalated ({level}); to say was:", level=level_word(part.said_as)), WARN))
    return [*lines, *((words, ASK) for words in part.said)]


def _answer(one: AnswerRead) -> list[Line]:
    lines: list[Line] = [(f"? {one.question}", ""), (f"  {one.answer}", DIM if not one.counts else ASK)]
    if one.in_group:
        lines[-1] = (_("  {answer} (heard among others)", answer=one.answer), lines[-1][1])
    if not one.counts:
        lines.append((_("  does not count: another person was on the line"), WARN))
    for was, reason in one.was:
        lines.append((_("  before: {answer} ({reason})", answer=was, reason=reason or "-"), DIM))
    return lines
