"""Where an SQLite file may be, and who may read it. Standard library only."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from db.errors import DatabaseUnreachable, NetworkPath

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.ceph",
        "fuse.davfs",
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.smbnetfs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
    }
)
"""File systems on which SQLite's locks and shared memory do not hold (sqlite.org/wal.html: all processes that
use a database must be on the same host)."""

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


def refuse_network_path(path: str) -> None:
    """Refuse a place that another machine serves.

    Args:
        path: as typed; it need not exist.

    Raises:
        NetworkPath: a UNC path, `//host/...`, a mapped network drive, or a network mount.
    """
    if path.replace("\\", "/").startswith("//"):
        raise NetworkPath("network_path", path=path)
    if sys.platform == "win32":
        if _is_remote_drive(path):
            raise NetworkPath("network_path", path=path)
        return
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Not Linux: the name of the path is all there is to go by.
        return
    if file_system_of(os.path.realpath(os.path.expanduser(path)), mounts) in NETWORK_FILE_SYSTEMS:
        raise NetworkPath("network_path", path=path)


def file_system_of(path: str, mounts: str) -> str:
    """Type of the file system that holds an absolute path.

    Args:
        path: absolute, without symbolic links; it need not exist.
        mounts: text in the form of /proc/self/mounts.

    Returns:
        The type of the mount with the longest matching mount point, the last one if several share it, or "".
    """
    wanted = PurePosixPath(path)
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = PurePosixPath(_unescape(fields[1]))
        if wanted.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _unescape(field: str) -> str:
    # proc(5): blanks in mount points are written as octal escapes.
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, char)
    return field


def _is_remote_drive(path: str) -> bool:
    import ctypes

    drive = os.path.splitdrive(os.path.abspath(path))[0]
    # winbase.h: DRIVE_REMOTE
    return bool(drive) and getattr(ctypes, "windll").kernel32.GetDriveTypeW(drive + "\\") == 4  # noqa: B009


def make_private_folder(folder: Path) -> None:
    """Make a folder only its owner may enter, with its parents; an existing folder is left as it is.

    Raises:
        DatabaseUnreachable: it cannot be made.
    """
    try:
        missing = [folder, *folder.parents]
        for part in reversed([part for part in missing if not part.exists()]):
            part.mkdir(mode=PRIVATE_FOLDER)
    except FileExistsError:
        return
    except OSError:
        raise DatabaseUnreachable("cannot_make_folder", path=str(folder)) from None


def make_private_file(path: Path) -> None:
    """Make an empty file only its owner may read, and its folder; an existing file is left as it is.

    Raises:
        DatabaseUnreachable: it cannot be made.
    """
    make_private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
    except OSError:
        raise DatabaseUnreachable("cannot_open", path=str(path)) from None


def tighten(path: Path) -> None:
    """Take away what others may do with a file of ours; a file that is not ours is left as it is."""
    if sys.platform == "win32":
        return
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
    except OSError:
        return
