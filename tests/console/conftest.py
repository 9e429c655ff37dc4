"""Fixtures of the shell's unit tests."""

from __future__ import annotations

from tests.ui.conftest import record as record
