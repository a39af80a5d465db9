"""The glass box itself: torch, PIL and numpy; never gradio."""
