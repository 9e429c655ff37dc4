"""Telephone numbers: read as clinics write them, stored as E.164, grouped for dialling, masked elsewhere."""

from __future__ import annotations

import re

from db.enums import PhoneKind
from db.records import ParsedPhone, Reason

_FULL_WIDTH = {ord("０") + digit: str(digit) for digit in range(10)}
_SIGNS = str.maketrans(
    {
        **{chr(code): digit for code, digit in _FULL_WIDTH.items()},
        "＋": "+",
        "（": "(",
        "）": ")",
        "．": ".",
        "\u3000": " ",
        "\u00a0": " ",
        "\t": " ",
        **dict.fromkeys("－﹣‐‑‒–—−", "-"),
    }
)
_SPREADSHEET_TAIL = re.compile(r"(?<=\d)\.0+\Z")
_WRITTEN = re.compile(r"\+?[0-9 ()\-.]+\Z", re.ASCII)
_CHINA_MOBILE = re.compile(r"\+86(1\d{2})(\d{4})(\d{4})\Z", re.ASCII)
_CHINA_LANDLINE = re.compile(r"\+86(10|2\d|[3-9]\d{2})(\d{3,4})(\d{4})\Z", re.ASCII)
_TOO_LONG = 40
_CHINA_SERVICE = re.compile(r"\+86([48]00)(\d{3})(\d{4})\Z", re.ASCII)
_WITHOUT_PREFIX_MOST = 12
"""Digits a number may have when it names no country: a Chinese landline with its area code has 12 at most."""


def dialable(text: str) -> bool:
    """Whether a number can be keyed as it stands: digits, spaces and dashes; letters reach a stranger."""
    return re.fullmatch(r"\+?[0-9][0-9 -]{1,23}[0-9]", text) is not None


def parse(raw: str, country: str = "CN") -> ParsedPhone | Reason:
    """The number a cell or a form field means.

    Spaces, dashes, dots, brackets, full-width digits, +86, 0086 and a spreadsheet's `.0` are understood.
    Letters are refused and never turned into digits: a converted number reaches a stranger. So is a number of
    more than 12 digits that does not name its country with + or 00.

    Args:
        raw: text, already through console.clean.clean().
        country: ISO 3166 code of the clinic's country, for numbers that name none.

    Returns:
        The number, or Reason `phone_missing` (empty) or `phone_invalid`. The Reasons carry no digits.
    """
    text = raw.translate(_SIGNS).strip()
    if not text:
        return Reason("phone_missing")
    text = _SPREADSHEET_TAIL.sub("", text)
    if len(text) > _TOO_LONG or not _WRITTEN.match(text):
        return Reason("phone_invalid")
    digits = re.sub(r"\D", "", text, flags=re.ASCII)
    names_country = text.startswith("+") or digits.startswith("00")
    if not names_country and len(digits) > _WITHOUT_PREFIX_MOST:
        return Reason("phone_invalid")
    # 2.5 MB of numbering plans: a console that reads no new number never loads them.
    import phonenumbers

    written = ("+" if text.startswith("+") else "") + digits
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return Reason("phone_invalid")
    if not phonenumbers.is_valid_number(number):
        return Reason("phone_invalid")
    kinds = {
        phonenumbers.PhoneNumberType.MOBILE: PhoneKind.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
    }
    kind = kinds.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    return ParsedPhone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind)


def grouped(e164: str, country: str = "CN") -> str:
    """A number as it is read and dialled: `138 0013 8000`, `010 6552 9988`, `+852 9123 4567`.

    Args:
        e164: a number in E.164.
        country: the clinic's country; its own numbers are shown without the country's code.

    Returns:
        The grouped number; the text itself when it is no E.164 number.
    """
    if country == "CN":
        if match := _CHINA_MOBILE.match(e164) or _CHINA_SERVICE.match(e164):
            return " ".join(match.groups())
        if match := _CHINA_LANDLINE.match(e164):
            return f"0{match[1]} {match[2]} {match[3]}"
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = phonenumbers.country_code_for_region(country)
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if number.country_code == home
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, style)


def masked(e164: str) -> str:
    """A number for lists, other seats, JSON: `138****8000`; of any other number only the last two digits.

    Args:
        e164: a number in E.164, or whatever a caller's number was.
    """
    if match := _CHINA_MOBILE.match(e164):
        return f"{match[1]}****{match[3]}"
    digits = re.sub(r"[^0-9]", "", e164)
    return "****" + (digits[-2:] if len(digits) >= 7 else "")


def last_digits(typed: str, least: int = 3) -> str | None:
    """The digits of a search for a number's end, reversed for an index on reversed digits.

    Args:
        typed: what a person typed, full-width digits allowed.
        least: shortest useful end.

    Returns:
        The reversed digits; None when the text is not a number's end of at least `least` digits.
    """
    text = re.sub(r"[ ()\-.]", "", typed.translate(_SIGNS))
    if len(text) < least or not re.fullmatch(r"\+?[0-9]+", text, re.ASCII):
        return None
    return text.lstrip("+")[::-1]
