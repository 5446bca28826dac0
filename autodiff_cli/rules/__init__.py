"""What is known of each function, as data: derivative, domain, kinks, accuracy; and formulas over a kind of number.

Read `table` first, where a function is added, then `numbers`, which compiles its formulas, then the file in `kernels`
for the kind of number in question.
"""
