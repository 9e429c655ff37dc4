"""The debrief of a practised call in lines: what was got and lost, and the conversation with what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console import i18n
from console.i18n import _, p_
from console.practice.records import Action, ItemScore, Said, Scenario, Score
from console.scripts.library import Library
from console.scripts.records import Question
from console.scripts.scorecard import Scorecard
from console.widgets.call_panes import (
    ALARM,
    ASK,
    DIM,
    GOOD,
    HEAD,
    IDENTITY_WORDS,
    KEY,
    WARN,
    Line,
    answer_word,
)
from console.widgets.patient_pane import DESK, speaker_word
from console.widgets.practice_words import minutes_words
from console.words import level_word

DONE = {
    "dial": "dialled",
    "dialled": "result of the dial",
    "identity": "ticked",
    "nobody": "nobody on file",
    "proxy": "somebody else answers",
    "wrong": "wrong person",
    "again": "back to identity",
    "answer": "keyed",
    "read": "went on",
    "goto": "went back",
    "track": "left it",
    "concern": "concern opened",
    "turn": "turn of the talk",
    "halt_read": "emergency lines said",
    "report": "reported",
    "told": "wrote down who was told",
    "where": "place and companion written",
    "note": "note",
    "promise": "callback agreed",
    "outcome": "result of the call",
    "wait": "waited",
    "save": "saved",
    "leave": "hung up",
    "time_up": "the time was up",
    "refused": "not possible",
}
"""What was done, by action."""
UNSAID = ("read", "goto", "track", "say")
"""Actions that leave no line of their own: what was read stands there anyway."""
MARK = ">>"


@dataclass(frozen=True, slots=True)
class Moment:
    """One missed moment. action: index of the action; the call can be taken up before it. items: lost there."""

    action: int
    items: tuple[ItemScore, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """A call that is over, as the debrief shows it.

    Args:
        scenario, score: of it. actions, said: as they were. library: the words it was read from.
        card: the scorecard. values: placeholders of the caller's lines. mark: percent that pass.
    """

    scenario: Scenario
    score: Score
    actions: Sequence[Action]
    said: Sequence[Said]
    library: Library
    card: Scorecard
    values: Mapping[str, str]
    mark: int


def moments(played: Played) -> tuple[Moment, ...]:
    """Missed moments in the order of the call; what was never done was missed at its end. Args: the call."""
    last = len(played.actions) - 1
    found: dict[int, list[ItemScore]] = {}
    for item in played.score.items:
        if item.got < item.of:
            # What came in stands behind the action it came with: missed was what was done instead of answering it.
            at = item.action + (item.group == "interruption")
            found.setdefault(last if item.action < 0 else min(at, last), []).append(item)
    return tuple(Moment(at, tuple(found[at])) for at in sorted(found))


def item_title(played: Played, item: ItemScore) -> str:
    """What an item is about, in the language of the screen. Args: the call; the item."""
    lang, library = i18n.language(), played.library
    head = played.card.item(item.group).title.of(lang)
    detail = item.code.partition(":")[2]
    if item.group == "answer" and detail in library.questions:
        question = library.questions[detail]
        detail = (question.sign or question.words).of(lang)
    elif item.group == "concern" and detail in library.concerns:
        detail = library.concerns[detail].name.of(lang)
    elif item.group == "interruption":
        came = next((one for one in played.scenario.interruptions if one.code == detail), None)
        detail = "" if came is None else came.lines.of(spoken(played))[0]
    elif item.group == "must":
        return item.text.of(lang)
    return i18n.labelled(head, detail) if detail else head


def spoken(played: Played) -> str:
    """Language of the call, as talk-tracks name it. Args: the call."""
    return "zh" if played.scenario.persona.language == "zh" else "en"


def better_words(played: Played, words: str) -> str:
    """A better line with its placeholders replaced. Args: the call; the line."""
    return i18n.fill(words, played.values)


def score_lines(played: Played, *, passed: bool) -> list[Line]:
    """The sheet: result, what fails at once, what was lost with the better line, what was kept, time and keys."""
    score, lang = played.score, i18n.language()
    result = p_("practice", "passed") if passed else p_("practice", "not passed")
    lines: list[Line] = [
        (
            _(
                "{result}: {got} of {of} points, {mark}% pass",
                result=result,
                got=score.score,
                of=score.of,
                mark=played.mark,
            ),
            GOOD if passed else ALARM,
        ),
        (
            _(
                "time {time}, a good call {norm}   keys {keys}, the right call {keys_norm}",
                time=minutes_words(score.seconds),
                norm=minutes_words(score.norm_s),
                keys=score.keys,
                keys_norm=score.keys_norm,
            ),
            DIM,
        ),
    ]
    if not score.saved:
        lines.append((_("The call was not saved."), WARN))
    for code in score.instant_fail:
        fail = played.card.fail(code)
        lines += [("", ""), (_("Fails the whole call: {what}", what=fail.title.of(lang)), ALARM)]
        lines.append((_("Right: {words}", words=better_words(played, fail.better.of(lang))), ASK))
    lost = [one for one in score.items if one.got < one.of]
    kept = [one for one in score.items if one.got >= one.of]
    if lost:
        lines += [("", ""), (_("Lost"), HEAD)]
    for one in lost:
        lines.append((f"{one.got - one.of:>4}  {item_title(played, one)}", WARN))
        lines.append((_("Right: {words}", words=better_words(played, one.better.of(lang))), ASK))
    if kept:
        lines += [("", ""), (_("Kept"), HEAD)]
    lines += [(f"{one.got:>4}  {item_title(played, one)}", KEY) for one in kept]
    return lines


def talk_lines(played: Played, missed: Sequence[Moment], chosen: int) -> tuple[list[Line], list[int]]:
    """The conversation with every missed moment marked.

    Args:
        played: the call. missed: of `moments`. chosen: index of the one under the cursor, -1 for none.

    Returns:
        The lines, and for each missed moment the index of its first line.
    """
    lines: list[Line] = []
    places = [0] * len(missed)
    by_action = {one.action: at for at, one in enumerate(missed)}
    done: set[int] = set()
    for said in played.said:
        at = by_action.get(said.action)
        if at is not None and at not in done:
            done.add(at)
            places[at] = len(lines)
            lines += _missed_lines(played, missed[at], chosen=at == chosen)
        line = _said_line(played, said)
        if line is not None:
            lines.append(line)
    for at, one in enumerate(missed):
        if at not in done:
            places[at] = len(lines)
            lines += _missed_lines(played, one, chosen=at == chosen)
    return lines, places


def _missed_lines(played: Played, missed: Moment, *, chosen: bool) -> list[Line]:
    lang = i18n.language()
    lines: list[Line] = []
    for item in missed.items:
        mark = MARK if chosen else "- "
        title = item_title(played, item)
        lines.append(
            (
                _("{mark} missed, {n} points: {what}", mark=mark, n=item.of - item.got, what=title),
                ALARM if chosen else WARN,
            )
        )
        lines.append((_("Right: {words}", words=better_words(played, item.better.of(lang))), ASK))
    return lines


def _said_line(played: Played, said: Said) -> Line | None:
    # Where somebody is cut short, lines overlap: the time of the key is what tells the order.
    begun = played.actions[said.action].at if 0 <= said.action < len(played.actions) else 0.0
    at = minutes_words(said.at if begun is None else begun)
    if said.who != DESK:
        style = DIM if said.who == "caller" else ""
        return (f"{at} {i18n.labelled(speaker_word(said.who), said.text)}", style)
    if said.code in UNSAID or not 0 <= said.action < len(played.actions):
        return None
    words = done_words(played, played.actions[said.action])
    return (f"{at}   {p_('done', '[{what}]', what=words)}", DIM)


def done_words(played: Played, action: Action) -> str:
    """What was done, in the language of the screen. Args: the call; the action."""
    words = p_("done", DONE.get(action.do, action.do))
    detail = _detail(played, action)
    return i18n.labelled(words, detail) if detail else words


def _detail(played: Played, action: Action) -> str:
    lang, value, library = i18n.language(), str(action.value), played.library
    if action.do == "answer":
        question = library.questions.get(action.about)
        shown = value if question is None else _answer(question, action, lang)
        about = _("a group of signs") if question is None else (question.sign or question.words).of(lang)
        if question is None:
            shown = p_("answer", "none of them") if value == "no" else p_("answer", "one or more")
        return f"{about} - {shown}"
    if action.do == "identity":
        return p_("identity", IDENTITY_WORDS.get(value, value))
    if action.do == "concern" and value in library.concerns:
        return library.concerns[value].name.of(lang)
    if action.do == "report":
        return level_word(value) if value.isupper() else p_("reported", value) if value in REPORTS else value
    if action.do == "note":
        return value
    if action.do == "where":
        return i18n.listed(part for part in (value, action.about) if part)
    return ""


REPORTS = ("complaint", "request")


def _answer(question: Question, action: Action, lang: str) -> str:
    value = float(action.value) if isinstance(action.value, int) else action.value
    return answer_word(question, value, lang)
