"""Where the files live that are shipped beside the code."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
STARTER = ASSETS / "starter"
EXAMPLES = ASSETS / "examples"
