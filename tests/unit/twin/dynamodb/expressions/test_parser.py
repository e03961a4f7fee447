"""Syntax of expressions: trees, syntax errors, parentheses and limits."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.expressions.parser import (
    parse_condition_syntax,
    parse_projection_syntax,
    parse_update_syntax,
)
from twin.dynamodb.expressions.syntax import (
    ActionSyntax,
    AndSyntax,
    ArithmeticSyntax,
    BetweenSyntax,
    CallSyntax,
    ComparisonSyntax,
    ConditionSyntax,
    InSyntax,
    LeafSyntax,
    NotSyntax,
    OperandSyntax,
    OrSyntax,
    PathSyntax,
    SectionSyntax,
    ValueSyntax,
)

CONDITION, UPDATE, PROJECTION = "ConditionExpression", "UpdateExpression", "ProjectionExpression"
REDUNDANT = "Invalid ConditionExpression: The expression has redundant parentheses;"
TOO_MANY = (
    "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
)


def path(*elements: str | int) -> PathSyntax:
    return PathSyntax(elements, any(str(element).startswith("#") for element in elements))


def value(name: str) -> ValueSyntax:
    return ValueSyntax(f":{name}")


A_IS_X = ComparisonSyntax("=", (path("a"), value("x")))
B_IS_X = ComparisonSyntax("=", (path("b"), value("x")))
C_IS_X = ComparisonSyntax("=", (path("c"), value("x")))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=:x", A_IS_X),
        ("((a) = (:x))", A_IS_X),
        ("a = :x AND b = :x and c = :x", AndSyntax((A_IS_X, B_IS_X, C_IS_X))),
        ("a = :x OR b = :x AND c = :x", OrSyntax((A_IS_X, AndSyntax((B_IS_X, C_IS_X))))),
        ("(a = :x OR b = :x) AND c = :x", AndSyntax((OrSyntax((A_IS_X, B_IS_X)), C_IS_X))),
        ("NOT a = :x AND b = :x", AndSyntax((NotSyntax(A_IS_X), B_IS_X))),
        ("NOT (a = :x AND b = :x)", NotSyntax(AndSyntax((A_IS_X, B_IS_X)))),
        ("NOT NOT a = :x", A_IS_X),
        (
            "a between :x and b.c[3].#d and b = :x",
            AndSyntax((BetweenSyntax((path("a"), value("x"), path("b", "c", 3, "#d"))), B_IS_X)),
        ),
        ("(a) in (:x, b)", InSyntax((path("a"), value("x"), path("b")))),
        (
            "size(a) > :x",
            ComparisonSyntax(">", (CallSyntax("size", (path("a"),)), value("x"))),
        ),
        (
            "(size(a)) > :x",
            ComparisonSyntax(">", (CallSyntax("size", (path("a"),)), value("x"))),
        ),
        ("(contains(a, :x))", CallSyntax("contains", (path("a"), value("x")))),
    ],
)
def test_conditions_are_read_by_precedence(text: str, tree: ConditionSyntax) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    assert parse_condition_syntax(text, CONDITION) == tree


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("things are not gonna be ok", '"are", near: "things are not"'),
        ("a > 4", '"4", near: "> 4"'),
        ("attribute_exists(Pictures-RearView)", '"-", near: "Pictures-RearView"'),
        ("attribute_exists(Pictures..RearView)", '".", near: "..RearView"'),
        ("attribute_exists(Pi#ctures.RearView)", '"#ctures", near: "Pi#ctures."'),
        ("a in b, c", '"b", near: "in b,"'),
        ("a in (b,c,)", '")", near: ",)"'),
        ("a > between", '"between", near: "> between"'),
        ("(a)between(b.(c.d))and(c)", '"(", near: ".(c"'),
        ("(a)between(b.c.d)and((c)", '"<EOF>", near: ")"'),
        ("#$.b > a", '"#", near: "#$"'),
        ("a > :things.stuff", '".", near: ":things.stuff"'),
        ("b[:a] > a", '":a", near: "[:a]"'),
        ("ü > a", '"ü", near: "ü >"'),
        ("size(a).b > a", '".", near: ").b"'),
        ("(size(a))[0] > a", '"[", near: ")[0"'),
        ("a", '"<EOF>", near: "a"'),
        ("(a)", '"<EOF>", near: ")"'),
        ("a and b = :x", '"and", near: "a and b"'),
        ("(a and b = :x)", '"and", near: "a and b"'),
        ("not a", '"<EOF>", near: "a"'),
        ("a = :x b", '"b", near: ":x b"'),
        ("a = :x)", '")", near: ":x)"'),
        ("(a = :x", '"<EOF>", near: ":x"'),
        ("set = :x", '"set", near: "set ="'),
        ("a == :x", '"=", near: "== :x"'),
        ("a()", '")", near: "()"'),
        ("((((", '"<EOF>", near: "("'),
    ],
)
def test_a_condition_that_cannot_be_read_is_a_syntax_error(text: str, token: str) -> None:
    with refused(f"Invalid ConditionExpression: Syntax error; token: {token}"):
        parse_condition_syntax(text, CONDITION)


@pytest.mark.parametrize(
    "text",
    [
        "((a = :x))",
        "a=b and a > ((views))",
        "(a)between(((b.c)).d)and(c)",
        "a > whatever((:things), ((a)))",
        "a=b OR ((a=b OR (a=b OR a=b)))",
        "(" * 2000 + "a<b" + ")" * 2000,
    ],
)
def test_two_parentheses_around_one_thing_are_redundant(text: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    with refused(REDUNDANT):
        parse_condition_syntax(text, CONDITION)


@pytest.mark.parametrize("text", ["((a=b) OR (a=c))", "(((a=b) OR (a=c)) AND a=d)"])
def test_parentheses_that_group_differently_are_not_redundant(text: str) -> None:
    assert parse_condition_syntax(text, CONDITION)


def test_an_expression_has_at_most_4_kilobytes() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    assert parse_projection_syntax("x" * 4096, PROJECTION)
    for text, size in (("x" * 4097, 4097), ("ß" * 2049, 4098), ("(" * 15_000, 15_000)):
        with refused(
            "Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size; "
            f"expression size: {size}"
        ):
            parse_projection_syntax(text, PROJECTION)


def test_the_size_of_an_update_is_not_told() -> None:
    """https://github.com/paritysuite/dynamodb-conformance (recorded in 2026)"""
    with refused(
        "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;"
    ):
        parse_update_syntax("SET a = :" + "x" * 4096, "UpdateExpression")


