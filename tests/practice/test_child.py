"""Practice as a process: what it is given, what is taken from it, and what a broken one leaves behind."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from console.cli import demo, practice_start
from console.config import Config
from console.i18n import error_text, has
from console.practice import book, child, clinic, folder, pipe
from db.errors import WrongUse
from tests.practice.samples import COURSE, line, write

SETTING = child.Setting(name="李敏", language="zh", theme="night", resting=[("eyelid_orbital_bleed", "exam")])


def said_by(program: str) -> Any:
    """A command that runs a program instead of practice; what `--result-fd` names is in `out`."""

    def argv(_setting: child.Setting, result: Sequence[str]) -> list[str]:
        return [sys.executable, "-c", f"import os, sys, signal; out = int(sys.argv[2]); {program}", *result]

    return argv


def test_practice_ends_with_its_console_even_while_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice_start, "WAIT_S", 0.0)
    left: list[int] = []

    class Beginning:
        """Not running at the first try."""

        tries = 0

        def call_from_thread(self, leave: Any, code: int) -> None:
            self.tries += 1
            if self.tries == 1:
                raise RuntimeError
            leave(code)

        def exit(self, code: int) -> None:
            left.append(code)

    ours, theirs = os.pipe()
    os.close(ours)
    practice_start._leave_when_alone(cast("Any", Beginning()), pipe.Results(theirs, "abcdefgh"))
    os.close(theirs)
    assert left == [practice_start.GONE]


def test_the_process_is_given_nothing_of_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "real" / "aftercall.db"
    real.parent.mkdir()
    real.write_bytes(b"")
    held = os.open(real, os.O_RDONLY)
    os.set_inheritable(held, True)
    secrets = {
        "AFTERCALL_DB": f"sqlite:///{real}",
        "AFTERCALL_PIN": "240813",
        "AFTERCALL_SEAL_KEY": "5e" * 32,
        "AFTERCALL_CONFIG": str(real.with_name("config.toml")),
        "PGPASSWORD": "hunter2",
        "PGSERVICEFILE": str(real),
        "HOME": str(real.parent),
        "SOMETHING_ELSE": str(real),
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(real.parent)
    # As `python -m` does.
    monkeypatch.syspath_prepend(str(real.parent))
    found = tmp_path / "found"
    tell = (
        f"open({str(found)!r}, 'w').write(repr((dict(os.environ), os.getcwd(), sorted(int(n) for n in"
        " os.listdir('/proc/self/fd')), [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{n}')])))"
    )
    ended = child.run(SETTING, lambda _: None, argv=said_by(tell))
    os.close(held)
    assert ended == child.Ended(0, None)
    text = found.read_text()
    for secret in (*secrets.values(), str(tmp_path / "real")):
        assert secret not in text, secret
    assert "AFTERCALL" not in text and "HOME" not in text


def test_the_command_names_no_record_and_every_setting() -> None:
    told = child.command(
        child.Setting(
            "--db=李敏",
            "zh",
            "night",
            False,
            {"queue.find": ["f3"], "call.ten": []},
            [("a_b", "")],
            Path("/srv/own"),
        ),
        ["--result-fd", "9"],
    )
    assert told[1:6] == ["-P", "-m", "console", "practice", "start"]
    parser = _parser()
    args = parser.parse_args(told[4:])
    assert (args.result_fd, args.name, args.language, args.theme) == (9, "--db=李敏", "zh", "night")
    assert args.folder == Path("/srv/own")
    assert (args.no_bell, args.key, args.resting) == (True, ["queue.find=f3", "call.ten=-"], ["a_b/"])
    assert practice_start._pair("a_b/exam") == ("a_b", "exam")
    assert practice_start._keys(args.key) == {"queue.find": "f3", "call.ten": ""}


def test_a_folder_of_ones_own_is_played_from_as_far_as_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinic, "base", lambda *_: None)
    write(tmp_path)
    (tmp_path / "courses.toml").write_text(COURSE + COURSE.replace("version = 1", ""), encoding="utf-8")
    ground = practice_start.ground(tmp_path, folder=tmp_path)
    assert "own_day_two" in ground.book.codes and ground.courses[-1].code == "ours"
    assert [one.code for one in ground.faults] == ["code_twice"]
    missing = practice_start.ground(tmp_path, folder=tmp_path / "nowhere")
    assert (missing.book.codes, len(missing.courses)) == (book.shipped().codes, len(ground.courses) - 1)
    assert [one.code for one in missing.faults] == ["missing_file"]


def test_the_demo_takes_a_folder_for_a_trainee_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path | None] = []

    def practise(_config: Config, *, folder: Path | None) -> int:
        seen.append(folder)
        return 0

    monkeypatch.setattr(practice_start, "practise", practise)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    parser = argparse.ArgumentParser()
    demo.add_parser(parser.add_subparsers())

    def run(*words: str) -> int:
        return demo.run(parser.parse_args(["demo", *words]))

    assert run("--role", "trainee", "--folder", "mine") == 0
    assert seen == [tmp_path / "mine"]
    assert run("--role", "trainee", "--folder", "nowhere") == 2
    assert run("--role", "caller", "--folder", "mine") == 2
    assert len(seen) == 1


def test_practice_refuses_a_record_and_a_missing_pipe() -> None:
    args = _parser().parse_args(["practice", "start", "--result-fd", "9999"])
    with pytest.raises(WrongUse) as closed:
        practice_start._results(args)
    assert closed.value.code == "practice_no_pipe"
    args.db = "sqlite:////anything.db"
    with pytest.raises(WrongUse) as named:
        practice_start.run(args)
    assert named.value.code == "practice_own_record"


def test_a_practice_by_hand_listens_to_no_record_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `aftercall demo --role trainee`, which no console started."""
    for name in [name for name in os.environ if name.startswith(practice_start.HIDDEN)]:
        # So that it is there again for the tests after this one.
        monkeypatch.delenv(name)
    monkeypatch.setenv("AFTERCALL_SEAL_KEY", "5e" * 32)
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setattr(practice_start, "_end_cleanly", lambda: None)
    for name in ("stdin", "stderr"):
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda: True, raising=False)
    seen: list[set[str]] = []

    def played(*_: object) -> int:
        seen.append({name for name in os.environ if name.startswith(practice_start.HIDDEN)})
        return 0

    monkeypatch.setattr(practice_start, "_played", played)
    assert practice_start.practise(Config()) == 0
    assert seen == [set()]


