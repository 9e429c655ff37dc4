"""Who is ready for real calls, for every surface: what it is judged by, its words, the hint to a lead."""
