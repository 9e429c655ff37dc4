"""Lines that were read aloud by somebody new to them: what follows on what, in the shipped talk-tracks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import console.scripts
from console.scripts import library, search
from console.scripts.records import OpenTreatment
from console.scripts.select import select_flow

FOLDER = Path(console.scripts.__file__).parent
EYES = OpenTreatment("upper_blepharoplasty", 6)


def _spoken(value: Any) -> Iterator[tuple[list[str], list[str]]]:
    if isinstance(value, dict):
        if isinstance(value.get("zh"), list) and isinstance(value.get("en"), list):
            yield value["zh"], value["en"]
        for one in value.values():
            yield from _spoken(one)
    elif isinstance(value, list):
        for one in value:
            yield from _spoken(one)


def test_whoever_has_one_phone_hangs_up_and_nobody_is_told_otherwise_in_the_next_line() -> None:
    seen = 0
    for path in sorted(FOLDER.rglob("*.toml")):
        for zh, en in _spoken(tomllib.loads(path.read_text("utf-8"))):
            for number, line in enumerate(zh):
                if "只有这一部电话" not in line:
                    continue
                seen += 1
                assert "{ambulance}" in zh[number - 1] or "{ambulance}" in line or "地址" in line, (
                    path.name,
                    zh,
                )
                assert "挂断" in line and "打回来" in line, (path.name, line)
                assert "only phone, hang up" in en[number], (path.name, en[number])
                after = " ".join((line, *zh[number + 1 :]))
                assert "我不挂电话" not in after and "不挂" in after, (path.name, zh)
    assert seen > 60


def test_the_turn_of_a_price_is_found_by_every_word_for_it() -> None:
    index = search.build(library.shipped())
    for word in ("价格", "价钱", "多少钱", "费用"):
        hits = index.find(word).hits
        assert any(place.code == "asks_price" for hit in hits for place in hit.line.places), word


def test_the_stitches_are_asked_for_before_their_visit_and_their_date() -> None:
    view = select_flow(library.shipped(), EYES, "stitches", "caller")
    order = [code for code in view.questions if code.startswith("stitches")]
    assert order == ["stitches_still_in", "stitches_booked"]


@pytest.mark.parametrize("lang", ("zh", "en"))
def test_despair_is_asked_about_before_anything_is_offered(lang: str) -> None:
    asks, offers = {"zh": ("直接问", "值班医生"), "en": ("straight", "on-call doctor")}[lang]
    shipped = library.shipped()
    tracks = [*shipped.tracks("mood_body_image"), shipped.general_tracks["mood_body_image"]]
    found = 0
    for track in tracks:
        for level in ("EMERGENCY", "SAME_DAY"):
            if level not in track.otherwise:
                continue
            lines = track.otherwise[level].of(lang)
            first = {
                word: next(at for at, line in enumerate(lines) if word in line) for word in (asks, offers)
            }
            assert first[asks] < first[offers], lines
            found += 1
    assert found == 8
