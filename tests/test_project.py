"""What a clone must keep: pinned versions without addresses, and files a newcomer can trust."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# Present in any environment, or the project itself.
UNPINNED = {"aftercall", "pip", "uv", "setuptools", "wheel"}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        match = re.match(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", line)
        if match:
            found[_canonical(match[1])] = match[2]
    return found


CONSTRAINTS = _pins(PROJECT["tool"]["uv"]["constraint-dependencies"])


def test_lock_and_constraints_agree() -> None:
    assert CONSTRAINTS
    assert _pins(LOCK.splitlines()) == CONSTRAINTS


def test_every_locked_package_has_a_hash() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    assert len(blocks) == len(CONSTRAINTS)
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_everything_installed_is_pinned() -> None:
    installed = {_canonical(d.metadata["Name"]): d.version for d in metadata.distributions()}
    loose = {n: v for n, v in installed.items() if n not in UNPINNED and CONSTRAINTS.get(n) != v}
    assert loose == {}


def test_no_address_in_what_pins_us() -> None:
    assert "://" not in LOCK
    assert "://" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_build_requirements_are_pinned_exactly() -> None:
    builds = PROJECT["tool"]["uv"]["build-constraint-dependencies"]
    assert builds and all("==" in line for line in builds)


def test_the_environment_folders_are_not_tracked() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "uv.lock", ".uv", ".venv"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert tracked.stdout == ""


def test_no_source_file_is_longer_than_a_screenful_of_screens() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("console", "db")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert long == {}
