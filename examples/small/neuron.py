"""One neuron, its gradient by the engine and by hand."""

from math import tanh

from autodiff_cli import Value

x1, x2 = 2.0, 0.0
w1, w2, b = Value(-3.0, "w1"), Value(1.0, "w2"), Value(6.7, "b")
out = (w1 * x1 + w2 * x2 + b).tanh()
out.backward()
bend = 1 - tanh(-3.0 * x1 + 1.0 * x2 + 6.7) ** 2  # the slope of tanh, which goes to each by its input
for leaf, by_hand in ((w1, bend * x1), (w2, bend * x2), (b, bend)):
    print(f"{leaf.label}: {leaf.grad:+.6f}, by hand {by_hand:+.6f}")
    assert abs(leaf.grad - by_hand) < 1e-14
