"""Saving by two threads at once: that of the house, and one that wants all saved now."""

import threading
import time

from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_saving import Saver

PATIENCE = 30.0


def test_all_is_saved_only_when_another_thread_has_written_it_too() -> None:
    """Else a program could end, or a notebook make way, in the middle of a file."""
    begun, gate, written = threading.Event(), threading.Event(), []

    def save(notebook: Notebook) -> None:
        begun.set()
        assert gate.wait(PATIENCE)
        written.append(notebook.token)

    saver = Saver(save, lambda: None, 0.0, time.time)
    notebook = Notebook("one", on_change=lambda _: None, room=lambda _: None)
    saver.start()
    saver.changed(notebook)
    assert begun.wait(PATIENCE)
    saver.changed(notebook)  # once more, while the house writes it
    waiting = threading.Thread(target=saver.save_all)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    gate.set()
    waiting.join(PATIENCE)
    assert written == ["one", "one"]
    assert not saver.pending("one")
    saver.close()
