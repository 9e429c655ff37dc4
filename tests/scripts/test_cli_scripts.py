"""`aftercall scripts`: one JSON document, stable shapes, one sentence for a fault."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from console.cli import scripts
from console.scripts import library as module


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    code = scripts.run(parser.parse_args(["scripts", *words, "--json"]))
    out = capsys.readouterr()
    assert out.out.count("\n") == 1
    return code, json.loads(out.out)


def test_show_has_the_promised_shape(capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("zh", "en"):
        code, shown = call(
            capsys, "show", "upper_blepharoplasty", "--day", "6", "--concern", "swelling", "--lang", lang
        )
        assert code == 0
        assert (shown["procedure"], shown["day"], shown["concern"], shown["lang"]) == (
            "upper_blepharoplasty",
            6,
            "swelling",
            lang,
        )
        assert set(shown["source"]) == {"code", "version", "hash", "status"}
        assert shown["source"]["status"] == "draft"
        assert shown["window"] == {"from": 0, "peak": 2, "until": 30}
        assert all({"code", "text", "kind"} <= set(question) for question in shown["ask"])
        assert all({"code", "level", "text"} <= set(flag) for flag in shown["red_flags"])
        assert shown["say"] and set(shown["otherwise"]) == {"EMERGENCY", "SAME_DAY", "URGENT", "OUTSIDE"}
        assert "upper_blepharoplasty" in shown["why_selected"]


def test_show_outside_the_window_and_where_never_normal_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(capsys, "show", "双眼皮", "--day", "31", "--concern", "肿胀")[1]["say"] is None
    shown = call(capsys, "show", "ha_filler", "--day", "1", "--concern", "pain")[1]
    assert shown["say"] is None and shown["window"] is None and shown["never_normal"]


def test_the_status_is_what_the_database_says(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    args = parser.parse_args(["scripts", "show", "liposuction", "--day", "3", "--concern", "scar", "--json"])
    scripts.run(args, status="approved")
    assert json.loads(capsys.readouterr().out)["source"]["status"] == "approved"


def test_triage(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("triage", "upper_blepharoplasty", "--day", "6", "--concern", "swelling", "--answers")
    code, shown = call(capsys, "show", "upper_blepharoplasty", "--day", "6", "--concern", "swelling")
    calm = {question["code"]: "same" if "trend" in question["code"] else "no" for question in shown["ask"]}
    code, judged = call(capsys, *words, json.dumps(calm))
    assert code == 0
    assert judged == {"level": None, "flags": [], "reassurance_allowed": True, "unanswered": [], "unsure": []}
    _, judged = call(capsys, *words, json.dumps(calm | {"one_side_fast": "yes"}))
    assert judged["level"] == "SAME_DAY" and not judged["reassurance_allowed"]
    assert judged["flags"][0]["code"] == "one_side_growing"
    _, judged = call(capsys, *words, "{}")
    assert judged["level"] is None and not judged["reassurance_allowed"]
    assert set(judged["unanswered"]) == set(calm)


def test_triage_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO('{"vision_change": "unsure"}'))
    _, judged = call(
        capsys, "triage", "ha_filler", "--day", "0", "--concern", "vision_symptoms", "--answers", "-"
    )
    assert judged["level"] == "EMERGENCY"


FAULTS = [
    (("show", "nose", "--day", "1", "--concern", "pain"), "unknown_procedure"),
    (("show", "ha_filler", "--day", "1", "--concern", "hunger"), "unknown_concern"),
    (("show", "ha_filler", "--day", "1", "--flow", "d99"), "missing_file"),
    (("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", "{"), "answers_invalid"),
    (("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", "[]"), "answers_invalid"),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"x": "no"}'),
        "unknown_question",
    ),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"pain_now": NaN}'),
        "answer_invalid",
    ),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"faint": "x"}'),
        "answer_invalid",
    ),
    (("list", "--release", "/nonexistent"), "missing_file"),
]


@pytest.mark.parametrize(("words", "code"), FAULTS)
def test_wrong_use_is_one_sentence(
    words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code, shown = call(capsys, *words)
    assert exit_code == 2
    assert set(shown["error"]) == {"code", "message", "hint"}
    assert shown["error"]["code"] == code


@pytest.mark.parametrize("day", ["-1", "1.5", "x", "99999999"])
def test_a_day_is_a_whole_number(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        call(capsys, "show", "ha_filler", "--day", day, "--concern", "pain")
    assert stop.value.code == 2


def test_check_counts_and_names_the_hole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, shown = call(capsys, "check")
    assert (code, shown["problems"]) == (0, [])
    assert (shown["procedures"], shown["concerns"]) == (23, 38)
    assert shown["flows"] >= 1 and {"playbooks", "scenarios", "stricter"} <= set(shown)
    copy = tmp_path / "release"
    shutil.copytree(Path(module.__file__).parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    flow = copy / "flows" / "d7.toml"
    flow.write_text(flow.read_text("utf-8").replace("title = ", "titel = ", 1), "utf-8")
    code, shown = call(capsys, "check", str(copy))
    assert code == 1
    assert {problem["file"] for problem in shown["problems"]} == {"flows/d7.toml"}
    assert any("titel" in problem["where"] for problem in shown["problems"])


def test_list_and_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = call(capsys, "list")
    assert code == 0 and len(shown["procedures"]) == 23 and len(shown["concerns"]) == 38
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    for words in (
        ["list"],
        ["show", "liposuction", "--day", "3", "--concern", "pain", "--lang", "en"],
        ["show", "liposuction", "--day", "7", "--flow", "d7"],
        ["triage", "liposuction", "--day", "7", "--flow", "d7", "--answers", '{"faint": "yes"}'],
    ):
        assert scripts.run(parser.parse_args(["scripts", *words])) == 0
        assert capsys.readouterr().out.strip()
