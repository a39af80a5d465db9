"""Theme and style sheet."""

import gradio as gr

from rn18demo.assets import ASSETS

STYLE_SHEET = ASSETS / "style.css"


def build_theme() -> gr.Theme:
    """Calm greys and one accent. The fonts are the system's: nothing is fetched."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(
        primary_hue="orange", neutral_hue="slate", font=fonts, font_mono=mono
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        # Secondary text in light mode: 4.5 to 1 against its background, as WCAG asks.
        body_text_color_subdued="*neutral_500",
        block_info_text_color="*neutral_500",
        block_radius="10px",
        block_shadow="none",
        block_shadow_dark="none",
        button_primary_background_fill="*primary_600",
    )
