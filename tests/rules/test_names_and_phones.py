"""Names masked, spelled and folded; numbers read, grouped and masked."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.rules import names, phone
from db.enums import PhoneKind
from db.records import ParsedPhone, Reason

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize(
    ("name", "masked", "pinyin", "initials"),
    [
        ("王小丽", "王*", "wang xiaoli", "wxl"),
        ("欧阳修", "欧阳*", "ouyang xiu", "oyx"),
        ("欧阳", "欧*", "ou yang", "oy"),
        ("单立人", "单*", "shan liren", "slr"),
        ("曾国藩", "曾*", "zeng guofan", "zgf"),
        ("尉迟恭", "尉迟*", "yuchi gong", "ycg"),
        ("吕布", "吕*", "lv bu", "lb"),
        ("王", "王*", "wang", "w"),
        ("阿依古丽·买买提", "阿*", "ayiguli maimaiti", "ayglmmt"),
        ("𠮷野家", "𠮷*", "𠮷 yejia", "𠮷yj"),
        ("葛\U000e0100洪", "葛\U000e0100*", "ge hong", "gh"),
        ("John Smith", "J* S*", "john smith", "js"),
        ("Mary Ann O'Neil", "M* A*", "mary ann o'neil", "mao"),
        ("", "*", "", ""),
        ("[bold]", "*", "[bold]", "["),
    ],
)
def test_names(name: str, masked: str, pinyin: str, initials: str) -> None:
    assert (names.masked(name), names.pinyin(name), names.initials(name)) == (masked, pinyin, initials)


def test_folding_and_search_spellings() -> None:
    assert names.fold(" Ｍａｒｙ-Ánn · 王 ") == "maryann王"
    assert {"shanliren", "danliren", "chanliren"} <= names.pinyin_keys("单立人")
    assert {"lvbu", "lubu", "lyubu"} <= names.pinyin_keys("吕布")


@given(st.text(max_size=40))
def test_a_mask_never_gives_away_more_than_surname_or_two_letters(name: str) -> None:
    masked = names.masked(name)
    assert masked.count("*") in (1, 2)
    assert sum(char.isalnum() for char in masked) <= 2
    names.fold(name)


@pytest.mark.parametrize(
    ("raw", "e164", "kind"),
    [
        ("13800138000", "+8613800138000", "mobile"),
        ("138 0013 8000", "+8613800138000", "mobile"),
        ("138-0013-8000", "+8613800138000", "mobile"),
        ("+86 138-0013-8000", "+8613800138000", "mobile"),
        ("+86-13800138000", "+8613800138000", "mobile"),
        ("008613800138000", "+8613800138000", "mobile"),
        ("13800138000.0", "+8613800138000", "mobile"),
        ("１３８００１３８０００", "+8613800138000", "mobile"),
        ("＋８６　13800138000", "+8613800138000", "mobile"),
        ("(010) 6552-9988", "+861065529988", "landline"),
        ("400-820-8820", "+864008208820", "other"),
        ("+852 9123 4567", "+85291234567", "mobile"),
        ("+1 650 253 0000", "+16502530000", "other"),
    ],
)
def test_numbers_are_read(raw: str, e164: str, kind: str) -> None:
    assert phone.parse(raw) == ParsedPhone(e164, PhoneKind(kind))


@pytest.mark.parametrize(
    "raw",
    ["无", "1380013800O", "1.38E+10", "138001380", "1380013800012", "12345678901", "95588",
     "13800138000 转 801",
     "١٣٨٠٠١٣٨٠٠٠", "1380013800²", "+", "-", "0", "13800138000/13900139000", "1" * 4000, "1-800-FLOWERS",
     "=13800138000", "\u202d13800138000"],
)  # fmt: skip
def test_what_is_no_number_is_refused(raw: str) -> None:
    assert phone.parse(raw) == Reason("phone_invalid")


def test_an_empty_cell_is_missing() -> None:
    assert phone.parse("") == phone.parse("  \u3000") == Reason("phone_missing")


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_reason(raw: str) -> None:
    found = phone.parse(raw)
    if isinstance(found, ParsedPhone):
        assert phone.parse(found.e164) == found
        assert phone.parse(phone.grouped(found.e164)) == found


def test_grouping_masking_and_search_by_last_digits() -> None:
    assert phone.grouped("+8613800138000") == "138 0013 8000"
    assert phone.grouped("+861065529988") == "010 6552 9988"
    assert phone.grouped("+8675512345678") == "0755 1234 5678"
    assert phone.grouped("+864008208820") == "400 820 8820"
    assert phone.grouped("+85291234567") == "+852 9123 4567"
    assert phone.masked("+8613800138000") == "138****8000"
    assert phone.masked("+85291234567") == "****67"
    assert phone.masked("12345") == "****"
    assert phone.last_digits("８０００") == "0008"
    assert phone.last_digits("12") is None and phone.last_digits("abc") is None


def test_the_sample_export_gives_exactly_the_keys_numbers() -> None:
    key = json.loads((DATA / "clinic_export.expected.json").read_text(encoding="utf-8"))
    refused = {row["row"]: row["code"] for row in key["rejected"]}
    text = (DATA / "clinic_export.csv").read_bytes().decode("gb18030")
    rows = list(csv.reader(io.StringIO(text)))
    first, second = rows[0].index("手机"), rows[0].index("备用电话") if "备用电话" in rows[0] else None
    checked = 0
    for number, row in enumerate(rows[1:], start=2):
        found = phone.parse(row[first])
        if found == Reason("phone_missing") and second is not None:
            continue
        fact = key["facts"].get(str(number))
        if fact is not None:
            assert isinstance(found, ParsedPhone) and found.e164 == fact["phone"]
            checked += 1
        if refused.get(number) == "phone_invalid":
            assert found == Reason("phone_invalid")
    assert checked > 1500


def test_numbering_plans_and_readings_load_only_when_used() -> None:
    code = (
        "import sys; from console.rules import calendar, names, phone, placement, plans, promise, retry, sla;"
        "heavy = {'phonenumbers', 'pypinyin', 'chinese_calendar', 'pydantic', 'sqlalchemy', 'textual'};"
        "phone.grouped('+8613800138000'); names.masked('王小丽'); names.fold('Li');"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
