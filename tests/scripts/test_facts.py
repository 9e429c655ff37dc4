"""The shipped talk-tracks against the clinical fact base: nothing lost, nothing milder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.rules.triage import union
from console.scripts.library import Library, shipped
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern, triage_concern
from db.enums import Level
from tests.scripts.answers import Way, ways

FACTS = Path(__file__).parents[1] / "data" / "facts.yaml"


@cache
def facts() -> dict[str, Any]:
    return yaml.load(FACTS.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def library() -> Library:
    return shipped()


def concerns() -> list[tuple[str, dict[str, Any]]]:
    return [(code, concern) for code, item in facts()["procedures"].items() for concern in item["concerns"]]


def test_the_fact_base_is_the_one_the_numbers_below_were_counted_in() -> None:
    flags = {flag["text_en"] for _, concern in concerns() for flag in concern["red_flags"]}
    asks = {ask["en"] for _, concern in concerns() for ask in concern["ask"]}
    assert (len(facts()["procedures"]), len(concerns()), len(flags), len(asks)) == (23, 439, 141, 98)


def test_each_flag_text_stands_for_exactly_one_code() -> None:
    wanted = {flag["text_en"] for _, concern in concerns() for flag in concern["red_flags"]}
    named = [fact for flag in library().flags.values() for fact in flag.facts]
    assert sorted(named) == sorted(set(named))
    assert set(named) == wanted


def test_each_question_text_is_asked_and_none_is_invented() -> None:
    wanted = {ask["en"] for _, concern in concerns() for ask in concern["ask"]}
    assert {fact for question in library().questions.values() for fact in question.facts} == wanted


@pytest.mark.parametrize("code", list(facts()["procedures"]))
def test_what_the_fact_base_asks_under_a_concern_is_asked_there(code: str) -> None:
    for procedure, concern in concerns():
        if procedure != code:
            continue
        view = select_concern(library(), OpenTreatment(code, 2), concern["code"])
        covered = {fact for question in (*view.ask, *view.details) for fact in question.facts}
        missing = {ask["en"] for ask in concern["ask"]} - covered
        assert not missing, (code, concern["code"], missing)


def test_windows_equal_the_fact_base() -> None:
    for code, item in facts()["procedures"].items():
        assert set(library().windowed(code)) == {concern["code"] for concern in item["concerns"]}
        for concern in item["concerns"]:
            window = library().window(code, concern["code"])
            assert window is not None
            assert window.never == bool(concern.get("never_normal"))
            assert window.unsourced == (concern["window_sources"] == ["none-found"])
            assert (window.from_day, window.peak, window.until, window.residual) == (
                concern["normal_from_day"],
                concern["normal_peak_day"],
                concern["normal_until_day"],
                concern.get("residual_until_day"),
            ), (code, concern["code"])


def test_care_milestones_equal_the_fact_base() -> None:
    for code, item in facts()["procedures"].items():
        procedure = library().procedures[code]
        assert procedure.implant == item["has_implant"]
        assert procedure.surgery == (item["kind"] not in ("injectable", "energy_device"))
        assert set(procedure.care) == set(item["care"])
        for name, care in item["care"].items():
            own = procedure.care[name]
            assert (own.from_day, own.to_day, own.confidence, list(own.sources)) == (
                care["from_day"],
                care["to_day"],
                care["confidence"],
                care["sources"],
            )
            assert own.sourced == (care["sources"] != ["none-found"])


def _day_for(way: Way, until: int | None) -> int:
    day = way.from_day
    if way.past_window and until is not None:
        day = max(day, until + 1)
    return day


@pytest.mark.parametrize("code", list(facts()["procedures"]))
def test_every_flag_is_raised_at_its_level_under_every_concern_it_stands_under(code: str) -> None:
    by_fact = {fact: flag for flag in library().flags.values() for fact in flag.facts}
    for procedure, concern in concerns():
        if procedure != code:
            continue
        for red in concern["red_flags"]:
            flag = by_fact[red["text_en"]]
            wanted = Level(red["urgency"])
            assert flag.level.rank <= wanted.rank, (flag.code, wanted)
            until = concern["normal_until_day"]
            raised_by_asking = 0
            for way in ways(flag.when):
                day = _day_for(way, until)
                assert day <= way.to_day, (flag.code, "no day on which it can be raised", code)
                view = select_concern(library(), OpenTreatment(code, day), concern["code"])
                assert flag.code in {one.code for one in view.flags}, (flag.code, concern["code"])
                result = triage_concern(view, way.answers)
                assert flag.code in {one.code for one in result.flags}, (flag.code, way)
                assert result.level is not None and result.level.rank <= wanted.rank
                assert not (result.reassurance_allowed and wanted.escalates)
                asked = {question.code for question in (*view.ask, *view.details)}
                raised_by_asking += set(way.answers) <= asked
            assert raised_by_asking, (flag.code, concern["code"], "not one of its questions is asked there")


def test_never_normal_concerns_are_never_reassured_on_any_day() -> None:
    for code, concern in concerns():
        if concern.get("never_normal"):
            for day in (0, 1, 3, 4, 30, 400):
                assert select_concern(library(), OpenTreatment(code, day), concern["code"]).say is None


def test_union_of_nothing_allows_nothing() -> None:
    assert not union([]).reassurance_allowed
