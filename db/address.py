"""Addresses of databases. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from db.errors import WrongUse
from db.paths import refuse_network_path

Dialect = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Address:
    """Where a database is: a dialect and either an SQLite path or a PostgreSQL address."""

    dialect: Dialect
    path: Path | None
    conninfo: str

    def shown(self) -> str:
        """The address as a person may read it: a path, or host and database without the password."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.conninfo)
        host = parts.hostname or "localhost"
        return f"{host}{parts.path}"


def parse_url(url: str) -> Address:
    """Read `sqlite:///relative`, `sqlite:////absolute` or `postgresql://...`.

    Raises:
        WrongUse: another scheme, no file, or an in-memory database (each thread would see its own).
        NetworkPath: a host in an SQLite address or a UNC path.
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator:
        raise WrongUse("url_unreadable")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        if not rest.strip("/"):
            raise WrongUse("url_unreadable")
        return Address("postgresql", None, f"postgresql://{rest}")
    if scheme != "sqlite":
        raise WrongUse("url_unreadable")
    if not rest.startswith("/"):
        if rest:
            refuse_network_path(f"//{rest}")
        raise WrongUse("url_without_file")
    text = rest[1:]
    if not text or text == ":memory:" or "\x00" in text:
        raise WrongUse("url_without_file")
    refuse_network_path(text)
    return Address("sqlite", Path(text).expanduser().absolute(), "")


def password_of(url: str) -> str | None:
    """The password inside a PostgreSQL address, for tools that take it by environment."""
    password = urlsplit(url).password
    return None if password is None else unquote(password)
