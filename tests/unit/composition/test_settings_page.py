"""The settings page says what the settings say."""

import tomllib
from pathlib import Path

from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.composition.settings_page import settings_page

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "settings.md"


def test_the_settings_page_is_what_the_settings_say() -> None:
    how = "python -m homeroom_entrypoints.composition.settings_page > docs/guides/settings.md"
    assert PAGE.read_text("utf-8") == settings_page(), f"Write it anew: {how}"


def test_the_pages_example_is_accepted(tmp_path: Path) -> None:
    example = PAGE.read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(example)
    file = tmp_path / "homeroom.toml"
    file.write_text(example, "utf-8")
    assert load_settings({}, file).environment == "production"
