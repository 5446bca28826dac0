"""Graphs over balls (python-flint): numbers with a proven bound of their error, at any precision.

Read `balls` first; `series` makes power series of the same rules.
"""
