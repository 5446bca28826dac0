"""Whether two formulas are the same function, for certain: exact arithmetic over the functions that occur in them.

Read `ring` first (polynomials in letters, relations, signs), then `field` (their quotients). `lattice` finds a few
arguments of which all are whole multiples; `known_signs`, `logs`, `powers` and `angles` make functions of quotients,
each knowing the one before, and `calls` has how every function of the table is read. `decision` puts the question.
"""
