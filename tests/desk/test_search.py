"""How patients are found: what fits, in which order, and what hostile text does."""

from __future__ import annotations

import itertools

from console.desk import incoming, patients
from console.desk.searchkeys import KEY_CHARS, lookup, search_keys
from db import search
from db.connect import reading, unit_of_work
from db.enums import SearchKind
from db.patient_records import PatientForm
from db.search import Lookup
from tests.clinic import SampleClinic

_numbers = itertools.count(13800138000)
LONG = "阿布都热依木吐尔逊努尔买提江热孜万古丽帕"


def add(clinic: SampleClinic, name: str, external_id: str = "", number: str | None = None) -> int:
    number = number or str(next(_numbers))
    form = PatientForm(name=name, numbers=(number,), external_id=external_id)
    return patients.save_patient(clinic.seat(), form, f"key{next(_numbers)}", clinic.now)


def found(clinic: SampleClinic, text: str) -> list[int]:
    """Patients by number, the same on the screen that finds and the one that answers the telephone."""
    lines = [line.patient_id for line in patients.find(clinic.seat(), text, clinic.now)]
    assert [one.patient_id for one in incoming.candidates(clinic.seat(), text, clinic.now)] == lines
    return lines


NAMED = {
    "王小丽": ("小丽", "王 小", "　小丽　", "ＷＡＮＧ ｘｉａｏ", "WXL"),
    "Zoé O'Dupont": ("dupont", "ZOE O", "odup"),
    "阿依古丽·买买提": ("古丽·买",),
    "王𠮷田": ("𠮷田",),
    LONG: (LONG[2:], LONG[-2:]),
}


def test_a_name_is_found_from_any_of_its_characters_on(clinic: SampleClinic) -> None:
    people = {name: add(clinic, name) for name in (*NAMED, "李敏")}
    for name, texts in NAMED.items():
        for typed in texts:
            assert found(clinic, typed) == [people[name]], typed


def test_what_is_typed_beyond_a_key_is_compared(clinic: SampleClinic) -> None:
    add(clinic, LONG)
    assert len(LONG) > KEY_CHARS
    assert patients.find(clinic.seat(), LONG[:KEY_CHARS] + "王", clinic.now) == ()


NUMBERED = {
    "13912345001": ("００１", "345-001", "139 1234 5001", "+86 139 1234 5001", "0086 13912345001"),
    "010 6552 9988": ("010-6552 9988", "（010）65529988", "6552 9988", "(010) 6552.9988"),
}


def test_a_number_is_found_by_its_end_however_it_is_written(clinic: SampleClinic) -> None:
    people = {number: add(clinic, "王小丽", number=number) for number in (*NUMBERED, "13800138999")}
    for number, texts in NUMBERED.items():
        for typed in texts:
            assert found(clinic, typed) == [people[number]], typed


def test_the_clinics_own_id_is_found_in_any_case_and_width(clinic: SampleClinic) -> None:
    small, large = add(clinic, "王小丽", "k-07"), add(clinic, "李敏", "K-08")
    assert found(clinic, "K-07") == found(clinic, "ｋ－０７".replace("－", "-")) == [small]
    assert found(clinic, "k-08") == [large]
    assert found(clinic, "-08") == []


def test_whole_names_come_first_then_those_that_begin_so(clinic: SampleClinic) -> None:
    inside, longer, whole = add(clinic, "张小丽"), add(clinic, "小丽娟"), add(clinic, "小丽")
    assert found(clinic, "小丽") == [whole, longer, inside]


def test_no_kind_of_match_crowds_out_the_others(clinic: SampleClinic) -> None:
    spelled = [add(clinic, f"万{chr(0x4E00 + number)}") for number in range(24)]
    initials = add(clinic, "王爱娜")
    inside = add(clinic, "Iwan Meier")
    lines = found(clinic, "wan")
    assert len(lines) == 20
    assert set(lines) & {initials, inside} == {initials, inside}
    assert lines[0] in spelled


def test_a_name_of_one_repeated_letter_does_not_hide_others(clinic: SampleClinic) -> None:
    for _ in range(4):
        add(clinic, "a" * 40)
    wanted = add(clinic, "aab")
    assert wanted in found(clinic, "aa")


HOSTILE = (
    "",
    " ",
    "%",
    "_",
    "'; DROP TABLE patient; --",
    "\\",
    ":clinic",
    "%(clinic)s",
    "\x00\x1b[31m",
    "\ud800",
    "\U0010ffff",
    "\ud7ff",
    "\U0010ffff" * 20,
    "王" * 5000,
    "9" * 5000,
    "a" * 5000,
    "١٢٣٤",
    "½⅓",
    "e\u0301" * 60,
    "\u202e13800138000",
    "[bold]x[/bold]",
)


def test_hostile_text_finds_nobody_and_breaks_nothing(clinic: SampleClinic) -> None:
    add(clinic, "王小丽", number="13100137999")
    for text in HOSTILE:
        assert found(clinic, text) == [], text[:20].encode(errors="backslashreplace")


def test_the_end_of_a_stretch_is_right_at_every_code_point(clinic: SampleClinic) -> None:
    people = [add(clinic, "李敏") for _ in range(4)]
    for last in ("\ud7ff", "\U0010ffff", "王", "z"):
        keys = [f"x{last}", f"x{last}x", "x" + chr(ord(last) - 1) * 2, "y"]
        with unit_of_work(clinic.database) as connection:
            for patient_id, key in zip(people, keys, strict=True):
                search.rewrite(connection, clinic.clinic_id, patient_id, {(SearchKind.PART, key)})
        with reading(clinic.database) as connection:
            assert search.find_ids(connection, clinic.clinic_id, Lookup(name=f"x{last}"), 20) == people[:2]
            assert search.find_ids(connection, clinic.clinic_id, Lookup(name=last), 20) == []


def test_another_clinics_patients_are_never_found(clinic: SampleClinic) -> None:
    add(clinic, "王小丽")
    with reading(clinic.database) as connection:
        assert search.find_ids(connection, clinic.clinic_id + 1, lookup("王小丽", "CN"), 20) == []


def test_keys_of_a_name_are_few_and_short() -> None:
    keys = search_keys("王小丽", ("+8613800138000",))
    assert {key for kind, key in keys if kind is SearchKind.NAME} == {"王小丽"}
    assert {key for kind, key in keys if kind is SearchKind.PART} == {"小丽", "丽"}
    assert {key for kind, key in keys if kind is SearchKind.DIGITS} == {"0008310083168"}
    hostile = search_keys("王" * 10_000, ())
    assert len(hostile) < 60
    assert max(len(key) for kind, key in hostile if kind in ("name", "part")) == KEY_CHARS
