"""`aftercall practice`: lists, checks and plays scenarios without a screen, the same call byte for byte."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from console.cli import main as command
from console.cli.practice import Wrong
from console.cli.practice_run import MAX_ACTIONS, parse_actions, read_actions
from console.practice import book
from tests.practice.samples import COURSE, OWN, write

CODE = "eyelid_d2_first_call"


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = command.main(["practice", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_list_names_every_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    code, out, _err = call(capsys, "list", "--folder", str(tmp_path), "--json")
    listed: dict[str, Any] = {one["code"]: one for one in json.loads(out)["scenarios"]}
    assert code == 0 and set(listed) == {*book.shipped().codes, "own_day_two"}
    assert {key: listed["own_day_two"][key] for key in ("title", "procedure", "day", "level")} == {
        "title": {"zh": "双眼皮第2天", "en": "Day 2 after eyelid surgery"},
        "procedure": "upper_blepharoplasty",
        "day": 2,
        "level": "normal",
    }
    code, out, _err = call(capsys, "list", "--folder", str(tmp_path))
    shown, courses = out.split("\n\n")
    assert code == 0 and len(shown.splitlines()) == len(listed)
    assert [line.split()[0] for line in courses.splitlines()] == [
        "first_week",
        "red_flags",
        "hard_talks",
        "exam",
    ]


def test_what_is_wrong_with_a_course_is_told_at_once_and_the_rest_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    wrong = (
        COURSE.split("\n", 2)[2]
        .replace('"ours"', '"faulty"')
        .replace('"normal"', '"hard"')
        .replace("80", "200")
    )
    (tmp_path / "courses.toml").write_text(COURSE + wrong, encoding="utf-8")
    code, out, err = call(capsys, "list", "--folder", str(tmp_path))
    assert code == 1 and "Ours (2 calls)" in out and "Ours" in out and "faulty" not in out
    assert [one.split(":")[1] for one in err.splitlines()[:2]] == [
        " course.1.level",
        " course.1.pass_percent",
    ]
    code, out, _err = call(capsys, "list", "--folder", str(tmp_path), "--json")
    listed = json.loads(out)
    assert code == 1 and [one["code"] for one in listed["courses"]][-1] == "ours"
    assert [one["code"] for one in listed["problems"]] == ["type", "out_of_range"]


def test_a_folder_without_a_scenario_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "check", str(tmp_path))
    assert (code, out) == (2, "") and "no scenario" in err
    code, _out, err = call(capsys, "check", str(tmp_path / "nowhere"))
    assert code == 2 and "practice check" not in err


def test_the_score_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    actions = tmp_path / "actions"
    actions.write_text('{"do": "dial"}\n{"do": "save"}\n', encoding="utf-8")
    code, out, _err = call(capsys, "run", "eyelid_orbital_bleed", "--actions", str(actions))
    assert code == 0 and "Failed at once: Danger sign missed" in out.splitlines()
    assert "Action 1 was not taken: nobody is on the line (save)" in out.splitlines()
    assert "flag_missed" not in out and "nobody_on_the_line" not in out


def test_check_tells_each_fault_and_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, OWN.replace('flags = ["vision_loss"]', 'flags = ["no_such"]'))
    (tmp_path / "evil\x1b[2J.toml").write_text("x = 1", encoding="utf-8")
    code, out, _err = call(capsys, "check", str(tmp_path), "--json")
    document = json.loads(out)
    assert (code, document["scenarios"]) == (1, 1)
    assert [(one["where"], one["code"]) for one in document["problems"]] == [
        ("", "name"),
        ("end.flags", "unknown_flag"),
    ]
    code, out, _err = call(capsys, "check", str(tmp_path))
    assert code == 1 and "\x1b" not in out
    assert "own_day_two.toml: end.flags: no flag 'no_such' (unknown_flag)" in out.splitlines()


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"\n \n", "actions"),
    "no json": (b'{"do": "dial"}\n{"do": \n', "2"),
    "no json in a list": (b'[{"do": "dial"},\n nonsense]', "2"),
    "no object": (b'{"do": "dial"}\n3\n', "2"),
    "unknown key": (b'{"do": "dial", "then": "run"}', "'then'"),
    "no deed": (b'{"value": "yes"}', "do"),
    "value": (b'{"do": "dial"}\n\n{"do": "answer", "value": [1]}', "3"),
    "true": (b'{"do": "answer", "value": true}', "value"),
    "nan": (b'{"do": "answer", "value": NaN}', "1"),
    "time": (b'{"do": "dial", "at": -1}', "at"),
    "huge": (b'{"do": "dial", "at": 1e308}', "at"),
    "keys": (b'{"do": "dial", "keys": "two"}', "keys"),
    "digits": (b'{"do": "dial", "at": ' + b"9" * 6_000 + b"}", "1"),
    "deep": (b"[" * 100_000, "1"),
    "bytes": (b'{"do": "dial"}\n\xff\xfe', "2"),
    "large": (b" " * 2_000_001, "2 MB"),
    "many": (b'{"do": "dial"}\n' * (MAX_ACTIONS + 1), str(MAX_ACTIONS)),
}


@pytest.mark.parametrize("name", BAD)
def test_actions_nobody_can_read_are_one_sentence(name: str, tmp_path: Path) -> None:
    body, words = BAD[name]
    file = tmp_path / "actions"
    file.write_bytes(body)
    with pytest.raises(Wrong) as caught:
        read_actions(str(file))
    assert words in str(caught.value) and str(caught.value).isprintable() and caught.value.hint


def test_files_that_are_none_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for source in (str(tmp_path), str(tmp_path / "nowhere"), "a\0b"):
        code, out, err = call(capsys, "run", CODE, "--actions", source)
        assert code == 2 and not out and len(err.splitlines()) == 1
    code, out, _err = call(capsys, "run", CODE, "--actions", str(tmp_path), "--json")
    assert code == 2 and json.loads(out)["error"]["code"] == "actions_invalid"


def test_hidden_characters_are_taken_out_of_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    body = '\ufeff{"do": "say", "value": "\\u001b[2Jhello\\u202e", "at": 3}'
    assert parse_actions(body[1:])[0].value == "[2Jhello"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body.encode())))
    assert read_actions("-")[0].at == 3.0
