"""The words of a score's items: what each is about, and what would have been right in this very call."""

from __future__ import annotations

from console.practice import truth
from console.practice.play import Mark, Play
from console.practice.records import ItemScore, Scenario
from console.rules.triage import NO, UNSURE, YES, Answer
from console.scripts.records import Question, Words
from console.scripts.scorecard import CardItem, shipped

NEVER_ASKED = Words("没有问到这一问。", "This was never asked.")
NOT_HEARD = Words(
    "还没听到回答就记了：先听完再记。", "It was keyed before the answer was heard: listen first."
)
TOO_SOON = Words("电话在这之前就结束了。", "The call ended before it came to this.")
LATER = ("concern", "must", "report", "promise", "note", "opt_out", "answers")
"""Items that a call which is left early never comes to."""
SAYS = {YES: Words("有", "yes"), NO: Words("没有", "no"), UNSURE: Words("说不清", "unsure")}


def item(play: Play, code: str, *, kept: bool, action: int) -> ItemScore:
    """An item with its points and words. Args: play; code; kept; action it was lost at."""
    scenario, group = play.stage.scenario, code.partition(":")[0]
    card = {one.code: one for one in shipped().items}[group]
    must = next((one for one in scenario.musts if f"must:{one.code}" == code), None)
    came = next((one for one in scenario.interruptions if f"interruption:{one.code}" == code), None)
    points = scenario.points.get(
        code, scenario.points.get(group, card.points if must is None else must.points)
    )
    text = _about(play, code, card.text) if must is None else must.text
    better = _better(scenario, code, card)
    if must is not None:
        better = must.better
    elif came is not None and came.better is not None:
        better = came.better
    if not kept:
        better = _lesson(play, code, action) or better
    return ItemScore(code, group, points if kept else 0, points, text, better, -1 if kept else action)


def _about(play: Play, code: str, text: Words) -> Words:
    """An item's words with what it is about in front: the question, the concern, what came in."""
    group, _colon, name = code.partition(":")
    library, about = play.stage.library, None
    if group == "answer":
        about = library.questions[name].words
    elif group == "concern":
        about = library.concerns[name].name
    elif group == "interruption":
        came = next(one for one in play.stage.scenario.interruptions if one.code == name)
        about = Words(came.lines.zh[0], came.lines.en[0])
    if about is None:
        return text
    return Words(f"“{about.zh}”{text.zh}", f"“{about.en}” {text.en}")


def _better(scenario: Scenario, code: str, card: CardItem) -> Words:
    return scenario.better.get(code, scenario.better.get(card.code, card.better))


def _lesson(play: Play, code: str, action: int) -> Words | None:
    """What was wrong in this very call, where it can be said. Args: play; code of a lost item; where it was lost."""
    group, _colon, name = code.partition(":")
    left = play.over and not play.stand.saved and action < 0
    if group == "answer":
        return _keyed(play, name)
    if group == "flag":
        raised = {flag.code for flag in play.stand.talk.raised}
        flags = [play.stage.library.flags[one] for one in play.stage.scenario.end.flags if one not in raised]
        if flags:
            zh, en = "、".join(one.zh for one in flags), "; ".join(one.en for one in flags)
            return Words(f"没有查出：{zh}。", f"Not found: {en}.")
    if group == "interruption" and name not in play.patient.fired:
        return TOO_SOON
    return TOO_SOON if left and group in LATER else None


def _keyed(play: Play, code: str) -> Words:
    """What she said to a question and what was to be keyed. Args: play; code of the question."""
    mark = next((one for one in reversed(play.marks) if one.code == f"answer:{code}"), None)
    heard = play.patient.heard.get(code)
    if mark is None:
        return NEVER_ASKED
    if heard is None or not _heard_before(play, code, mark):
        return NOT_HEARD
    question = play.stage.library.questions[code]
    true = truth.value(play.stage.scenario, play.voice.usual, question)
    wanted = _said(question, UNSURE if heard == "vague" else true)
    said = next(
        (line.text for line in reversed(play.said) if line.code == f"q:{code}" and line.who != "caller"), ""
    )
    return Words(f"回答是“{said}”，应记：{wanted.zh}。", f"The answer was “{said}”; key: {wanted.en}.")


def _heard_before(play: Play, code: str, mark: Mark) -> bool:
    lines = (line.action for line in play.said if line.code == f"q:{code}" and line.who != "caller")
    return any(action < mark.action for action in lines)


def _said(question: Question, value: Answer) -> Words:
    option = next((one.words for one in question.options if one.code == value), None)
    if option is not None:
        return option
    if isinstance(value, str):
        return SAYS.get(value, Words(value, value))
    return Words(f"{value:g}", f"{value:g}")
