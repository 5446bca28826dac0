"""A model and its gradient by hand, in which one line is wrong."""

import math


def sigmoid(z: float) -> float:
    """Between 0 and 1."""
    return 1 / (1 + math.exp(-z))


def loss(w: float, b: float) -> float:
    """Of a single point."""
    prediction = sigmoid(2 * w + b)
    return (prediction - 1) ** 2


def gradient(w: float, b: float) -> tuple[float, float]:
    """Of the loss, by w and by b."""
    prediction = sigmoid(2 * w + b)
    slope = 2 * (prediction - 1) * prediction * (1 - prediction)
    by_w = slope
    by_b = slope
    return by_w, by_b
