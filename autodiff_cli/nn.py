"""Neural networks of Values: neurons, layers, networks, losses, and the two usual ways to train them."""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise
from math import inf, isfinite, sqrt
from numbers import Integral
from random import Random
from typing import Any

from autodiff_cli.engine.value import Value, constant, data_of
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.rules.table import BY_NAME, find

_Activation = str | bool | None  # the name of a function of one argument; True is relu, False and None are none


class Module:
    """What has parameters: Values that training moves."""

    def parameters(self) -> list[Value]:
        """All of them, always in the same order."""
        return []

    def zero_grad(self) -> None:
        """Forget the gradients, which `backward()` else adds to."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """activation(bias + weight * input + weight * input + ...).

    `activation` is the name of a function of one argument, None for the bare sum. Weights start evenly spread around
    zero with variance 2 / inputs before a relu (He et al. 2015), which stops half of what comes in, else 1 / inputs
    (Glorot and Bengio 2010, for layers of one width): then signals neither fade nor grow from layer to layer. `seed` is
    a number, or the source of random numbers itself.

    Lectures say `w` and `b` for weights and bias, and `nonlin=False` for no activation; so may you.

    >>> neuron = Neuron(2, nonlin=False)
    >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.25, 0.75
    >>> neuron([2.0, 3.0]).data
    -2.0
    """

    def __init__(
        self, inputs: int, activation: _Activation = "relu", *, seed: int | Random = 0, nonlin: bool = True
    ) -> None:
        if inputs < 1:
            raise AutodiffError(f"a neuron needs an input at least, not {inputs}")
        random = _source(seed)
        activation = _known(activation if nonlin else None)
        limit = sqrt(3 * (2 if activation == "relu" else 1) / inputs)  # even on ±limit has variance limit^2 / 3
        self.weights = [Value(random.uniform(-limit, limit), f"w{k}") for k in range(1, inputs + 1)]
        self.bias = Value(0.0, "b")
        self.activation = activation

    @property
    def w(self) -> list[Value]:
        """The weights."""
        return self.weights

    @w.setter
    def w(self, weights: list[Value]) -> None:
        if not all(isinstance(weight, Value) for weight in weights):
            raise TypeError("the weights are Values: n.w[0].data = ... sets the number of one")
        self.weights = weights

    @property
    def b(self) -> Value:
        """The bias."""
        return self.bias

    @b.setter
    def b(self, bias: Value) -> None:
        if not isinstance(bias, Value):
            raise TypeError(f"the bias is a Value, not a {type(bias).__name__}: n.b.data = ... sets its number")
        self.bias = bias

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation."""
        return self.activation is not None

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {self.activation!r})"

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        if len(_several(inputs)) != len(self.weights):
            raise AutodiffError(f"a neuron of {len(self.weights)} inputs was given {len(inputs)}")
        total = self.bias
        for weight, signal in zip(self.weights, inputs, strict=True):
            total = total + weight * signal
        return getattr(total, self.activation)() if self.activation else total

    def parameters(self) -> list[Value]:
        return [*self.weights, self.bias]


