"""TOML texts as cleaned documents. A text is parsed once: releases share nearly all their files."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any, cast

from console.clean import clean
from console.scripts.errors import ScriptError


def document(file: str, body: str) -> dict[str, Any]:
    """A text as tomllib reads it, every string and every key in it cleaned.

    Args: file, its name inside the release, for the error; body. Returns the document, which is shared and not
    to be changed. Raises ScriptError when it is not TOML.
    """
    try:
        return _parsed(body)
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(file, "", f"not valid TOML: {error}", "toml") from error
    except RecursionError as error:
        raise ScriptError(file, "", "nested too deeply", "toml") from error


@lru_cache(maxsize=2048)
def _parsed(body: str) -> dict[str, Any]:
    return cast("dict[str, Any]", _clean_tree(tomllib.loads(body)))


def _clean_tree(value: Any) -> Any:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dict):
        return {_clean_text(key): _clean_tree(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_clean_tree(item) for item in cast("list[Any]", value)]
    return value


def _clean_text(text: str) -> str:
    # Nearly all texts are already clean; isprintable is a quick way to know, as it refuses every control.
    return text if text.isascii() and text.isprintable() else clean(text)
