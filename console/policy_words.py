"""A policy, a preview of another one, and closures, as lines a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from console import i18n
from console.i18n import _, p_
from console.words import WEEKDAYS, date_words, role_word, team_word, tier_word
from db.enums import Level

if TYPE_CHECKING:
    from console.desk.policy_preview import Preview
    from console.rules.calendar import Calendar
    from console.rules.policy import Policy
    from console.rules.policy_moves import Moves
    from db.records import Closure, Reason

CLOSED_DAYS_AHEAD = 92
"""Days ahead whose closed days are named: three months."""
ROSTER_DAYS = 14
DAYS_NAMED = 12
"""Days of a list that are named before it says how many more there are."""


def day_word(day: date) -> str:
    """A day with its day of the week."""
    return f"{day:%Y-%m-%d} {p_('weekday', WEEKDAYS[day.weekday()])}"


def closed_word(reason: Reason) -> str:
    """Why a day is closed, in a few words: the holiday's name, the clinic's own words."""
    if reason.code == "closed_holiday":
        return i18n.reason_text(i18n.language(), reason.params["holiday"])  # type: ignore[arg-type]
    if reason.code == "closed_by_clinic":
        return str(reason.params["why"])
    return p_("closed", "no calls on this weekday")


def closure_words(closure: Closure) -> str:
    """The strip's few words of the next closure and the safety calls that fall into what is near."""
    count = "999+" if closure.safety > 999 else str(closure.safety)
    days = f"{closure.first:%m-%d}"
    if closure.last != closure.first:
        days = _("{first} to {last}", first=days, last=f"{closure.last:%m-%d}")
    return _(
        "closed {days} {why}: safety calls then: {n}, others wait",
        days=days,
        why=closed_word(closure.reason),
        n=count,
    )


def unknown_year_words(year: int) -> str:
    """Said of a near year without public holidays."""
    return _("public holidays of {year} not known", year=year)


# --- a policy ---


def policy_lines(policy: Policy, today: date) -> list[str]:
    """What a policy decides, in words: hours, closed days, roster, limits, clocks, teams.

    Args:
        policy: any.
        today: the clinic's day; closed days of the next three months and the roster of two weeks are named.
    """
    from console.rules import calendar as calendars

    calendar = calendars.of(policy)
    return [
        _("CALLING HOURS"),
        *_hours(policy),
        "",
        _("CLOSED DAYS OF THE NEXT THREE MONTHS"),
        *_closed(calendar, today),
        "",
        _("ON CALL: ENTRIES FOR THE NEXT TWO WEEKS"),
        *_roster(policy, today),
        "",
        _("TRIES"),
        *_tries(policy),
        "",
        _("CLOCKS OF WHAT IS HANDED OVER"),
        *_clocks(policy),
        "",
        _("REVIEWS AND ASSESSMENT"),
        *_quality(policy),
        "",
        _("WHO SERVES WHAT"),
        *_teams(policy),
    ]


def _hours(policy: Policy) -> Iterator[str]:
    calendar = policy.calendar
    for season in calendar.seasons:
        yield "  " + _(
            "{first} to {last}: {hours}",
            first="{:02}-{:02}".format(*season.first),
            last="{:02}-{:02}".format(*season.last),
            hours=i18n.listed(str(window) for window in season.windows) or _("closed"),
        )
    yield "  " + _("on {days}", days=_weekdays(calendar.calling_days))
    yield "  " + _("urgent calls: {hours}; outside it only red flags ring", hours=str(calendar.safety_hours))
    for override in calendar.overrides:
        said = override.closed or i18n.listed(str(window) for window in override.windows)
        yield "  " + _("{day}: {what}", day=day_word(override.day), what=said)
    yield "  " + _(
        "working days: {days}, less public holidays, plus makeup days", days=_weekdays(calendar.working_days)
    )


def _weekdays(days: Iterable[int]) -> str:
    numbers = sorted(days)
    if len(numbers) == len(WEEKDAYS):
        return _("every day of the week")
    return " ".join(p_("weekday", WEEKDAYS[number]) for number in numbers)


def _closed(calendar: Calendar, today: date) -> Iterator[str]:
    yield "  " + holidays_line(calendar, today)
    found = calendar.closures(today, CLOSED_DAYS_AHEAD)
    named = [(day, reason) for day, reason in found if reason.code != "closed_weekday"]
    run: list[date] = []
    for number, (day, reason) in enumerate(named):
        run.append(day)
        after = named[number + 1] if number + 1 < len(named) else None
        if after is not None and after[0] == day + timedelta(days=1) and after[1] == reason:
            continue
        days = day_word(run[0])
        if len(run) > 1:
            days = _("{first} to {last}", first=days, last=day_word(day))
        yield f"  {days}  {closed_word(reason)}"
        run = []
    if not named:
        yield "  " + _("none")


def holidays_line(calendar: Calendar, today: date) -> str:
    """Up to which year public holidays are known, and what holds after it.

    Args:
        calendar: the policy's.
        today: the clinic's day.
    """
    known = calendar.known_until()
    if known is None:
        return _("public holidays do not count here")
    if known < today.year:
        return _("PUBLIC HOLIDAYS OF {year} ARE NOT KNOWN: every weekday counts as usual", year=today.year)
    return _(
        "public holidays are known to the end of {year}; of {next} none are: every weekday counts as usual",
        year=known,
        next=known + 1,
    )


