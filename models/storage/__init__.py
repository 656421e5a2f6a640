"""The project file: one SQLite file holds all variants of a design, their history, revisions and pinned prices."""
