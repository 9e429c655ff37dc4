"""A concern of somebody without a treatment on file: everything is asked, every flag counts, nothing is reassured."""

from __future__ import annotations

from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import EVERYBODY, ConcernView


def select_untreated(library: Library, concern: str) -> ConcernView:
    """The general track of a concern, for an unknown caller or somebody visited and not treated.

    Args:
        library: the release.
        concern: its code.

    Returns:
        The view without a window and without `say`.

    Raises:
        ScriptError: the release has no such concern (code "unknown_concern").
    """
    track = library.general_tracks.get(concern)
    if track is None or concern not in library.concerns:
        raise ScriptError("concerns/general.toml", concern, "no such concern", "unknown_concern")
    asked: dict[str, None] = dict.fromkeys((*track.ask, track.trend) if track.trend else track.ask)
    flags = dict.fromkeys([*track.flags, *library.everywhere])
    return ConcernView(
        concern=library.concerns[concern],
        procedure=EVERYBODY,
        day=0,
        version=track.version,
        where=track.where,
        why="no treatment on file: the general track",
        ask=tuple(library.questions[code] for code in asked),
        details=tuple(library.questions[code] for code in track.details),
        flags=tuple(library.flags[code] for code in flags),
        trend=track.trend,
        window=None,
        say=None,
        otherwise={**library.otherwise, **track.otherwise},
        record=track.record,
        before_identity={**library.otherwise, **track.otherwise},
    )
