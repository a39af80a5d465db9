"""What a measurement may be told, and what it says when it cannot be made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How long and how often is measured.

    Attributes:
        device: "auto", "cpu" or "cuda", for both sides of every comparison.
        rounds: Turns of each side, where calls are timed.
        turns: Times that each program has its turn, where programs are compared.
        live_seconds: Length of a turn in front of the camera.
        clients_seconds: Length of a turn with many clients.
        clients: How many there are.
        fps: Frames a second of the camera.
    """

    device: str = "auto"
    rounds: int = 30
    turns: int = 3
    live_seconds: float = 15
    clients_seconds: float = 20
    clients: int = 30
    fps: int = 30
