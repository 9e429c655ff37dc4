"""One row of the table of keys. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One action a key starts.

    Attributes:
        action: `scope.verb`.
        keys: default keys, Textual's names or one printable character; the first is the one shown. None at
        all: the
            palette is the way to it.
        label: msgid of the footer's word; empty keeps it out of the footer.
        help: msgid of the sentence that explains it.
        palette: whether the palette lists it.
    """

    action: str
    keys: tuple[str, ...]
    label: str
    help: str
    palette: bool = True

    @property
    def scope(self) -> str:
        """The screen, or `app` for everywhere."""
        return self.action.partition(".")[0]

    @property
    def verb(self) -> str:
        """Textual action on the screen."""
        return self.action.partition(".")[2]


def key(action: str, keys: str, label: str, help: str, palette: bool = True) -> Key:
    """A row. Args: as `Key`, its keys in one text with blanks between them."""
    return Key(action, tuple(keys.split()), label, help, palette)
