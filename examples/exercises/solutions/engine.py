"""One way to write the engine of the exercises."""

import math


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

    # --- chapters 1 and 2 ---

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    # --- chapter 3: the whole way back ---

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:  # a graph of many steps is too deep for a function that calls itself
            node, is_done = stack.pop()
            if is_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(child, False) for child in node._prev]
        self.grad = 1.0
        for node in reversed(order):
            node._backward()

    # --- chapter 4: more operations; several can be made of those that are there ---

    def __pow__(self, number):
        out = Value(self.data**number, (self,))

        def _backward():
            self.grad += number * self.data ** (number - 1) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), (self,))

        def _backward():
            self.grad += (1 - out.data**2) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,))

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self * other**-1

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
        return sum((w * signal for w, signal in zip(self.w, x, strict=True)), self.b).tanh()

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    """Neurons side by side, all with the same inputs."""

    def __init__(self, inputs, outputs, random):
        self.neurons = [Neuron(inputs, random) for _ in range(outputs)]

    def __call__(self, x):
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """Layers one after another: MLP(3, [4, 4, 1], random) takes 3 inputs through two layers of 4 to 1 output."""

    def __init__(self, inputs, sizes, random):
        before = [inputs, *sizes]
        self.layers = [Layer(before[k], size, random) for k, size in enumerate(sizes)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def step(network, xs, ys, rate):
    """One step of training; returns the loss before it, a plain number.

    The loss is the sum of (answer - wanted)**2 over all examples. Each parameter goes against its gradient, by `rate`.
    """
    loss = sum((network(x) - y) ** 2 for x, y in zip(xs, ys, strict=True))
    for p in network.parameters():
        p.grad = 0.0
    loss.backward()
    for p in network.parameters():
        p.data -= rate * p.grad
    return loss.data
