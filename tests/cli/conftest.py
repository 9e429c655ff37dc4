"""Running commands in this process, as a shell would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from console import i18n
from console.cli.main import main
from tests.clinic import PIN, SampleClinic


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        lines = self.out.strip().splitlines()
        assert len(lines) == 1, self.out
        return json.loads(lines[0])


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `aftercall` with arguments; the language is English unless the test says otherwise."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*argv: str) -> Done:
        capsys.readouterr()
        code = main([str(part) for part in argv])
        said = capsys.readouterr()
        i18n.use("en")
        assert "Traceback" not in said.err
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def as_lead(clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Arguments to act as the sample clinic's lead, with the PIN in the environment."""
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    return ("--db", clinic.database.url, "--staff", "lead")
