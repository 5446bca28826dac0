"""Equations solved with proof. Read `factors` (what must be 0 for a product to be), `far` (all values over an
interval), `line` (the roots along a range, by interval Newton and bisection), `krawczyk` (systems of equations).
"""
