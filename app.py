"""Opens the app: `python app.py`. Also the entry of a Hugging Face Space."""

import argparse
import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Gradio would work out how long all of the last 10,000 events took, after each event, for a page of
# figures that is switched off here.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")

from rn18demo.core.checkpoint_files import OFFICIAL_ID
from rn18demo.core.checkpoints import STARTER_ID
from rn18demo.core.engine import DEVICES, RUNTIMES
from rn18demo.ui.launch import open_page
from rn18demo.ui.layout import build_app

NAMED = ("auto", OFFICIAL_ID, STARTER_ID)


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; `arguments` stands in for it in tests."""
    parser = argparse.ArgumentParser(description="ResNet-18 as a glass box, in the browser.")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default: 7860, or the next free one)")
    parser.add_argument("--share", action="store_true", help="a public link through Gradio")
    parser.add_argument(
        "--https", action="store_true", help="open to the local network, with a certificate"
    )
    parser.add_argument(
        "--checkpoint", default="auto", metavar="ID", help=f"{', '.join(NAMED)}, or a path"
    )
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--runtime", default="auto", choices=RUNTIMES)
    options = parser.parse_args(arguments)
    options.given = None
    if options.checkpoint not in NAMED:
        options.given, options.checkpoint = Path(options.checkpoint), "auto"
        if not options.given.exists():
            parser.error(f"there is no file or folder {options.given}")
    return options


options = read_options(None if __name__ == "__main__" else [])
demo = build_app(options.checkpoint, options.device, options.given, options.runtime)

if __name__ == "__main__":
    open_page(demo, options.host, options.port, options.share, options.https)
