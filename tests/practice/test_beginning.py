"""An exam is handed over when it begins, so that nothing that happens afterwards gives its one try back."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from console.practice import advice, child, pipe, play, score
from console.practice.records import Action, Grade
from console.rules.practice import differs, parse
from tests.practice.conftest import Opener
from tests.practice.samples import scored
from tests.practice.test_child import SETTING, said_by
from tests.practice.test_pipe import read


def test_an_exam_that_begins_is_sent_at_once_and_ends_under_the_same_key() -> None:
    ours, theirs = os.pipe()
    results = pipe.Results(theirs, "abcdefgh")
    exam = scored(grade=Grade.EXAM, saved=False, instant_fail=("flag_missed",), seconds=0.0)
    results.begin(exam, "exam", 2)
    first = json.loads(os.read(ours, 65_536))
    assert (first["finished"], first["begun"], first["score"], first["of"]) == (False, True, 0, 20)
    assert first["instant_fail"] == [] and not any("better" in one for one in first["items"])
    results.send(scored(grade=Grade.EXAM), "exam", 2)
    results.send(scored(grade=Grade.EXAM), "exam", 2)
    results.begin(exam, "exam", 3)
    # One that could not be opened is not ended by another call.
    results.send(scored(), "", 0)
    os.close(theirs)
    later = [json.loads(one) for one in b"".join(pipe.chunks(ours)).splitlines()]
    os.close(ours)
    keys = [str(one["run"]).rpartition("-")[2] for one in (first, *later)]
    assert keys == ["001", "001", "002", "003", "004"]
    assert "begun" not in later[0] and later[0]["score"] == 15
    reader, kept = read(*(pipe.line_of(one) for one in (first, *later)))
    assert (reader.fault, reader.kept, len(kept)) == (None, 4, 5)


def test_a_practice_killed_in_an_exam_has_sent_its_beginning() -> None:
    first = pipe.line_of(pipe.beginning(scored(grade=Grade.EXAM), "abcdefgh-001", "exam", 1))
    program = f"os.write(out, {first!r}); os.kill(os.getpid(), signal.SIGKILL)"
    taken: list[Any] = []
    ended = child.run(SETTING, taken.append, argv=said_by(program))
    assert (ended.kept, [one["begun"] for one in taken]) == (1, [True])
    assert ended.fault is not None and ended.fault.code == "practice_broke_off"


def test_by_a_file_too_a_beginning_is_kept_while_the_exam_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on Windows: practice goes on until what it wrote is kept."""
    first = pipe.line_of(pipe.beginning(scored(grade=Grade.EXAM), "abcdefgh-001", "exam", 1))
    last = pipe.line_of(pipe.document(scored(grade=Grade.EXAM), "abcdefgh-001", "exam", 1))
    kept = tmp_path / "kept"
    program = (
        "import pathlib, sys, time; out = open(sys.argv[1], 'ab', buffering=0); "
        f"out.write({first!r}[:40]); out.write({first!r}[40:]); began = time.monotonic()\n"
        f"while not pathlib.Path({str(kept)!r}).exists() and time.monotonic() - began < 20: time.sleep(0.02)\n"
        f"sys.exit(3) if not pathlib.Path({str(kept)!r}).exists() else out.write({last!r})"
    )

    def argv(_setting: child.Setting, result: Sequence[str]) -> list[str]:
        return [sys.executable, "-c", program, result[1]]

    def keep(result: Any) -> None:
        taken.append(result)
        kept.touch()

    monkeypatch.setattr(child.sys, "platform", "win32")
    monkeypatch.setattr(child, "LOOK_S", 0.05)
    taken: list[Any] = []
    assert child.run(SETTING, keep, argv=argv) == child.Ended(1, None)
    assert ["begun" in one for one in taken] == [True, False]


@pytest.mark.parametrize(
    "code", ["eyelid_d2_first_call", "eyelid_orbital_bleed", "lipo_d14_yellow_eyes", "who_wrong_number"]
)
def test_the_sheet_of_a_call_stands_when_it_begins(opener: Opener, code: str) -> None:
    """However it ends, by the right call, in the middle or hung up at once: the end is taken for the same exam."""
    stage = opener(code)
    begun = score.score(play.begin(stage, 1, Grade.EXAM))
    first = parse(pipe.beginning(begun, "abcdefgh-001", "exam", 1))
    assert first.begun and first.got == 0 and first.of == begun.of
    right = advice.perfect(stage, 1)
    for actions in (right, right[: len(right) // 2], (Action("leave"),)):
        ended = score.score(play.run(stage, 1, Grade.EXAM, actions)[0])
        assert differs(first, parse(pipe.document(ended, "abcdefgh-001", "exam", 1))) == ""