@pytest.mark.parametrize(
    ("program", "kept", "code"),
    [
        ("os.write(out, LINE)", 1, None),
        ("os.write(out, LINE); os.kill(os.getpid(), signal.SIGKILL)", 1, "practice_broke_off"),
        ("os.write(out, LINE + LINE[:90]); sys.exit(1)", 1, "practice_cut_short"),
        ("os.write(out, b'junk\\n'); os.write(out, LINE)", 0, "practice_garbled"),
        ("os.close(out)", 0, None),
    ],
    ids=["well", "killed", "cut", "junk", "nothing"],
)
def test_however_it_ends_it_is_one_sentence(program: str, kept: int, code: str | None) -> None:
    taken: list[Any] = []
    ended = child.run(SETTING, taken.append, argv=said_by(program.replace("LINE", repr(line()))))
    assert (ended.kept, len(taken)) == (kept, kept)
    assert (None if ended.fault is None else ended.fault.code) == code
    for lang in ("zh", "en"):
        if ended.fault is not None:
            assert has(lang, f"error.{code}") and error_text(lang, ended.fault)


@pytest.mark.parametrize("error", [RuntimeError, OSError])
def test_whatever_breaks_here_the_terminal_is_not_taken_from_a_child_that_lives(
    error: type[Exception], tmp_path: Path
) -> None:
    left = tmp_path / "left"
    program = (
        "import select, time; os.write(out, LINE); watch = select.poll(); watch.register(out, 0); watch.poll();"
        f" time.sleep(0.2); open({str(left)!r}, 'w').close()"
    )

    def keep(_result: Any) -> None:
        raise error

    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(error):
        child.run(SETTING, keep, argv=said_by(program.replace("LINE", repr(line()))))
    assert left.exists()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_killed_child_leaves_the_terminal_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        before = termios.tcgetattr(terminal)
        assert before[3] & termios.ECHO
        program = (
            f"import tty, termios; tty.setraw(os.open({os.ttyname(theirs)!r}, os.O_RDWR | os.O_NOCTTY));"
            " os.kill(os.getpid(), signal.SIGKILL)"
        )
        ended = child.run(SETTING, lambda _: None, argv=said_by(program))
        assert ended.fault is not None and ended.fault.code == "practice_broke_off"
        assert termios.tcgetattr(terminal) == before
    os.close(ours)


