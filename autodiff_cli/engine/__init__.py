"""The graph of an expression at a point: nodes, the run forward, the one reverse sweep, and text of a graph.

Read `value` first, then `expression`; `printer` writes a graph back as text.
"""
