"""Graphs over balls (python-flint): numbers with a proven bound of their error, at any precision.

Read `balls` first, which computes a graph over the formulas that `arithmetic` makes of the table; then `rounded`, value
and gradients as floats that were rounded once. `series` makes power series of the same rules, with the coefficients
that `series_numbers` has. `ball_graph` computes a graph over intervals, poles and edges included: `far` has the numbers
there, `cases` what is open; `enclosure` bounds its values over a box, `closed_box` up to the edge of a domain.
`identity/` shows that two formulas are one function.
"""
