"""Seats that nobody sits at: they work a made-up day with the desk's own functions, and every rule is checked."""
