"""Seeded runs on both databases, and what the model has to find (docs/scale.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.model import mutants
from tests.model.databases import postgresql, sqlite
from tests.model.run import run, smaller

STEPS = int(os.environ.get("AFTERCALL_MODEL_STEPS", "2000"))
"""Steps on SQLite, and half of it on PostgreSQL; read before the tests clear the environment."""
EACH = 250
"""Steps of one run."""
SHRINK_S = 30.0


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whatever_happens_the_record_is_what_was_acknowledged(
    kind: str, part: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlite":
        fresh, steps = sqlite(request.getfixturevalue("sqlite_template"), tmp_path), STEPS
    else:
        fresh, steps = postgresql(request.getfixturevalue("postgres_server")), STEPS // 2
    done = []
    for seed in range(1 + part, steps // EACH + 1, 2):
        done.append(run(fresh, seed, range(EACH)))
        if done[-1].broken is not None:
            pytest.fail(smaller(fresh, done[-1], SHRINK_S).report(), pytrace=False)
    # Runs in which nobody died, spoke or came in between would prove nothing.
    least = len(done) * EACH // 100
    assert min(sum(one.deaths for one in done), sum(one.guests for one in done)) > least
    assert sum(one.saved for one in done) > least and sum(one.judged for one in done) > EACH


def test_a_run_is_the_same_again(sqlite_template: Path, tmp_path: Path) -> None:
    fresh = sqlite(sqlite_template, tmp_path)
    first, second = (run(fresh, 7, range(60)) for _ in range(2))
    assert first.steps == second.steps and first.deaths > 0


@pytest.mark.parametrize("mutant", mutants.QUICK, ids=lambda one: one.__name__)
def test_the_model_has_teeth(
    mutant: Callable[[Any], None], sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    fresh = sqlite(sqlite_template, tmp_path)
    for seed in range(1, 9):
        if run(fresh, seed, range(EACH)).broken is not None:
            return
    pytest.fail("the model did not notice")
