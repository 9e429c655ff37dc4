"""Patients' own words, keyed as a careful caller would, through the real triage: the level, the words she may say,
and those she may not."""

from __future__ import annotations

import re
from functools import cache

import pytest

from console.scripts.library import Library, shipped
from db.enums import Level
from tests.scripts.vignettes import Vignette, changed, faults, vignettes

PLACES = frozenset(
    {"eyes", "nose", "face_fat", "temple", "facelift", "thread", "chin", "bone", "breast", "body"}
)
GROUPS = PLACES | {"scar", "injection", "skin", "intimate", "hair", "ear"}
"""One group of procedures for each place or means; every procedure is in at least one."""


@cache
def library() -> Library:
    return shipped()


def procedures(some: list[Vignette]) -> set[str]:
    return {item.procedure for one in some for item in one.treatments}


@pytest.mark.parametrize("one", vignettes(), ids=lambda one: one.id)
def test_the_outcome_is_the_expected_one(one: Vignette) -> None:
    assert not list(faults(library(), [one]))


def test_there_are_enough_of_every_kind() -> None:
    every = list(vignettes())
    assert len(every) >= 130 and len({one.id for one in every}) == len(every)
    english = [one for one in every if not re.search("[\u4e00-\u9fff]", one.says)]
    assert 0.25 < len(english) / len(every) < 0.45
    quiet = [one for one in every if one.reassure]
    assert len(quiet) >= 30
    covered = {group for code in procedures(quiet) for group in library().procedures[code].groups}
    assert covered >= GROUPS
    assert procedures(every) == set(library().procedures)
    assert {one.concern for one in every} - {None} == set(library().concerns)
    for level in Level:
        assert sum(one.level is level for one in every) >= 15
    assert sum(len(one.treatments) > 1 for one in every) >= 10
    assert sum(one.speaker == "relative" for one in every) >= 5


def test_every_flag_that_must_be_heard_today_is_raised_by_somebody() -> None:
    raised = {code for one in vignettes() for code in one.flags}
    urgent = {
        code for code, flag in library().flags.items() if flag.level in (Level.EMERGENCY, Level.SAME_DAY)
    }
    assert urgent - raised == set()
    assert raised <= set(library().flags)


def test_they_speak_like_people() -> None:
    for one in vignettes():
        assert one.says.strip() == one.says and len(one.says) >= 6, one.id
        if re.search("[\u4e00-\u9fff]", one.says):
            assert not re.search("[,;:?!]", one.says), one.id
        assert not re.search(r"\d{3,}", one.says), one.id


def test_the_guard_fails_when_an_expectation_is_wrong() -> None:
    by_id = {one.id: one for one in vignettes()}
    quiet, sight = by_id["eyelid D6, swelling going down"], by_id["eyelid D1, mist over one eye"]
    wrong = [
        (changed(quiet, level=Level.URGENT), "level"),
        (changed(quiet, judged=Level.URGENT), "the desk judges"),
        (changed(quiet, reassure=False), "she is told say"),
        (changed(quiet, must=("手术很成功",)), "says nothing of"),
        (changed(quiet, never=("肿",)), "says '肿'"),
        (changed(quiet, keyed={"graft_bleed": "yes"}), "graft_bleed is not asked"),
        (changed(quiet, keyed={"vision_change": 3}), "expected yes, no or unsure"),
        (changed(sight, level=Level.SAME_DAY), "she is told EMERGENCY"),
        (changed(sight, flags=frozenset({"hives"})), "not raised"),
        (changed(sight, reassure=True), "she is told EMERGENCY, expected say"),
        (changed(sight, concern="nothing_known"), "ScriptError"),
    ]
    for one, word in wrong:
        assert any(word in fault for fault in faults(library(), [one])), word
