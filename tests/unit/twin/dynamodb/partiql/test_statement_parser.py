"""The clauses of each statement, and what is wrong with them."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.partiql.statement_parser import parse_statement, read_statement
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    SelectStatement,
    UpdateStatement,
)

MALFORMED = "Statement wasn't well formed, can't be processed: "
INSERT_INDEX = "FROM clause may only contain a single table name in data manipulation statements"


def test_a_select_names_paths_table_index_condition_and_order() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    statement = parse_statement('SELECT a, b.c[0] FROM "t"."i" WHERE a = ? ORDER BY a DESC, b ASC;')

    assert statement.parameters == 1
    select = statement.statement
    assert isinstance(select, SelectStatement)
    assert (select.table, select.index) == ("t", "i")
    assert select.paths == (("a",), ("b", "c", 0))
    assert select.order == (("a", False), ("b", True))


def test_a_table_name_may_have_dots_without_being_quoted() -> None:
    select = parse_statement("SELECT * FROM my.music").statement

    assert isinstance(select, SelectStatement)
    assert (select.table, select.index, select.paths) == ("my.music", None, None)


def test_an_update_has_any_number_of_set_and_remove_clauses() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    update = parse_statement(
        "UPDATE t SET a = 1, b = 2 SET c.d = 3 REMOVE e REMOVE f[1] WHERE k = 1 "
        "RETURNING MODIFIED OLD *"
    ).statement

    assert isinstance(update, UpdateStatement)
    assert [a.path.path for a in update.assignments] == [("a",), ("b",), ("c", "d")]
    assert update.removals == (("e",), ("f", 1))
    assert update.returning == "MODIFIED OLD"


def test_the_other_statements_are_read() -> None:
    assert isinstance(parse_statement("INSERT INTO t VALUE {'a': 1}").statement, InsertStatement)
    assert isinstance(parse_statement("insert into t value ?").statement, InsertStatement)
    delete = parse_statement("DELETE FROM t WHERE a = 1 RETURNING ALL OLD *").statement
    assert isinstance(delete, DeleteStatement)
    assert delete.returning == "ALL OLD"
    exists = parse_statement("EXISTS(SELECT * FROM t WHERE a = 1 AND b = 2)").statement
    assert isinstance(exists, ExistsStatement)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "Expected data manipulation"),
        ("SELECTT * FROM t", "Expected data manipulation"),
        ("DROP TABLE t", "Expected data manipulation"),
        ("SELECT FROM t", "Cannot have empty SELECT list"),
        ("SELECT * WHERE a = 1", "Expected FROM after SELECT list"),
        ("SELECT * FROM", "Unexpected term"),
        ("SELECT * FROM t WHERE a = 1 b", "Unexpected token after expression"),
        (
            "SELECT * FROM t; SELECT * FROM t",
            "Unexpected token after semicolon. (Only one query is allowed.)",
        ),
        ("INSERT t VALUE {}", "Unexpected term"),
        ("INSERT INTO t VALUE 5", "Unexpected term"),
        ("INSERT INTO t {'a': 1}", "Unexpected token after expression"),
        ("INSERT INTO t VALUE {'a': 1} WHERE a = 1", "Unexpected token after expression"),
        ("UPDATE 5 SET a = 1", "Expected identifier for simple path"),
        ("UPDATE t WHERE a = 1", "Unexpected term"),
        ("UPDATE t SET a WHERE a = 1", "Expected '='"),
        ("UPDATE t SET a = 1 WHERE b = 1 RETURNING SOME OLD *", "Unexpected term"),
        ("UPDATE t SET a = 1 WHERE b = 1 RETURNING ALL OLD", "Unexpected term"),
        ("DELETE t", "Expected FROM after DELETE"),
        ("EXISTS(INSERT INTO t VALUE {})", "Unexpected term"),
    ],
)
def test_what_is_no_statement_is_malformed(text: str, detail: str) -> None:
    with refused(MALFORMED + detail):
        parse_statement(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT COUNT(*) FROM t", "Unexpected path component at 1:8:5"),
        ("SELECT a, size(b) FROM t", "Unexpected path component at 1:11:4"),
        ("SELECT * FROM t AS x", "Aliasing is not supported"),
        ("SELECT * FROM t x", "Aliasing is not supported"),
        ('SELECT * FROM ""', "Path component cannot be an empty string"),
        (
            'SELECT * FROM "a"."b"."c"',
            "A path may contain at most 2 components in the FROM clause",
        ),
        ('UPDATE "t"."i" SET a = 1', "This operation is not supported on an index"),
        ('DELETE FROM "t"."i"', "This operation is not supported on an index"),
        ('INSERT INTO "t"."i" VALUE {}', f"{INSERT_INDEX} at 1:13:3"),
        (
            "DELETE FROM t WHERE a = 1 RETURNING ALL NEW *",
            "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in "
            "DELETE statements.",
        ),
    ],
)
def test_what_the_service_refuses_of_a_readable_statement_has_words_of_its_own(
    text: str, message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html"""
    with refused(message):
        parse_statement(text)


def test_each_question_mark_needs_one_parameter() -> None:
    for parameters in ([], [{"S": "a"}, {"S": "b"}]):
        with refused("Number of parameters in request and statement don't match."):
            read_statement({"Statement": "SELECT * FROM t WHERE a = ?", "Parameters": parameters})
    _, values = read_statement(
        {"Statement": "SELECT * FROM t WHERE a = ?", "Parameters": [{"N": "1.0"}]}
    )
    assert values == ({"N": "1"},)


def test_a_text_that_is_longer_than_a_statement_is_not_parsed() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    with refused("The statement has more than 8192 characters"):
        parse_statement("SELECT * FROM t" + " " * 8192)
