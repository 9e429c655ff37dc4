"""Who dials and how soon somebody rings her, as the box above the talk says it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console import i18n
from console.scripts import library
from console.widgets.call_flag_box import FlagBox, flag_lines
from db.enums import Level
from db.records import OnCallCard

CARD = OnCallCard((), False, "120", "110", "12356")


def _words(level: Level, *codes: str) -> str:
    flags = library.shipped().flags
    shown = tuple(sorted((flags[code] for code in codes), key=lambda flag: flag.level.rank))
    box = FlagBox(level, shown, None, CARD, saved=True, told=None, phoning=None)
    return "\n".join(line for line, _style in flag_lines(box, "en", "en", {}, 200))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = i18n.language()
    i18n.use("en")
    yield
    i18n.use(before)


def test_the_heading_names_the_time_the_sign_has_of_its_own() -> None:
    assert _words(Level.SAME_DAY, "suicide_thoughts").startswith("!! within 60 min")
    assert _words(Level.EMERGENCY, "vision_loss", "suicide_thoughts").startswith("!! NOW")


def test_a_colleague_dials_for_whoever_means_to_end_her_life_and_she_herself_for_her_eyes() -> None:
    assert "a colleague dials" in _words(Level.EMERGENCY, "suicide_plan", "suicide_thoughts")
    assert "she or her companion dials" in _words(Level.EMERGENCY, "vision_loss", "suicide_thoughts")
    assert "a colleague dials" in _words(Level.EMERGENCY, "suicide_thoughts")
