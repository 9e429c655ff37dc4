"""Results on their way from practice to the console: whole lines, one by one, and what is not believed."""

from __future__ import annotations

import os
from typing import Any

import pytest

from console.practice import pipe
from console.rules.practice import ITEMS_MOST, POINTS_MOST, TEXT_MOST
from db.errors import NotAllowed, RecordError
from tests.practice.samples import line, scored


def read(*parts: bytes, refuse: str = "") -> tuple[pipe.Reader, list[str]]:
    """What a reader makes of bytes."""
    kept: list[str] = []

    def keep(result: Any) -> None:
        if result["run"] == refuse:
            raise NotAllowed("exam_one_try")
        kept.append(str(result["run"]))

    reader = pipe.Reader(keep)
    for part in parts:
        reader.feed(part)
    reader.end()
    return reader, kept


def test_what_is_played_arrives_as_it_was_scored() -> None:
    ours, theirs = os.pipe()
    results = pipe.Results(theirs, "abcdefgh")
    results.send(scored(), "first_week", 3)
    results.send(scored(instant_fail=("flag_missed",)))
    os.close(theirs)
    taken: list[Any] = []
    reader = pipe.Reader(taken.append)
    for data in pipe.chunks(ours):
        # A pipe gives bytes as it likes.
        for at in range(0, len(data), 7):
            reader.feed(data[at : at + 7])
    reader.end()
    os.close(ours)
    assert (reader.kept, reader.fault) == (2, None)
    first, second = taken
    assert (first["score"], first["of"], first["course"], first["position"]) == (15, 20, "first_week", 3)
    assert first["items"][0] == {"code": "identity", "group": "identity", "got": 15, "of": 15}
    assert first["items"][1]["better"] == {"zh": "问到底", "en": "ask on"}
    assert (first["seconds"], first["finished"], first["level"]) == (61.0, True, "normal")
    assert (second["score"], second["instant_fail"]) == (0, ["flag_missed"])
    assert first["run"] != second["run"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"not json\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"run": 1}\n',
        line(seconds=float("nan")),
        line().replace(b'"seed":7', b'"seed":7,"seed":8'),
        line(score=20),
        line(scenario="../../etc"),
        b"[" * 100_000 + b"\n",
        line(begun=True),
        line(filler="x" * pipe.LINE_MOST),
        b"x" * (pipe.LINE_MOST + 1),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_garbage_ends_the_reading_and_keeps_what_came_before(garbage: bytes) -> None:
    reader, kept = read(line("aaaaaaaa-001"), garbage, line("aaaaaaaa-002"))
    assert kept == ["aaaaaaaa-001"]
    assert reader.fault is not None and reader.fault.code == "practice_garbled"


def test_the_longest_result_there_is_fits_in_a_line() -> None:
    words = "\U00020000" * TEXT_MOST
    longest = [
        {"code": f"a{'b' * 94}{number:03}", "group": "c" * 48, "got": 0, "of": POINTS_MOST}
        | {"better": {"zh": words, "en": words}}
        for number in range(ITEMS_MOST)
    ]
    whole = line(items=longest, score=0, of=ITEMS_MOST * POINTS_MOST)
    reader, kept = read(whole)
    assert reader.fault is None and len(kept) == 1


def test_a_line_that_was_cut_off_is_not_kept() -> None:
    reader, kept = read(line("aaaaaaaa-001"), line("aaaaaaaa-002")[:-1])
    assert kept == ["aaaaaaaa-001"]
    assert reader.fault is not None and reader.fault.code == "practice_cut_short"


def test_no_more_results_than_anybody_plays() -> None:
    many = [line(f"aaaaaaaa-{number:04d}") for number in range(pipe.RESULTS_MOST + 1)]
    reader, kept = read(*many)
    assert len(kept) == pipe.RESULTS_MOST
    assert reader.fault is not None and reader.fault.code == "practice_garbled"


def test_a_result_that_is_refused_takes_no_other_with_it() -> None:
    reader, kept = read(*(line(f"aaaaaaaa-00{number}") for number in (1, 2, 3)), refuse="aaaaaaaa-002")
    assert kept == ["aaaaaaaa-001", "aaaaaaaa-003"]
    assert reader.fault is None
    assert reader.refused is not None and reader.refused.code == "exam_one_try"


def test_with_nobody_reading_the_player_is_told() -> None:
    ours, theirs = os.pipe()
    results = pipe.Results(theirs, "abcdefgh")
    os.close(ours)
    assert results.wait_for_reader_gone()
    with pytest.raises(RecordError) as gone:
        results.send(scored())
    os.close(theirs)
    assert gone.value.code == "practice_console_gone"
