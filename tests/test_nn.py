"""Networks, losses and optimizers against formulas by hand, finite differences and PyTorch."""

import math
import pickle
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from autodiff_cli import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.nn import (
    MLP,
    SGD,
    Adam,
    Layer,
    Module,
    Neuron,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    mean_squared_error,
)

Loss = Callable[..., Value]
ONE: Any = 1  # where a list belongs
ALONE: Any = Value(1)
NETWORK: Any = MLP(1, [1])


def test_a_neuron_has_the_value_and_gradients_found_by_hand() -> None:
    neuron = Neuron(2, "tanh")
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = -3.0, 1.0, 6.8813735870195432
    out = neuron([2.0, 0.0])
    out.backward()
    assert out.data == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert [p.grad for p in neuron.parameters()] == pytest.approx([1, 0, 0.5], rel=1e-14)


def test_a_network_has_the_shape_it_is_given() -> None:
    network = MLP(3, [4, 4, 1])
    assert len(network.parameters()) == (3 * 4 + 4) + (4 * 4 + 4) + (4 + 1)
    assert [len(layer.neurons) for layer in network.layers] == [4, 4, 1]
    assert isinstance(network([1.0, 2.0, 3.0]), Value)
    assert [type(out) for out in MLP(3, [4, 2])([1, Value(2.0), 3])] == [Value, Value]
    assert Module().parameters() == []


def test_a_network_is_its_formula() -> None:
    network = MLP(2, [3, 1], "tanh", seed=5)
    hidden, (out,) = network.layers[0].neurons, network.layers[1].neurons
    x = (0.3, -0.7)
    signals = [math.tanh(n.bias.data + sum(w.data * v for w, v in zip(n.weights, x, strict=True))) for n in hidden]
    wanted = out.bias.data + sum(w.data * s for w, s in zip(out.weights, signals, strict=True))
    assert network(x).data == pytest.approx(wanted, rel=1e-14)


def test_the_last_layer_is_linear() -> None:
    network = MLP(1, [1, 1])
    for parameter in network.parameters():
        parameter.data = -2.0
    assert network([-3.0]).data == -2 + -2 * (-2 + 6)
    assert network([3.0]).data == -2  # the relu stops -2 - 6


def test_a_seed_gives_the_same_first_weights_and_another_seed_others() -> None:
    same, again, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    assert [p.data for p in same.parameters()] == [p.data for p in again.parameters()]
    assert [p.data for p in same.parameters()] != [p.data for p in other.parameters()]
    first = (2 * Random(1).random() - 1) * math.sqrt(6 / 2)
    assert same.layers[0].neurons[0].weights[0].data == pytest.approx(first, rel=1e-15)
    assert len({n.weights[0].data for n in Layer(1, 50).neurons}) == 50


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2 / 1000), ("tanh", 1 / 1000), (None, 1 / 1000)])
def test_first_weights_have_the_variance_their_activation_needs(activation: str | None, variance: float) -> None:
    weights = [w.data for w in Neuron(1000, activation).weights]
    assert sum(w * w for w in weights) / 1000 == pytest.approx(variance, rel=0.1)
    assert max(map(abs, weights)) <= math.sqrt(3 * variance)


def test_gradients_add_up_until_zero_grad_clears_them() -> None:
    network = MLP(2, [2, 1])
    network([1.0, 2.0]).backward()
    once = [p.grad for p in network.parameters()]
    assert any(once)
    network([1.0, 2.0]).backward()
    assert [p.grad for p in network.parameters()] == [2 * g for g in once]
    network.zero_grad()
    assert [p.grad for p in network.parameters()] == [0.0] * len(once)


