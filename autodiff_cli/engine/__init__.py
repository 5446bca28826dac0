"""The graph of an expression at a point: nodes, the run forward, the one reverse sweep, its domain, and its text.

Read `graph` first, then `value`, `expression` and `domain`; `printer` writes a graph back as text, `copying` copies it.
"""
