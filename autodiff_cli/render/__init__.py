"""How results are shown: one file an output, no mathematics.

A format that a command writes stands in the tables of `formats`, with the function that makes it. What is drawn on a
terminal goes through `console`; read `table` first, and for a plot `axes`, `canvas`, then `plot`.
"""
