"""What readiness is judged by: courses, scorecard and scenarios of practice, as records the desk may know."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from console.rules.readiness_records import CardLine, Course, Shelf, Tagged
from db.practice_records import Bilingual, PracticeLevel

if TYPE_CHECKING:
    from console.scripts.records import Words


@cache
def shelf() -> Shelf:
    """Courses, scorecard and scenarios that travel with the program; read once, not on the event loop.

    Raises:
        ScriptError: one of the files is broken.
    """
    from console.practice import book, courses
    from console.scripts import scorecard

    card = scorecard.shipped()
    scenarios, _problems = book.shipped().all()
    return Shelf(
        courses=tuple(
            Course(
                code=one.code,
                title=_both(one.title),
                scenarios=tuple(one.scenarios),
                pass_percent=one.pass_percent,
                required=one.required,
                level=PracticeLevel(str(one.grade)),
            )
            for one in courses.courses()
        ),
        card=tuple(
            CardLine(item.code, _both(item.title), item.competency, _both(item.better)) for item in card.items
        ),
        scenarios=tuple(Tagged(one.code, _both(one.title), str(one.skill)) for one in scenarios),
        fails=tuple((fail.code, _both(fail.title)) for fail in card.fails),
    )


def _both(words: Words) -> Bilingual:
    return Bilingual(words.zh, words.en)
