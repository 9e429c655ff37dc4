"""Words of practice: skills, grades, who passed what."""

from __future__ import annotations

from console.i18n import p_
from console.practice.records import Grade, Skill

SKILLS = {
    Skill.NORMAL: "ordinary calls",
    Skill.RED_FLAG: "danger signs",
    Skill.FEVER: "fever",
    Skill.LATE_IMPLANT: "implants after years",
    Skill.QUESTIONS: "patients' questions",
    Skill.DISPUTE: "disputes",
    Skill.WHO_ANSWERS: "who answers",
    Skill.INCOMING: "calls that come in",
    Skill.HARD_TALK: "hard talks",
    Skill.SEVERAL: "several operations",
}
GRADES = {Grade.GUIDED: "guided", Grade.NORMAL: "normal", Grade.EXAM: "exam"}


def skill_word(skill: Skill) -> str:
    """What a scenario trains."""
    return p_("skill", SKILLS[skill])


def grade_word(grade: Grade) -> str:
    """How much help there is."""
    return p_("grade", GRADES[grade])


def minutes_words(seconds: float) -> str:
    """Seconds as minutes and seconds, like 03:12."""
    whole = max(int(seconds), 0)
    return f"{whole // 60:02d}:{whole % 60:02d}"