def _roster(policy: Policy, today: date) -> Iterator[str]:
    until = today + timedelta(days=ROSTER_DAYS)
    rows = [row for row in policy.on_call if row.first < until and row.last >= today]
    for row in rows:
        people = sorted(row.people, key=lambda person: person.order)
        names = i18n.listed(person.name for person in people)
        days = f"{date_words(row.first, today)} - {date_words(row.last, today)}"
        yield f"  {days}  {row.hours}  {names}"
    gap = policy.on_call_gap(today, ROSTER_DAYS)
    if gap is not None:
        yield "  " + _("From {day} on there are hours when nobody is on call.", day=gap.isoformat())


def _tries(policy: Policy) -> Iterator[str]:
    retry, queue = policy.retry, policy.queue
    yield "  " + _(
        "in all: safety {safety}, care {care}, routine {routine}, surveys {survey}", **dict(retry.budget)
    )
    yield "  " + _(
        "nobody answered: again after {gap} minutes, {n} a day, safety calls {m}",
        gap=retry.no_answer.gap_min,
        n=retry.no_answer.per_day,
        m=retry.no_answer.per_day_safety,
    )
    yield "  " + _("busy: again after {gap} minutes", gap=retry.busy.gap_min)
    yield "  " + _(
        "promised: {early} minutes early, kept for {grace} minutes",
        early=queue.promise_early,
        grace=queue.promise_grace,
    )
    yield "  " + _("skipped {n} times: to the lead", n=queue.skips_to_lead)


def _clocks(policy: Policy) -> Iterator[str]:
    from console.words import level_word

    for level in Level:
        clocks = policy.escalations.clocks.get(level)
        if clocks is not None:
            yield "  " + _(
                "{level}: taken up {ack} min, reached {contact} min, closed {resolve} min",
                level=level_word(level),
                ack=clocks.ack,
                contact=clocks.contact,
                resolve=clocks.resolve,
            )
    yield "  " + _("complaint: first reply {n} h", n=policy.escalations.complaint.first_reply_h)
    yield "  " + _("remedies are decided by: {role}", role=role_word(policy.escalations.complaint.approver))


def _quality(policy: Policy) -> Iterator[str]:
    found = policy.quality
    yield "  " + _(
        "drawn: reached calls under {s} s, {n} answers faster than reading, {percent} % by chance; "
        "lapses in {days} days",
        s=found.short_s,
        n=found.fast_answers,
        percent=found.random_percent,
        days=found.expire_days,
    )
    for role, weights in found.weights.items():
        yield "  " + _(
            "{role}: plan {plan}, execution {execution}, quality {quality}",
            role=role_word(role),
            plan=weights.plan,
            execution=weights.execution,
            quality=weights.quality,
        )
    yield "  " + _(
        "points lost: {n} without a first plan, {m} for each planned call that is missing",
        n=found.no_first_plan,
        m=found.missing_plan,
    )


def _teams(policy: Policy) -> Iterator[str]:
    for team, roles in policy.teams.items():
        who = i18n.listed(role_word(role) for role in roles)
        yield "  " + _("{name}: {what}", name=team_word(team), what=who)


# --- what another policy would move ---


def preview_lines(preview: Preview) -> list[str]:
    """What putting a document in force would move, in words."""
    moves = preview.moves
    if not preview.changed:
        lines = [_("This is the policy in force: nothing changes.")]
    else:
        lines = [_("Against version {n}, which is in force:", n=preview.version)]
    lines += [_looked(preview), *_moved(moves)]
    lines += _days(_("Days that come to be closed: {days}"), preview.closes)
    lines += _days(_("Days that come to be open: {days}"), preview.opens)
    if preview.known_until is not None:
        lines.append(
            _(
                "Public holidays are known to the end of {year}; of {next} none are.",
                year=preview.known_until,
                next=preview.known_until + 1,
            )
        )
    if preview.gap is not None:
        lines.append(_("From {day} on there are hours when nobody is on call.", day=preview.gap.isoformat()))
    return lines


def _looked(preview: Preview) -> str:
    moves = preview.moves
    if preview.complete:
        return _("{n} of {all} open calls move.", n=moves.moved, all=moves.looked)
    return _(
        "Looked at {looked} of {all} open calls, those that change soonest: {n} of these move. The others were "
        "not looked at.",
        looked=moves.looked,
        all=preview.open_items,
        n=moves.moved,
    )


def _moved(moves: Moves) -> Iterator[str]:
    for (before, after), count in sorted(moves.tiers.items()):
        yield "  " + _("{before} to {after}: {n}", before=tier_word(before), after=tier_word(after), n=count)
    pairs = (
        (_("deadline"), moves.deadline_earlier, moves.deadline_later),
        (_("first time they may be rung"), moves.rings_earlier, moves.rings_later),
        (_("last minute of a safety call's day"), moves.last_call_earlier, moves.last_call_later),
    )
    for what, earlier, later in pairs:
        if earlier or later:
            yield "  " + _("{what}: {m} earlier, {n} later", what=what, m=earlier, n=later)
    singles = (
        (_("could be rung, and then no more in time: {n}"), moves.rings_never),
        (_("could not be rung in time, and then can: {n}"), moves.rings_again),
        (_("offered to other people: {n}"), moves.lanes),
        (_("promised times that come to lie outside the calling hours (they are kept): {n}"),
         moves.promises_outside),
        (_("PROMISED TIMES THAT COME TO LIE IN QUIET HOURS, WHEN NOBODY MAY RING: {n}"), moves.promises_quiet),
    )  # fmt: skip
    for words, count in singles:
        if count:
            yield "  " + words.replace("{n}", str(count))


def _days(words: str, days: tuple[date, ...]) -> list[str]:
    if not days:
        return []
    named = " ".join(f"{day:%m-%d}" for day in days[:DAYS_NAMED])
    if len(days) > DAYS_NAMED:
        named += f" +{len(days) - DAYS_NAMED}"
    return [words.replace("{days}", named)]
