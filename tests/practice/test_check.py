"""What is wrong with a scenario is found before anybody practises on it; a good one of a clinic's own is played."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from console.practice import book, check, proof, shelf
from console.practice.clinic import Base
from console.practice.records import Scenario
from console.scripts.library import Library, shipped
from tests.practice.samples import OWN, changed, write


@pytest.fixture(scope="module")
def library() -> Library:
    return shipped()


def _own(folder: Path, body: str = OWN) -> Scenario:
    write(folder, body)
    return book.only(folder).scenario("own_day_two")


WRONG: dict[str, tuple[str, str, str, str]] = {
    "procedure": ('"upper_blepharoplasty"', '"no_such_thing"', "treatment.0.procedure", "unknown_procedure"),
    "milestone": ('milestone = "D2"', 'milestone = "D3"', "milestone", "unknown_milestone"),
    "day": ("\nday = 2", "\nday = 6", "treatment.0.day", "outside_milestone"),
    "not its call": ('milestone = "D2"', 'milestone = "D14"', "milestone", "wrong_milestone"),
    "question": ("[truth.pain_now]", "[truth.pain_then]", "truth.pain_then", "unknown_question"),
    "answer": ("value = 3", "value = 11", "truth.pain_now.value", "answer"),
    "kind of answer": ("value = 3", 'value = "yes"', "truth.pain_now.value", "answer"),
    "unsure": ('value = "yes"', 'value = "unsure"', "truth.vision_change.value", "answer"),
    "vague number": ("value = 3", "value = 3\nvague = true", "truth.pain_now.vague", "wrong_kind"),
    "concern": ("[worry.pain]", "[worry.paint]", "worry.paint", "unknown_concern"),
    "place": (
        'at = "identity"\nzh = ["快',
        'at = "q:no_such"\nzh = ["快',
        "volunteer.0.at",
        "unknown_question",
    ),
    "turn": ("turn:situation:asks_price", "turn:situation:d7", "interruption.0.answers", "unknown_turn"),
    "playbook": (
        "turn:situation:asks_price",
        "turn:playbook:none_such",
        "interruption.0.answers",
        "unknown_turn",
    ),
    "care": ("turn:situation:asks_price", "turn:care:none_such", "interruption.0.answers", "unknown_turn"),
    "flag": ('["vision_loss"]', '["vision_lost"]', "end.flags", "unknown_flag"),
    "level": ('level = "EMERGENCY"', 'level = "SAME_DAY"\nplace = false', "end.level", "level_differs"),
    "end concern": ('concerns = ["pain"]', 'concerns = ["paint"]', "end.concerns", "unknown_concern"),
    "promise": ("价格让顾问说。", "我保证不贵。", "interruption.0.better.zh", "promise"),
    "selling": ("Prices are for", "A discount is for", "interruption.0.better.en", "selling"),
    "stalling": ("价格让顾问说。", "先观察几天。", "interruption.0.better.zh", "stalling"),
    "label": ("价格让顾问说。", "您想多了。", "interruption.0.better.zh", "label"),
    "verdict": ("周敏前天做了双眼皮。", "一切正常。", "about.zh", "verdict"),
    "placeholder": ("价格让顾问说。", "找{nobody}。", "interruption.0.better", "placeholders_differ"),
    "language": ("Prices are for the consultant.", "价格", "interruption.0.better.en", "not_english"),
    "birthday": ("1990-05-12", "1790-05-12", "persona.born_on", "out_of_range"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_code_and_word_is_found_at_its_place(name: str, tmp_path: Path, library: Library) -> None:
    before, after, where, code = WRONG[name]
    body = changed(before, after)
    if name == "level":
        body = body.replace("\nplace = true", "")
    found = check.judge(_own(tmp_path, body), library)
    assert (where, code) in [(one.where, one.code) for one in found], found
    assert all(one.file == "own_day_two.toml" for one in found)


def test_nothing_is_wrong_with_the_sample(tmp_path: Path, library: Library) -> None:
    assert check.judge(_own(tmp_path), library) == ()


def test_the_patient_may_say_anything(tmp_path: Path, library: Library) -> None:
    rude = changed("快点问吧。", "你保证没事？免费给我做！").replace(
        "Be quick.", "Guarantee it, free of charge!"
    )
    assert check.judge(_own(tmp_path, rude), library) == ()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("better", "nothing"),
        ("points", "flag_missed"),
        ("better", "interruption:cost"),
        ("points", "answer:nothing"),
    ],
)
def test_an_item_that_no_call_has_is_found(key: str, code: str, tmp_path: Path, library: Library) -> None:
    entry = '{ zh = "先问清楚。", en = "Ask first." }' if key == "better" else "5"
    body = OWN.replace("[end]", f'[{key}]\n"{code}" = {entry}\n\n[end]')
    found = check.judge(_own(tmp_path, body), library)
    assert [(one.where, one.code) for one in found] == [(f"{key}.{code}", "unknown_item")]


def test_days_of_months_and_of_removals(tmp_path: Path, library: Library) -> None:
    def days(milestone: str, day: int, extra: str = "") -> list[str]:
        body = OWN.replace('"D2"', f'"{milestone}"').replace("\nday = 2", f"\nday = {day}{extra}")
        return [one.code for one in check.judge(_own(tmp_path, body), library)]

    assert [days("D365", day) for day in (357, 358, 426, 427)] == [
        ["outside_milestone"],
        [],
        [],
        ["outside_milestone"],
    ]
    assert days("STITCHES", 8, "\nstitches_day = 7") == []
    assert days("STITCHES", 11, "\nstitches_day = 7") == ["outside_milestone"]
    assert days("YEARLY", 731) == [] and days("YEARLY", 365) == ["outside_milestone"]


def test_a_clinics_own_scenario_is_played_without_touching_code(
    tmp_path: Path, library: Library, practice_base: Base
) -> None:
    scenario = _own(tmp_path)
    assert check.judge(scenario, library) == ()
    assert proof.proof(scenario, practice_base, check.SEEDS) == ()


def test_a_wrong_end_is_told_with_what_was_lost(tmp_path: Path, practice_base: Base) -> None:
    scenario = _own(tmp_path)
    calm = replace(scenario, end=replace(scenario.end, level=None, flags=(), told=False, place=False))
    found = proof.proof(calm, practice_base, (1,))
    told = {one.where: one for one in found}
    assert told["end.level"].code == "end_differs"
    assert re.search(r"raises EMERGENCY \(.*vision_loss.*\), the file says none", told["end.level"].message)


def test_a_truth_nobody_asks_about_is_told(tmp_path: Path, practice_base: Base) -> None:
    found = proof.proof(
        _own(tmp_path, changed("[truth.pain_now]\nvalue = 3", '[truth.breast_lump]\nvalue = "no"')),
        practice_base,
        (1,),
    )
    assert [one.code for one in found] == ["not_full_marks"]
    assert "answer:breast_lump (its question is never asked)" in found[0].message


def test_a_call_that_cannot_be_opened_is_told(tmp_path: Path, practice_base: Base) -> None:
    found = proof.proof(_own(tmp_path, changed('clock = "14:35"', 'clock = "03:10"')), practice_base, (1,))
    assert [one.code for one in found] == ["not_playable"]
    assert "the call can't be opened" in found[0].message


def test_what_is_shipped_is_sound(library: Library) -> None:
    assert shelf.shipped_problems(library) == ()