class Layer(Module):
    """Neurons side by side, all with the same inputs; a layer of one gives a Value, others a list of them."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: _Activation = "relu",
        *,
        seed: int | Random = 0,
        nonlin: bool = True,
    ) -> None:
        if not _is_size(outputs):
            raise AutodiffError(f"a layer has a neuron at least, not {outputs!r}", hint="as in Layer(3, 4)")
        random = _source(seed)
        self.neurons = [Neuron(inputs, activation, seed=random, nonlin=nonlin) for _ in range(outputs)]

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.weights)}, {len(self.neurons)}, {first.activation!r})"

    def __call__(self, inputs: Value | Sequence[Value | float]) -> Any:
        """The outputs; where there is one neuron, its Value."""
        given = [inputs] if isinstance(inputs, Value) else _several(inputs)  # a layer of one stands before this one
        signals = [*map(_as_node, given)]  # one node each, for all the neurons
        outputs = [neuron(signals) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP(Module):
    """A multi-layer perceptron: `MLP(3, [4, 4, 1])` takes 3 inputs through two layers of 4 neurons to 1 output.

    The last layer has no activation unless it is given one: `MLP(3, [4, 4, 1], "tanh", last="tanh")`. The same `seed`
    gives the same network.
    """

    def __init__(
        self,
        inputs: int,
        outputs: Sequence[int],
        activation: _Activation = "relu",
        *,
        last: _Activation = None,
        seed: int | Random = 0,
    ) -> None:
        if not isinstance(outputs, Sequence) or not outputs or not all(map(_is_size, outputs)):
            raise AutodiffError(f"no network has the layers {outputs}", hint="a size each, as in MLP(3, [4, 4, 1])")
        self.activation, self.last = _known(activation), _known(last)
        random = _source(seed)
        *hidden, (count, size) = pairwise([inputs, *outputs])
        self.layers = [Layer(*sizes, self.activation, seed=random) for sizes in hidden]
        self.layers.append(Layer(count, size, self.last, seed=random))

    def __repr__(self) -> str:
        inputs = len(self.layers[0].neurons[0].weights)
        outputs = [len(layer.neurons) for layer in self.layers]
        activation = "" if self.activation == "relu" else f", {self.activation!r}"
        last = f", last={self.last!r}" if self.last else ""
        return f"MLP({inputs}, {outputs}{activation}{last})"

    def __call__(self, inputs: Value | Sequence[Value | float]) -> Any:
        """The output, a Value; where there are several, a list of them."""
        signals = inputs
        for layer in self.layers:
            signals = layer(signals)
        return signals

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]


def mean_squared_error(outputs: Sequence[Value], targets: Sequence[float]) -> Value:
    """The mean of (output - target)^2."""
    return _mean([(output - target) ** 2 for output, target in _pairs(outputs, targets)])


def hinge(outputs: Sequence[Value], targets: Sequence[float]) -> Value:
    """The mean of max(0, 1 - target * output), for targets -1 and 1 (Cortes and Vapnik 1995)."""
    pairs = _pairs(outputs, targets)
    for _, target in pairs:
        if target not in (-1, 1):
            raise AutodiffError(f"hinge takes the targets -1 and 1, not {target}")
    return _mean([(1 - output * target).relu() for output, target in pairs])


def binary_cross_entropy(outputs: Sequence[Value], targets: Sequence[float]) -> Value:
    """The mean of -log(p) where the target is 1 and of -log(1 - p) where it is 0, with p = sigmoid(output).

    Both are softplus(output) - target * output, which is exact for outputs of any size.
    """
    pairs = _pairs(outputs, targets)
    for _, target in pairs:
        if not 0 <= target <= 1:
            raise AutodiffError(f"binary_cross_entropy takes targets from 0 to 1, not {target}")
    return _mean([output.softplus() - output * target for output, target in pairs])


def cross_entropy(outputs: Sequence[Sequence[Value]], targets: Sequence[int]) -> Value:
    """The mean of -log(p) of the right class, with p = exp(its output) / sum(exp(output) of every class)."""
    pairs = _pairs(outputs, targets)
    for row, target in pairs:
        if not _is_whole(target) or not 0 <= target < len(_several(row)):
            last = len(row) - 1
            raise AutodiffError(f"cross_entropy takes the number of a class, from 0 to {last}, not {target!r}")
    return _mean([reduce(lambda a, b: a.logaddexp(b), row) - row[target] for row, target in pairs])


class Optimizer:
    """What moves parameters by their gradients; `lr` is short for its `learning_rate`."""

    def __init__(self, parameters: Iterable[Value], learning_rate: float) -> None:
        self.parameters = _to_move(parameters)
        self.learning_rate = _rate(learning_rate)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.learning_rate

    @lr.setter
    def lr(self, learning_rate: float) -> None:
        self.learning_rate = _rate(learning_rate)

    def zero_grad(self) -> None:
        """Forget the gradients, which `backward()` else adds to."""
        for parameter in self.parameters:
            parameter.grad = 0.0


class SGD(Optimizer):
    """Gradient descent: every step goes against the gradient, by the learning rate, for which `lr=` is short.

    With `momentum` a step also keeps that part of the one before (Polyak 1964).
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        learning_rate: float | None = None,
        momentum: float = 0.0,
        *,
        lr: float | None = None,
    ) -> None:
        super().__init__(parameters, _one_of(learning_rate, lr, 0.01))
        self.momentum = float(momentum)
        self.velocities = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move the parameters by their gradients."""
        for k, gradient in enumerate(_gradients(self.parameters)):
            self.velocities[k] = self.momentum * self.velocities[k] + gradient
            self.parameters[k].data -= self.learning_rate * self.velocities[k]


class Adam(Optimizer):
    """Gradient descent in steps of about the learning rate, however large the gradients are (Kingma and Ba 2015).

    It is their algorithm 1: a step is the mean of recent gradients over the root of the mean of their squares.
    `betas` say how slowly the two means forget; `lr=` is short for `learning_rate=`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        learning_rate: float | None = None,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        *,
        lr: float | None = None,
    ) -> None:
        super().__init__(parameters, _one_of(learning_rate, lr, 0.001))
        self.betas = betas
        self.epsilon = epsilon
        self.means = [0.0] * len(self.parameters)
        self.squares = [0.0] * len(self.parameters)
        self.steps = 0

    def step(self) -> None:
        """Move the parameters by their gradients."""
        gradients = _gradients(self.parameters)
        self.steps += 1
        b1, b2 = self.betas
        for k, gradient in enumerate(gradients):
            self.means[k] = b1 * self.means[k] + (1 - b1) * gradient
            self.squares[k] = b2 * self.squares[k] + (1 - b2) * gradient * gradient
            mean = self.means[k] / (1 - b1**self.steps)  # both started from 0, which this takes out
            square = self.squares[k] / (1 - b2**self.steps)
            self.parameters[k].data -= self.learning_rate * mean / (sqrt(square) + self.epsilon)


