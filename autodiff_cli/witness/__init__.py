"""The second opinion on a gradient, from values alone: it knows no rule of differentiation.

Read `finite_difference` first, then `replay`, which runs a graph along one variable, and `high_precision`.
"""
