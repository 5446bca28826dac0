"""The engine, for you to fill in: see README.md. The tests of a chapter are run by `pytest -m ex1`, `ex2` and so on."""

import math  # noqa: F401 - you will want it in chapter 4


class Value:
    """A number that remembers what it was made from.

    `data` is the number, `grad` how much the end result moves when this number does. `_prev` are the Values that it was
    made from, and `_backward` passes its gradient on to them; of a Value that was made from nothing, it does nothing.
    """

    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._prev = tuple(_children)
        self._backward = lambda: None

    def __repr__(self):
        return f"Value({self.data}, grad={self.grad})"

    # --- chapter 1: forward. Chapter 2: give each result a `_backward` ---

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        raise NotImplementedError("chapter 1: make a Value of the sum that has self and other for its children")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        raise NotImplementedError("chapter 1: make a Value of the product that has self and other for its children")

    # --- chapter 3: the whole way back ---

    def backward(self):
        raise NotImplementedError(
            "chapter 3: set this gradient to 1, and call every _backward, each after those of all Values it went into"
        )

    # --- chapter 4: more operations; several can be made of those that are there ---

    def __pow__(self, number):
        raise NotImplementedError("chapter 4: this Value to the power of a plain number; the slope is n * x**(n - 1)")

    def tanh(self):
        raise NotImplementedError("chapter 4: tanh; its slope is 1 - tanh(x)**2")

    def exp(self):
        raise NotImplementedError("chapter 4: exp; its slope is exp(x)")

    def relu(self):
        raise NotImplementedError("chapter 4: the number where it is above 0, else 0; the slope is 1 or 0")

    def __neg__(self):
        raise NotImplementedError("chapter 4: the negative; a product with -1 will do")

    def __sub__(self, other):
        raise NotImplementedError("chapter 4: the difference; a sum with the negative will do")

    def __truediv__(self, other):
        raise NotImplementedError("chapter 4: the quotient; a product with the power -1 will do")

    # --- what a plain number on the left asks for: 2 + x, 2 * x, 2 - x, 2 / x ---

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other


# --- chapter 5: a network ---


class Neuron:
    """tanh of the bias plus each input times its weight; `w` are the weights, `b` is the bias."""

    def __init__(self, inputs, random):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Value(0.0)

    def __call__(self, x):
        raise NotImplementedError("chapter 5: tanh of the bias plus the sum of weight * input")

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    """Neurons side by side, all with the same inputs."""

    def __init__(self, inputs, outputs, random):
        self.neurons = [Neuron(inputs, random) for _ in range(outputs)]

    def __call__(self, x):
        raise NotImplementedError("chapter 5: a list of what each neuron makes of x; of one neuron, its Value alone")

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """Layers one after another: MLP(3, [4, 4, 1], random) takes 3 inputs through two layers of 4 to 1 output."""

    def __init__(self, inputs, sizes, random):
        before = [inputs, *sizes]
        self.layers = [Layer(before[k], size, random) for k, size in enumerate(sizes)]

    def __call__(self, x):
        raise NotImplementedError("chapter 5: what the last layer makes of what the layers before it made of x")

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def step(network, xs, ys, rate):
    """One step of training; returns the loss before it, a plain number.

    The loss is the sum of (answer - wanted)**2 over all examples. Each parameter goes against its gradient, by `rate`.
    """
    raise NotImplementedError("chapter 5: loss, gradients to 0, backward, and rate * gradient off each parameter")
