"""A person's own settings: language, theme, bell, keys. The clinic's policy lives in the database, not
here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from console import i18n, own_keys, themes

FIELDS = ("language", "theme", "bell", "keys", "practice_folder")
FAULT_CODES = (
    "config_unreadable",
    "config_unknown",
    "config_unknown_near",
    "config_choice",
    "config_folder",
    "config_key_unknown_action",
    "config_key_reserved",
    "config_key_no_ctrl_twin",
    "config_key_clash",
)
"""Every code a `Fault` can carry."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings in use.

    Attributes:
        language: "zh" or "en".
        theme: a name of `themes.NAMES`.
        bell: whether the terminal rings for alarms.
        keys: action -> own keys.
        practice_folder: of own practice scenarios and courses, absolute; None without one.
    """

    language: str = "en"
    theme: str = themes.DEFAULT
    bell: bool = True
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    practice_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the settings file: code and parameters for `i18n.error_text`
    (`error.config_*`)."""

    code: str
    params: Mapping[str, object]


def parse(document: Mapping[str, object], file: str) -> tuple[Config, list[Fault]]:
    """Reads settings; what is wrong keeps its default and is reported.

    Args:
        document: parsed TOML.
        file: name shown in faults.
    """
    faults: list[Fault] = []

    def fault(code: str, key: str, **more: object) -> None:
        faults.append(Fault(f"config_{code}", {"file": file, "key": key, **more}))

    for name in document:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            fault("unknown_near" if near else "unknown", name, near=near[0] if near else "")
    language = document.get("language", i18n.from_environment())
    if language not in i18n.FOLDERS:
        fault("choice", "language", choices="zh, en")
        language = i18n.from_environment()
    theme = document.get("theme", themes.DEFAULT)
    if theme not in themes.NAMES:
        fault("choice", "theme", choices=", ".join(themes.NAMES))
        theme = themes.DEFAULT
    bell = document.get("bell", True)
    if not isinstance(bell, bool):
        fault("choice", "bell", choices="true, false")
        bell = True
    own: dict[str, tuple[str, ...]] = {}
    table = document.get("keys", {})
    if not isinstance(table, dict):
        fault("choice", "keys", choices='"queue.find" = "f3,ctrl+f"')
        table = {}
    for action, value in table.items():
        if isinstance(value, str):
            own[str(action)] = tuple(part.strip() for part in value.split(",") if part.strip())
        else:
            fault("choice", f"keys.{action}", choices='"f3,ctrl+f"')
    for problem in own_keys.problems(own):
        fault(f"key_{problem.code}", f"keys.{problem.action}", pressed=problem.key, other=problem.other)
        own.pop(problem.action, None)
    return Config(str(language), str(theme), bell, own, _folder(document, fault)), faults


def _folder(document: Mapping[str, object], fault: Callable[[str, str], None]) -> Path | None:
    told = document.get("practice_folder")
    if told is None:
        return None
    try:
        # It is handed to a process that works in another folder.
        folder = Path(told).expanduser() if isinstance(told, str) and "\0" not in told else None
    except RuntimeError:
        folder = None
    if folder is None or not folder.is_absolute():
        fault("folder", "practice_folder")
        return None
    return folder


def load(path: Path) -> tuple[Config, list[Fault]]:
    """Reads the settings file; a missing one gives the defaults, a broken one the defaults and a fault."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        defaults = Config(language=i18n.from_environment())
        return defaults, [Fault("config_unreadable", {"file": str(path), "detail": type(error).__name__})]
    return parse(document, str(path))
