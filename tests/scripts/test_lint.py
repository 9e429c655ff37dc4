"""`scripts check`: the shipped release is whole, and a hole made in a copy is named where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from console.rules.triage import Predicate
from console.scripts import lint, lint_text
from console.scripts.library import Library, from_texts, shipped
from console.scripts.lint import Problem, can_be_raised, check, stricter
from console.scripts.words import banned, cells, fill, placeholders
from tests.scripts import quick

SAMPLE_FLOW = """code = "sample"
version = 1
title = { zh = "第7天回访", en = "Day 7 call" }
milestones = ["SAMPLE"]

[[flow]]
[[flow.step]]
kind = "opening"
title = { zh = "开场", en = "Opening" }
[flow.step.say]
zh = ["您好,我是{clinic}负责回访的。", "您现在方便说几句话吗?"]
en = ["Hello, I am calling from {clinic}.", "Is this a good moment to talk?"]

[[flow.step]]
kind = "identity"
title = { zh = "核对身份", en = "Identity" }

[[flow.step]]
kind = "groups"
title = { zh = "危险信号", en = "Danger signs" }
[[flow.step.groups]]
lead = { zh = "有没有下面任何一种?", en = "Do you have any of these?" }
signs = ["vision_change", "breathing_hard"]

[[flow.step]]
kind = "close"
title = { zh = "结束", en = "Closing" }
[flow.step.say]
zh = ["谢谢您接我们的电话。"]
en = ["Thank you for taking our call."]
"""
SAMPLE_TRACK = """concern = "swelling"
version = 1
[[track]]
procedure = "upper_blepharoplasty"
days = [0, 30]
[track.say]
zh = ["这几天有点肿比较常见。"]
en = ["Some swelling is common in these days."]
"""


RESOLVE = lint._resolve
"""Selects every track on every day where a range begins or ends: the slow rule, which has tests of its own here."""


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(lint, "_resolve", lambda library: iter(()))
    with quick.reading():
        yield


@cache
def whole() -> Library:
    return shipped()


@cache
def library() -> Library:
    """The shipped ground with one small track and one small flow: no hole hides behind other content."""
    kept = {
        name: body
        for name, body in whole().texts.items()
        if "/" not in name or name.endswith("/general.toml")
    }
    return from_texts({**kept, "concerns/swelling.toml": SAMPLE_TRACK, "flows/sample.toml": SAMPLE_FLOW})


@cache
def problems() -> frozenset[Problem]:
    return frozenset(check(library()))


def known() -> frozenset[tuple[str, str]]:
    return frozenset((problem.file, problem.code) for problem in problems())


def found(name: str, old: str, new: str, count: int = 1) -> set[tuple[str, str]]:
    """What check says more about a copy in which one text was replaced."""
    body = library().texts[name]
    assert old in body, (name, old)
    copy = from_texts({**library().texts, name: body.replace(old, new, count)})
    return {(problem.file, problem.code) for problem in check(copy)} - known()


def test_the_shipped_release_has_no_problems() -> None:
    assert check(whole()) == ()
    assert list(RESOLVE(whole())) == []


def test_a_concern_which_asks_nothing_that_escalates_is_named() -> None:
    body = whole().texts[CUT]
    start = body.index('concern = "thread_visible_dimple"')
    end = body.index("[[track]]", start)
    track = 'concern = "thread_visible_dimple"\nask = ["thread_dimple"]\nflags = ["thread_dimple"]\n\n'
    kept = {name: text for name, text in whole().texts.items() if not name.startswith("concerns/")}
    copy = from_texts({**kept, CUT: body[:start] + track + body[end:]})
    named = {one.message.split()[0] for one in RESOLVE(copy) if one.code == "no_escalation"}
    assert named == {"thread_visible_dimple"}


def test_what_a_clinic_decision_makes_more_urgent_is_listed() -> None:
    listed = {code: (level, decision) for code, level, decision in stricter(library())}
    assert listed["face_weakness"] == ("EMERGENCY", 2)
    assert listed["ointment_blur_stays"] == ("EMERGENCY", 1)
    assert {1, 2, 5, 6, 7, 8, 9, 10, 11, 13} <= {decision for _, decision in listed.values()}


def read(name: str, old: str, new: str) -> set[tuple[str, str]]:
    """What the reading of texts alone says about a copy in which one text was replaced."""
    body = library().texts[name]
    assert old in body
    copy = from_texts({**library().texts, name: body.replace(old, new, 1)})
    return {(file, code) for file, _, code, _ in lint_text.problems(copy)}


CUT = "concerns/general.toml"
QUESTION = '[vision_change]\nkind = "yes_no"'
HOLES = [
    ("questions.toml", QUESTION, '[vision_change]\nkind = "maybe"', "questions.toml", "schema"),
    ("questions.toml", 'sign_en = "sight has changed"', "", "questions.toml", "schema"),
    ("questions.toml", "[skin_mottled]", "[skin_spotted]", "flags.toml", "unknown_question"),
    ("flags.toml", 'level = "EMERGENCY"', 'level = "SOON"', "flags.toml", "schema"),
    ("flags.toml", "[swelling_returns]", "[swelling_comes_back]", CUT, "unknown_code"),
    ("flags.toml", '{ yes = "hives" }', '{ no = "hives" }', "flags.toml", "schema"),
    ("flags.toml", '{ yes = "breathing_hard" }', '{ yes = "pain_now" }', "flags.toml", "wrong_kind"),
    ("flags.toml", 'is = ["stays"]', 'is = ["melts"]', "flags.toml", "unknown_option"),
    (
        "flags.toml",
        'question = "temp_now", value = 38',
        'question = "temp_now", value = 380',
        "flags.toml",
        "out_of_range",
    ),
    ("windows.toml", "[ha_filler]", "[ha_fillers]", "windows.toml", "unknown_procedure"),
    (
        "windows.toml",
        "swelling = { from = 0, peak = 2, until = 30",
        "swelling = { from = 0, peak = 40, until = 30",
        "windows.toml",
        "window_order",
    ),
    ("windows.toml", "swelling = { from = 0", "swellings = { from = 0", "windows.toml", "unknown_concern"),
    (
        "windows.toml",
        "swelling = { from = 0, peak = 2, until = 30, residual = 180 }",
        "swelling = { never = true }",
        "concerns/swelling.toml",
        "never_normal",
    ),
    (
        "windows.toml",
        "swelling = { from = 0, peak = 2, until = 30",
        "swelling = { from = 0, peak = 2, until = 10",
        "concerns/swelling.toml",
        "outside_window",
    ),
    (CUT, "[otherwise.URGENT]", "[otherwise.URGENTLY]", CUT, "schema"),
    (CUT, "swelling = { zh", "swellings = { zh", CUT, "unknown_concern"),
    (CUT, "您现在人在哪里？身边有人陪着吗？", "请您坐下，慢慢说。", CUT, "emergency_order"),
    (
        "procedures.toml",
        'aliases = [\n    "双眼皮"',
        'aliases = [\n    "吸脂"',
        "procedures.toml",
        "alias_twice",
    ),
    (
        "procedures.toml",
        'short_zh = "双眼皮"',
        'short_zh = "全切双眼皮上睑成形"',
        "procedures.toml",
        "too_wide",
    ),
    ("flows/sample.toml", 'kind = "identity"', 'kind = "concerns"', "flows/sample.toml", "before_identity"),
    (
        "flows/sample.toml",
        'milestones = ["SAMPLE"]',
        'milestones = ["D1"]',
        "flows/sample.toml",
        "groups_too_early",
    ),
    ("flows/sample.toml", '"vision_change"', '"pain_now"', "flows/sample.toml", "not_a_sign"),
    ("flows/sample.toml", "{clinic}", "{surgeon}", "flows/sample.toml", "before_identity"),
    ("flows/sample.toml", "{clinic}", "{bank}", "flows/sample.toml", "placeholder_unknown"),
    ("flows/sample.toml", "{clinic}", "我们", "flows/sample.toml", "placeholders_differ"),
]


@pytest.mark.parametrize(("name", "old", "new", "file", "code"), HOLES)
def test_a_hole_is_named(name: str, old: str, new: str, file: str, code: str) -> None:
    assert (file, code) in found(name, old, new)


@pytest.mark.parametrize("name", ["procedures.toml", "questions.toml", "flags.toml", "windows.toml", CUT])
def test_a_missing_or_broken_file_is_named(name: str) -> None:
    texts = {key: body for key, body in library().texts.items() if key != name}
    assert (name, "missing_file") in {(problem.file, problem.code) for problem in check(from_texts(texts))}
    broken = {(problem.file, problem.code) for problem in check(from_texts({**library().texts, name: "= ["}))}
    assert (name, "toml") in broken


def test_a_flag_left_out_is_missed() -> None:
    flags = library().texts["flags.toml"]
    sections = re.split(r"(?m)^(?=\[)", flags)[1:]
    assert len(sections) == len(library().flags)
    for section in sections[5::25]:
        copy = from_texts({**library().texts, "flags.toml": flags.replace(section, "")})
        code = section[1 : section.index("]")]
        named = {one.where + one.message for one in set(check(copy)) - problems()}
        assert any(code in text for text in named), code


def test_a_window_left_out_is_missed() -> None:
    windows = library().texts["windows.toml"]
    lines = [line for line in windows.splitlines() if " = {" in line]
    assert len(lines) == 439
    procedure = "upper_blepharoplasty"
    body = windows[windows.index(f"[{procedure}]") :].split("\n\n")[0].splitlines()[1:]
    for line in body[::9]:
        copy = from_texts({**library().texts, "windows.toml": windows.replace(line + "\n", "", 1)})
        where = f"{procedure}.{line.split(' = ')[0]}"
        assert ("windows.toml", where, "missing_window") in {
            (one.file, one.where, one.code) for one in check(copy)
        }


SPOKEN = [
    ("这个肯定会好的。", "It will heal for sure.", "promise"),
    ("这是正常的。", "This is normal.", "verdict"),
    ("您是疤痕体质。", "You are too sensitive.", "label"),
    ("现在有优惠。", "There is a discount.", "selling"),
    ("您这是感染。", "You have an infection.", "diagnosing"),
    ("您先停药。", "Please stop taking it.", "medicine"),
    ("您按摩一下。", "Massage it gently.", "treating"),
    ("您再等等。", "Let us wait and see.", "stalling"),
    ("您不要投诉。", "Please do not complain.", "never_say"),
    ("我们保证会好。", "We guarantee it.", "promise"),
]


@pytest.mark.parametrize(("zh", "en", "code"), SPOKEN)
def test_words_never_said_are_found_in_both_languages(zh: str, en: str, code: str) -> None:
    assert code in {kind for kind, _ in banned(zh, spoken=True)}
    assert code in {kind for kind, _ in banned(en, spoken=True)}
    assert ("flows/sample.toml", code) in read("flows/sample.toml", LINE_ZH, zh)
    assert ("flows/sample.toml", code) in read("flows/sample.toml", LINE_EN, en)
    assert not list(banned(LINE_ZH, spoken=True)) and not list(banned(LINE_EN, spoken=True))


LINE_ZH, LINE_EN = "谢谢您接我们的电话。", "Thank you for taking our call."


def test_length_language_and_hidden_characters() -> None:
    assert ("flows/sample.toml", "too_long") in read("flows/sample.toml", LINE_ZH, "您" * 46)
    assert ("flows/sample.toml", "too_long") not in read("flows/sample.toml", LINE_ZH, "您" * 45)
    assert ("flows/sample.toml", "not_chinese") in read("flows/sample.toml", LINE_ZH, "hello")
    assert ("flows/sample.toml", "not_english") in read("flows/sample.toml", LINE_EN, "你好")
    assert ("flows/sample.toml", "unclean") in read("flows/sample.toml", LINE_ZH, "您好\\u202e")
    assert ("flows/sample.toml", "unclean") in read("flows/sample.toml", LINE_ZH, "您好\\u001b[2J")


def test_two_tracks_for_the_same_case_are_ambiguous() -> None:
    body = library().texts["concerns/swelling.toml"]
    first = body[body.index("[[track]]") :]
    copy = from_texts({**library().texts, "concerns/swelling.toml": body + "\n" + first})
    assert ("concerns/swelling.toml", "ambiguous") in {(one.file, one.code) for one in check(copy)} - known()


def test_a_predicate_needs_a_question_that_is_asked() -> None:
    day, yes = Predicate("day", from_day=3), Predicate("yes", question="q")
    assert can_be_raised(Predicate("all", parts=(day, yes)), ["q"])
    assert not can_be_raised(Predicate("all", parts=(day, yes)), ["other"])
    assert not can_be_raised(Predicate("all", parts=(day,)), ["q"])
    assert not can_be_raised(day, ["q"])
    assert can_be_raised(Predicate("any", parts=(day, yes)), ["q"])


def test_placeholders_are_replaced_literally_and_once() -> None:
    assert fill("{clinic} {day} {x}", {"clinic": "{day}", "day": "6"}) == "{day} 6 {x}"
    assert placeholders("{clinic}在{ day }{") == {"clinic", " day "}


def test_cells_count_wide_characters_twice() -> None:
    assert cells("双眼皮 a") == 8
