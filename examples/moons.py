"""Trains a network to tell two half moons apart, and draws what it has learnt: python examples/moons.py [PICTURE]"""

import gc
from argparse import ArgumentParser, ArgumentTypeError
from math import cos, pi, sin
from pathlib import Path
from random import Random

from rich.progress import track

from autodiff_cli.nn import MLP, Adam, hinge

Point = tuple[float, float]


def moons(count: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[list[Point], list[float]]:
    """Points on two half circles that reach into each other, with the classes -1 and 1."""
    random = Random(seed)
    points, classes = [], []
    for k in range(count):
        angle = random.uniform(0, pi)
        x, y = (cos(angle), sin(angle)) if k % 2 else (1 - cos(angle), 0.5 - sin(angle))
        points.append((x + random.gauss(0, noise), y + random.gauss(0, noise)))
        classes.append(1.0 if k % 2 else -1.0)
    return points, classes


def train(network: MLP, points: list[Point], classes: list[float], steps: int) -> float:
    """Teach the network the points; returns the part of them that it then has right."""
    optimizer = Adam(network.parameters(), learning_rate=0.05)
    for _ in track(range(steps), description="training"):
        loss = hinge([network(point) for point in points], classes)
        network.zero_grad()
        loss.backward()
        optimizer.step()
    right = [point for point, wanted in zip(points, classes, strict=True) if network(point).data * wanted > 0]
    return len(right) / len(points)


def draw(network: MLP, points: list[Point], classes: list[float], path: str) -> None:
    """Colour the plane by what the network says, with a line where it changes its mind."""
    from matplotlib.figure import Figure

    xs, ys = ([low + (high - low) * k / 79 for k in range(80)] for low, high in ((-1.6, 2.6), (-1.2, 1.7)))
    scores = [[network((x, y)).data for x in xs] for y in ys]
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.contourf(xs, ys, scores, levels=[-1e9, -1, 0, 1, 1e9], colors=["#f4a582", "#fde3d4", "#dbe9f3", "#92c5de"])
    axes.contour(xs, ys, scores, levels=[0], colors="#333333", linewidths=2)
    for name, wanted, color in (("1", 1.0, "#0571b0"), ("-1", -1.0, "#ca0020")):
        mine = [point for point, its in zip(points, classes, strict=True) if its == wanted]
        axes.scatter(
            [x for x, _ in mine], [y for _, y in mine], s=28, c=color, edgecolors="white", label=f"class {name}"
        )
    axes.legend(loc="upper left")
    axes.set_title("The decision boundary; pale where the network is less than sure")
    axes.set_aspect("equal")
    figure.savefig(path, dpi=120)


def file(name: str) -> str:
    """The name of a picture that can be drawn: said before the work is done, not after."""
    path = Path(name)
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise ArgumentTypeError(f"{name} ends in none of .png, .svg, .pdf")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {path.parent}")
    return name


def main(picture: str = "moons.png", *, steps: int = 100) -> float:
    """Make the points, train, say how well it went, draw."""
    points, classes = moons()
    network = MLP(2, [16, 16, 1])
    accuracy = train(network, points, classes, steps)
    print(f"{accuracy:.0%} of {len(points)} points are right after {steps} steps")
    try:
        draw(network, points, classes, picture)
    except ModuleNotFoundError:
        print("no picture: it needs matplotlib (pip install 'autodiff-cli[plot]')")
    else:
        print(f"the decision boundary is in {picture}")
    return accuracy


if __name__ == "__main__":
    gc.disable()  # graphs of Values hold no cycles: they are freed without the collector, in less than half the time
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("picture", nargs="?", type=file, default="moons.png", help="a .png, .svg or .pdf to write")
    main(parser.parse_args().picture)