def _as_node(signal: Value | float) -> Value:
    return signal if isinstance(signal, Value) else constant(signal)


def _source(seed: int | Random) -> Random:
    return seed if isinstance(seed, Random) else Random(seed)  # noqa: S311 - nothing secret


def _known(activation: _Activation) -> str | None:
    """The name of an activation: relu of True, None of False. Raises AutodiffError where it is no function of one."""
    if activation is None or isinstance(activation, bool):
        return "relu" if activation else None
    if not isinstance(activation, str):
        hint = "as in 'tanh'; define makes one of your own"
        raise AutodiffError(f"an activation is the name of a function, not {activation!r}", hint=hint)
    if not find(activation, 1):
        message = f"there is no function '{activation}' of one argument"
        raise AutodiffError(message, hint=did_you_mean(activation, _of_one_argument()))
    return activation


def _of_one_argument() -> list[str]:
    return [name for name in BY_NAME if find(name, 1)]


def _is_size(size: Any) -> bool:
    return _is_whole(size) and size > 0


def _is_whole(number: object) -> bool:
    """Whether it is an integer, of Python's or of NumPy's."""
    return isinstance(number, Integral)


def _several(items: Any) -> Any:
    if not hasattr(items, "__len__"):
        raise AutodiffError(f"a list is needed, not {items!r}", hint=f"as in [{items!r}]")
    return items


def _to_move(parameters: Iterable[Value]) -> list[Value]:
    if isinstance(parameters, Module):
        raise AutodiffError("an optimizer moves parameters, and was given a network", hint="as in network.parameters()")
    return list(parameters)


def _one_of(learning_rate: float | None, lr: float | None, usual: float) -> float:
    """The learning rate by the one name or the other. Raises AutodiffError where both are given."""
    if learning_rate is not None and lr is not None:
        raise AutodiffError("the learning rate is given twice", hint="lr is short for learning_rate; leave one out")
    given = learning_rate if lr is None else lr
    return usual if given is None else given


def _rate(learning_rate: float) -> float:
    if not 0 < learning_rate < inf:
        raise AutodiffError(f"a learning rate is above 0, not {learning_rate}", hint="as in 0.01")
    return float(learning_rate)


def _pairs(outputs: Sequence[Any], targets: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each output with its target."""
    if len(_several(outputs)) != len(_several(targets)) or not len(outputs):
        raise AutodiffError(f"a loss needs a target for each output, and got {len(outputs)} and {len(targets)}")
    return [*zip(outputs, targets, strict=True)]


def _mean(terms: list[Value]) -> Value:
    return sum(terms[1:], terms[0]) / len(terms)


def _gradients(parameters: list[Value]) -> list[float]:
    """Their gradients, all finite: a step by anything else would ruin the network without a word."""
    gradients = [data_of(parameter.grad) for parameter in parameters]
    for k, gradient in enumerate(gradients):
        if not isfinite(gradient):
            hint = "a smaller learning rate may help"
            raise AutodiffError(f"the gradient of parameter {k} is {gradient}, so there is no step to take", hint=hint)
    return gradients
