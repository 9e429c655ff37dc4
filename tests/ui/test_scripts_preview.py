"""What the preview of the talk-tracks says, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from console import i18n
from console.screens.scripts_diff import where_words
from console.screens.scripts_preview import Spot, lines, raises
from console.screens.scripts_words import CONDITIONS, PARTS
from console.scripts.library import shipped
from console.scripts.records import OpenTreatment
from console.scripts.schema import Condition
from console.scripts.select import select_concern, triage_concern
from console.scripts.turns import turn_of_care
from console.widgets.call_panes import filled
from db.enums import Level, ReleaseStatus
from tests.clinic import SampleClinic
from tests.ui.test_scripts_screen import DAY, EYELID, LOOKED_AT, book, words


@pytest.mark.parametrize("language", ("zh", "en"))
def test_everything_can_be_previewed_for_every_kind_of_procedure(clinic: SampleClinic, language: str) -> None:
    from console.screens import scripts_lists

    i18n.use(language)
    whole = book(ReleaseStatus.APPROVED, clinic.seat("li"))
    for procedure, day in LOOKED_AT[language]:
        for part in PARTS:
            for row in scripts_lists.rows(whole.library, part, procedure, day):
                text = words(lines(whole, Spot(part, row.code, procedure, day, language)))
                assert text and "can't be read" not in text and "读不了" not in text, (row, text)
                assert "{" not in text and row.words, (row, text)


def test_a_draft_shows_what_it_would_say_only_as_a_draft(clinic: SampleClinic) -> None:
    i18n.use("en")
    spot = Spot("concern", "swelling", EYELID, 6, "zh")
    draft, approved = (
        words(lines(book(status, clinic.seat("li")), spot))
        for status in (ReleaseStatus.DRAFT, ReleaseStatus.APPROVED)
    )
    assert "Not yet approved by the doctor: record, do not explain." in draft
    assert "This may be said:" not in draft and "Once approved:" in draft
    assert "This may be said:" in approved and "Not yet approved" not in approved


def test_every_condition_has_words() -> None:
    assert set(CONDITIONS) == set(get_args(Condition))
    assert all(i18n.has("zh", f"step condition\x04{one}") for one in CONDITIONS.values())


def test_care_words_are_those_of_the_call(clinic: SampleClinic) -> None:
    i18n.use("en")
    draft, approved = (book(one, clinic.seat("li")) for one in (ReleaseStatus.DRAFT, ReleaseStatus.APPROVED))
    gated, kinds = 0, set[str]()
    for procedure in shipped().procedures.values():
        for code, one in shipped().care_words.items():
            prompt = turn_of_care(one, procedure).prompts[0]
            spot = Spot("care", code, procedure.code, DAY, "zh")
            held, told = (words(lines(which, spot)) for which in (draft, approved))
            at = approved.at(spot).values
            for text in (held, told):
                assert all(line in text for line in filled(prompt.lines, "zh", at))
                assert all(line in text for line in filled(prompt.more, "zh", at))
            if prompt.more is None:
                assert "With days" not in told and "[first day]" not in told and "[第一天]" not in told
                kinds |= {line for line in told.splitlines() if "as the sheet says" in line}
            else:
                gated += 1
                assert "Not yet approved by the doctor" in held and "Not yet approved" not in told
    assert gated > 10 and len(kinds) > 1


def test_flags_stand_by_level_and_a_yes_says_what_it_raises(clinic: SampleClinic) -> None:
    i18n.use("en")
    made = lines(
        book(ReleaseStatus.APPROVED, clinic.seat("li")), Spot("concern", "swelling", EYELID, 6, "en")
    )
    text = words(made)
    flags = text[text.index("Red flags") : text.index("What may be said")].splitlines()[1:]
    order = ["NOW", "2 H", "24 H", "AT REVIEW"]
    levels = [next(at for at, level in enumerate(order) if line.startswith(level)) for line in flags if line]
    assert levels == sorted(levels) and len(set(levels)) == 4
    assert "2 yes -> NOW" in text and "2 yes -> 2 H" in text


def test_thresholds_of_numbers_are_named() -> None:
    view = select_concern(shipped(), OpenTreatment(EYELID, 6), "fever")
    numbers = [one for one in (*view.ask, *view.details) if one.kind == "number"]
    found = [raises(one, lambda given: triage_concern(view, given)) for one in numbers]
    assert any(
        level is Level.SAME_DAY and name.startswith(">=38") for one in found for name, level in one.items()
    )


def test_places_of_a_change_are_words() -> None:
    i18n.use("en")
    texts = shipped()
    for where, wanted in (
        ("track[upper_blepharoplasty [4]].say.zh", "track Upper eyelids from day 4, what is said, Chinese"),
        (
            "track[eyes [0, 3] nurse].otherwise.URGENT.en",
            "track group eyes days 0-3 nurse, said instead, URGENT, English",
        ),
        (
            "flow[any].step[close Closing].say.en",
            "flow all procedures, step close Closing, what is said, English",
        ),
        ("", "the whole file"),
    ):
        assert where_words(where, texts) == wanted
