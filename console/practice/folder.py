"""The folder a practice clinic lives in: private, deleted at the end, and swept up when its process was killed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "aftercall-practice-"
LOCK: Final = "in-use"
FRESH_S: Final = 30.0
"""Seconds a new folder has until it must be locked; an unlocked older one is a left-over."""
LOCKED_S: Final = 2.0
"""Seconds between making a lock and holding it: far more than it takes."""


@contextmanager
def private_folder(parent: Path | None = None) -> Generator[Path]:
    """A new folder, 0700, gone after the block; left-overs of killed processes go first.

    Args:
        parent: where; the platform's folder for temporary files unless told.

    Raises:
        OSError: it cannot be made.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    swept(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    held = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _locked(held)
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def swept(place: Path) -> int:
    """Delete this user's practice folders whose process is gone.

    Returns:
        How many were deleted.
    """
    count = 0
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _left(folder):
                shutil.rmtree(folder, ignore_errors=True)
                count += not folder.exists()
    return count


def _left(folder: Path) -> bool:
    """Whether a folder is this user's own and nobody works in it."""
    found = folder.lstat()
    if folder.is_symlink() or not folder.is_dir():
        return False
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        return False
    lock = folder / LOCK
    if lock.is_symlink() or not lock.is_file():
        return time.time() - found.st_mtime > FRESH_S
    return time.time() - lock.stat().st_mtime > LOCKED_S and _free(lock)


def _free(lock: Path) -> bool:
    held = os.open(lock, os.O_RDWR)
    try:
        return _locked(held)
    finally:
        os.close(held)


def _locked(number: int) -> bool:
    """Take a file's lock for as long as it is open; False when another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
