"""The second opinion on a gradient, from values alone; and what is printed where it and the rules do not agree.

Read `finite_difference` first, then `replay` (over `straight`), which runs a graph along one variable, and `judge`, the
verdict in floats. Then `trust`, how far floats can be trusted, `nearby`, slopes from values next to the point in exact
arithmetic, and `arbiter`, which asks all of them. `blind` is the witness of functions that can only be called: over
`noise`, read off their values, and `averaged`, fits where noise hides a slope. No rule of differentiation is behind an
estimate.
"""
