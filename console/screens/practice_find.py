"""Finding a call of practice: the field, the words that find a line, and where an arrow leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.events import Key

from console.practice.records import Scenario
from console.scripts import turns
from console.scripts.records import Words
from console.widgets.inputs import CleanInput
from console.widgets.practice_words import grade_word, skill_word
from console.words import procedure_word

if TYPE_CHECKING:
    from console.practice.courses import Course


class FilterInput(CleanInput):
    """The field that narrows the list; while it is empty, a question mark asks for help."""

    def on_key(self, event: Key) -> None:
        """No procedure, skill or name begins with a question mark."""
        if event.character in ("?", "\uff1f") and not self.value:
            event.prevent_default()
            event.stop()
            self.app.call_later(self.app.run_action, "help", self.app)


def moved(lines: Sequence[int], at: int | None, way: int) -> int:
    """Where an arrow or a page leads: a single line goes round at the ends, a page stops there.

    Args:
        lines: numbers of the lines one can stand on, in order, at least one. at: where one stands, None nowhere.
        way: lines to go, below 0 upwards.
    """
    if at is None:
        return lines[0] if way > 0 else lines[-1]
    if abs(way) > 1:
        return min(lines, key=lambda line: abs(line - (at + way)))
    on = [line for line in lines if (line - at) * way > 0]
    if not on:
        return lines[0] if way > 0 else lines[-1]
    return on[0] if way > 0 else on[-1]


def key_of(one: Scenario | Course) -> str:
    """Names a line of the list. Args: the line."""
    return f"{'call' if isinstance(one, Scenario) else 'course'}:{one.code}"


def offer(one: Scenario | Course, *, sounds: bool = False) -> turns.Offer:
    """Words that find it. Args: the line; whether for pinyin, for which its sentences are too long."""
    also: list[str] = [one.code]
    if isinstance(one, Scenario):
        also += [procedure_word(done.procedure) for done in one.treatments]
        also += [skill_word(one.skill), grade_word(one.grade)]
        if not sounds:
            also += [done.procedure.replace("_", " ") for done in one.treatments]
            also += [one.about.zh, one.about.en, one.milestone]
    return turns.Offer(key_of(one), Words(one.title.zh, one.title.en), tuple(also))


def spelled(found: Sequence[Scenario | Course]) -> dict[str, frozenset[str]]:
    """What finds each line, pinyin and initials with it, by its name. Args: the lines."""
    return {
        key_of(one): turns.plain_keys(offer(one)) | turns.search_keys(offer(one, sounds=True))
        for one in found
    }
