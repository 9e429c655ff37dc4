"""What a release is held against, as functions which also take a broken one: the clinical facts and the clinic's
decisions. Each yields what is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from console.rules.triage import Flag
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import OpenTreatment, Procedure, Question
from console.scripts.select import select_concern
from db.enums import Level

FACTS = Path(__file__).parents[1] / "data" / "facts.yaml"
AT_LEAST = Path(__file__).parents[1] / "data" / "at_least.toml"

E, S, U, R = Level.EMERGENCY, Level.SAME_DAY, Level.URGENT, Level.ROUTINE
DECIDED: dict[str, tuple[int, Level]] = {
    "vision_loss": (1, E),
    "eye_swelling_grows": (1, E),
    "ointment_blur_stays": (1, E),
    "pain_danger": (1, E),
    "filler_brain_eye": (1, E),
    "eye_burn": (1, E),
    "stroke_signs": (2, E),
    "face_weakness": (2, E),
    "droop_danger": (2, E),
    "temp_raised_early": (3, R),
    "trend_worse": (5, U),
    "trend_worse_early": (5, S),
    "bleed_not_stopping": (6, E),
    "nosebleed_not_stopping": (6, E),
    "nose_pressure_5": (6, E),
    "bleed_soaks": (6, S),
    "stitches_overdue": (7, U),
    "splint_overdue": (7, U),
    "seroma_new": (8, S),
    "seroma_small": (8, U),
    "breast_fluid_early": (8, S),
    "eye_inflamed": (9, S),
    "lid_pulled_painful": (9, S),
    "lid_pulled": (9, U),
    "dvt_leg": (10, S),
    "pe_signs": (10, E),
    "suicide_plan": (11, E),
    "suicide_thoughts": (11, S),
    "injected_skin_dark": (13, E),
    "injected_colour_unseen": (13, S),
    "injected_pain": (13, S),
    "vessel_blocked": (13, E),
}
"""Levels which a clinic decision sets: flag to the decision's number and its level."""


@cache
def facts() -> dict[str, Any]:
    """The clinical fact base."""
    return yaml.load(FACTS.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _entries() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple((code, one) for code, item in facts()["procedures"].items() for one in item["concerns"])


@cache
def _urgent() -> dict[str, Level]:
    """The most urgent level at which each sentence of a red flag stands."""
    found: dict[str, Level] = {}
    for _, entry in _entries():
        for red in entry["red_flags"]:
            level, text = Level(red["urgency"]), red["text_en"]
            found[text] = min(found.get(text, level), level, key=lambda one: one.rank)
    return found


SPLIT: dict[str, Level] = {
    "belly_with_signs": E,
    "fever_38_at_once": S,
    "ooze_high_risk": S,
    "low_mood_late": U,
    "bleed_pressure_5": S,
    "one_side_within_hour": S,
    "injected_colour_late": U,
    "pain_worst_high": U,
    "ooze_early": U,
    "trouble_unseen": U,
    "splint_trouble": U,
}
"""Flags for a part of a sentence of the facts which stands as a whole for another flag, and those beyond the facts."""

TOGETHER = {("thread_visible_dimple", "skin_red_hot"), ("thread_visible_dimple", "tight_pain")}
"""Parts of a compound question which another question of the concern asks at once (thread_track_red)."""


def windows(library: Library) -> Iterator[str]:
    """Windows which are not those of the facts. Args: library. Yields procedure.concern."""
    for procedure, entry in _entries():
        window = library.window(procedure, entry["code"])
        wanted = (entry["normal_from_day"], entry["normal_until_day"], bool(entry.get("never_normal")))
        if window is None or (window.from_day, window.until, window.never) != wanted:
            yield f"{procedure}.{entry['code']}"


def levels(library: Library) -> Iterator[str]:
    """Flags that are missing, or less urgent than the facts or a decision have them. Args: library. Yields codes."""
    by_fact = {fact: flag for flag in library.flags.values() for fact in flag.facts}
    for text, level in _urgent().items():
        if text not in by_fact:
            yield text
        elif by_fact[text].level.rank > level.rank:
            yield by_fact[text].code
    for code, level in {**{code: level for code, (_, level) in DECIDED.items()}, **SPLIT}.items():
        if code not in library.flags or library.flags[code].level.rank > level.rank:
            yield code


def asked(library: Library, concerns: Iterable[str] | None = None) -> Iterator[str]:
    """Questions of the facts which are not asked where they stand, every part of a compound one by itself.

    Args: library; concerns, all when None. Yields procedure.concern.question.
    """
    parts: dict[str, list[str]] = {}
    for question in library.questions.values():
        for fact in question.facts:
            parts.setdefault(fact, []).append(question.code)
    wanted = None if concerns is None else frozenset(concerns)
    for procedure, entry in _entries():
        if wanted is not None and entry["code"] not in wanted:
            continue
        try:
            view = select_concern(library, OpenTreatment(procedure, 2), entry["code"])
        except ScriptError as error:
            yield f"{procedure}.{entry['code']}: {error}"
            continue
        codes = {question.code for question in (*view.ask, *view.details)}
        for ask in entry["ask"]:
            for code in parts.get(ask["en"], [ask["en"]]):
                question = library.questions.get(code)
                applies = question is None or library.procedures[procedure].matches(question.procedures)
                if applies and code not in codes and (entry["code"], code) not in TOGETHER:
                    yield f"{procedure}.{entry['code']}.{code}"


@cache
def _at_least() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(AT_LEAST.read_text(encoding="utf-8"))


EARLY_AND_LATE = (1, 5, 20, 400)


def skipped(library: Library, days: Iterable[int] = EARLY_AND_LATE) -> Iterator[str]:
    """Questions and flags which a concern once had and has no longer.

    Args: library; days, post-op days on one of which each is to be there. Yields procedure.concern.code.
    """
    for procedure in library.procedures.values():
        for concern, rows in _at_least().items():
            views = [select_concern(library, OpenTreatment(procedure.code, day), concern) for day in days]
            asked = {question.code for view in views for question in view.ask}
            flags = {flag.code for view in views for flag in view.flags}
            for who, wanted in rows.items():
                if who == "flags":
                    lost = [
                        code for code in wanted if code not in flags and _fits(library.flags, code, procedure)
                    ]
                elif who in ("any", procedure.code) or who in procedure.groups:
                    lost = [
                        code
                        for code in wanted
                        if code not in asked and _fits(library.questions, code, procedure)
                    ]
                else:
                    continue
                yield from (f"{procedure.code}.{concern}.{code}" for code in lost)


def _fits(known: Mapping[str, Question] | Mapping[str, Flag], code: str, procedure: Procedure) -> bool:
    return code not in known or procedure.matches(known[code].procedures)


def counted(library: Library, concerns: Iterable[str] | None = None) -> Iterator[str]:
    """Flags of the facts which are not counted where they stand. Args: library; concerns, all when None."""
    by_fact = {fact: flag.code for flag in library.flags.values() for fact in flag.facts}
    wanted = None if concerns is None else frozenset(concerns)
    for procedure, entry in _entries():
        if wanted is not None and entry["code"] not in wanted:
            continue
        for day in (2, 400):
            view = select_concern(library, OpenTreatment(procedure, day), entry["code"])
            codes = {flag.code for flag in view.flags}
            missing = {by_fact.get(red["text_en"], red["text_en"]) for red in entry["red_flags"]} - codes
            yield from (f"{procedure}.{entry['code']}.{code}" for code in sorted(missing))
