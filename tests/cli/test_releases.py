"""`aftercall scripts approve`, and the status `show` prints beside what is said."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.clinic import PIN, SampleClinic

SHOW = ("scripts", "show", "liposuction", "--day", "1", "--concern", "swelling", "--json")


def test_a_doctor_approves_and_show_says_so(
    run: Run, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    database = ("--db", clinic.database.url)
    assert run(*database, *SHOW).document["source"]["status"] == "draft"

    for login, code in (("lead", "role_not_yours"), ("he", "role_not_yours")):
        refused = run(*database, "--staff", login, "scripts", "approve", "--json")
        assert (refused.code, refused.document["error"]["code"]) == (4, code)
    done = run(*database, "--staff", "chen", "scripts", "approve", "--note", "read all of it", "--json")

    assert done.code == 0
    assert (done.document["number"], done.document["status"], done.document["approved_by"]) == (
        1,
        "approved",
        "陈医生",
    )
    assert run(*database, *SHOW).document["source"]["status"] == "approved"
    assert clinic.rows("SELECT COUNT(*) AS n FROM audit WHERE action = 'scripts.approve'") == [{"n": 1}]


def test_talk_tracks_can_be_read_without_a_record(run: Run) -> None:
    assert run(*SHOW).document["source"]["status"] == "draft"
    assert run("scripts", "list", "--json").code == 0


def test_a_named_database_must_be_usable(run: Run) -> None:
    assert run("--db", "sqlite:////nowhere/a.db", *SHOW).code == 3
