"""`aftercall practice run`: the same actions and seed make the same transcript and score, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.cli import main as command
from console.practice import proof
from console.practice.clinic import Base
from tests.practice.samples import write

CODE = "eyelid_d2_first_call"


@pytest.fixture
def quick(practice_base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """The empty clinic of this test process, instead of one for each command."""

    @contextmanager
    def ready() -> Generator[Base]:
        yield practice_base

    monkeypatch.setattr(proof, "practice_base", ready)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = command.main(["practice", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_right_call_is_printed_played_and_scored_the_same_every_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: None
) -> None:
    code, out, _err = call(capsys, "run", CODE, "--perfect", "--seed", "5")
    assert code == 0
    file = tmp_path / "actions.jsonl"
    file.write_text(out, encoding="utf-8")
    words = ("run", CODE, "--actions", str(file), "--seed", "5", "--level", "exam", "--json")
    code, first, _err = call(capsys, *words)
    assert code == 0
    # As one list, and a second time: the same bytes.
    file.write_text(json.dumps([json.loads(line) for line in out.splitlines()]), encoding="utf-8")
    assert call(capsys, *words)[1] == first
    made = json.loads(first)
    assert (made["scenario"], made["seed"], made["level"]) == (CODE, 5, "exam")
    assert made["passed"] and made["score"] == made["of"] == sum(item["of"] for item in made["items"]) > 0
    assert (made["missed"], made["instant_fail"], made["refused"]) == ([], [], [])
    assert made["keys"] == made["keys_norm"] and made["seconds"] > 0 and made["norm_seconds"] > 0
    assert {"n", "at", "who", "text", "code", "value", "mood", "action", "missed"} == set(
        made["transcript"][0]
    )
    assert [one["n"] for one in made["transcript"]] == list(range(1, len(made["transcript"]) + 1))
    assert {"caller", "patient", "desk"} <= {one["who"] for one in made["transcript"]}


def test_another_seed_is_worded_differently(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: None
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"do": "dial"}\n{"do": "dialled", "value": "connected"}\n{"do": "save"}\n{"do": "dance"}\n'
    )
    said: set[str] = set()
    for seed in ("1", "2", "3", "4"):
        code, out, _err = call(capsys, "run", CODE, "--actions", str(file), "--seed", seed, "--json")
        made = json.loads(out)
        assert code == 0 and not made["passed"]
        assert made["refused"][-1]["code"] == "unknown_action"
        said.add("".join(one["text"] for one in made["transcript"] if one["who"] == "patient"))
    assert len(said) > 1


def test_a_clinics_own_scenario_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: None) -> None:
    write(tmp_path)
    code, out, _err = call(capsys, "run", "own_day_two", "--perfect", "--folder", str(tmp_path))
    file = tmp_path / "actions.jsonl"
    file.write_text(out, encoding="utf-8")
    code, out, _err = call(capsys, "run", "own_day_two", "--actions", str(file), "--folder", str(tmp_path))
    assert code == 0
    assert "右边那只看东西一片糊。" in out
    assert " points, passed" in out or "通过" in out
    code, out, err = call(capsys, "run", "own_day_two", "--actions", str(file))
    assert code == 2 and "own_day_two" in err and not out


def test_a_command_makes_and_takes_away_its_own_clinic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, _err = call(capsys, "run", CODE, "--perfect")
    assert code == 0 and json.loads(out.splitlines()[-1])["do"] in ("save", "leave")
    assert list(tmp_path.iterdir()) == []
