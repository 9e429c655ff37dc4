"""What a practice result has to look like, and when an exam may be taken again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from console.clean import clean
from db.practice_records import (
    Bilingual,
    KeptResult,
    PracticeItem,
    PracticeLevel,
    PracticeResult,
    RestingExam,
)

EXAM_REST: Final = timedelta(days=7)
"""An exam that may be repeated at once tests who remembers it; a week leaves time to practise what was missed. Our
choice, no source names a number; a lead may allow another try before."""

ITEMS_MOST: Final = 200
POINTS_MOST: Final = 1_000
FAILS_MOST: Final = 20
TEXT_MOST: Final = 300
"""Characters of a better line; the schema of a scenario allows 400 in a spoken one, which nobody keeps whole."""
SECONDS_MOST: Final = 86_400
KEYS_MOST: Final = 100_000
SEED_MOST: Final = 2**63 - 1
POSITION_MOST: Final = 500

_RUN: Final = re.compile(r"[A-Za-z0-9_-]{8,80}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_ITEM: Final = re.compile(r"[a-z][a-z0-9_:]{0,97}")


class ResultInvalid(ValueError):
    """A result that is none. Args: field: the first field that is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def parse(document: object) -> PracticeResult:
    """A practice result out of what the practice process sent.

    Args:
        document: as `flat` writes it; `score` and `of` may stand beside the items and must agree with them; keys
            nobody knows are dropped, and so are texts of items that lost nothing.

    Raises:
        ResultInvalid: something is missing, of another kind, too long or out of range.
    """
    known = _mapping(document, "document")
    items = _items(known.get("items"))
    fails = tuple(_code(code, "instant_fail") for code in _list(known.get("instant_fail"), "instant_fail"))
    if len(fails) > FAILS_MOST or len(set(fails)) < len(fails):
        raise ResultInvalid("instant_fail")
    level = known.get("level")
    if level not in tuple(PracticeLevel):
        raise ResultInvalid("level")
    finished = known.get("finished")
    if not isinstance(finished, bool):
        raise ResultInvalid("finished")
    begun = known.get("begun", False)
    if not isinstance(begun, bool):
        raise ResultInvalid("begun")
    course = known.get("course", "")
    result = PracticeResult(
        run=_matching(known.get("run"), _RUN, "run"),
        scenario=_code(known.get("scenario"), "scenario"),
        level=PracticeLevel(str(level)),
        seed=_whole(known.get("seed"), "seed", SEED_MOST, least=-SEED_MOST),
        items=items,
        instant_fail=fails,
        seconds=_seconds(known.get("seconds"), "seconds"),
        norm_s=_seconds(known.get("norm_seconds"), "norm_seconds"),
        keys=_whole(known.get("keys"), "keys", KEYS_MOST),
        keys_norm=_whole(known.get("keys_norm"), "keys_norm", KEYS_MOST),
        finished=finished,
        course="" if course == "" else _code(course, "course"),
        position=_whole(known.get("position", 0), "position", POSITION_MOST),
        begun=begun,
    )
    if begun and (
        result.level is not PracticeLevel.EXAM or finished or fails or any(one.got for one in items)
    ):
        raise ResultInvalid("begun")
    for name, counted in (("score", result.got), ("of", result.of)):
        if name in known and _whole(known[name], name, ITEMS_MOST * POINTS_MOST) != counted:
            raise ResultInvalid(name)
    return result


def flat(result: PracticeResult) -> dict[str, Any]:
    """A result as JSON keeps it; `stored` reads it back."""
    return {
        "run": result.run,
        "scenario": result.scenario,
        "level": str(result.level),
        "seed": result.seed,
        "items": [_flat(item) for item in result.items],
        "instant_fail": list(result.instant_fail),
        "seconds": result.seconds,
        "norm_seconds": result.norm_s,
        "keys": result.keys,
        "keys_norm": result.keys_norm,
        "finished": result.finished,
        "course": result.course,
        "position": result.position,
        "begun": result.begun,
    }


def stored(document: str) -> PracticeResult:
    """A result as it was kept. It was judged when it was written, so that a team's page need not judge it again.

    Args:
        document: JSON of what `flat` gives.
    """
    known: dict[str, Any] = json.loads(document)
    return PracticeResult(
        run=known["run"],
        scenario=known["scenario"],
        level=PracticeLevel(known["level"]),
        seed=known["seed"],
        items=tuple(
            PracticeItem(
                one["code"],
                one["group"],
                one["got"],
                one["of"],
                Bilingual(**one["better"]) if "better" in one else None,
            )
            for one in known["items"]
        ),
        instant_fail=tuple(known["instant_fail"]),
        seconds=known["seconds"],
        norm_s=known["norm_seconds"],
        keys=known["keys"],
        keys_norm=known["keys_norm"],
        finished=known["finished"],
        course=known["course"],
        position=known["position"],
        begun=known.get("begun", False),
    )


