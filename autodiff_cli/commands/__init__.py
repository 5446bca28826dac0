"""One file a command: it reads the arguments, asks `reports`, and hands what it gets to `render`.

Read `group` first, then `point`, which the commands about a point share (over `words`, `given`, `ranges`), then a
command; `exits` has the exit codes.
"""
