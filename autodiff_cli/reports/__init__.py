"""What each command finds out, as plain data; how it is shown is none of its business.

Read `results` and `point` first; the other files are one command each. `check` has its parts in `claims`, `sampling`,
`deciders`, `mistakes` and `regions`.
"""
