"""The shipped list of procedures as it is written, read once: names to show, and which are intimate."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def table() -> Mapping[str, Mapping[str, object]]:
    """Every procedure's table of procedures.toml by code, in its order."""
    path = Path(__file__).parent / "scripts" / "procedures.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
