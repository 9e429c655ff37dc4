"""Scenario files: read alone, turned into records, and every fault told in a sentence whatever a file holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from console.practice import book
from console.practice.records import Companion, Done, Skill
from console.scripts.errors import ScriptError
from console.scripts.records import Words
from db.enums import CallOutcome, Language, Level
from tests.practice.samples import OWN, changed, write


def test_a_file_becomes_the_record_it_tells(tmp_path: Path) -> None:
    write(tmp_path)
    made = book.only(tmp_path).scenario("own_day_two")
    assert (made.skill, made.milestone, made.clock, made.lives_alone) == (
        Skill.RED_FLAG,
        "D2",
        time(14, 35),
        True,
    )
    assert (made.persona.born_on, made.persona.language, made.persona.pace) == (
        date(1990, 5, 12),
        Language.ZH,
        4.5,
    )
    assert made.treatments == (
        Done("upper_blepharoplasty", 2, side="both", surgeon="陈医生", anaesthesia="local"),
    )
    assert made.companions == (Companion("周强", "husband"),)
    assert made.truth["pain_now"].value == 3
    assert made.truth["vision_change"].says["any"].en == ("The right one is a blur.",)
    assert made.worries["pain"].zh == ("有点胀痛。",)
    assert [(one.at, one.lines.en) for one in made.volunteers] == [("identity", ("Be quick.",))]
    came = made.interruptions[0]
    assert (came.kind, came.answers, came.better) == (
        "asks_price",
        ("turn:situation:asks_price",),
        Words("价格让顾问说。", "Prices are for the consultant."),
    )
    assert (made.end.outcome, made.end.level, made.end.flags) == (
        CallOutcome.COMPLETED,
        Level.EMERGENCY,
        ("vision_loss",),
    )
    assert made.place == Words("家里，客厅", "at home")


def test_hidden_characters_are_gone_before_anybody_sees_them(tmp_path: Path) -> None:
    write(
        tmp_path, changed("快点问吧", "快\u202e点\u200b问\x85吧").replace("Be quick.", "Be \\u001b[31mquick.")
    )
    made = book.only(tmp_path).scenario("own_day_two")
    assert made.volunteers[0].lines.zh == ("快点问吧。",)
    assert made.volunteers[0].lines.en == ("Be [31mquick.",)


def test_one_scenario_is_read_without_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, read = book.shipped(), list[str]()
    plain = book.text_of

    def counted(entry: object, name: str) -> str:
        read.append(name)
        return plain(entry, name)

    monkeypatch.setattr(book, "text_of", counted)
    assert shelf.scenario(shelf.codes[0]).code == shelf.codes[0]
    shelf.scenario(shelf.codes[0])
    assert read == [f"{shelf.codes[0]}.toml"]


def test_a_shipped_code_stays_the_shipped_scenario(tmp_path: Path) -> None:
    taken = book.shipped().codes[0]
    write(tmp_path, OWN.replace("own_day_two", taken), taken)
    write(tmp_path)
    shelf = book.opened(tmp_path)
    assert [(fault.file, fault.code) for fault in shelf.faults] == [(f"{taken}.toml", "code_twice")]
    assert shelf.scenario(taken) == book.shipped().scenario(taken)
    assert set(shelf.codes) == {*book.shipped().codes, "own_day_two"}


def test_files_beside_the_scenarios_are_no_scenarios(tmp_path: Path) -> None:
    for name in book.NOT_SCENARIOS:
        write(tmp_path, "x = 1", name)
    assert book.only(tmp_path).codes == ()
    assert not set(book.shipped().codes) & book.NOT_SCENARIOS


HOSTILE: dict[str, tuple[bytes, str]] = {
    "binary": (bytes(range(256)) * 4, "encoding"),
    "huge": (b'a = "' + b"x" * 300_000 + b'"', "too_large"),
    "digits": (b"a = " + b"9" * 6_000, "toml"),
    "deep": (b"a = " + b"[" * 5_000 + b"]" * 5_000, "toml"),
    "half": (b"a = ", "toml"),
    "nul": (b"schema = 1\x00", "toml"),
    "empty": (b"", "schema"),
    "other_code": (OWN.encode(), "name"),
    "strange_keys": (b'["a\\u001b[31mb"]\nx = 1\n', "schema"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_sentence(name: str, tmp_path: Path) -> None:
    body, code = HOSTILE[name]
    (tmp_path / f"{name}.toml").write_bytes(body)
    shelf = book.only(tmp_path)
    made, problems = shelf.read(name)
    assert made is None
    assert {problem.code for problem in problems} == {code}
    for problem in problems:
        assert problem.file == f"{name}.toml"
        assert problem.message.isprintable() and problem.where.isprintable() and len(problem.message) < 300
    with pytest.raises(ScriptError):
        shelf.scenario(name)


def _link(path: Path) -> None:
    path.symlink_to(path.name)


MAKERS: dict[str, Callable[[Path], None]] = {
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
    "loop": _link,
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_no_file_is_not_opened(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path / f"{name}.toml")
    _made, problems = book.only(tmp_path).read(name)
    assert [problem.code for problem in problems] == ["not_a_file"]


@pytest.mark.parametrize("name", ["Weird Name", "evil\x1b[31m", "x", "1st", "a" * 60])
def test_a_name_that_is_no_code_is_a_fault(name: str, tmp_path: Path) -> None:
    write(tmp_path, "x = 1", name)
    shelf = book.only(tmp_path)
    assert shelf.codes == ()
    assert [fault.code for fault in shelf.faults] == ["name"]
    assert shelf.faults[0].file.isprintable()


def test_a_folder_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", write(tmp_path), Path("a\0b")):
        with pytest.raises(ScriptError) as caught:
            book.opened(folder)
        assert str(caught.value).isprintable()


WRONG: dict[str, tuple[str, str, str, str]] = {
    "unknown key": ("lives_alone = true", "alone = true", "alone", "no such key"),
    "missing key": ('skill = "red_flag"\n', "", "skill", "missing"),
    "not converted": ("value = 3", "value = true", "truth.pain_now.value", "a text or a number"),
    "number of lines": (
        'zh = ["快点问吧。"]',
        'zh = ["快点。", "问吧。"]',
        "volunteer.0",
        "2 lines in 'zh', 1 in",
    ),
    "one identity item": ('"birthday", "surgeon"', '"birthday"', "persona", "one more item"),
    "no birthday": ('"birthday", "surgeon"', '"name", "surgeon"', "persona", "'birthday'"),
    "everything given": (
        '"birthday", "surgeon"',
        '"birthday", "surgeon", "visit_date", "procedure", "name"',
        "persona",
        "leave out",
    ),
    "best above start": ('best = "calm"', 'best = "angry"', "persona", "worse"),
    "two kinds of call": ('on_line = "patient"', "incoming = true", "", "'milestone'"),
    "unknown and rung": ('on_line = "patient"', "known = false", "", "incoming"),
    "place of nothing": ('at = "identity"\nzh = ["快', 'at = "later"\nzh = ["快', "volunteer.0.at", "pickup"),
    "answer of nothing": (
        '"turn:situation:asks_price"',
        '"shout"',
        "interruption.0.answers.0",
        "turn:situation",
    ),
    "told of nothing": ('level = "EMERGENCY"\nflags = ["vision_loss"]', "", "end", "'told'"),
    "flags without level": ('level = "EMERGENCY"\n', "", "end", "'level'"),
    "time": ('"14:35"', '"25:00"', "clock", "14:35"),
    "infinite": ("pace = 4.5", "pace = inf", "persona.pace", "number"),
    "a moment for a day": ("1990-05-12", "1990-05-12T01:02:03", "persona.born_on", "date"),
    "no treatment": ("[[treatment]]", "[treatment]", "treatment", "list"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_rule_of_the_schema_is_told_at_its_place(name: str, tmp_path: Path) -> None:
    before, after, where, words = WRONG[name]
    write(tmp_path, changed(before, after))
    made, problems = book.only(tmp_path).read("own_day_two")
    assert made is None
    assert [(one.where, one.code) for one in problems] == [(where, "schema")], problems
    assert words in problems[0].message