def test_each_loss_is_what_its_formula_gives_by_hand() -> None:
    outputs = [Value(0.5), Value(-2.0), Value(3.0)]
    assert mean_squared_error(outputs, [1, 0, 3]).data == pytest.approx((0.25 + 4) / 3, rel=1e-15)
    assert hinge(outputs, [1, 1, -1]).data == pytest.approx((0.5 + 3 + 4) / 3, rel=1e-15)
    p = [1 / (1 + math.exp(-out.data)) for out in outputs]
    wanted = -(math.log(p[0]) + math.log(1 - p[1]) + math.log(p[2])) / 3
    assert binary_cross_entropy(outputs, [1, 0, 1]).data == pytest.approx(wanted, rel=1e-14)
    wanted = -math.log(math.exp(3) / (math.exp(0.5) + math.exp(-2) + math.exp(3)))
    assert cross_entropy([outputs], [2]).data == pytest.approx(wanted, rel=1e-13)


def test_entropies_of_outputs_far_out_neither_overflow_nor_lose_their_slope() -> None:
    out = Value(1000.0)
    loss = binary_cross_entropy([out], [0])
    loss.backward()
    assert (loss.data, out.grad) == (1000, 1)
    row = [Value(1000.0), Value(-1000.0)]
    loss = cross_entropy([row], [1])
    loss.backward()
    assert (loss.data, row[0].grad, row[1].grad) == (2000, 1, -1)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [(mean_squared_error, [0.3, -1, 2]), (hinge, [1, -1, 1]), (binary_cross_entropy, [0, 1, 1])],
)
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_gradients_of_a_network_are_finite_differences(loss: Loss, targets: list[float], activation: str) -> None:
    network = MLP(2, [4, 3, 1], activation, seed=3)
    for neuron in network.layers[1].neurons:  # behind neurons that are all at rest, a bias of 0 is at relu's kink
        neuron.bias.data = 0.1
    inputs = [(0.3, -0.7), (-1.1, 0.4), (0.9, 0.8)]
    loss([network(x) for x in inputs], targets).backward()
    step = 1e-6
    for parameter in network.parameters():
        here = parameter.data
        values = []
        for moved in (here + step, here - step):
            parameter.data = moved
            values.append(loss([network(x) for x in inputs], targets).data)
        parameter.data = here
        assert parameter.grad == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-6, abs=1e-8)


def test_gradients_of_cross_entropy_are_finite_differences() -> None:
    data, step = [0.3, -1.2, 2.0], 1e-6
    outputs = [Value(x) for x in data]
    cross_entropy([outputs], [1]).backward()
    for k, out in enumerate(outputs):
        up, down = ([Value(x + (i == k) * h) for i, x in enumerate(data)] for h in (step, -step))
        slope = (cross_entropy([up], [1]).data - cross_entropy([down], [1]).data) / (2 * step)
        assert out.grad == pytest.approx(slope, rel=1e-8)


def test_a_loop_as_it_is_mostly_written_lowers_the_loss() -> None:
    inputs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    wanted = [1.0, -1.0, -1.0, 1.0]
    network = MLP(3, [4, 4, 1], "tanh")
    losses = []
    for _ in range(100):
        outputs = [network(x) for x in inputs]
        loss = sum((out - target) ** 2 for out, target in zip(outputs, wanted, strict=True))
        for parameter in network.parameters():
            parameter.grad = 0.0
        loss.backward()
        for parameter in network.parameters():
            parameter.data += -0.05 * parameter.grad
        losses.append(loss.data)
    assert losses[0] > 1
    assert losses[-1] < 1e-2
    assert all(abs(out.data - target) < 0.1 for out, target in zip(outputs, wanted, strict=True))


def test_plain_descent_under_a_steady_gradient() -> None:
    x = Value(1.0)
    optimizer = SGD([x], 0.1)
    for _ in range(3):
        x.grad = 2.0
        optimizer.step()
    assert x.data == pytest.approx(1 - 3 * 0.1 * 2, rel=1e-15)


def test_momentum_under_a_steady_gradient() -> None:
    x = Value(0.0)
    optimizer = SGD([x], 0.1, momentum=0.5)
    for _ in range(3):
        x.grad = 1.0
        optimizer.step()
    assert x.data == pytest.approx(-0.1 * (1 + 1.5 + 1.75), rel=1e-15)


