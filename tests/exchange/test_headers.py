"""Header words, and a clinic's own mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.exchange.headers import FIELDS, SYNONYMS, fold_header, read_mapping, recognise
from console.exchange.tables import TableError


def test_every_word_means_one_field() -> None:
    seen: dict[str, str] = {}
    for field, words in SYNONYMS.items():
        for word in words:
            assert seen.setdefault(fold_header(word), field) == field, word


def test_english_and_decorated_headers() -> None:
    found = recognise(
        [
            "Customer ID",
            "Full Name",
            "Mobile No.",
            "Date of Birth",
            " PROCEDURE ",
            "Surgery_Date",
            "手术医生(主刀)",
        ]
    )
    assert found == {
        "external_id": 0,
        "name": 1,
        "phone": 2,
        "born_on": 3,
        "procedure": 4,
        "performed_on": 5,
        "surgeon": 6,
    }


def test_a_second_column_of_numbers_is_the_second_number() -> None:
    assert recognise(["姓名", "电话", "手机", "项目", "手术日期"]) == {
        "name": 0,
        "phone": 2,
        "phone2": 1,
        "procedure": 3,
        "performed_on": 4,
    }


def test_missing_columns_are_named() -> None:
    with pytest.raises(TableError) as caught:
        recognise(["姓名", "备用电话", "foo"])
    assert caught.value.code == "columns_missing"
    assert caught.value.params["fields"] == ["procedure", "performed_on"]


def test_the_same_header_twice_is_refused() -> None:
    with pytest.raises(TableError) as caught:
        recognise(["姓名", "手机", "项目名称", "手术日期", "手术日期"])
    assert caught.value.code == "column_twice"


def test_a_mapping_beats_the_synonyms(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nname = "客户全名"\nperformed_on = "日期(实际)"\n', encoding="utf-8")
    mapping = read_mapping(path)
    found = recognise(["客户全名", "姓名", "手机", "项目", "手术日期", "日期(实际)"], mapping)
    assert found["name"] == 0
    assert found["performed_on"] == 5
    with pytest.raises(TableError) as caught:
        recognise(["姓名", "手机"], mapping)
    assert caught.value.code == "column_not_there"


@pytest.mark.parametrize(
    "text",
    [
        "[columns]\nnome = 'x'\n",
        "[columns]\nname = 3\n",
        "columns = 1\n",
        "[columns\n",
        "[other]\nname='x'\n",
    ],
)
def test_a_wrong_mapping_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_mapping(path)
    assert caught.value.code == "mapping_invalid"


def test_needed_fields_are_fields() -> None:
    assert len(set(FIELDS)) == len(FIELDS)