def test_an_expression_has_at_most_300_operators() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    assert parse_condition_syntax("a<b " + "or (a<b " * 149 + ")" * 149, CONDITION)
    assert parse_condition_syntax("not (" * 299 + "a<b" + ")" * 299, CONDITION)
    for text in (
        "a<b " + "or (a<b " * 150 + ")" * 150,
        "not " * 300 + "a<b",
        "a = " + "f(" * 1300 + "b" + ")" * 1300,
    ):
        with refused(TOO_MANY):
            parse_condition_syntax(text, CONDITION)


@pytest.mark.parametrize("parse", [parse_condition_syntax, parse_update_syntax])
def test_an_empty_expression_is_none(parse: object) -> None:
    assert callable(parse)
    with refused("Invalid ConditionExpression: The expression can not be empty;"):
        parse("", CONDITION)


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("SET a = :x", [SectionSyntax("SET", (ActionSyntax(path("a"), value("x")),))]),
        (
            "set a.b[1]=b, #c = :x + a",
            [
                SectionSyntax(
                    "SET",
                    (
                        ActionSyntax(path("a", "b", 1), path("b")),
                        ActionSyntax(path("#c"), ArithmeticSyntax("+", (value("x"), path("a")))),
                    ),
                )
            ],
        ),
        (
            "set a = (b - :x)",
            [
                SectionSyntax(
                    "SET",
                    (ActionSyntax(path("a"), ArithmeticSyntax("-", (path("b"), value("x")))),),
                )
            ],
        ),
        (
            "set a = ((b)-(:x))",
            [
                SectionSyntax(
                    "SET",
                    (ActionSyntax(path("a"), ArithmeticSyntax("-", (path("b"), value("x")))),),
                )
            ],
        ),
        (
            "set a = (list_append(b, if_not_exists(c, :x)))",
            [
                SectionSyntax(
                    "SET",
                    (
                        ActionSyntax(
                            path("a"),
                            CallSyntax(
                                "list_append",
                                (path("b"), CallSyntax("if_not_exists", (path("c"), value("x")))),
                            ),
                        ),
                    ),
                )
            ],
        ),
        (
            "remove a, b[0] ADD c :x delete d :x",
            [
                SectionSyntax("REMOVE", (ActionSyntax(path("a")), ActionSyntax(path("b", 0)))),
                SectionSyntax("ADD", (ActionSyntax(path("c"), value("x")),)),
                SectionSyntax("DELETE", (ActionSyntax(path("d"), value("x")),)),
            ],
        ),
    ],
)
def test_updates_are_read_as_sections(text: str, sections: list[SectionSyntax]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    assert parse_update_syntax(text, UPDATE) == tuple(sections)


@pytest.mark.parametrize(
    "text",
    [
        "whatever",
        "set a",
        "add a",
        "set a=set",
        "remove a = b",
        "add a = b",
        "delete a b",
        "delete a if_not_exist(b)",
        "remove a b",
        "set :a = b",
        "add :a b",
        "remove :a",
        "set a = b / c",
        'set a[1] = "eight"',
        "set a[1] = 1",
        "SET a = if_not_exist(a, 100)",
        "SET if_not_exist(a, b) = a",
        "set (a = (b + c))",
        "set a = (b.c).d + e",
        "set a = (b.c)[0] + e",
        "set a = b + c + d",
        "set a = f(b + c)",
        "set _a = :x",
        "set a[#b] = :x",
        "set a = :x,",
        "set a = (:x",
    ],
)
def test_an_update_that_cannot_be_read_is_a_syntax_error(text: str) -> None:
    with pytest.raises(TableApiError) as caught:
        parse_update_syntax(text, UPDATE)
    assert caught.value.message.startswith("Invalid UpdateExpression: Syntax error; token: ")


def test_projections_are_lists_of_paths() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    assert parse_projection_syntax("a, b.c[0], #d", PROJECTION) == (
        path("a"),
        path("b", "c", 0),
        path("#d"),
    )


@pytest.mark.parametrize(
    "text", ["f(a)", ":a", "a,", "a,,b", "a..b", "a[b]", "a[0", "a b", "(a)", "a.0", "a[-1]"]
)
def test_a_projection_that_cannot_be_read_is_a_syntax_error(text: str) -> None:
    with pytest.raises(TableApiError) as caught:
        parse_projection_syntax(text, PROJECTION)
    assert caught.value.message.startswith("Invalid ProjectionExpression: Syntax error; token: ")


# --- what is written can be read again

PATHS = st.builds(
    lambda head, rest: path(head, *rest),
    st.sampled_from(["aa", "bb", "#c"]),
    st.lists(st.one_of(st.sampled_from(["aa", "#d"]), st.integers(0, 99)), max_size=2),
)
PLACEHOLDERS = st.sampled_from([value("x"), value("1")])
OPERANDS = st.one_of(
    PATHS, PLACEHOLDERS, st.builds(lambda operand: CallSyntax("size", (operand,)), PATHS)
)
LEAVES = st.one_of(
    st.builds(
        ComparisonSyntax,
        st.sampled_from(["=", "<>", "<", ">="]),
        st.tuples(OPERANDS, OPERANDS),
    ),
    st.builds(BetweenSyntax, st.tuples(OPERANDS, OPERANDS, OPERANDS)),
    st.builds(InSyntax, st.lists(OPERANDS, min_size=2, max_size=4).map(tuple)),
    st.builds(lambda one, two: CallSyntax("begins_with", (one, two)), PATHS, PLACEHOLDERS),
)


def joined(inner: st.SearchStrategy[ConditionSyntax]) -> st.SearchStrategy[ConditionSyntax]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AndSyntax, several), st.builds(OrSyntax, several), st.builds(NotSyntax, inner)
    )