@pytest.mark.parametrize("gradient", [1e-3, -5.0, 1e6])
def test_adam_steps_by_the_rate_under_a_steady_gradient(gradient: float) -> None:
    x = Value(0.0)
    optimizer = Adam([x], 0.1)
    for _ in range(5):
        x.grad = gradient
        optimizer.step()
    assert x.data == pytest.approx(-5 * 0.1 * gradient / (abs(gradient) + 1e-8), rel=1e-12)


@pytest.mark.parametrize("name", ["SGD", "momentum", "Adam"])
def test_the_optimizers_walk_as_pytorch_does(name: str) -> None:
    torch = pytest.importorskip("torch")
    x, y = Value(-1.2), Value(1.0)
    theirs = [torch.tensor(v.data, dtype=torch.float64, requires_grad=True) for v in (x, y)]
    ours, peer = {
        "SGD": lambda: (SGD([x, y], 1e-3), torch.optim.SGD(theirs, 1e-3)),
        "momentum": lambda: (SGD([x, y], 1e-3, momentum=0.9), torch.optim.SGD(theirs, 1e-3, momentum=0.9)),
        "Adam": lambda: (Adam([x, y], 0.1, (0.8, 0.99)), torch.optim.Adam(theirs, 0.1, (0.8, 0.99))),
    }[name]()
    for _ in range(50):  # down Rosenbrock's valley
        for a, b in ((x, y), theirs):
            a.grad = b.grad = 0.0 if a is x else None
            ((1 - a) ** 2 + 100 * (b - a**2) ** 2).backward()
        ours.step()
        peer.step()
    assert [x.data, y.data] == pytest.approx([t.item() for t in theirs], rel=1e-10)


def test_a_network_survives_pickling() -> None:
    network = MLP(2, [3, 1])
    again = pickle.loads(pickle.dumps(network))
    assert again([1.0, 2.0]).data == network([1.0, 2.0]).data


def test_gradients_that_are_values_move_numbers() -> None:
    x = Value(3.0)
    (x**2).backward(create_graph=True)
    SGD([x], 0.5).step()
    assert x.data == 0
    assert type(x.data) is float


