"""How results are shown: one file an output, no mathematics.

An output format of `plot`, `graph`, `trace` or a derivation is added in the tables of `formats`; the other commands
name theirs with `format_option`, and call the file of their name here, or `data` and `report` for the rows of a point.
Tables of data are written by `tables`, code and LaTeX by `codegen`. What is drawn on a terminal goes through `console`;
read `report` first, and for a plot `axes`, `canvas`, then `plot`; `error` words errors and notes.
"""
