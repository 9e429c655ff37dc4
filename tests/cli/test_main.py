"""The command line as a whole: what is listed, what is imported, how errors leave."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from console.cli import main as command_line
from console.cli.main import MODULES, commands
from console.door import LOG_NAME
from console.paths import state_folder
from db.connect import Database
from tests.cli.conftest import Run

ROOT = Path(__file__).parent.parent.parent


def _aftercall(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console", *argv],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )


def test_help_lists_every_command_that_can_run_and_no_other() -> None:
    done = _aftercall("--help")
    assert done.returncode == 0
    for command, module in commands().items():
        assert (ROOT / "console" / "cli" / f"{module}.py").exists()
        assert f"\n    {command} " in done.stdout
    for module, names in MODULES.items():
        if module not in commands().values():
            for name in names:
                assert f"\n    {name} " not in done.stdout


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_has_help(run: Run, command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert ended.value.code == 0


def test_version(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--version")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("aftercall ")


@pytest.mark.parametrize(
    "argv",
    [("nonsense",), ("db",), ("db", "nonsense"), ("--nonsense",), ("db", "init", "--go-live", "tomorrow")],
)
def test_unreadable_arguments_are_one_sentence_and_2(run: Run, argv: tuple[str, ...]) -> None:
    done = run(*argv)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("aftercall: ")
    assert len(done.err.strip().splitlines()) == 1
    assert run(*argv, "--json").document["error"]["code"] == "usage"


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_the_database_is_named_before_or_after_the_command_or_in_the_environment(
    run: Run, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    url = sqlite_database.url
    if place == "environment":
        monkeypatch.setenv("AFTERCALL_DB", url)
        done = run("db", "info", "--json")
    elif place == "before":
        done = run("--db", url, "db", "info", "--json")
    else:
        done = run("db", "info", f"--db={url}", "--json")
    assert done.document["database"] == str(sqlite_database.address.path)


def test_an_unexpected_failure_is_a_sentence_with_a_reference(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_args: argparse.Namespace) -> int:
        patient = "王小丽"
        raise ValueError(patient)

    monkeypatch.setattr("console.cli.db.run", broken)
    done = run("db", "info")
    assert done.code == 70
    assert "王小丽" not in done.err + (state_folder() / LOG_NAME).read_text(encoding="utf-8")
    assert run("db", "info", "--json").document["error"]["code"] == "unexpected"


def test_ctrl_c_is_130_and_says_nothing_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.cli.db.run", interrupted)
    assert run("db", "info").code == 130


def test_a_closed_pipe_is_no_error(sqlite_database: Database) -> None:
    done = subprocess.run(
        f"{sys.executable} -m console policy show --json --db {sqlite_database.url} | true; "
        f"{sys.executable} -m console --help | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_errors_speak_the_machines_language(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    done = run("db", "check", "--db", f"sqlite:///{tmp_path}/none.db")
    assert done.code == 3
    assert done.err == f"aftercall: {tmp_path}/none.db 还没有数据库；请先运行：aftercall db init\n"


def test_json_goes_out_as_utf8_on_any_machine(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "console", "db", "check", "--db", f"sqlite:///{tmp_path}/none.db", "--json"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "LC_ALL": "zh_CN.GBK",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "gbk",
        },
    )
    assert "还没有数据库" in done.stdout.decode("utf-8")


def test_the_console_asks_for_a_terminal() -> None:
    done = _aftercall()
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_a_command_imports_only_its_own_module(sqlite_database: Database) -> None:
    code = (
        "import sys; from console.cli.main import main; main(['locate', '--json']);"
        "print([n for n in ('textual', 'sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'phonenumbers',"
        " 'console.cli.imports', 'console.cli.queue') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_first_run_asks_for_clinic_lead_and_pin_and_opens_the_console(tmp_path: Path) -> None:
    path = tmp_path / "new" / "aftercall.db"
    child = pexpect.spawn(
        sys.executable,
        ["-m", "console", "--db", f"sqlite:///{path}"],
        cwd=str(ROOT),
        env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=30,
    )
    try:
        child.expect("There is no database")
        child.expect("Name of the clinic:")
        child.sendline("")
        child.expect("Name of the clinic:")
        child.sendline("上海一店")
        child.expect("Name of the first lead")
        child.sendline("王主管")
        child.expect("PIN of 王主管")
        child.sendline("111111")
        child.expect("too easy to guess")
        child.expect("PIN of 王主管")
        child.sendline("482913")
        child.expect("The same PIN again")
        child.sendline("482914")
        child.expect("not the same")
        child.expect("PIN of 王主管")
        child.sendline("482913")
        child.expect("The same PIN again")
        child.sendline("482913")
        child.expect("Done.")
        child.expect("Sign in")
    finally:
        child.terminate(force=True)
    assert path.exists()
    database = Database.at(path)
    rows = database.connection().execute("SELECT login, must_change_pin FROM staff")
    database.close()
    assert rows == [{"login": "王主管", "must_change_pin": 0}]


def test_the_parser_walks_into_groups_of_commands() -> None:
    parser = command_line._parser(["staff", "list"])  # pyright: ignore[reportPrivateUsage]
    args = parser.parse_args(["--db", "a", "staff", "list", "--staff", "x"])
    assert (args.db, args.staff, args.module, args.staff_command) == ("a", "x", "staff", "list")
