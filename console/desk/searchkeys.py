"""What a patient is found by, and what a typed text may mean. The words behind both live in rules.names and
rules.phone.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.rules import names, phone
from db.enums import SearchKind
from db.search import Key, Lookup

NAME_CHARS = 40
"""Characters of a name that are indexed; a longer text in a name field is no name."""

MOST_PAIRS = 6
"""Pairs of a long typed name that are looked up; the rest is compared afterwards."""


def search_keys(name: str, numbers: Iterable[str]) -> set[Key]:
    """Keys of a patient.

    Args: name, cleaned; numbers, all E.164 numbers that lead to the patient, contact persons' too.
    Returns: characters and pairs of the folded name, likely pinyin and initials, reversed digits.
    """
    shown = name[:NAME_CHARS]
    folded = names.fold(shown)
    keys: set[Key] = {(SearchKind.CHAR, char) for char in folded}
    keys |= {(SearchKind.BIGRAM, folded[at : at + 2]) for at in range(len(folded) - 1)}
    spellings = names.pinyin_keys(shown)
    keys |= {(SearchKind.PINYIN, spelling) for spelling in spellings}
    rest = names.initials(shown)[1:]
    # A surname read otherwise also begins otherwise: all first letters of the spellings count.
    keys |= {(SearchKind.INITIALS, spelling[0] + rest) for spelling in spellings}
    words = shown.split()
    keys |= {(SearchKind.PINYIN, names.fold("".join(words[at:]))) for at in range(1, len(words))}
    keys |= {(SearchKind.DIGITS, "".join(filter(str.isdigit, number))[::-1]) for number in numbers}
    return {(kind, key) for kind, key in keys if key}


def lookup(text: str) -> Lookup:
    """What a typed text may mean.

    Args: text, cleaned, as typed.
    Returns: the lookups for it; empty for a text without letters and digits.
    """
    folded = names.fold(text)[:NAME_CHARS]
    digits = phone.last_digits(text)
    if digits is not None:
        return Lookup(digits=digits, external_id=text.strip())
    pairs = tuple(dict.fromkeys(folded[at : at + 2] for at in range(len(folded) - 1)))[:MOST_PAIRS]
    return Lookup(
        char=folded if len(folded) == 1 else "",
        pairs=pairs,
        letters=folded if folded.isascii() and folded.isalnum() else "",
        external_id=text.strip(),
    )
