"""Where visitors' pictures are, and a notebook with some."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from tests.training.small_lessons import make_dataset


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    """Saved when they are told to, or at the end."""
    made = Projects(tmp_path / "projects", save_after=3600)
    yield made
    made.close()


@pytest.fixture
def notebook(projects: Projects) -> Notebook:
    """Two classes of three pictures."""
    made = projects.new()
    made.join(make_dataset([3, 3]))
    return made
