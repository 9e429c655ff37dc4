"""Every family of danger signs is practised: each urgent flag, and each urgent statement of the clinical fact
base, is the right end of some scenario that travels with the program."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.practice import book
from console.practice.records import PROXY, Scenario
from console.rules.triage import YES
from console.scripts import library
from db.enums import Language, Level

FACTS = Path(__file__).parent.parent / "data" / "facts.yaml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOT_PRACTISED: Mapping[str, str] = {}
"""SAME_DAY flags no scenario ends with, each with the reason. An EMERGENCY has no place here."""
RUN = 6
"""Chinese characters in a row that are no longer chance."""
URGENT_NOW = (Level.EMERGENCY, Level.SAME_DAY)


@lru_cache(maxsize=1)
def _scenarios() -> tuple[Scenario, ...]:
    shelf = book.shipped()
    return tuple(shelf.scenario(code) for code in shelf.codes)


def _practised() -> frozenset[str]:
    return frozenset(code for one in _scenarios() for code in one.end.flags)


def _statements() -> list[tuple[str, str]]:
    """(urgency, text) of every red flag of the fact base that has to be seen today, once."""
    facts: dict[str, Any] = yaml.load(FACTS.read_text(encoding="utf-8"), Loader=LOADER)
    found = {
        (str(flag["urgency"]), str(flag["text_en"]))
        for procedure in facts["procedures"].values()
        for concern in procedure["concerns"]
        for flag in concern["red_flags"]
    }
    return sorted(one for one in found if one[0] in URGENT_NOW)


@pytest.mark.parametrize("level", URGENT_NOW)
def test_every_urgent_flag_is_practised(level: Level) -> None:
    flags = library.shipped().flags
    left = {code for code, flag in flags.items() if flag.level is level} - _practised()
    excused = frozenset(NOT_PRACTISED) if level is Level.SAME_DAY else frozenset[str]()
    assert left == excused, f"{level}: no scenario ends with {sorted(left - excused)}"


def test_what_is_not_practised_says_why() -> None:
    flags = library.shipped().flags
    for code, why in NOT_PRACTISED.items():
        assert flags[code].level is Level.SAME_DAY, f"{code}: only what is due today may be left out"
        assert len(why.split()) > 2, f"{code}: the reason is a sentence"
        assert code not in _practised(), f"{code}: practised by now, so it leaves the table"


def test_every_urgent_statement_of_the_fact_base_is_practised() -> None:
    flags = library.shipped().flags
    by_text: dict[str, set[str]] = {}
    for code, flag in flags.items():
        for text in flag.facts:
            by_text.setdefault(text, set()).add(code)
    statements = _statements()
    assert len(statements) > 60, "the fact base was not read"
    practised = _practised() | frozenset(NOT_PRACTISED)
    left = [f"{urgency}: {text}" for urgency, text in statements if not by_text.get(text, set()) & practised]
    assert left == []


def test_whoever_hears_a_danger_sign_tells_somebody() -> None:
    urgent = [one for one in _scenarios() if one.end.level in URGENT_NOW]
    assert urgent
    assert [one.code for one in urgent if not one.end.told] == []
    emergencies = [one for one in urgent if one.end.level is Level.EMERGENCY]
    assert emergencies
    assert [one.code for one in emergencies if not one.end.place] == []


def test_danger_signs_come_in_both_languages_and_to_people_who_are_alone() -> None:
    emergencies = [one for one in _scenarios() if one.end.level is Level.EMERGENCY]
    assert {one.persona.language for one in emergencies} == set(Language)
    assert any(one.lives_alone for one in emergencies)
    assert any(one.on_line == PROXY for one in emergencies), "a relative names the sign"


def test_signs_are_hidden_played_down_and_said_only_when_asked() -> None:
    truths = [truth for one in _scenarios() if one.end.level in URGENT_NOW for truth in one.truth.values()]
    assert any(truth.vague for truth in truths)
    assert any(truth.hidden is not None for truth in truths)


def test_no_page_gives_the_secret_away() -> None:
    """What is shown before the call repeats nothing she says about a danger sign."""
    told: list[tuple[str, str, str]] = []
    for one in _scenarios():
        shown = one.title.zh + one.about.zh
        for code, truth in one.truth.items():
            said = "".join(line for lines in truth.says.values() for line in lines.zh)
            danger = truth.value == YES and one.end.level in URGENT_NOW
            runs = {said[at : at + RUN] for at in range(len(said) - RUN + 1)}
            told += [(one.code, code, run) for run in sorted(runs) if danger and run in shown]
    assert told == []
