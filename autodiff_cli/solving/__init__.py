"""Equations and least values, with proof.

Read `factors` (what must be 0 for a product to be), `far` (all values over an interval), `line` (the roots along a
range, by interval Newton and bisection), `krawczyk` (systems of equations); then `interval_graph` (a graph over many
boxes at a time), `narrowing` (bounds and Newton's steps over them), `branch_and_bound` (the least value over a box).

What a curve does: `seams` (where it may be anything but smooth), `expansions` and `beside` (what it comes to there),
`piece_roots` and `fractions` (zeros between seams), `horizon` (beyond which nothing happens), `shape` (the whole),
`closed_forms` and `periods`.
"""
