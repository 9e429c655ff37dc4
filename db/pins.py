"""PINs: how they are stored, what makes one acceptable, how long wrong ones wait. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from itertools import pairwise
from typing import Final, Literal

_N: Final = 2**14
_R: Final = 8
_P: Final = 5
"""scrypt at 16 MiB: N = 2^14, r = 8, p = 5 (OWASP Password Storage Cheat Sheet, scrypt)."""
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32

LEAST: Final = 6
"""Fewest characters of a PIN."""
MOST: Final = 64
"""Most characters of a PIN."""
FREE_TRIES: Final = 5
"""Wrong PINs before the first wait."""
FIRST_WAIT_S: Final = 60
"""The first wait, seconds; each further wrong PIN doubles it."""
LONGEST_WAIT_S: Final = 3600
"""The longest wait, seconds: long against guessing, short for a lead who has to open a seat."""

Weakness = Literal["pin_too_short", "pin_too_long", "pin_too_simple"]


def folded(pin: str) -> str:
    """A PIN as it is compared: full-width digits of a Chinese keyboard are digits, outer blanks nothing."""
    return unicodedata.normalize("NFKC", pin).strip()


def weakness(pin: str) -> Weakness | None:
    """What is wrong with a new PIN, or None. One character repeated and a run like 123456 are too simple."""
    pin = folded(pin)
    if len(pin) < LEAST:
        return "pin_too_short"
    if len(pin) > MOST:
        return "pin_too_long"
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    return "pin_too_simple" if steps in ({0}, {1}, {-1}) else None


def hashed(pin: str) -> str:
    """What is stored of a PIN: scrypt$n$r$p$salt$hash."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _scrypt(folded(pin), salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(digest)}"


def matches(pin: str, stored: str) -> bool:
    """Whether a PIN is the stored one; never for a stored value that is none of ours."""
    try:
        scheme, n, r, p, salt, digest = stored.split("$")
        if scheme != "scrypt":
            return False
        found = _scrypt(folded(pin), base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(digest))
    except (ValueError, UnicodeEncodeError):
        return False


def waste_time(pin: str) -> None:
    """Spend what `matches` would, so that an unknown name answers no faster than a wrong PIN."""
    matches(pin, f"scrypt${_N}${_R}${_P}${_text(bytes(_SALT_BYTES))}${_text(bytes(_HASH_BYTES))}")


def wait_after(failed: int) -> int:
    """Seconds to wait after this many wrong PINs in a row; 0 while tries are free."""
    if failed < FREE_TRIES:
        return 0
    return min(FIRST_WAIT_S * 2 ** min(failed - FREE_TRIES, 16), LONGEST_WAIT_S)


def first_pin() -> str:
    """A random first PIN of six digits, to be changed at the first sign-in."""
    while True:
        pin = f"{secrets.randbelow(10**LEAST):0{LEAST}d}"
        if weakness(pin) is None:
            return pin


def _scrypt(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r + 1024 * 1024, dklen=_HASH_BYTES
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
