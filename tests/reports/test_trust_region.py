"""Steps within a radius: no other of that length makes the model less; the steps lead to published minima."""

import numpy as np
import pytest

from autodiff_cli.reports.trust_region import newton_within_radius, within_radius

CASES = [
    ([1.0, -2.0], [[3.0, 1.0], [1.0, 2.0]], 10.0),  # Newton's step
    ([1.0, -2.0], [[3.0, 1.0], [1.0, 2.0]], 0.3),  # on the edge
    ([1.0, 0.5], [[-1.0, 0.0], [0.0, 2.0]], 2.0),  # the Hessian is that of no minimum
    ([0.0, 0.5], [[-1.0, 0.0], [0.0, 2.0]], 2.0),  # the gradient has no part along the least eigenvalue
    ([0.0, 0.0], [[-1.0, 0.0], [0.0, -2.0]], 1.0),  # there is no gradient
    ([1.0, 1.0], [[0.0, 0.0], [0.0, 0.0]], 1.0),  # there is no Hessian
    ([1e-3], [[1e-14]], 1.0),
]


@pytest.mark.parametrize(("slopes", "second", "radius"), CASES)
def test_no_other_step_of_that_length_makes_the_model_less(
    slopes: list[float], second: list[list[float]], radius: float
) -> None:
    gradient, hessian = np.array(slopes), np.array(second)

    def model(step: np.ndarray) -> float:
        return float(gradient @ step + step @ hessian @ step / 2)

    step = within_radius(gradient, hessian, radius)
    assert np.linalg.norm(step) <= radius * (1 + 1e-9)
    random = np.random.default_rng(1)
    others = random.normal(size=(2000, len(slopes)))
    others *= (radius * random.uniform(size=2000) ** 0.3 / np.linalg.norm(others, axis=1))[:, None]
    assert model(step) <= min(map(model, others)) + 1e-9


def test_the_steps_lead_through_the_valley_of_rosenbrock() -> None:
    points: list[np.ndarray] = []

    def rosenbrock(at: np.ndarray) -> tuple[float, np.ndarray]:
        points.append(at)
        x, y = at
        slopes = np.array([-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)])
        return float(100 * (y - x * x) ** 2 + (1 - x) ** 2), slopes

    def hessian(at: np.ndarray) -> np.ndarray:
        x, y = at
        return np.array([[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200.0]])

    end = newton_within_radius(rosenbrock, hessian, np.array([-1.2, 1.0]), 1e-9)
    assert end == pytest.approx([1, 1], abs=1e-9)
    assert len(points) < 40


def test_the_steps_end_close_to_a_minimum_where_that_is_enough() -> None:
    end = newton_within_radius(
        lambda at: (float(at @ at), 2 * at), lambda at: 2 * np.eye(1), np.array([0.9]), 1e-9, near=2.0
    )
    assert end == [0.9]
