"""Words. Every sentence a person reads is an English msgid translated here, at paint time, so the language
switches at run time.

A msgid is the English sentence itself with `{name}` placeholders. Records and errors carry codes instead: a
Reason's msgid
stands in console/reasons.py, an error's is `error.<code>` with both languages' words in the catalogues.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

LOCALE = Path(__file__).parent / "locale"
FOLDERS = {"zh": "zh_Hans", "en": "en"}
"""Language (db.enums.Language) to catalogue folder."""
ENV = ("LC_ALL", "LC_MESSAGES", "LANG")

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_loaded: dict[str, dict[str, str]] = {}
_current = "en"


@runtime_checkable
class Coded(Protocol):
    """A code with parameters: `Reason` records and `RecordError` alike."""

    @property
    def code(self) -> str: ...

    @property
    def params(self) -> Mapping[str, object]: ...


def catalogue(lang: str) -> dict[str, str]:
    """All rooms' compiled catalogues of one language, merged; loaded once.

    Args:
        lang: "zh" or "en".
    """
    if lang not in _loaded:
        merged: dict[str, str] = {}
        for path in sorted((LOCALE / FOLDERS[lang] / "LC_MESSAGES").glob("*.mo")):
            with path.open("rb") as file:
                words: dict[str, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            merged.update({key: value for key, value in words.items() if isinstance(key, str) and key})
        _loaded[lang] = merged
    return _loaded[lang]


def language() -> str:
    """The screen's language now, "zh" or "en"."""
    return _current


def use(lang: str) -> None:
    """Switches the screen's language; everything painted afterwards speaks it.

    Raises:
        ValueError: the language is neither "zh" nor "en".
    """
    global _current
    if lang not in FOLDERS:
        raise ValueError(f"unknown language {lang!r}")
    _current = lang


def from_environment(environ: Mapping[str, str] | None = None) -> str:
    """The language the machine is set to: "zh" for any Chinese locale, else "en"."""
    environ = os.environ if environ is None else environ
    for name in ENV:
        if value := environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def fill(template: str, params: Mapping[str, object]) -> str:
    """Replaces `{name}` placeholders literally, once; unknown ones stay as they are, and values are never
    templates."""
    return _PLACEHOLDER.sub(lambda match: str(params[match[1]]) if match[1] in params else match[0], template)


def translate(lang: str, msgid: str, /, **params: object) -> str:
    """A sentence in one language.

    Args:
        lang: "zh" or "en".
        msgid: the English sentence, or an `error.` code.
        params: values of its placeholders.

    Returns:
        The words; the msgid itself when no catalogue has it.
    """
    return fill(catalogue(lang).get(msgid, msgid), params)


def _(msgid: str, /, **params: object) -> str:
    """`translate` into the screen's language."""
    return translate(_current, msgid, **params)


def p_(context: str, msgid: str, /, **params: object) -> str:
    """`_` for a short word that needs a context (gettext msgctxt) to be translated rightly."""
    key = f"{context}\x04{msgid}"
    found = catalogue(_current).get(key)
    return fill(found if found is not None else msgid, params)


def listed(words: Iterable[str]) -> str:
    """Words one after the other, with the sign the screen's language puts between them."""
    return ("\u3001" if _current == "zh" else ", ").join(words)


def labelled(label: str, text: object) -> str:
    """A label and what it tells, with the sign the screen's language puts between them."""
    return f"{label}\uff1a{text}" if _current == "zh" else f"{label}: {text}"


def has(lang: str, msgid: str) -> bool:
    """Whether a catalogue has words for a msgid."""
    return msgid in catalogue(lang)


def _words_of(lang: str, msgid: str, coded: Coded) -> str:
    params = {
        name: reason_text(lang, value) if isinstance(value, Coded) else value
        for name, value in coded.params.items()
    }
    return translate(lang, msgid, **params)  # type: ignore[arg-type]


def reason_text(lang: str, reason: Coded) -> str:
    """Words of a `Reason`; a parameter that is itself a Reason is put into words first."""
    from console.reasons import REASONS

    return _words_of(lang, REASONS.get(reason.code, f"reason.{reason.code}"), reason)


def error_text(lang: str, error: Coded) -> str:
    """One sentence for a `RecordError`: what happened and what to do next."""
    return _words_of(lang, f"error.{error.code}", error)
