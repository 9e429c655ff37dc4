"""Narrowing the queue: asking to what, and saying that it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from console import keys
from console.i18n import _, p_
from console.screens.queue_lines import capped
from console.words import procedure_word, team_word, tier_word
from db.enums import Tier
from db.queue_records import ANYONE, QueueFilter

if TYPE_CHECKING:
    from console.screens.frame import Frame
    from db.queue_records import FilterChoices, QueueRow

QUESTIONS = {"tier": "tier", "team": "team", "procedure": "procedure", "owner": "whose"}
"""What may be asked, in the order of its digits, and its word."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to, and the name of the owner asked for."""

    only: QueueFilter = field(default_factory=QueueFilter)
    owner: str = ""

    def __bool__(self) -> bool:
        return bool(self.only)

    def words(self) -> str:
        """What it is narrowed to, as a person reads it; empty when it is not."""
        only, found = self.only, list[str]()
        if only.tier is not None:
            found.append(tier_word(only.tier))
        if only.team is not None:
            found.append(team_word(only.team))
        if only.procedure is not None:
            found.append(procedure_word(only.procedure))
        if only.owner is not None:
            found.append(_owner_word(only.owner, self.owner))
        return p_("list", ", ").join(found)


def head(narrowing: Narrowing) -> str:
    """The line above a narrowed list: to what, how to see everybody again, and whom enter takes."""
    return _(
        "Only {what}.  {key}: everybody.  Without a chosen line enter takes the next of everybody.",
        what=narrowing.words(),
        key=key_of("queue.everybody"),
    )


def empty(narrowing: Narrowing, waiting: int, held: int, *, looked: int | None = None) -> str:
    """Why nobody of the list can be called.

    Args:
        narrowing: what it is narrowed to.
        waiting: people who may be dialled at this minute, of the whole list.
        held: calls of the list that colleagues work on.
        looked: how many were looked at, when the look ended before the list did.
    """
    if narrowing and looked is not None:
        return _(
            "Nobody of the first {n} is {what}. {key} shows everybody again.",
            n=looked,
            what=narrowing.words(),
            key=key_of("queue.everybody"),
        )
    if narrowing:
        return _(
            "Nobody is {what}; of everybody {n} may be called now. {key} shows them.",
            n=capped(waiting),
            what=narrowing.words(),
            key=key_of("queue.everybody"),
        )
    if held:
        return _("Colleagues are working on everybody who waits: {n}.", n=held)
    return _(
        "Nobody is waiting for you now. {key} explains why somebody you expect is missing.",
        key=key_of("queue.why_not"),
    )


def key_of(action: str) -> str:
    """The first key of an action, as it is set now."""
    names = keys.keys_of(keys.entry(action))
    return keys.shown(names[0]) if names else "?"


async def ask(screen: Frame, narrowing: Narrowing, under: QueueRow | None) -> Narrowing | None:
    """Asks which question, then its answer.

    Args:
        screen: the queue.
        narrowing: what it is narrowed to now; the new answer is added to it.
        under: the row under the cursor, whose procedure stands first.

    Returns:
        The new narrowing, or None when nothing was chosen.
    """
    from console.desk import queue
    from console.widgets.dialogs import Choose

    app = screen.console_app
    if app.seat is None:
        return None
    choices = await app.work.read(queue.choices, app.seat, app.clock.now())
    question = await app.push_screen_wait(
        Choose(_("Show only"), [(code, p_("narrow", word)) for code, word in QUESTIONS.items()])
    )
    if question is None:
        return None
    options = _answers(question, choices, under)
    if getattr(narrowing.only, question) is not None:
        options.append((None, _("no matter which")))
    at = await app.push_screen_wait(
        Choose(
            p_("narrow", QUESTIONS[question]),
            [(number, words) for number, (_value, words) in enumerate(options)],
        )
    )
    if at is None:
        return None
    value = options[at][0]
    name = dict(choices.owners).get(value, "") if question == "owner" else narrowing.owner
    return Narrowing(replace(narrowing.only, **{question: value}), name)


def _answers(question: str, choices: FilterChoices, under: QueueRow | None) -> list[tuple[Any, str]]:
    if question == "tier":
        return [(tier, tier_word(tier)) for tier in Tier]
    if question == "team":
        return [(team, team_word(team)) for team in choices.teams]
    if question == "owner":
        mine, others = choices.owners[:1], choices.owners[1:]
        return [
            *((staff_id, _owner_word(staff_id, name)) for staff_id, name in mine),
            (ANYONE, _owner_word(ANYONE, "")),
            *((staff_id, _owner_word(staff_id, name)) for staff_id, name in others),
        ]
    codes = list(choices.procedures)
    if under is not None and under.procedure in codes:
        codes.remove(under.procedure)
        codes.insert(0, under.procedure)
    return [(code, procedure_word(code)) for code in codes]


def _owner_word(staff_id: int, name: str) -> str:
    return _("nobody's own") if staff_id == ANYONE else _("{name}'s own", name=name)
