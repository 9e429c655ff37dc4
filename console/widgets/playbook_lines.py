"""A playbook beside a case: what is never said, how to listen, what comes first, the rights, the answer's date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from console import i18n
from console.i18n import _, p_
from console.scripts.records import Lines, Words
from console.scripts.records_service import CaseBook
from console.widgets.call_panes import ASK, DIM, HEAD, WARN, Line

DECIDERS: Mapping[str, str] = {
    "lead": "the lead",
    "doctor": "the doctor",
    "lead_and_doctor": "lead and doctor",
}


def playbook_lines(one: CaseBook) -> list[Line]:
    """Every part of a playbook, in the order it is used.

    Args:
        one: the playbook with what fills its gaps.
    """
    book, lang = one.book, i18n.language()
    lines: list[Line] = [(_("Playbook: {title}", title=book.title.of(lang)), HEAD), (book.when.of(lang), DIM)]
    lines += _listed(_("Never say or do:"), (never.words for never in book.never), WARN)
    lines += _said(one, _("Listen"), book.listen)
    lines += _said(one, _("Acknowledge"), book.acknowledge)
    lines += _said(one, _("Health first"), book.ask_first)
    if one.first:
        names = ", ".join(words.of(lang) for words in one.first)
        lines.append((_("ask about: {names}", names=names), WARN))
    if book.explain is not None and one.may_explain:
        lines += _said(one, _("What may be explained"), book.explain)
    lines += _listed(_("Facts to write down"), (*book.collect, *book.photos))
    rights = [line for right in book.rights for line in right.say.of(one.spoken)]
    lines += [("", ""), (_("Rights"), HEAD), *((i18n.fill(line, one.values), ASK) for line in rights)]
    lines += [("", ""), (_("May be offered, who decides"), HEAD)]
    for remedy in book.remedies:
        known = DECIDERS.get(remedy.approver)
        who = p_("decides", known) if known else remedy.approver
        lines.append((f"- {remedy.words.of(lang)} ({who})", DIM))
    return [*lines, *_said(one, _("The answer"), book.answer)]


def _said(one: CaseBook, title: str, lines: Lines) -> list[Line]:
    spoken = (i18n.fill(line, one.values) for line in lines.of(one.spoken))
    return [("", ""), (title, HEAD), *((line, ASK) for line in spoken)]


def _listed(title: str, many: Iterable[Words], style: str = DIM) -> list[Line]:
    lang = i18n.language()
    found = [(f"- {one.of(lang)}", style) for one in many]
    return [("", ""), (title, HEAD), *found] if found else []
