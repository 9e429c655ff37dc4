"""Clinic, staff, patients and how they are reached."""

from __future__ import annotations

from db.migrations.columns import big, create, day, index, one_of, ref, text, unique, whole, yes_no

TABLES = (
    "clinic",
    "staff",
    "seat",
    "contact_group",
    "patient",
    "contact_person",
    "phone",
    "consent_event",
    "patient_search",
)


def create_tables() -> None:
    """Create these tables with their indexes."""
    create(
        "clinic",
        text("name"),
        text("zone"),
        day("go_live", null=True),
        yes_no("is_demo"),
        yes_no("is_test"),
        big("created_at"),
        big("last_tick_at", null=True),
        clinic=False,
    )
    create(
        "staff",
        text("login", ordered=True),
        text("name"),
        text("roles", default="[]"),
        text("languages", default="[]"),
        text("pin_hash"),
        yes_no("must_change_pin"),
        whole("failed_pins", default=0),
        big("locked_until", null=True),
        yes_no("on_duty"),
        yes_no("restricted_ok"),
        text("phone", null=True),
        big("retired_at", null=True),
        big("created_at"),
        unique("staff", "clinic_id", "login"),
    )
    create(
        "seat",
        ref("staff"),
        text("role"),
        text("label", default=""),
        big("opened_at"),
        big("seen_at"),
        big("closed_at", null=True),
        one_of("seat", "role", "caller", "nurse", "doctor", "consultant", "lead", "trainee"),
    )
    index("seat", "clinic_id", "staff_id", "closed_at")
    create("contact_group", big("created_at"))
    create(
        "patient",
        text("external_id", null=True, ordered=True),
        ref("contact_group", "group_id"),
        text("name"),
        text("pinyin", ordered=True),
        text("sex", null=True),
        day("born_on", null=True),
        text("member_tier", null=True),
        text("language"),
        yes_no("lives_alone"),
        text("preferred_hours", null=True),
        day("local_until", null=True),
        day("deceased_on", null=True),
        yes_no("legal_hold"),
        ref("staff", "owner_staff_id", null=True),
        text("consultant", null=True),
        text("notes", null=True),
        big("created_at"),
        big("updated_at"),
        one_of("patient", "language", "zh", "en"),
        unique("patient", "clinic_id", "external_id"),
    )
    index("patient", "clinic_id", "group_id")
    index("patient", "clinic_id", "pinyin")
    create(
        "contact_person",
        ref("patient"),
        text("name"),
        text("relation"),
        text("phone", null=True),
        yes_no("may_hear_clinical"),
        yes_no("guardian"),
        big("consent_at", null=True),
    )
    index("contact_person", "clinic_id", "patient_id")
    create(
        "phone",
        ref("patient"),
        ref("contact_person", null=True),
        text("e164", ordered=True),
        text("kind"),
        whole("rank"),
        text("status"),
        big("suspended_until", null=True),
        big("created_at"),
        one_of("phone", "kind", "mobile", "landline", "other"),
        one_of("phone", "status", "live", "suspended", "dead"),
    )
    index("phone", "clinic_id", "e164")
    index("phone", "clinic_id", "patient_id", "rank")
    create(
        "consent_event",
        ref("patient"),
        text("purpose"),
        yes_no("given"),
        big("at"),
        text("how"),
        ref("staff", null=True),
        one_of("consent_event", "purpose", "care", "survey", "marketing"),
    )
    index("consent_event", "clinic_id", "patient_id", "purpose", "at")
    create(
        "patient_search",
        ref("patient"),
        text("kind"),
        text("key", ordered=True),
        one_of("patient_search", "kind", "char", "bigram", "pinyin", "initials", "digits"),
    )
    index("patient_search", "clinic_id", "kind", "key", "patient_id")
    index("patient_search", "clinic_id", "patient_id")
