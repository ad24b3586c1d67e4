"""docs/model.md shows the model as it is."""

from pathlib import Path

from app.model_document import document


def test_the_page_of_pictures_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "model.md"
    assert page.read_text() == document(), "write it anew: agora schema model docs/model.md"
