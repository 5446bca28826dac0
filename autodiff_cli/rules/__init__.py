"""What is known of each function, as data, and how formulas of that data are computed over a kind of number.

Read `table` first, then `numbers`, then the file in `kernels` for the kind of number in question.
"""
