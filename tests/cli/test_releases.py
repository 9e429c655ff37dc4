"""`aftercall scripts` on releases: publish, approve, diff, export, and the status `show` prints beside what is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.desk import scripts as desk
from console.scripts.library import from_folder, shipped
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


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check has tests of its own and takes seconds."""
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped: ())
    monkeypatch.setattr(desk, "_faults", {})


def edited(folder: Path) -> None:
    """One sentence of an exported release said otherwise."""
    flow = folder / "flows" / "general.toml"
    flow.write_text(flow.read_text("utf-8").replace("先问要紧的", "先问最要紧的", 1), "utf-8")


def test_export_edit_publish_diff_approve_export(
    run: Run, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unchecked: None
) -> None:
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    folder, database = tmp_path / "own", ("--db", clinic.database.url)
    done = run("scripts", "export", str(folder), "--json")
    assert (done.code, done.document["hash"], done.document["number"]) == (0, shipped().hash, None)
    assert done.document["files"] == len(shipped().texts)
    assert from_folder(folder).hash == shipped().hash

    edited(folder)
    for login, code, exit_code in (("li", "role_not_yours", 4), ("he", "role_not_yours", 4)):
        refused = run(*database, "--staff", login, "scripts", "publish", str(folder), "--note", "x", "--json")
        assert (refused.code, refused.document["error"]["code"]) == (exit_code, code)
    published = run(
        *database, "--staff", "lead", "scripts", "publish", str(folder), "--note", "one word", "--json"
    )
    assert (published.code, published.document["number"], published.document["status"]) == (0, 1, "draft")

    diff = run(*database, "--staff", "chen", "scripts", "diff", "shipped", "1", "--json")
    changes = diff.document["changes"]
    assert {(one["file"], one["kind"], one["new"].startswith("先问最要紧的")) for one in changes} == {
        ("flows/general.toml", "changed", True)
    }
    assert run(*database, "--staff", "chen", "scripts", "approve", "1", "--json").document["number"] == 1
    listed = run(*database, "--staff", "li", "scripts", "releases", "--json").document["releases"]
    assert [(one["number"], one["status"], one["author"], one["approved_by"]) for one in listed] == [
        (1, "approved", "王主管", "陈医生")
    ]
    assert listed[0]["approved_at"] and listed[0]["review_by"] and not listed[0]["shipped"]
    assert "1  " in run(*database, "--staff", "li", "scripts", "releases").out

    again = tmp_path / "again"
    out = run(*database, "--staff", "li", "scripts", "export", str(again), "--release-number", "1", "--json")
    assert (out.code, out.document["number"], out.document["hash"]) == (0, 1, from_folder(folder).hash)
    assert from_folder(again).hash == from_folder(folder).hash


def test_export_refuses_what_is_not_an_empty_folder(run: Run, tmp_path: Path) -> None:
    full, link, file, real = (tmp_path / name for name in ("full", "link", "file", "real"))
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    real.mkdir()
    link.symlink_to(real)
    file.write_text("x")
    for place, code in (
        (full, "export_folder_used"),
        (file, "export_folder_used"),
        (link, "export_folder_link"),
        (file / "below", "export_failed"),
    ):
        refused = run("scripts", "export", str(place), "--json")
        assert (refused.code, refused.document["error"]["code"]) == (2, code), place
    assert [one.name for one in full.iterdir()] == ["mine.txt"] and not list(real.iterdir())
    assert run("scripts", "export", str(real), "--json").code == 0


def test_a_release_with_names_that_lead_elsewhere_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.scripts.library import from_texts

    for name in ("../out.toml", "/etc/x.toml", "flows/../../x.toml", "other/x.toml", "flows/.toml", "x.txt"):
        made = from_texts({**shipped().texts, name: "a = 1"})
        monkeypatch.setattr("console.scripts.library.shipped", lambda made=made: made)
        folder = tmp_path / "out"
        refused = run("scripts", "export", str(folder), "--json")
        assert (refused.code, refused.document["error"]["code"]) == (2, "release_unreadable"), name
        assert not folder.exists()


def test_numbers_that_are_none(run: Run, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    start = ("--db", clinic.database.url, "--staff", "chen", "scripts")
    for number in ("7", "0", "99999999999999999999"):
        for words in (("approve", number), ("diff", "shipped", number)):
            refused = run(*start, *words, "--json")
            assert (refused.code, refused.document["error"]["code"]) == (4, "release_unknown"), words
    # A sign that only looks like a number is the name of a folder.
    assert run(*start, "diff", "shipped", "²", "--json").document["error"]["code"] == "release_unreadable"


def test_a_folder_that_cannot_be_read_is_one_sentence(
    run: Run, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    start = ("--db", clinic.database.url, "--staff", "lead", "scripts")
    whole = tmp_path / "whole"
    assert run("scripts", "export", str(whole)).code == 0

    def spoil(number: int) -> None:
        flow = whole / "flows" / "odd.toml"
        if number == 0:
            flow.write_bytes(b"\xff\xfe\x00")
        elif number == 1:
            flow.unlink()
            flow.mkdir()
        elif number == 2:
            flow.rmdir()
            os.mkfifo(flow)
        elif number == 3:
            flow.unlink()
            flow.symlink_to("/dev/zero")
        elif number == 4:
            flow.unlink()
            flow.symlink_to(whole / "nowhere")
        elif number == 5:
            flow.unlink()
            flow.write_bytes(b"#" * 2_000_001)
        else:
            flow.unlink()
            for one in (whole / "playbooks").iterdir():
                one.unlink()
            (whole / "playbooks").rmdir()

    for number in range(7):
        spoil(number)
        for words in (("publish", str(whole), "--note", "x"), ("check", str(whole)), ("diff", str(whole))):
            refused = run(*start, *words, "--json")
            assert refused.code == 2, (number, words)
            sentence = refused.document["error"]["message"]
            assert sentence and "\n" not in sentence
    assert clinic.count("script_release") == 0
