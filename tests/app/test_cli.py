"""The command line as a person uses it: what it prints, and how it says what can be mended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AGORA = [sys.executable, "-c", "from app.cli import command_line; command_line()"]
ROOT = Path(__file__).parents[2]


def agora(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGORA_")}
    return subprocess.run(
        [*AGORA, *arguments], cwd=folder, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["serve"], {"AGORA_PORT": "many"}, "AGORA_PORT: Input should be a valid integer"),
        (["serve"], {"AGORA_DATABASE_URL": "postgresql://a@127.0.0.1:1/x"}, "AGORA_DATABASE_URL cannot be used"),
        (["seed"], {"AGORA_DATABASE_URL": "postgresql://a@127.0.0.1:1/x"}, "AGORA_DATABASE_URL cannot be used"),
        (["serve"], {"AGORA_DATA_DIR": "/dev/null/x"}, "choose a folder that you can write to"),
    ],
)
def test_what_can_be_mended_is_said_in_a_line(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], message: str
) -> None:
    done = agora(tmp_path, *arguments, **environment)
    assert done.returncode in (1, 3)
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.long
def test_the_database_is_filled_explained_taken_back_and_removed(tmp_path: Path) -> None:
    assert agora(tmp_path, "db", "upgrade").returncode == 0
    filled = agora(tmp_path, "seed")
    assert "freelance.jobs" in filled.stdout
    again = agora(tmp_path, "seed")
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    document = tmp_path / "document.graphql"
    document.write_text("query($n: Int) { jobs(first: $n) { nodes { title client { firstName } } } }")
    explained = agora(tmp_path, "explain", str(document), "--variables", '{"n": 2}', "--analyze").stdout
    assert "Statement 1 · " in explained
    assert "FROM freelance.jobs AS t0" in explained
    assert "actual time" in explained
    assert agora(tmp_path, "db", "url").stdout.startswith("postgresql://agora@/agora?host=")
    assert agora(tmp_path, "db", "downgrade", "base").returncode == 0
    assert agora(tmp_path, "db", "reset", "--yes").returncode == 0
    assert not (tmp_path / ".agora" / "pg").exists()


def test_a_changed_schema_file_is_named_and_fails(tmp_path: Path) -> None:
    changed = tmp_path / "schema.graphql"
    changed.write_text((ROOT / "schema.graphql").read_text().replace("  coverLetter: String", "  letter: String"))
    done = agora(tmp_path, "schema", "check", "--path", str(changed))
    assert done.returncode == 3
    assert "breaking   Field Application.letter was removed." in done.stdout
    assert "safe       Field Application.coverLetter was added." in done.stdout
    assert agora(tmp_path, "schema", "check", "--path", str(ROOT / "schema.graphql")).returncode == 0


def test_a_word_that_changes_everywhere_is_told_in_few_lines(tmp_path: Path) -> None:
    changed = tmp_path / "schema.graphql"
    changed.write_text((ROOT / "schema.graphql").read_text().replace("How many different values.", "Distinct values."))
    done = agora(tmp_path, "schema", "check", "--path", str(changed))
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) < 50
    assert "more of this kind; --json has them all" in done.stdout
