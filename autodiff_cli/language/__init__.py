"""Text to graph: what each sign and each name means, and what the grammar's rules make of them.

Read in the order of the work: `signs`, `patterns`, `foreign`, `latex`, `templates`, `tokens`, `scope`, `watch`,
`borrowed`, `derivatives`, `lexer`, `builder`, `parser`. `document`, `equation_reader` and `python_source` find formulas
in other texts. A new spelling of a sign is a line of `signs`, one of another language of `foreign`; how tight signs
bind is said in `grammars/expression.lark`, beside the package, and `builder` has a method for each rule.
"""
