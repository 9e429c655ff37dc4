"""One row to facts or to one reason; the precedence of the reasons; hostile cells."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.clean import clean
from console.desk import words
from console.exchange.headers import FIELDS
from console.exchange.rows import CODES, Facts, Parsed, broken_row, fold_word, parse_row

AT = date(2026, 6, 15)
GOOD = {
    "external_id": "K1",
    "name": "王小丽",
    "born_on": "1990-01-02",
    "phone": "138 0013 8000",
    "phone2": "",
    "visited_on": "2026-05-29",
    "converted": "是",
    "procedure": "双眼皮",
    "performed_on": "2026-05-29",
}
UNCONVERTED = {**GOOD, "converted": "否", "performed_on": "", "procedure": "小气泡"}
HOSTILE = (
    "[bold]x[/]", "\x1b]0;x\x07", "\x1b[2J", "\x9b31m", "\u202eabc", "a\x00b", "\ud800", "\U000e0041",
    "\u200b",
    "🙂" * 50, "=1+1", "{name}", "%s", "'; DROP TABLE patient;--", "王" * 10_000,
)  # fmt: skip


def read(**changes: str) -> Parsed:
    return parse_row({**GOOD, **changes}, AT, words.shipped())


def code(**changes: str) -> str | None:
    refusal = read(**changes).refusal
    return refusal.code if refusal else None


def facts_of(parsed: Parsed) -> Facts:
    assert parsed.facts is not None
    return parsed.facts


def test_a_good_row() -> None:
    facts = facts_of(read())
    assert facts.phones[0].e164 == "+8613800138000"
    assert (facts.procedure, facts.performed_on, facts.born_on) == (
        "upper_blepharoplasty",
        date(2026, 5, 29),
        date(1990, 1, 2),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, "name_missing"),
        ({"name": " - "}, "name_missing"),
        ({"name": "\u200b\x1b"}, "name_missing"),
        ({"name": "王\ufffd丽"}, "encoding_error"),
        ({"phone": ""}, "phone_missing"),
        ({"phone": "无"}, "phone_invalid"),
        ({"phone": "1.38E+10"}, "phone_invalid"),
        ({"phone": "1380013800O"}, "phone_invalid"),
        ({"phone": "199574729"}, "phone_invalid"),
        ({"phone": "1509255173212"}, "phone_invalid"),
        ({"phone": "无", "phone2": "13800138000"}, "phone_invalid"),
        ({"phone": "", "phone2": "无"}, "phone_invalid"),
        ({"performed_on": ""}, "date_missing"),
        ({"performed_on": "0000-00-00"}, "date_invalid"),
        ({"performed_on": "03/04/2026"}, "date_ambiguous"),
        ({"performed_on": "2026-06-16"}, "date_future"),
        ({"procedure": "小气泡"}, "procedure_unknown"),
        ({"procedure": ""}, "procedure_unknown"),
        ({"born_on": "2026-05-30"}, "born_after_treatment"),
    ],
)
def test_each_reason(changes: dict[str, str], expected: str) -> None:
    assert code(**changes) == expected


def test_the_first_reason_of_several_wins() -> None:
    wrong = [
        ("name_missing", {"name": ""}),
        ("phone_invalid", {"phone": "x"}),
        ("date_invalid", {"performed_on": "x"}),
        ("procedure_unknown", {"procedure": "x"}),
        ("born_after_treatment", {"born_on": "2026-06-15"}),
    ]
    for start in range(len(wrong)):
        changes: dict[str, str] = {}
        for _, change in wrong[start:]:
            changes |= change
        assert code(**changes) == wrong[start][0] if start < 4 else "born_after_treatment"
    assert [name for name, _ in wrong] == sorted((name for name, _ in wrong), key=CODES.index)


def test_the_day_of_the_import_itself_is_no_future() -> None:
    assert code(performed_on="2026-06-15") is None


def test_the_second_number() -> None:
    assert [number.e164 for number in facts_of(read(phone="", phone2="+86-15946713274")).phones] == [
        "+8615946713274"
    ]
    assert len(facts_of(read(phone2="15946713274")).phones) == 2
    assert len(facts_of(read(phone2="13800138000.0")).phones) == 1
    bad = read(phone2="无")
    assert len(facts_of(bad).phones) == 1
    assert [caution.code for caution in bad.warnings] == ["second_phone_invalid"]


def test_an_unconverted_word_is_interest_and_never_refused() -> None:
    facts = facts_of(parse_row(UNCONVERTED, AT, words.shipped()))
    assert (facts.interest, facts.interest_procedure, facts.procedure, facts.performed_on) == (
        "小气泡",
        None,
        None,
        None,
    )
    known = facts_of(
        parse_row(
            {**UNCONVERTED, "procedure": "隆鼻 假体"}, AT, {fold_word("隆鼻假体"): "rhinoplasty_implant"}
        )
    )
    assert known.interest_procedure == "rhinoplasty_implant"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"visited_on": "昨天"}, "date_invalid"),
        ({"visited_on": "06/07/26"}, "date_ambiguous"),
        ({"visited_on": "2026-06-16"}, "date_future"),
        ({"born_on": "2026-05-30"}, "born_after_treatment"),
    ],
)
def test_an_unconverted_row_is_judged_by_its_visit(changes: dict[str, str], expected: str) -> None:
    refusal = parse_row({**UNCONVERTED, **changes}, AT, words.shipped()).refusal
    assert refusal is not None
    assert refusal.code == expected


def test_nothing_falls_back_to_the_visit_date() -> None:
    assert code(performed_on="", visited_on="2026-05-29") == "date_missing"
    assert facts_of(read(visited_on="rubbish")).visited_on is None


def test_an_operation_date_beats_the_word_no() -> None:
    parsed = read(converted="否")
    assert facts_of(parsed).converted
    assert "converted_by_date" in {caution.code for caution in parsed.warnings}


def test_side_dates_never_refuse() -> None:
    parsed = read(born_on="0000-00-00", discharge_on="2026-05-01", stitches_on="x")
    facts = facts_of(parsed)
    assert (facts.born_on, facts.discharge_on, facts.stitches_on) == (None, None, None)
    assert {caution.field for caution in parsed.warnings} == {"born_on", "discharge_on", "stitches_on"}


def test_the_digest_is_of_facts_and_not_of_spelling() -> None:
    spelt = read(performed_on="46171", phone="+86-138-0013-8000", born_on="1990年1月2日", procedure="重睑术")
    assert spelt.digest == read().digest
    assert read(name="王小莉").digest != read().digest
    refused = read(procedure="小气泡", performed_on="46171", phone="１３８００１３８０００")
    assert refused.digest == read(procedure="小气泡").digest


def test_removed_characters_are_told() -> None:
    parsed = read(name="王\x1b]0;x\x07丽")
    assert facts_of(parsed).name == "王]0;x丽"
    assert [(caution.code, caution.field) for caution in parsed.warnings] == [("removed", "name")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_cells_are_cleaned_in_every_field(text: str) -> None:
    for field in FIELDS:
        parsed = parse_row({**GOOD, field: f"王{text}"}, AT, words.shipped())
        for name, cell in parsed.cells.items():
            assert cell == clean(cell, multiline=name == "notes")
        assert (parsed.facts is None) != (parsed.refusal is None)
        if parsed.facts is not None and field == "notes":
            assert parsed.facts.notes == clean(f"王{text}", multiline=True)[:10_000]


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(), max_size=30)))
def test_any_row_gives_facts_or_one_reason(raw: dict[str, str]) -> None:
    parsed = parse_row(raw, AT, words.shipped())
    assert (parsed.facts is None) != (parsed.refusal is None)
    if parsed.refusal is not None:
        assert parsed.refusal.code in CODES
    assert len(parsed.digest) == 64


def test_a_broken_row_keeps_its_cells() -> None:
    parsed = broken_row(("a\x00", "\udcffb"), "encoding_error")
    assert parsed.cells == {"1": "a", "2": "b"}
