"""A gradient that is a function of a Python file, held against the derivatives of another, component by component."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.python_source import CodeTerm, PythonFunction, read_function
from autodiff_cli.reports.check import Checked, CheckedDerivative, check
from autodiff_cli.reports.sampling import Span, Tick

Code = tuple[str, str]  # a file and a function of it


def check_code(
    texts: Mapping[str, str],
    function: Code,
    gradient: Code,
    spans: Mapping[str, Span],
    samples: int = 200,
    seed: int = 0,
    tick: Tick = lambda done, of: None,
) -> Checked:
    """What is found out of each component of a gradient. `texts` has the files, which are read, and not run.

    Raises AutodiffError that names the line of what cannot be read.
    """
    path, name = function
    found = read_function(texts[path], name, path)
    if len(found.results) != 1:
        raise AutodiffError(f"{name} of {path} returns {len(found.results)} numbers", hint="check those one by one")
    theirs, called = gradient
    claimed = read_function(texts[theirs], called, theirs, found.parameters)
    by_name = dict(zip(found.parameters, claimed.results, strict=False))
    if len(claimed.results) != len(found.parameters):
        counts = f"{len(claimed.results)} components, and {name} takes {len(found.parameters)} arguments"
        hint = "a gradient has a component for each argument without a default"
        raise AutodiffError(f"{called} of {theirs} has {counts}", hint=hint)
    claims = {one: _read(claimed, term) for one, term in by_name.items()}
    checked = check(_read(found, found.results[0]), claims, spans, samples, seed, tick)
    findings = [_placed(one, claimed, by_name[one.name], theirs) for one in checked.findings]
    return replace(checked, expression=f"{name} of {path}", findings=findings)


def _read(function: PythonFunction, term: CodeTerm) -> Expression:
    """A result as an expression, of all the parameters."""
    unused = "".join([f" + 0*{name}" for name in function.parameters])
    return parse(function.program(term.text + unused), function.parameters)


def _placed(finding: CheckedDerivative, function: PythonFunction, term: CodeTerm, path: str) -> CheckedDerivative:
    """A finding that has in place of the claim the line that computes it, where it is wrong if it is."""
    spot = finding.counterexample
    lines = [_line_at(function, term, spot.point)] if spot else sorted({*_lines(term)})
    words = f"line{'s' * (len(lines) > 1)} {' and '.join(map(str, lines))}"
    return replace(finding, claim=f"{words} of {path}")


def _line_at(function: PythonFunction, term: CodeTerm, point: Mapping[str, float]) -> int:
    """The line that computes a result at a point."""
    while term.choice:
        condition, then, otherwise = term.choice
        found = parse(function.program(condition), function.parameters)
        term = then if found.evaluate(**{name: point[name] for name in found.variables}) else otherwise
    return term.line


def _lines(term: CodeTerm) -> Iterator[int]:
    """The lines that may compute a result."""
    if not term.choice:
        yield term.line
        return
    for one in term.choice[1:]:
        yield from _lines(one)
