"""Graphs as straight-line programs, and a program as text: one file a language.

Read `graph` and `lower` first (with `simplify`, `paths`, `gradient`, `program`), then `writer`, then a language;
`compiled` runs a program in Python, `latex` typesets a graph.
"""
