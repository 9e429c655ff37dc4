"""Where a person's settings, the log and the default database live on this platform."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

from db.paths import make_private_folder

CONFIG_ENV = "AFTERCALL_CONFIG"
"""Names another settings file."""


def _folders() -> PlatformDirs:
    return PlatformDirs("aftercall", appauthor=False)


def config_file() -> Path:
    """A person's own settings (TOML); the file need not exist."""
    named = os.environ.get(CONFIG_ENV)
    return Path(named).expanduser() if named else Path(_folders().user_config_dir) / "config.toml"


def state_folder() -> Path:
    """Folder of the log, made for its owner alone."""
    folder = Path(_folders().user_state_dir)
    make_private_folder(folder)
    return folder


def default_database() -> Path:
    """The database used when neither `--db` nor AFTERCALL_DB names one."""
    return Path(_folders().user_data_dir) / "aftercall.db"
