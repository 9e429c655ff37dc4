"""The secret key of the audit trail, kept outside the database, and this machine's note of the last seal.

For an SQLite file both lie beside it; for PostgreSQL in the platform's configuration folder. A machine
without the key still writes audit rows, without digests, and leaves the sealing to a machine that has it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any, Final, cast

from db.address import Address
from db.errors import DatabaseUnreachable, WrongUse
from db.paths import PRIVATE_FILE, make_private_folder

ENV: Final = "AFTERCALL_SEAL_KEY"
"""Gives the key itself, in hex, instead of a file."""
KEY_BYTES: Final = 32
"""Length of a key: that of SHA-256, as RFC 2104 section 3 advises."""

# Read once a process; a missing key is looked for again, because `db init` may make it meanwhile.
_keys: Final[dict[Address, bytes]] = {}


def key_file(address: Address) -> Path:
    """Where the key of a database lies."""
    return _beside(address, "seal-key")


def anchor_file(address: Address) -> Path:
    """Where this machine notes the last seals it has seen."""
    return _beside(address, "seal-last")


def _beside(address: Address, suffix: str) -> Path:
    if address.path is not None:
        return address.path.with_name(f"{address.path.name}.{suffix}")
    from platformdirs import user_config_path

    name = hashlib.sha256(address.shown().encode()).hexdigest()[:16]
    return user_config_path("aftercall", appauthor=False) / f"{name}.{suffix}"


def make_key(address: Address) -> bool:
    """Make a key for a database unless it has one.

    Returns:
        Whether a new one was made.

    Raises:
        DatabaseUnreachable: the file cannot be written.
    """
    path = key_file(address)
    if os.environ.get(ENV) or path.exists():
        return False
    make_private_folder(path.parent)
    _write(path, secrets.token_hex(KEY_BYTES), exclusive=True)
    return True


def load_key(address: Address) -> bytes | None:
    """The key of a database, or None on a machine that does not have it.

    Raises:
        WrongUse: the key is not hex, or too short.
        DatabaseUnreachable: the file is there but cannot be read.
    """
    text = os.environ.get(ENV)
    if not text and address in _keys:
        return _keys[address]
    path = key_file(address)
    if not text:
        try:
            text = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise DatabaseUnreachable("seal_key_unreadable", path=str(path)) from None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise WrongUse("seal_key_malformed", path=ENV if os.environ.get(ENV) else str(path))
    if not os.environ.get(ENV):
        _keys[address] = key
    return key


def read_anchor(address: Address) -> dict[str, str]:
    """MACs of the last seals this machine has seen, by clinic id; empty when there are none."""
    try:
        content: Any = json.loads(anchor_file(address).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(name): str(value) for name, value in cast("dict[object, object]", content).items()}


def write_anchor(address: Address, clinic_id: int, mac: str) -> None:
    """Note the last seal of a clinic, replacing the note in one step."""
    content = {**read_anchor(address), str(clinic_id): mac}
    path = anchor_file(address)
    make_private_folder(path.parent)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(fresh, json.dumps(content, sort_keys=True), exclusive=True)
    os.replace(fresh, path)


def _write(path: Path, text: str, *, exclusive: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if exclusive else os.O_TRUNC)
    try:
        descriptor = os.open(path, flags, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        raise DatabaseUnreachable("seal_key_unwritable", path=str(path)) from None
