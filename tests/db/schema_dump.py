"""A database's whole schema as text: tables, checks, indexes, triggers, functions."""

from __future__ import annotations

from db.connect import Database, reading

_POSTGRES = (
    (
        "columns",
        """SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> 0 AND co.collname <> 'default'
                        THEN ' COLLATE ' || co.collname ELSE '' END
                || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
                || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            LEFT JOIN pg_collation co ON co.oid = a.attcollation
            WHERE c.relkind = 'r' ORDER BY c.relname COLLATE "C", a.attnum""",
    ),
    (
        "constraints",
        # PostgreSQL 18 lists NOT NULL as constraints too; the columns above already say it.
        """SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) AS line
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            WHERE k.contype <> 'n'
            ORDER BY c.relname COLLATE "C", k.conname COLLATE "C\"""",
    ),
    (
        "indexes",
        "SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'"
        ' ORDER BY indexname COLLATE "C"',
    ),
    (
        "triggers",
        """SELECT pg_get_triggerdef(t.oid) AS line FROM pg_trigger t WHERE NOT t.tgisinternal
            ORDER BY t.tgname COLLATE "C\"""",
    ),
    (
        "functions",
        """SELECT pg_get_functiondef(p.oid) AS line FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
            ORDER BY p.proname COLLATE "C\"""",
    ),
)


def dump(database: Database) -> str:
    """The schema in a fixed order."""
    with reading(database) as connection:
        if database.dialect == "sqlite":
            rows = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
                " ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name"
            )
            return "".join(f"{_tidy(row['sql'])};\n\n" for row in rows)
        parts: list[str] = []
        for title, sql in _POSTGRES:
            parts.append(f"-- {title}\n")
            parts.extend(f"{_tidy(row['line'])}\n" for row in connection.execute(sql))
            parts.append("\n")
        return "".join(parts)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in str(text).strip().splitlines()]
    # A rebuilt SQLite table has its constraints in no order that says anything.
    at = [number for number, line in enumerate(lines) if line.strip().startswith("CONSTRAINT ")]
    if at and at == list(range(at[0], at[-1] + 1)):
        found = sorted(lines[number].rstrip(",") for number in at)
        last = "" if not lines[at[-1]].endswith(",") else ","
        lines[at[0] : at[-1] + 1] = [f"{line}," for line in found[:-1]] + [found[-1] + last]
    return "\n".join(lines)
