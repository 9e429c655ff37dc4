"""The one door for text that comes from outside: files, keys, the database, talk-tracks, caller ids.
Standard library only."""

from __future__ import annotations

import re
import unicodedata

_ANY_LINE_END = re.compile("\r\n|\r|\u2028|\u2029")
_LINE_ENDS = re.compile("\n")
_REMOVED = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # C0 but newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls
    # zero width, byte order mark, annotation
    "\u200b-\u200d\u2060-\u2065\u206a-\u206f\u180e\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"  # lone surrogates: no UTF-8 form, so neither a terminal nor PostgreSQL takes them
    "\U000e0000-\U000e007f"  # tag characters
    "]"
)


def clean_counting(text: str, *, multiline: bool = False) -> tuple[str, int]:
    """`clean` that also says how much it took away.

    Args:
        text: any text, however hostile.
        multiline: keep newlines; CR, CRLF, U+2028 and U+2029 become one.

    Returns:
        The cleaned text (NFC) and the number of characters removed; a line end that only changed its form
        does not count.
    """
    text = _ANY_LINE_END.sub("\n", text)
    text, removed = _REMOVED.subn("", text)
    if not multiline:
        text, ends = _LINE_ENDS.subn("", text)
        removed += ends
    return unicodedata.normalize("NFC", text), removed


def clean(text: str, *, multiline: bool = False) -> str:
    """Text with everything removed that a terminal or a reader could take for something else than text.

    Removes C0 (but newline when `multiline`), DEL, C1, zero-width characters, byte order marks, bidi
    controls, tag characters and lone surrogates, then applies NFC. Variation selectors stay: rare name glyphs
    need them.

    Args:
        text: any text, however hostile.
        multiline: keep newlines; CR, CRLF, U+2028 and U+2029 become one.

    Returns:
        The cleaned text. Cleaning it again changes nothing.
    """
    return clean_counting(text, multiline=multiline)[0]
