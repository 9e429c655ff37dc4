"""Scenarios opened in one practice clinic per test process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.practice import book, clinic
from console.practice.stage import Stage

Opener = Callable[[str], Stage]


@pytest.fixture(scope="session")
def practice_base(tmp_path_factory: pytest.TempPathFactory) -> clinic.Base:
    """The empty practice clinic of this process."""
    return clinic.base(Path(tmp_path_factory.mktemp("practice")) / "clinic")


@pytest.fixture(scope="session")
def opener(practice_base: clinic.Base) -> Opener:
    """Opens a shipped scenario by its code, once per process."""
    stages: dict[str, Stage] = {}

    def opened(code: str) -> Stage:
        if code not in stages:
            stages[code] = clinic.opened(practice_base, book.shipped().scenario(code))
        return stages[code]

    return opened
