"""What the tests of the desk stand on."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.clinic import SampleClinic
from tests.desk.call_world import World


@pytest.fixture
def world(clinic: SampleClinic, now: datetime) -> World:
    """A clinic at its fixed moment, with people made directly in its record."""
    return World(clinic, now)
