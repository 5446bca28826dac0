"""Graphs as straight-line programs, and a program as text: one file a language.

Read `graph_builder` and `lower` first (with `simplify`, `paths`, `gradient`, `program`), then `writer`, then a
language; `targets` says which there are, `compiled` runs a program in Python, `latex` typesets a graph.
"""
