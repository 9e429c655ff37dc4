"""What stands in a line of the queue, beside it and above it, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from heapq import merge
from typing import TYPE_CHECKING

from console import i18n
from console.i18n import _, p_
from console.text import cells, cut
from console.widgets.queue_list import Column, Line
from console.words import (
    clock_words,
    deadline_words,
    left_words,
    milestone_word,
    post_op_words,
    procedure_word,
    team_word,
    tier_word,
    when_words,
)
from db.enums import Tier

if TYPE_CHECKING:
    from db.records import QueueHeader, QueueRow, Reason

CAP = 1000
"""Counts stop here (`db.queue.CAP`)."""

NAME = 4
"""Cells that a name keeps in the top line, however much there is to count."""

Key = tuple[int, int, int]
"""Place in the order: band, deadline (epoch milliseconds), id."""

Local = Callable[[datetime], datetime]
"""An aware moment in the clinic's zone."""


def headline(header: QueueHeader, drafts: int, room: int, now: datetime, local: Local) -> str:
    """Who, where, when, what may be dialled.

    Args:
        header: the counts.
        drafts: calls of this person that are not saved.
        room: cells of the line.
        now: the present in the clinic's zone.
        local: gives clinic time.
    """
    window = header.window
    if window.open and window.until is not None:
        state = _("open to {time}", time=f"{local(window.until):%H:%M}")
    elif window.next is not None:
        state = _("closed, opens {when}", when=when_words(local(window.next), now))
    else:
        state = _("closed")
    always = [clock_words(now), state, _("call {n}", n=capped(header.takeable))]
    counts = [
        (header.promised, _("promised {n}", n=capped(header.promised))),
        (header.escalations, _("board {n}", n=capped(header.escalations))),
    ]
    if header.cut_off:
        counts.append((header.cut_off, _("cut off {n}", n=header.cut_off)))
    if drafts:
        counts.append((drafts, _("unsaved {n}", n=drafts)))
    parts = always + [words for _count, words in counts]
    # What is nothing gives way first, then the two names; never a count.
    if cells(" ".join(parts)) + 2 + 2 * NAME > room:
        parts = always + [words for count, words in counts if count]
    left = room - cells(" ".join(parts)) - 2
    staff = cut(header.staff, max(left // 2, NAME))
    return " ".join([staff, cut(header.clinic, max(left - cells(staff), NAME)), *parts])


def capped(count: int) -> str:
    """A count as the top line says it: no more than three digits."""
    return f"{CAP - 1}+" if count >= CAP else str(count)


def columns(*, wide: bool) -> tuple[Column, ...]:
    """Headings and widths; the second column is the mark of what is due now or in somebody's hands."""
    return (
        Column("#", 4 if wide else 3),
        Column("", 2),
        Column(p_("column", "tier"), 5),
        Column(p_("column", "due"), 7),
        Column(p_("column", "left"), 7),
        Column(p_("column", "patient"), 9),
        Column(p_("column", "procedure"), 15),
        Column(p_("column", "day"), 4),
        Column(p_("column", "try"), 3),
        Column(p_("column", "last"), 0),
    )


def with_held(
    rows: Sequence[QueueRow], held: Sequence[QueueRow], after: Key | None, until: Key | None
) -> list[QueueRow]:
    """Rows of a stretch, and at their places those that colleagues work on.

    A person is seen once: whom a colleague took after the rows were read is in her hands.

    Args:
        rows: the stretch, in order.
        held: what colleagues work on, in order.
        after: the key the stretch begins behind; None is the top.
        until: the last key that was looked at; None is the end of the list.
    """
    taken = {row.patient_id for row in held}
    inside = (
        row for row in held if (after is None or after < row.key) and (until is None or row.key <= until)
    )
    free = (row for row in rows if row.patient_id not in taken)
    return list(merge(free, inside, key=lambda row: row.key))


def lines(
    rows: Sequence[QueueRow], now: datetime, local: Local, start: int = 0, unsaved: Collection[int] = ()
) -> list[Line]:
    """Rows as lines.

    Args:
        rows: in order.
        now: the present in the clinic's zone.
        local: gives clinic time.
        start: how many rows stand before the first. Whom a colleague works on keeps her number, so that the
            lines below stay as they are.
        unsaved: patients of whom this person has a call that is not saved.
    """
    return [
        _line(row, number, now, local, row.patient_id in unsaved)
        for number, row in enumerate(rows, start + 1)
    ]


def by_when(row: QueueRow) -> datetime:
    """The time a line shows: what was agreed with the patient, else the deadline."""
    return row.promise_at or row.deadline_at


def _line(row: QueueRow, number: int, now: datetime, local: Local, unsaved: bool) -> Line:
    deadline = local(by_when(row))
    last = i18n.reason_text(i18n.language(), row.last)
    if row.mine:
        last = mine_words(row, unsaved)
    elif row.held_by:
        last = held_words(row)
    elif not row.takeable and row.opens_at is not None:
        last = _("opens {when}", when=when_words(local(row.opens_at), now)) + " " + last
    return Line(
        row,
        (
            str(number),
            mark(row),
            tier_word(row.tier),
            deadline_words(deadline, now),
            left_words(deadline, now),
            row.patient,
            procedure_word(row.procedure),
            "" if row.day is None else str(row.day),
            str(row.attempts),
            last,
        ),
        _style(row, late=deadline < now),
    )


def mark(row: QueueRow) -> str:
    """Two cells that say without colour what is due now, and what is in somebody's hands."""
    if row.mine:
        return p_("mark", "!")
    if row.held_by:
        return p_("mark", "-")
    return p_("mark", "*") if row.due else ""


def held_words(row: QueueRow) -> str:
    """Who works on a row, and how far she is."""
    if row.talking:
        return _("in a call: {name}", name=row.held_by)
    return _("taken: {name}", name=row.held_by)


def mine_words(row: QueueRow, unsaved: bool) -> str:
    """That a call is the reader's own and not finished, and the key that goes back to it."""
    if unsaved:
        return _("MINE: u goes on")
    return _("MINE, elsewhere") if row.held_by else _("MINE, cut off")


def _style(row: QueueRow, *, late: bool) -> str:
    if row.mine:
        return "mine"
    if not row.takeable:
        return "dim"
    if row.tier is Tier.RED_FLAG:
        return "alarm"
    return "warn" if late else "due" if row.due else ""


def side(row: QueueRow, facts: Sequence[Reason], now: datetime, local: Local) -> str:
    """What stands beside the list about the row under the cursor.

    Args:
        row: the row.
        facts: the explanation in full, once it is read.
        now: the present in the clinic's zone.
        local: gives clinic time.
    """
    lang, deadline = i18n.language(), local(by_when(row))
    return "\n".join(
        (
            f"{row.patient}  {procedure_word(row.procedure)}  {post_op_words(row.day)}".rstrip(),
            f"{milestone_word(row.milestone)}  {team_word(row.team)}",
            f"{tier_word(row.tier)}  {deadline_words(deadline, now)}  {left_words(deadline, now)}",
            _("attempts {n}", n=row.attempts) + "  " + i18n.reason_text(lang, row.last),
            "",
            *(i18n.reason_text(lang, fact) for fact in facts or (row.reason,)),
        )
    )
