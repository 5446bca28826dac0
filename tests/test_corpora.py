"""Expressions that other people wrote, with 30-digit gradients: every value and gradient right, none accused."""

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict

from .conftest import CORPORA, corpus


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points"])
def test_every_record_has_its_published_value_and_gradient_and_is_not_accused(name: str) -> None:
    wrong, verdicts = [], []
    for record in corpus(name):
        point = {name: float(value) for name, value in record["point"].items()}
        report = report_at(parse(record.get("text", record["expr"]), point), point)
        slack = max(1e-13, 10 * float(record.get("f64_value_relerr") or 0))
        want = float(record["value"])
        if abs(report.value - want) > slack * (abs(want) or 1):
            wrong.append((record["id"], report.value, want))
        slack = max(1e-13, 10 * float(record.get("f64_grad_relerr") or 0))
        for row in report.rows:
            want = float(record["grad"][row.name])
            if abs(row.gradient - want) > slack * (abs(want) or 1):
                wrong.append((record["id"], row.name, row.gradient, want))
            verdicts.append(row.verdict)
    assert wrong == []
    assert Verdict.MISMATCH not in verdicts
    assert verdicts.count(Verdict.OK) >= 0.85 * len(verdicts)
