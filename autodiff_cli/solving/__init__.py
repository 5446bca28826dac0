"""Equations and least values, with proof.

Read `factors` (what must be 0 for a product to be), `univariate` (an equation along one variable), `bisection` (the
roots of a factor in a range, by interval Newton), `alone` (that no other root is near) and `line` (all roots along a
range); `krawczyk` has systems of equations, over the pieces of `pieces`; then `interval_graph` (a graph over many boxes
at a time), `narrowing` (bounds and Newton's steps over them), `branch_and_bound` (the least value over a box).
"""