def differs(begun: PracticeResult, end: PracticeResult) -> str:
    """In what a result is not the end of a call that was begun.

    Args:
        begun: as it stands on record. end: what came under the same key.

    Returns:
        The first field in which they are not the same call; empty when it is its end.
    """
    for name in ("run", "scenario", "level", "seed", "course", "position"):
        if getattr(begun, name) != getattr(end, name):
            return name
    sheets = [{(item.code, item.group, item.of) for item in one.items} for one in (begun, end)]
    return "" if sheets[0] == sheets[1] else "items"


def resting(
    results: Iterable[KeptResult], allowed: Iterable[tuple[str, str, datetime]], now: datetime
) -> tuple[RestingExam, ...]:
    """Exams of one person that may not be taken again yet: one try each, whether passed, failed or broken off.

    One whose beginning alone is on record was broken off; it rests from there, as every exam does.

    Args:
        results: hers, in any order.
        allowed: scenario, course and instant of every further try a lead allowed; it stands for one try.
        now: aware instant.

    Returns:
        One per scenario and course, by scenario.
    """
    last: dict[tuple[str, str], KeptResult] = {}
    for kept in results:
        if kept.result.level is PracticeLevel.EXAM:
            key = (kept.result.scenario, kept.result.course)
            last[key] = max(kept, last.get(key, kept), key=lambda one: (one.at, one.id))
    for scenario, course, at in allowed:
        if (taken := last.get((scenario, course))) is not None and at >= taken.at:
            del last[scenario, course]
    return tuple(
        RestingExam(scenario, course, kept.at + EXAM_REST, not kept.result.finished)
        for (scenario, course), kept in sorted(last.items(), key=lambda one: one[0])
        if now < kept.at + EXAM_REST
    )


def _flat(item: PracticeItem) -> dict[str, Any]:
    made: dict[str, Any] = {"code": item.code, "group": item.group, "got": item.got, "of": item.of}
    if item.better is not None:
        made["better"] = {"zh": item.better.zh, "en": item.better.en}
    return made


def _items(value: object) -> tuple[PracticeItem, ...]:
    items = tuple(_item(one) for one in _list(value, "items"))
    if not 0 < len(items) <= ITEMS_MOST or len({item.code for item in items}) < len(items):
        raise ResultInvalid("items")
    return items


def _item(value: object) -> PracticeItem:
    known = _mapping(value, "items")
    code = _matching(known.get("code"), _ITEM, "items")
    group = known.get("group")
    got, of = (_whole(known.get(name), "items", POINTS_MOST) for name in ("got", "of"))
    if of == 0 or got > of:
        raise ResultInvalid("items")
    return PracticeItem(
        code=code,
        group=_code(code.partition(":")[0] if group is None else group, "items"),
        got=got,
        of=of,
        better=_words(known.get("better")) if got < of else None,
    )


def _words(value: object) -> Bilingual | None:
    if not isinstance(value, Mapping):
        return None
    known = cast("Mapping[object, object]", value)
    # Cut before cleaning: what is composed may be shorter afterwards, never longer than what was cut.
    texts = [clean(text[: 2 * TEXT_MOST])[:TEXT_MOST].strip() for text in _texts(known)]
    return Bilingual(*texts) if len(texts) == 2 and all(texts) else None


def _texts(known: Mapping[object, object]) -> list[str]:
    return [text for name in ("zh", "en") if isinstance(text := known.get(name), str)]


def _mapping(value: object, field: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ResultInvalid(field)
    return cast("Mapping[str, object]", value)


def _list(value: object, field: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise ResultInvalid(field)
    return cast("Sequence[object]", value)


def _matching(value: object, pattern: re.Pattern[str], field: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ResultInvalid(field)
    return value


def _code(value: object, field: str) -> str:
    return _matching(value, _CODE, field)


def _whole(value: object, field: str, most: int, *, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ResultInvalid(field)
    return value


def _seconds(value: object, field: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ResultInvalid(field)
    if not math.isfinite(value) or not 0 <= value <= SECONDS_MOST:
        raise ResultInvalid(field)
    return round(float(value), 1)
