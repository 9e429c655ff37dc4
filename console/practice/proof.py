"""The right call, played: a scenario is only good when the caller who does everything right gets every point."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.clean import clean
from console.practice.folder import private_folder
from console.practice.records import Scenario
from console.scripts.lint_base import Problem
from db.errors import RecordError

if TYPE_CHECKING:
    from console.practice.clinic import Base
    from console.practice.play import Play
    from console.practice.records import ItemScore
    from console.practice.stage import Stage


@contextmanager
def practice_base() -> Generator[Base]:
    """An empty practice clinic in a temporary folder, for the length of the block. It takes some seconds."""
    from console.practice.clinic import base

    with private_folder() as folder:
        yield base(folder / "clinic")


@contextmanager
def staged(base: Base, scenario: Scenario) -> Generator[Stage]:
    """A scenario's opened call. Args: base, the empty clinic; scenario. Raises RecordError when it can't be made."""
    from console.practice.clinic import opened, removed

    stage = opened(base, scenario)
    try:
        yield stage
    finally:
        removed(stage)


def proof(scenario: Scenario, base: Base, seeds: Iterable[int]) -> tuple[Problem, ...]:
    """What the right call loses. Args: scenario; base, the empty clinic; seeds to play it with.

    Returns problems, each once; empty when every seed gives every point and the end the file tells. Raises nothing:
    a call that can't be played is a problem too.
    """
    from console.practice.stand import ActionError

    file = f"{scenario.code}.toml"
    found: dict[Problem, None] = {}
    try:
        with staged(base, scenario) as stage:
            for seed in seeds:
                found.update(dict.fromkeys(_lost(file, stage, seed)))
    except RecordError as error:
        message = f"the call can't be opened: {_reason(error)}"
        found[Problem(file, "", "not_playable", clean(message))] = None
    except ActionError as error:
        found[Problem(file, "", "not_playable", clean(f"the call screen would not take it: {error}"))] = None
    except Exception as error:
        # Whatever a file holds, its writer gets a sentence.
        message = f"the right call can't be played: {type(error).__name__} {error}"
        found[Problem(file, "", "not_playable", clean(message)[:300])] = None
    return tuple(found)


def _lost(file: str, stage: Stage, seed: int) -> list[Problem]:
    from console.practice import advice, score

    play = advice.right_call(stage, seed).play
    result = score.score(play)
    problems: list[Problem] = []
    lost = [f"{item.code} ({_why(play, item)})" for item in result.items if item.got < item.of]
    if lost:
        problems.append(Problem(file, "", "not_full_marks", f"the right call loses {', '.join(lost)}"))
    if result.instant_fail:
        message = f"the right call fails at once: {', '.join(result.instant_fail)}"
        problems.append(Problem(file, "end", "instant_fail", message))
    problems.extend(Problem(file, where, "end_differs", message) for where, message in _ends(play))
    known = {item.code for item in result.items}
    groups = {item.group for item in result.items}
    for key, codes in (("better", stage.scenario.better), ("points", stage.scenario.points)):
        for code in codes:
            if code not in known | groups | _FAILS:
                message = "nothing of this call is scored by it"
                problems.append(Problem(file, f"{key}.{code}", "never_scored", message))
    return problems


def _why(play: Play, item: ItemScore) -> str:
    """Why the right call loses an item, as far as that is plain."""
    group, _, code = item.code.partition(":")
    if group == "answer" and code not in play.stand.talk.answers:
        return "its question is never asked"
    came = {line.code for line in play.said}
    if group == "interruption" and item.code not in came:
        return "it never comes in"
    if group == "concern" and code not in {one.code for one in play.stand.talk.concerns}:
        return "it is never opened"
    return f"{item.got} of {item.of}"


def _reason(error: RecordError) -> str:
    """An error's code and what it says about itself, also behind its reason or its list of problems."""
    params: dict[str, object] = dict(getattr(error, "params", {}))
    parts = [str(getattr(value, "code", value)) for value in params.values()]
    parts += [f"{one.params.get('field', '')} {one.code}" for one in getattr(error, "problems", ())]
    told = ", ".join(part for part in parts if part.strip())
    hint = "; nobody is called then, choose another clock" if "window_closed" in told else ""
    return f"{error.code}{f' ({told})' if told else ''}{hint}"


_FAILS = frozenset(
    {
        "flag_missed",
        "clinical_before_identity",
        "reassured_outside_window",
        "promised_or_sold",
        "ended_without_escalation",
    }
)


def _ends(play: Play) -> Iterable[tuple[str, str]]:
    """Where the end of the right call is not the end the file tells: place in the file, and one sentence."""
    end, stand = play.stage.scenario.end, play.stand
    if not stand.saved:
        yield "end.outcome", "the right call is not saved"
    raised = {flag.code: flag for flag in stand.talk.raised if flag.level.escalates}
    missing = [code for code in end.flags if code not in raised]
    if missing:
        yield "end.flags", f"the right call does not raise {', '.join(missing)}"
    levels = sorted((flag.level for flag in raised.values()), key=lambda level: level.rank)
    most = levels[0] if levels else None
    # Without flags a level stands by the emergency key, which raises none of itself.
    by_hand = not end.flags and end.level is not None and str(end.level) in stand.reports
    if most is not end.level and not by_hand:
        said = "none" if end.level is None else end.level.value
        names = f" ({', '.join(sorted(raised))})" if raised else ""
        yield (
            "end.level",
            f"the right call raises {'none' if most is None else most.value}{names}, the file says {said}",
        )
