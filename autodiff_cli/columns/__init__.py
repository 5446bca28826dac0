"""Value and gradient over columns of numbers: a program as NumPy calls or as machine code.

Read `vectorize` first, then `schedule` and `blocks` (over `native`, what NumPy has), then `fused` (over `loops`, the C,
`compiler`, and `reach`, the door into memory); `work` and `pool` share rows and buffers among threads, `reasons` says
why a row has no value.
"""
