"""What a patient is found by, and what a typed text may mean. The words behind both live in rules.names and
rules.phone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from console.rules import names, phone
from db.enums import SearchKind
from db.records import ParsedPhone
from db.search import Key, Lookup

NAME_CHARS: Final = 40
"""Characters of a name that are indexed; a longer text in a name field is no name."""

KEY_CHARS: Final = 16
"""Characters of one key of a name; what is typed beyond them is compared afterwards."""

WHOLE_NUMBER: Final = 7
"""Digits from which on a text may be a whole number, written with a country or area code or without."""

_TYPED: Final = 100
"""Characters of a typed text that are looked at, as many as the field takes."""


def search_keys(name: str, numbers: Iterable[str]) -> set[Key]:
    """Keys of a patient.

    Args: name, cleaned; numbers, all E.164 numbers that lead to the patient, contact persons' too.
    Returns: the folded name from each of its characters on, likely pinyin and initials, reversed digits.
    """
    shown = name[:NAME_CHARS]
    folded = names.fold(shown)
    keys: set[Key] = {(SearchKind.NAME, folded[:KEY_CHARS])}
    keys |= {(SearchKind.PART, folded[at : at + KEY_CHARS]) for at in range(1, len(folded))}
    spellings = names.pinyin_keys(shown)
    keys |= {(SearchKind.PINYIN, spelling) for spelling in spellings}
    rest = names.initials(shown)[1:]
    # A surname read otherwise also begins otherwise: all first letters of the spellings count.
    keys |= {(SearchKind.INITIALS, spelling[0] + rest) for spelling in spellings}
    words = shown.split()
    keys |= {(SearchKind.PINYIN, names.fold("".join(words[at:]))) for at in range(1, len(words))}
    keys |= {(SearchKind.DIGITS, "".join(filter(str.isdigit, number))[::-1]) for number in numbers}
    return {(kind, key) for kind, key in keys if key}


def lookup(text: str, country: str) -> Lookup:
    """What a typed text may mean.

    Args: text, cleaned, as typed; country, two letters, of numbers typed without one.
    Returns: the lookups for it; empty for a text without letters and digits.
    """
    typed = text.strip()[:_TYPED]
    own = _spellings(typed)
    digits = phone.last_digits(typed)
    if digits is not None:
        return Lookup(digits=_numbers(typed, digits, country), external_ids=own)
    folded = names.fold(typed)
    return Lookup(
        name=folded[:KEY_CHARS],
        letters=folded if folded.isascii() and folded.isalnum() else "",
        external_ids=own,
    )


def fits(text: str, name: str, external_id: str | None) -> bool:
    """Whether a patient found by the keys of a typed text fits all of it: keys hold only `KEY_CHARS`.

    Args: text as given to `lookup`; name and external_id of the patient found.
    """
    folded = names.fold(text.strip()[:_TYPED])
    return len(folded) <= KEY_CHARS or folded in names.fold(name) or external_id in _spellings(text.strip())


def _spellings(typed: str) -> tuple[str, ...]:
    """The clinic's own id as it may be written: as typed, half width, capitals, small letters."""
    plain = unicodedata.normalize("NFKC", typed)
    return tuple(one for one in dict.fromkeys((typed, plain, plain.upper(), plain.lower())) if one)


def _numbers(typed: str, digits: str, country: str) -> tuple[str, ...]:
    """The reversed digits as typed; of a whole number also as it is stored, with its country."""
    if len(digits) < WHOLE_NUMBER:
        return (digits,)
    parsed = phone.parse(typed, country)
    stored = parsed.e164[:0:-1] if isinstance(parsed, ParsedPhone) else digits
    return tuple(dict.fromkeys((stored, digits)))
