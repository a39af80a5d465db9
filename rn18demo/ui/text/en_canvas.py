"""English: the painting components. Gaps in braces are filled in by the browser."""

CANVAS_ENGLISH: dict[str, str] = {
    # the map canvas
    "canvas": "Map",
    "placeholder": "Give it a picture, and the map of what the network looked at appears here.",
    "no_canvas": (
        "This browser cannot draw the map. The sentence below says where it is strongest."
    ),
    "no_picture": "The picture could not be loaded; the map is shown without it.",
    "view": "How to look at the map",
    "over": "Over the picture",
    "over_help": "The map laid over the whole picture",
    "split": "Before | after",
    "split_help": "Drag the line: the picture on its left, the map on its right",
    "raw": "Raw map",
    "raw_help": "The cells as the network made them; point at one to read its value",
    "side": "Side by side",
    "side_help": "Two classes on one shared scale; choose a second class first",
    "divider": "Where the map begins",
    "divider_value": "The map begins at {share} % of the width",
    "cells": "Cells of the map: the arrow keys move from cell to cell",
    "readout": "Row {row}, column {column}: {value}, {share} % of the peak",
    "readout_hint": "Point at a cell, or use the arrow keys, to read its value.",
    "legend": "Colours from low to high",
    "unseen": "cut off: the network did not see it",
    "toolbar": "How the map is drawn",
    "opacity": "Opacity",
    "opacity_help": "How strongly the map covers the picture",
    "colours": "Colours",
    "colours_help": (
        "Viridis, Magma and Gray also read well with colour blindness and in black and white"
    ),
    "turbo": "Turbo",
    "viridis": "Viridis (colour-blind safe)",
    "magma": "Magma (colour-blind safe)",
    "gray": "Gray",
    "smooth": "Smooth",
    "smooth_help": "Blend between cells (bilinear), or show the cells as they are",
    "fade": "Fade low",
    "fade_help": "Let the picture show through where the map is low",
    "download": "Download",
    "download_help": "Save what you see as a PNG, at the size of the original picture",
    # a map in words; the same sentences as describe_map in core/wire.py
    "the_map": "The map",
    "the_map_for": 'The map for "{label}"',
    "empty_map": "{name} is empty: nothing in the picture speaks for it.",
    "less_than_one": "less than 1 %",
    "strongest": (
        "{name} is strongest in the {place} of the picture; values of at least half its peak "
        "cover {covered} of what the network saw."
    ),
    "places": (
        "upper left|upper middle|upper right|left|middle|right|lower left|lower middle|lower right"
    ),
    # the channel grid
    "grid": "Channels",
    "grid_name": "{stage}: {count} channels",
    "grid_placeholder": "Give it a picture, and what each channel sees appears here.",
    "tiles": "Channels: the arrow keys move from tile to tile, Enter chooses one",
    "tile": "Channel {caption}",
    "shared": "One scale for all",
    "shared_help": "On: colours mean the same in every tile. Off: each tile uses its own peak.",
    # the prediction bars
    "bars": "Answers",
    "bar": "{label}, {share}",
    "bars_placeholder": "Choose a picture to see what the network answers.",
}
