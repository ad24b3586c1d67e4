"""`agora explain` as a person uses it, and how it writes SQL."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from app import partitions
from app.cli import main
from app.cli.sql import WIDTH, laid_out
from graph.engine.access import ADMIN
from graph.engine.answer import Engine, Operation
from graph.engine.planning.planner import batched, inlined
from graph.engine.running.explain import PHASES
from graph.engine.schema.schema import Schema
from tests.conftest import cloned

ROOT = Path(__file__).parents[2]
OPERATIONS = sorted((ROOT / "graphql" / "operations").glob("*.graphql"))
SHAPES = sorted((ROOT / "bench" / "shapes").glob("*.graphql"))

Explain = Callable[..., Result]


@pytest.fixture(scope="module")
async def url(server: Path, template: str) -> AsyncIterator[str]:
    """The URL of a database with one job, whose client and title are known."""
    async with cloned(server, template) as url:
        connection = await asyncpg.connect(url)
        await partitions.ensure(connection)  # else the first that asks is told of it
        user = (
            "INSERT INTO identity.users (email, first_name, last_name) VALUES ('a@x.example', 'Ada', 'L') RETURNING id"
        )
        job = "INSERT INTO freelance.jobs (client_id, title, description, budget) VALUES ($1, 'Secret title', '…', 1)"
        await connection.execute(job, await connection.fetchval(user))
        await connection.close()
        yield url


@pytest.fixture
def explain(url: str, tmp_path: Path) -> Explain:
    """`agora explain` of a document, a file or a text."""

    def run(document: Path | str, *options: str) -> Result:
        if isinstance(document, str):
            (tmp_path / "document.graphql").write_text(document)
            document = tmp_path / "document.graphql"
        environment = {"AGORA_DATABASE_URL": url, "AGORA_DATA_DIR": str(tmp_path)}
        return CliRunner().invoke(main, ["explain", str(document), *options], env=environment)

    return run


JOBS = """query Jobs($n: Int, $s: [JobStatus!]) {
  jobs(first: $n, filter: {status: {in: $s}}) { nodes { title client { firstName } } }
}"""


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_the_tree_the_sql_and_the_time_of_every_document_are_printed(explain: Explain, path: Path) -> None:
    done = explain(path)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Plan\n└── ")
    assert "\nStatement 1 · " in done.stdout
    assert "\n  SELECT convert_to(" in done.stdout
    assert "\nPostgreSQL's plan\n" in done.stdout
    assert all(re.search(rf"^  {phase} +\d+\.\d\d ms", done.stdout, re.M) for phase in (*PHASES, "all"))


def test_a_person_reads_what_was_asked_and_what_it_took(explain: Explain) -> None:
    text = explain(JOBS, "--variables", '{"n": 3, "s": ["DRAFT"]}').stdout
    head, _, rest = text.partition("\n\nStatement 1")
    assert head.splitlines() == [
        "Plan",
        "└── jobs  page of Job · the first 3 · order id ASC · where status in $s · statement 1",
        "    title",
        "    └── client  row: User · inlined",
        "        firstName",
    ]
    assert re.match(r" · 1 row · 2 rows read · \d+ buffers hit, \d+ read · \d+\.\d\d ms\n", rest)
    assert '\n  $1 = $s = ["DRAFT"]\n' in rest
    assert "\n    FROM freelance.jobs AS t0\n    WHERE t0.status = ANY($1::TEXT[])\n" in rest
    assert re.search(r"Scan .*on identity.users t\d · 1 row · \d+ buffers · actual time \d", rest)
    assert "Secret title" not in text


def test_programs_get_the_same_as_json(explain: Explain) -> None:
    found = json.loads(explain(JOBS, "--json", "--variables", '{"n": 3}').stdout)
    assert set(found) == {"plan", "statements", "phases", "milliseconds"}
    (statement,) = found["statements"]
    assert statement.keys() >= {"sql", "rows", "milliseconds", "partitions"}


def test_without_analyze_nothing_is_measured(explain: Explain) -> None:
    text = explain("{ metrics { totalCount } jobs { nodes { id } } }", "--no-analyze").stdout
    assert "\nTime\n" not in text
    assert " ms" not in text
    assert re.search(r"^Statement 1 · \d+ of \d+ partitions$", text, re.M)
    assert re.search(r"on freelance.jobs t\d · about \d+ rows · cost \d", text)


def test_partitions_that_never_ran_are_only_counted(explain: Explain) -> None:
    text = explain(
        '{ metrics(first: 1, filter: {recordedAt: {gte: "2025-01-01T00:00:00Z"}}) { nodes { name } } }'
    ).stdout
    assert re.search(r"^Statement 1 · .* · \d+ of \d+ partitions", text, re.M)
    assert re.search(r"Append · 0 rows · \d+ pruned", text)


def test_one_of_several_operations_is_chosen(explain: Explain) -> None:
    document = "query A { jobs { totalCount } } query B { users { totalCount } }"
    done = explain(document)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith("document.graphql has several operations; choose one by --operation: A, B\n")
    assert "users  page of User" in explain(document, "--operation", "B").stdout
    missing = explain(document, "--operation", "C")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert 'no operation called "C"' in missing.stderr


def test_anonymous_is_a_viewer_too(explain: Explain) -> None:
    assert "jobs  page of Job" in explain("{ jobs { totalCount } }", "--viewer", "anonymous").stdout


@pytest.mark.parametrize(
    ("document", "variables", "lines"),
    [
        (
            "{ jobs { nodes { nope } } nothing }",
            "{}",
            [":1:18: Cannot query field 'nope'", ":1:27: Cannot query field"],
        ),
        ("{ jobs {", "{}", [":1:9: Syntax Error: "]),
        (JOBS, '{"n": "x"}', [":1:12: Variable '$n' has invalid value"]),
        (JOBS, '{"n": 1000}', [': Argument "jobs.first" is 1000; it must be from 1 to 100.']),
        ("mutation { __typename }", "{}", [" is a mutation; only queries are explained."]),
    ],
)
def test_each_error_of_a_document_is_said_in_a_line(
    explain: Explain, document: str, variables: str, lines: list[str]
) -> None:
    done = explain(document, "--variables", variables)
    assert (done.exit_code, done.stdout) == (1, "")
    said = done.stderr.splitlines()
    assert len(said) == len(lines)
    for line, expected in zip(said, lines, strict=True):
        assert re.match(r"agora: .*document\.graphql" + re.escape(expected), line)


@pytest.mark.parametrize("variables", ["{", "[1]"])
def test_variables_that_are_no_object_are_a_wrong_use(explain: Explain, variables: str) -> None:
    done = explain(JOBS, "--variables", variables)
    assert done.exit_code == 2
    assert "--variables" in done.stderr


def test_the_help_names_every_option(explain: Explain) -> None:
    text = CliRunner().invoke(main, ["explain", "--help"]).stdout
    for option in ("--variables", "--operation", "--viewer", "--analyze", "--no-analyze", "--json"):
        assert option in text


@pytest.mark.parametrize("strategy", [inlined, batched], ids=["inlined", "batched"])
def test_only_white_space_of_a_statement_is_changed(schema: Schema, strategy: Any) -> None:
    engine = Engine(schema, schema.derived.graph, schema.derived.access, _nowhere, strategy=strategy)
    variables = {"id": "business_01890000-0000-7000-8000-000000000000", "words": "a", "countries": ["NZ"]}
    for path in [*OPERATIONS, *SHAPES]:
        wanted = {name: value for name, value in variables.items() if f"${name}" in path.read_text()}
        given = {**{"country": "NZ", "amount": "1"}, **wanted}
        asked = engine.asked(Operation(path.read_text(), given, viewer=ADMIN))
        for text in engine.plan(asked).texts():
            laid = laid_out(text)
            assert re.sub(r"\s", "", laid) == re.sub(r"\s", "", text)
            assert max(map(len, laid.splitlines())) < 2 * WIDTH


def _nowhere() -> Any:
    raise AssertionError("Nothing is sent.")


def test_sub_selects_are_indented_and_texts_left_alone() -> None:
    sql = """SELECT 'a  FROM (b', (SELECT count(*) \nFROM t WHERE x IN (1, 2) ORDER BY f(y  ORDER BY z))"""
    sql += ' FROM u AS "FROM  v"'
    assert laid_out(sql).splitlines() == [
        "SELECT 'a  FROM (b', (",
        "  SELECT count(*)",
        "  FROM t",
        "  WHERE x IN (1, 2)",
        "  ORDER BY f(y ORDER BY z)",
        ")",
        'FROM u AS "FROM  v"',
    ]
