"""Every word on the screen explained, and its keys from the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.screen import Screen

from console import keys
from console.i18n import _
from console.text import fit
from console.widgets.dialogs import Read

Word = tuple[str, str]
"""What stands on the screen (msgid) and what it means (msgid)."""

WORDS: Mapping[str, tuple[Word, ...]] = {
    "queue": (
        (
            "call, promised, board",
            "People you may dial at this minute, agreed callbacks, open escalations of the clinic.",
        ),
        (
            "RED",
            "A clinician wants a call now, or the line dropped during a red flag. Any hour.",
        ),
        ("PROM", "A time was agreed with this person, or a first-evening call is nearly out of time."),
        ("SAFE", "A safety call of the first days, still inside its clinical window."),
        ("CLOCK", "An escalation whose clock to reach the person has less than a quarter left."),
        ("LATE, DUE", "A care call past its day, or due now. Both are worked by their deadline."),
        ("ROUT", "Long-term calls, surveys, visits without treatment."),
        ("due", "By when the call should be made; y is yesterday, t is tomorrow."),
        ("left", "Time until then; a minus means it is late by so much."),
        ("day", "Whole days since the operation; the day itself is 0."),
        ("try", "Counted attempts so far."),
        ("last", "What came of the last contact."),
        ("* before a line, blue", "Its day, hour or agreed time has come: to be called now."),
        (
            "- before a line",
            "A colleague works on this person; the end of the line says who. Nobody else can take her.",
        ),
        ("dim line", "May not be dialled at this minute; the line says when it opens."),
        (
            "cursor",
            "Stays on the person, not on the line. Until you move it, enter takes the next in order.",
        ),
        ("names", "Masked here. Taking a call shows you the full name and the number."),
    ),
    "board": (
        (
            "take up, reach, close",
            "Which limit of the case runs out next, and how long that is; a minus is late.",
        ),
        ("NOW, 2 H, 24 H", "How urgent: at once, within 2 hours, within 24 hours. Callers never lower it."),
        ("? before a level", "The caller says it was keyed by mistake; only a doctor or nurse closes it."),
        ("!! NOW", "An emergency nobody has taken yet; every screen shows it, and the bell has rung once."),
        ("reply, answer, refund", "Which limit of a complaint or request runs out next."),
        ("PAUSED", "The clock of a complaint stands still while the customer owes something."),
        ("ago", "How long ago the case was raised."),
        ("only", "The cards are narrowed to a kind or to who has them; the strip never is."),
        (
            "columns",
            "New, taken up, patient reached, closed in the last 24 hours; what runs out first is on top.",
        ),
        ("cursor", "Stays on the case, also when a colleague moves it to another column."),
        ("tiers", "Open calls by tier, as the queue names them."),
        ("lapsed", "Calls whose clinical window passed; somebody has to look at each."),
        ("skipped", "Calls that were skipped so often that the lead decides about them."),
        ("no plan", "Treatments from which not a single call was planned."),
        (
            "due, can make",
            "People to be called in the rest of today's calling hours, and how many calls those on duty can make: "
            "people times minutes left, by the minutes one call takes.",
        ),
        ("unreachable", "Tried as often as the policy says, without an answer."),
        ("for the lead", "Calls only the lead can decide about."),
        ("refused rows", "Rows of an import that wait on the fix list; these people get no calls."),
        ("late drafts", "Typing of a call that somebody else had taken over meanwhile."),
        ("before the start", "Calls due before the clinic began with AfterCall; they are not made up for."),
        ("cut off", "Calls that broke off in the middle; they go back to who had them."),
        ("NOBODY IS WATCHING", "No console or tick has looked at the clocks for two minutes."),
    ),
    "escalation": (
        ("next", "What is to be done first, and by when; enter does it, or says for whom it waits."),
        ("What happened", "Everything done about it, the oldest first; nothing is ever taken out."),
        ("! before an answer", "The answer that raised it; below it what was to say then."),
        ("To be reported", "A report to an authority, with the law's clock; a doctor or nurse decides."),
        ("Before it can be closed", "What a complaint still needs; nothing skips it."),
        ("Clavien-Dindo", "Grade of a complication, I to V, given by a doctor or nurse when closing."),
    ),
    "patient": (
        ("1 to 8", "Parts of the file; the number behind a part is how many lines it has."),
        ("before the start", "Calls due before the clinic began with AfterCall; they are not made up for."),
        ("FROM THE WRONG TRACK", "A call that was made before its treatment was corrected."),
        ("may hear clinical things", "The patient has agreed, or the person is a guardian."),
        ("restricted", "An intimate procedure; only authorised people see which."),
    ),
    "call": (
        ("identity", "Two things the patient tells us herself; until then nothing clinical is read out."),
        ("track, record", "On the left what you say and ask; on the right what will be saved."),
        ("no, yes, unsure", "Yes always means the danger sign is there; unsure counts as yes."),
        ("groups", "Several signs asked in one breath; yes opens them one by one."),
        ("!! and a level", "A danger sign is there. It is handed over already; read what stands below it."),
        (
            "where, with whom",
            "Two fields while a danger sign stands; tab goes to them, f2 back to the talk-track.",
        ),
        ("not yet approved", "No doctor has approved the words: ask and note, explain nothing."),
        ("turns", "What else may come up in a talk: price, anger, a wrong person, a voicemail."),
        ("draft kept", "What you typed is stored; after a power cut it comes back to you alone."),
        ("Not saved yet", "What is missing before the call counts as completed."),
    ),
    "practice": (
        (
            "difficulty",
            "guided: a line names the next thing; normal: no help; exam: a clock, no hints, one try.",
        ),
        ("%", "The best result of this practice at this level; ok means that it passes."),
        ("courses", "Calls in their order with a mark for all of them together; enter plays the next one."),
    ),
    "practice_call": (
        (
            "between header and talk-track",
            "What is heard on the telephone, at the pace of speech; a yellow line came in by itself.",
        ),
        ("Next", "Guided: the next thing a good caller does, with its key."),
        (
            "speak",
            "How a feeling is met, and what no talk-track has; it is read for what may not be said.",
        ),
    ),
    "debrief": (
        ("Right", "What would have been right there: a sentence to say, or a thing to do."),
        (">>", "The missed moment under the cursor; r takes the call up again before it, never in an exam."),
        ("Fails the whole call", "Leaves no points, whatever else was right."),
    ),
    "scripts": (
        ("release", "The words all seats read now, and who approved them until when."),
        ("parts", "Flows, concerns, care words, disputes; the letter in front opens one."),
        ("post-op day", "The day the words are chosen for; the day itself is 0."),
        ("ask, flags", "What is asked, and the level each answer raises."),
        ("say", "What may be said inside the window, when no danger sign is there."),
    ),
    "releases": (
        ("read, approved", "Every seat reads this one."),
        ("read, draft", "Read for questions and danger signs only: no doctor has approved its words."),
        ("read, overdue", "Its day to be looked at again has passed."),
        ("as delivered", "The words this program came with."),
    ),
    "script_diff": (
        ("changes", "What differs from what callers read now, one line for each place."),
        ("before, after", "The words as they are read now, and as this release would have them."),
    ),
    "form": (
        ("red line", "What is wrong with the field above it. Nothing typed is lost."),
        ("[ ]", "The word in brackets is chosen; arrows or digits change it."),
        ("Calls this plans", "Dates the treatment would plan; nothing is written before ctrl+s."),
    ),
    "intake": (
        ("because", "What makes a complaint at least moderate or severe; several may apply."),
        ("came in", "When it reached the clinic; its clocks run from then."),
        ("showed who", "How she showed who she is; what she answered is not kept."),
    ),
    "staff": (
        ("first PIN", "Made here and told once; its owner changes it at the first sign-in."),
        ("sees intimate", "Intimate procedures are named to this person."),
    ),
    "fixlist": (
        ("what is wrong", "Why the row was refused and what to do; the newest operation is on top."),
        ("teach the word", "The clinic's own word for a procedure; every row refused for it comes in."),
    ),
    "readiness": (
        ("passed", "Calls of the required courses that reach the mark, of all of them."),
        (
            "exam",
            "What the last exam came to, and whether every exam call is passed. Each is one try a week.",
        ),
        (
            "Trend",
            "The last five calls against the five before; calls with hints and broken-off ones do not count.",
        ),
        ("latest calls", "A sign a call, oldest first: a higher sign is more points."),
        (
            "Weakest",
            "Where the smallest share of the points was got in the latest 20 calls, of at least three.",
        ),
    ),
    "readiness_person": (("* before a line", "Not passed yet; behind the title stands why."),),
    "every": (
        (
            "red line on top",
            "A live alarm: level, time left, whether somebody phones the doctor. f11 shows whom to phone.",
        ),
        ("yellow line on top", "Nobody is on call, or the database does not answer."),
        ("DEMO", "Sample data: nothing here is a real person, and no real telephone is dialled."),
    ),
}


def lines_for(*scopes: str) -> list[str]:
    """Help of one screen, in the language of the screen.

    Args:
        scopes: of the keys table.
    """
    lines: list[str] = []
    for words in (*(WORDS.get(scope, ()) for scope in scopes), WORDS["every"]):
        lines += [_("{term}: {meaning}", term=_(term), meaning=_(sentence)) for term, sentence in words]
        lines.append("")
    for row in keys.of_scope(*scopes, "app"):
        names = " ".join(keys.shown(key) for key in keys.keys_of(row)) or "-"
        lines.append(f"{fit(names, 20)} {_(row.help)}")
    lines += [
        "",
        _("With Chinese input on, F-keys, ctrl keys and digits work; letters need Shift first."),
    ]
    return lines


def help_for(screen: Screen[Any]) -> Read:
    """The help window of a screen."""
    return Read(_("Help"), lines_for(*getattr(screen, "ALSO", ()), getattr(screen, "SCOPE", "")))
