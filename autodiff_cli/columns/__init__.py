"""Value and gradient over columns of numbers: a program as NumPy calls or as machine code.

Read `vectorize` first, then `schedule` and `blocks`, then `fused`; `reasons` says why a row has no value.
"""
