"""Text to graph: what each sign and each name means, and what the grammar's rules make of them.

Read in the order of the work: `signs`, `patterns`, `latex`, `scope`, `tokens`, `watch`, `lexer`, `builder`, `parser`.
"""
