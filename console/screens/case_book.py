"""A playbook with its gaps filled for one case: dates as they are said aloud, the surgeon, the numbers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console import i18n
from console.screens.call_spoken import spoken_day, spoken_time
from console.scripts.records_service import CaseBook, Playbook

if TYPE_CHECKING:
    from console.desk.case_books import Books
    from console.screens.frame import Frame


def case_book(
    screen: Frame, books: Books, book: Playbook, answer_by: datetime, reply_by: datetime
) -> CaseBook:
    """A playbook as it is read beside a case.

    Args:
        screen: the page in front.
        books: what was read of the case. book: one of them.
        answer_by, reply_by: aware: when the answer and the first reply are due.
    """
    from console.desk import case_books

    lang = "zh" if books.spoken == "zh" else "en"
    seat = screen.console_app.seat
    clinic = None if seat is None else seat.policy.clinic

    def say(msgid: str) -> str:
        return i18n.translate(lang, msgid)

    values = {
        "answer_date": spoken_day(screen.local(answer_by).date(), lang),
        "reply_by": spoken_time(screen.local(reply_by), screen.local_now().date(), lang),
        "surgeon": books.surgeon or say("your surgeon"),
        "procedure": "" if books.procedure is None else books.procedure.of(lang),
        "day": "" if books.day is None else str(books.day),
        "night_phone": (clinic.callback if clinic is not None else "") or say("the number on your sheet"),
        "ambulance": clinic.ambulance if clinic is not None else "",
        "hotline": clinic.hotline if clinic is not None else "",
    }
    return CaseBook(
        book=book,
        first=tuple(books.first[one] for one in book.check if one in books.first),
        spoken=lang,
        values=values,
        may_explain=books.approved and case_books.fits(book, books.day),
    )