def test_a_program_that_is_not_there_is_one_sentence() -> None:
    def argv(_setting: child.Setting, _result: Sequence[str]) -> list[str]:
        return ["/nonexistent/python"]

    before = len(os.listdir("/proc/self/fd"))
    ended = child.run(SETTING, lambda _: None, argv=argv)
    assert ended.fault is not None and ended.fault.code == "practice_not_started"
    assert len(os.listdir("/proc/self/fd")) == before


def test_where_no_pipe_can_be_handed_down_a_private_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: the file is 0600 and gone afterwards."""
    seen: list[Path] = []

    def argv(_setting: child.Setting, result: Sequence[str]) -> list[str]:
        path = Path(result[1])
        seen.append(path)
        assert result[0] == "--result-file"
        assert path.stat().st_mode & 0o777 == 0o600
        return [sys.executable, "-c", f"open({str(path)!r}, 'ab').write({line()!r})"]

    monkeypatch.setattr(child.sys, "platform", "win32")
    taken: list[Any] = []
    ended = child.run(SETTING, taken.append, argv=argv)
    assert (ended.kept, ended.fault) == (1, None)
    assert not seen[0].exists()


def test_its_folder_is_private_and_goes_with_it(tmp_path: Path) -> None:
    with folder.private_folder(tmp_path) as made:
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "base").mkdir()
        assert folder.swept(tmp_path) == 0, "somebody works in it"
        raised = pytest.raises(RuntimeError)
        with raised, folder.private_folder(tmp_path) as crashed:
            (crashed / "practice.db").write_bytes(b"x")
            raise RuntimeError
        assert not crashed.exists()
    assert list(tmp_path.iterdir()) == []


def test_left_overs_of_a_killed_practice_are_swept_up_and_nothing_else(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib; from console.practice.folder import private_folder\n"
        f"with private_folder(pathlib.Path({str(tmp_path)!r})) as made:\n"
        "    (made / 'practice.db').write_bytes(b'x'); print(made, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = Path(process.stdout.readline().strip())
    old = time.time() - 3600
    os.utime(left / folder.LOCK, (old, old))
    assert folder.swept(tmp_path) == 0, "it is alive"
    process.kill()
    process.wait()
    process.stdout.close()
    stranger = tmp_path / f"{folder.PREFIX}just-made"
    stranger.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"{folder.PREFIX}link").symlink_to(elsewhere)
    assert folder.swept(tmp_path) == 1
    assert not left.exists() and stranger.exists() and elsewhere.exists()


def _parser():
    from console.cli.practice import add_parser

    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser


def test_start_is_not_listed() -> None:
    told = _parser().parse_args(["practice", "start"])
    assert told.practice_command == "start"
    shown = subprocess.run(
        [sys.executable, "-m", "console", "practice", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "list" in shown and "start" not in shown