CONDITIONS: st.SearchStrategy[ConditionSyntax] = st.recursive(LEAVES, joined, max_leaves=6)


def written_operand(operand: OperandSyntax) -> str:
    match operand:
        case ValueSyntax(placeholder):
            return placeholder
        case CallSyntax(function, arguments):
            return f"{function}({', '.join(map(written_operand, arguments))})"
        case PathSyntax(elements):
            head, *rest = elements
            steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
            return f"{head}{''.join(steps)}"


def written(condition: ConditionSyntax) -> str:
    match condition:
        case NotSyntax(part):
            return f"NOT ({written(part)})"
        case AndSyntax(parts):
            return " AND ".join(f"({written(part)})" for part in parts)
        case OrSyntax(parts):
            return " OR ".join(f"({written(part)})" for part in parts)
        case _:
            return written_leaf(condition)


def written_leaf(leaf: LeafSyntax) -> str:
    if isinstance(leaf, CallSyntax):
        return written_operand(leaf)
    first, *rest = map(written_operand, leaf.operands)
    if isinstance(leaf, ComparisonSyntax):
        return f"{first}{leaf.operator}{rest[0]}"
    if isinstance(leaf, BetweenSyntax):
        return f"{first} BETWEEN {' AND '.join(rest)}"
    return f"{first} IN ({', '.join(rest)})"


@given(CONDITIONS)
def test_a_condition_that_is_written_out_reads_as_itself(condition: ConditionSyntax) -> None:
    assert parse_condition_syntax(written(condition), CONDITION) == condition


def problem(parse: Callable[[str, str], object], text: str) -> str | None:
    try:
        parse(text, CONDITION)
    except TableApiError as error:
        return error.message
    return None


@given(st.text(alphabet="ab#:(),=<>. []10ORANDINTSE+-_$", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_condition_syntax, parse_update_syntax, parse_projection_syntax):
        message = problem(parse, text)

        assert message is None or message.startswith("Invalid ConditionExpression: ")
