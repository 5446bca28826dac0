"""One file a language that a program is written in; no mathematics beyond how that language spells it."""