@pytest.mark.parametrize("make", [SGD, Adam])
@pytest.mark.parametrize("gradient", [math.nan, -math.inf])
def test_a_step_by_no_number_is_refused(make: Callable[..., SGD | Adam], gradient: float) -> None:
    x, y = Value(1.0), Value(2.0)
    x.grad, y.grad = 1.0, gradient
    with pytest.raises(AutodiffError, match=f"the gradient of parameter 1 is {gradient}, so there is no step to take"):
        make([x, y]).step()
    assert (x.data, y.data) == (1, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(3, []), r"no network has the layers \[\]"),
        (lambda: MLP(3, [4, 0]), r"no network has the layers \[4, 0\]"),
        (lambda: Neuron(0), "a neuron needs an input at least, not 0"),
        (lambda: Neuron(1, "rleu"), "there is no function 'rleu' of one argument"),
        (lambda: Neuron(1, "max"), "there is no function 'max' of one argument"),
        (lambda: MLP(2, [1])([1.0]), "a neuron of 2 inputs was given 1"),
        (lambda: hinge([Value(1)], [1, 2]), "a loss needs a target for each output, and got 1 and 2"),
        (lambda: MLP(2, ONE), "no network has the layers 1"),
        (lambda: MLP(2, [1], "foo"), "there is no function 'foo' of one argument"),
        (lambda: MLP(1, [1])(ONE), "a list is needed, not 1"),
        (lambda: Neuron(1)(ONE), "a list is needed, not 1"),
        (lambda: mean_squared_error(ALONE, [1]), r"a list is needed, not Value\(data=1"),
        (lambda: mean_squared_error([Value(1)], ONE), "a list is needed, not 1"),
        (lambda: hinge([Value(1)], [0]), "hinge takes the targets -1 and 1, not 0"),
        (lambda: binary_cross_entropy([Value(1)], [-1]), "binary_cross_entropy takes targets from 0 to 1, not -1"),
        *[
            (
                lambda target=target: cross_entropy([[Value(1), Value(2)]], [target]),
                f"cross_entropy takes the number of a class, from 0 to 1, not {target}",
            )
            for target in (-1, 2, 1.0)
        ],
        (lambda: cross_entropy([ALONE], [0]), r"a list is needed, not Value\(data=1"),
        (lambda: SGD(NETWORK, 0.1), "an optimizer moves parameters, and was given a network"),
        *[(lambda rate=rate: SGD([], rate), f"a learning rate is above 0, not {rate}") for rate in (-1, 0, math.nan)],
        (lambda: Adam([], math.inf), "a learning rate is above 0, not inf"),
        (lambda: mean_squared_error([], []), "a loss needs a target for each output, and got 0 and 0"),
    ],
)
def test_layers_losses_and_activations_that_cannot_be_are_refused_in_words(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(AutodiffError, match=message):
        make()


def test_a_misspelt_activation_gets_a_hint() -> None:
    with pytest.raises(AutodiffError) as caught:
        MLP(2, [2, 1], "sigmod")
    assert caught.value.hint.startswith("did you mean 'sigmoid'")


def test_networks_are_printed_as_they_are_made() -> None:
    assert repr(MLP(3, [4, 4, 1])) == "MLP(3, [4, 4, 1])"
    assert repr(MLP(2, [1], "tanh")) == "MLP(2, [1], 'tanh')"
    assert repr(Layer(2, 3, None)) == "Layer(2, 3, None)"
    assert repr(Neuron(2, "tanh")) == "Neuron(2, 'tanh')"


def test_a_neuron_has_the_names_of_lectures() -> None:
    linear, bent = Neuron(2, nonlin=False), Neuron(2, nonlin=True)
    for neuron in (linear, bent):
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.25, 0.75
    assert (linear([2.0, 3.0]).data, bent([2.0, 3.0]).data, bent([4.0, 0.5]).data) == (-2, 0, 2.125)
    assert linear.parameters() == [*linear.w, linear.b]
    assert (linear.nonlin, bent.nonlin, Neuron(2, "tanh", nonlin=False).activation) == (False, True, None)
    linear.w, linear.b = [Value(3.0)], Value(1.0)
    assert (linear.weights[0].data, linear.bias.data, linear([2.0]).data) == (3, 1, 7)


@pytest.mark.parametrize("activation", [math.tanh, 1, ["relu"]])
def test_an_activation_is_named(activation: Any) -> None:
    with pytest.raises(AutodiffError, match="an activation is the name of a function, not "):
        MLP(2, [3, 1], activation)


@pytest.mark.parametrize(("given", "activation"), [(True, "relu"), (False, None), (None, None), ("tanh", "tanh")])
def test_an_activation_may_be_yes_or_no(given: Any, activation: str | None) -> None:
    assert Neuron(2, given).activation == activation
    assert Layer(2, 3, given).neurons[0].activation == activation


def test_a_layer_of_one_gives_a_value_and_the_next_layer_takes_it() -> None:
    one, two = Layer(3, 1, "tanh"), Layer(1, 2, nonlin=False)
    assert isinstance(one([1.0, 2.0, 3.0]), Value)
    assert [out.data for out in two(one([1.0, 2.0, 3.0]))] == [out.data for out in two([one([1.0, 2.0, 3.0])])]


def test_the_last_layer_may_have_an_activation() -> None:
    linear, bent = MLP(3, [4, 4, 1], "tanh", seed=3), MLP(3, [4, 4, 1], "tanh", last="sigmoid", seed=3)
    for mine, its in zip(linear.parameters(), bent.parameters(), strict=True):
        mine.data = its.data
    x = [0.5, -1.0, 2.0]
    assert bent(x).data == pytest.approx(1 / (1 + math.exp(-linear(x).data)), rel=1e-15)
    assert repr(bent) == "MLP(3, [4, 4, 1], 'tanh', last='sigmoid')"


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_lr_is_the_learning_rate(optimizer: Callable[..., Any]) -> None:
    parameter = Value(1.0)
    short, long = optimizer([parameter], lr=0.5), optimizer([parameter], learning_rate=0.5)
    assert short.lr == short.learning_rate == long.lr == 0.5
    short.lr *= 0.5
    assert short.learning_rate == 0.25
    parameter.grad = 2.0
    short.zero_grad()
    assert parameter.grad == 0
    with pytest.raises(AutodiffError, match="the learning rate is given twice"):
        optimizer([parameter], 0.1, lr=0.1)
    with pytest.raises(AutodiffError, match="a learning rate is above 0, not 0"):
        optimizer([parameter], lr=0)


@pytest.mark.parametrize("size", [0, -1, 2.5])
def test_a_layer_of_no_neurons_is_refused(size: Any) -> None:
    with pytest.raises(AutodiffError, match="a layer has a neuron at least"):
        Layer(2, size)


# Losses of micrograd 0.1.0 (its package), with weights from random.seed(1337): of the four examples of its page, by
# steps of 0.01, and of the half moons of examples/moons.py, 40 points, as its demo trains them
FOUR_EXAMPLES = [
    *(18.432196474034008, 3.0303889145680563, 2.5020323184907856, 2.1318278081878113, 1.8589667170350337),
    *(1.6477425248203519, 1.476044199804788, 1.3321600431409681, 1.208968224885163, 1.101849889172459),
    *(1.0076709656557548, 0.9282623452176495, 0.8778429880528867, 0.8291289651243385, 0.7839302770962908),
    *(0.7420242647766072, 0.7031123582257657, 0.6706556769378531, 0.6312634958987249, 0.5678298498717962),
]
HALF_MOONS = [1.103950449533592, 3.4751825276482666, 2.549754104065052, 3.124362298690701, 0.26999529767972386]
HALF_MOONS += [0.16901610137480505, 0.1275711031151557, 0.1490920360712778]


def as_micrograd_draws_it(inputs: int, outputs: list[int]) -> MLP:
    network, random = MLP(inputs, outputs), Random(1337)
    for neuron in [neuron for layer in network.layers for neuron in layer.neurons]:
        for weight in neuron.w:
            weight.data = random.uniform(-1, 1)
    return network


def test_the_losses_of_four_examples_are_those_of_micrograd() -> None:
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    network, losses = as_micrograd_draws_it(3, [4, 4, 1]), []
    for _ in FOUR_EXAMPLES:
        loss = sum((network(x) - y) ** 2 for x, y in zip(xs, ys, strict=True))
        network.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.data += -0.01 * p.grad
        losses.append(loss.data)
    assert losses == pytest.approx(FOUR_EXAMPLES, rel=1e-14, abs=0)


def test_the_losses_of_half_moons_are_those_of_micrograd() -> None:
    random, points, classes = Random(0), [], []
    for k in range(40):
        angle = random.uniform(0, math.pi)
        x, y = (math.cos(angle), math.sin(angle)) if k % 2 else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append((x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)))
        classes.append(1 if k % 2 else -1)
    network, losses = as_micrograd_draws_it(2, [16, 16, 1]), []
    for step in range(len(HALF_MOONS)):
        scores = [network(point) for point in points]
        margins = [(1 + -wanted * score).relu() for wanted, score in zip(classes, scores, strict=True)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in network.parameters())
        network.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.data -= (1.0 - 0.9 * step / 100) * p.grad
        losses.append(loss.data)
    assert losses == pytest.approx(HALF_MOONS, rel=1e-14, abs=0)


def test_a_weight_or_a_bias_that_is_a_plain_number_is_refused() -> None:
    neuron = Neuron(2)
    with pytest.raises(TypeError, match=r"n\.b\.data = "):
        neuron.b = 1.0  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"n\.w\[0\]\.data = "):
        neuron.w = [1.0, 2.0]  # type: ignore[list-item]
    neuron.w, neuron.b = [Value(1.0), Value(2.0)], Value(3.0)
    assert neuron([1.0, 1.0]).data == 6.0
