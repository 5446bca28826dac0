"""Fits a law of nature to noisy measurements, and draws the fit: python examples/curve.py [PICTURE]"""

from argparse import ArgumentParser, ArgumentTypeError
from math import cos, exp
from pathlib import Path
from random import Random

from rich.progress import track

from autodiff_cli import Value, parse
from autodiff_cli.nn import Adam

LAW = "A * exp(-k * t) * cos(w * t)"  # a pendulum with friction
TRUTH = {"A": 1.5, "k": 0.25, "w": 3.0}
START = {"A": 1.0, "k": 0.0, "w": 2.5}
NOISE = 0.05


def measure(count: int = 150, seed: int = 0) -> list[tuple[float, float]]:
    """Times and angles, as an instrument with some noise would give them."""
    random = Random(seed)
    times = [8 * n / count for n in range(count)]
    a, k, w = TRUTH.values()
    return [(t, a * exp(-k * t) * cos(w * t) + random.gauss(0, NOISE)) for t in times]


def fit(data: list[tuple[float, float]], steps: int) -> dict[str, float]:
    """The parameters of the law that come closest to the data, by least squares."""
    law = parse(LAW).compile(list(START))  # returns its value and its slopes by these
    parameters = {name: Value(start, name) for name, start in START.items()}
    optimizer = Adam(parameters.values(), learning_rate=0.02)
    for _ in track(range(steps), description="fitting"):
        point = {name: parameter.data for name, parameter in parameters.items()}
        for parameter in parameters.values():
            parameter.grad = 0.0
        for t, angle in data:
            value, slopes = law(t=t, **point)
            for parameter, slope in zip(parameters.values(), slopes, strict=True):
                parameter.grad += 2 * (value - angle) * slope / len(data)  # of the mean of (value - angle)^2
        optimizer.step()
    return {name: parameter.data for name, parameter in parameters.items()}


def draw(data: list[tuple[float, float]], found: dict[str, float], path: str) -> None:
    """The measurements, where the fit began, and the fit."""
    from matplotlib.figure import Figure

    law, times = parse(LAW), [n / 50 for n in range(401)]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.scatter([t for t, _ in data], [angle for _, angle in data], s=12, color="#777777", label="measured")
    axes.plot(times, [law.evaluate(t=t, **START) for t in times], "--", color="#f4a582", label="start")
    axes.plot(times, [law.evaluate(t=t, **found) for t in times], color="#0571b0", linewidth=2, label="fit")
    axes.set_xlabel("t")
    axes.set_title(LAW)
    axes.legend()
    figure.savefig(path, dpi=120)


def file(name: str) -> str:
    """The name of a picture that can be drawn: said before the work is done, not after."""
    path = Path(name)
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise ArgumentTypeError(f"{name} ends in none of .png, .svg, .pdf")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {path.parent}")
    return name


def main(picture: str = "curve.png", *, steps: int = 500) -> dict[str, float]:
    """Measure, fit, say what was found, draw."""
    data = measure()
    found = fit(data, steps)
    for name, value in found.items():
        print(f"{name} = {value:.3f}   (the measurements were made with {TRUTH[name]})")
    try:
        draw(data, found, picture)
    except ModuleNotFoundError:
        print("no picture: it needs matplotlib (pip install 'autodiff-cli[plot]')")
    else:
        print(f"the fit is in {picture}")
    return found


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("picture", nargs="?", type=file, default="curve.png", help="a .png, .svg or .pdf to write")
    main(parser.parse_args().picture)
