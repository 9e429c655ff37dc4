"""Words of danger signs, from the talk-tracks the clinic reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from console.desk import scripts
from console.desk.raising import EMERGENCY_KEY
from console.desk.seat import Seat
from console.i18n import translate


def sign_words(seat: Seat, now: datetime) -> Mapping[str, Mapping[str, str]]:
    """Words of every flag code in both languages.

    Args:
        seat: whose clinic.
        now: aware datetime; decides which release is read.

    Returns:
        Language to code to words.
    """
    library, _release = scripts.active(seat, now)
    return {
        lang: {code: flag.text(lang) for code, flag in library.flags.items()}
        | {EMERGENCY_KEY: translate(lang, "emergency key")}
        for lang in ("zh", "en")
    }
