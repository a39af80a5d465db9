"""Everything that changes weights. Imports core; never gradio."""
