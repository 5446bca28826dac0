"""Programs: operations in order, how often each is used, and on which paths each is needed."""

import math

from autodiff_cli.codegen.gradient import GradientBuilder
from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.paths import DEEPEST, Path, common, paths_of
from autodiff_cli.codegen.program import Program, assemble
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import Function


def variables(names: str) -> dict[str, Value]:
    return {name: Value(math.nan, name) for name in names}


def program_of(text: str, names: str) -> Program:
    graph, inputs = GraphBuilder(), variables(names)
    root = graph.formula(text, ", ".join(inputs), *inputs.values())
    return assemble(text, inputs, {}, {(): root})


def is_ordered(program: Program) -> bool:
    known: set[Value] = set()
    for step in program.steps:
        waits_for = {*step.args, *[condition for path in program.paths[step] for condition, _ in path]}
        if any(one.args and one not in known for one in waits_for):
            return False
        known.add(step)
    return True


def test_operations_come_after_what_they_need() -> None:
    program = program_of("where(sin(x) > 0, log(x) * y, sin(x))", "xy")
    assert is_ordered(program)
    assert [to_text(step) for step in program.steps][:2] == ["sin(x)", "sin(x) > 0"]


def test_uses_count_operations_and_outputs() -> None:
    program = program_of("sin(x) * sin(x) + y", "xyz")
    used = {to_text(node): count for node, count in program.uses.items()}
    assert used["sin(x)"] == 2
    assert used["sin(x) * sin(x) + y"] == 1
    assert program.uses[program.inputs["z"]] == 0


def test_a_condition_that_waits_for_its_own_branch_is_always_computed() -> None:
    text = "where(x > 0 or log(x) > 1, log(x), 0) + where(log(x) > 1, log(x), 0)"
    program = lower(parse(text))
    assert is_ordered(program)


def test_rewritten_has_other_operations_and_the_same_outputs() -> None:
    def doubled(graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
        return graph.formula("exp(x)", "x", args[0]) if function.name == "sinh" else None

    program = program_of("sinh(x) + 1", "x").rewritten(doubled)
    assert to_text(program.outputs[()]) == "exp(x) + 1"
    assert list(program.inputs) == ["x"]


# --- paths ------------------------------------------------------------------------------------------------------------


def test_common_is_what_all_paths_begin_with() -> None:
    c, d, e = variables("cde").values()
    one: Path = ((c, True), (d, True))
    assert common([one, ((c, True), (d, False))]) == ((c, True),)
    assert common([one, ((e, True),)]) == ()
    assert common([one]) == one


def test_an_operation_of_both_sides_is_needed_where_the_condition_is() -> None:
    program = program_of("where(x > 0, where(y > 0, log(x), log(x) + 1), 0)", "xy")
    (log,) = [step for step in program.steps if step.rule.function.name == "log"]
    (path,) = program.paths[log]
    assert [(to_text(condition), holds) for condition, holds in path] == [("x > 0", True)]


def test_an_operation_of_many_branches_is_computed_before_them() -> None:
    text = "0"
    for at in range(6):
        text = f"where(eq(x, {at}), log(y) + {at}, {text})"
    program = program_of(text, "xy")
    (log,) = [step for step in program.steps if step.rule.function.name == "log"]
    assert program.paths[log] == ((),)


def test_a_path_has_no_more_than_so_many_conditions() -> None:
    text = "sin(x)"
    for at in range(2 * DEEPEST):
        text = f"where(x > {at}, {text}, y)"
    graph, (x, y) = GraphBuilder(), variables("xy").values()
    root = graph.formula(text, "x, y", x, y)
    found = paths_of([one for one in toposort([root]) if one.args], [root])
    assert max(len(path) for paths in found.values() for path in paths) == DEEPEST


# --- the sum of what came along paths -------------------------------------------------------------------------------


def total(*contributions: tuple[str, str]) -> tuple[list[tuple[str, bool]], str]:
    """Contributions as text: on ("c -d") a name; c and d are conditions, -d says that d does not hold."""
    graph, nodes = GraphBuilder(), variables("abcd")
    conditions = {name: graph.make("gt", nodes[name], graph.zero) for name in "cd"}
    given = [
        (tuple([(conditions[one.lstrip("-")], not one.startswith("-")) for one in path.split()]), nodes[name])
        for path, name in contributions
    ]
    path, adjoint = GradientBuilder(graph)._total(given)
    return [(to_text(condition), holds) for condition, holds in path], to_text(adjoint)


def test_the_total_of_one_path_is_on_that_path() -> None:
    assert total(("c", "a"), ("c", "b")) == ([("c > 0", True)], "a + b")


def test_the_total_of_both_sides_of_a_condition_is_on_the_path_before() -> None:
    assert total(("c d", "a"), ("c -d", "b")) == ([("c > 0", True)], "where(d > 0, a, b)")


def test_the_total_of_a_path_and_one_further_in_is_on_the_first() -> None:
    assert total(("c", "a"), ("c d", "b")) == ([("c > 0", True)], "a + where(d > 0, b, 0)")


def test_the_total_of_paths_that_part_is_where_either_holds() -> None:
    path, adjoint = total(("c d", "a"), ("-c", "b"))
    assert adjoint == "where(c > 0, where(d > 0, a, 0), b)"
    assert path == [("not c > 0 or d > 0", True)]
