"""clean(): what goes, what stays, and that cleaning twice changes nothing."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from console.clean import clean, clean_counting

REMOVED = [
    *(chr(code) for code in range(0x20) if chr(code) != "\n"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    *("\u200b\u200c\u200d\u2060\ufeff"),
    "\U000e0001",
    "\U000e007f",
    "\ud800",
    "\udfff",
]


def test_every_listed_character_goes_and_is_counted() -> None:
    for one in REMOVED:
        if one == "\r":
            continue
        assert clean_counting(f"王{one}五", multiline=True) == ("王五", 1), hex(ord(one))


def test_line_ends() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e\nf", multiline=True) == "a\nb\nc\nd\ne\nf"
    assert clean_counting("a\nb") == ("ab", 1)


def test_variation_selectors_stay() -> None:
    assert clean("葛\U000e0100飾") == "葛\U000e0100飾"
    assert clean("辻\ufe00") == unicodedata.normalize("NFC", "辻\ufe00")


def test_composed() -> None:
    assert clean("e\u0301") == "\u00e9"


def test_markup_is_left_alone() -> None:
    assert clean("[/急] {name} %s") == "[/急] {name} %s"


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_cleaning_twice_changes_nothing(text: str, multiline: bool) -> None:
    once = clean(text, multiline=multiline)
    assert clean_counting(once, multiline=multiline) == (once, 0)
    once.encode("utf-8")
    assert multiline or "\n" not in once
