"""English: inside a residual network."""

INSIDE_ENGLISH: dict[str, str] = {
    "inside_tab": "Inside",
    "inside_intro": (
        "Eight *residual blocks*: each adds what it computes, F(x), to what it was given, x. "
        "Click a block to open it. Choose what may pass, and watch the best answers change: every "
        "tab, Live too, then shows the network without that part."
    ),
    "operated_one": "{title}, 1 part cut",
    "operated_many": "{title}, {parts} parts cut",
    "arch_stem": "Stem",
    "arch_stem_words": "7 × 7 convolution, batch norm, ReLU, max pooling",
    "arch_head": "Answer",
    "arch_head_words": "mean of each map, then one score a class",
    "cut_nothing": "Nothing is cut: this is the network as it was trained.",
    "cut_what": (
        "Cut now: {parts}. Only you see this, and the original weights are untouched. A network "
        "*trained* without these parts would have learned to do without them; this one has not."
    ),
    "cut_answer": "Best answer now: **{label}**, {share}.",
    "restore": "Restore everything",
    "block_open": "Inside a block",
    "block_words": (
        "**{name}**: {shape_in} in, {shape} out, {parameters} learned numbers. "
        "Its shortcut is {kind}. For this picture F(x) is {ratio} as strong as what came by the "
        "shortcut (*norms* {residual:.1f} and {shortcut:.1f}). {cut}"
    ),
    "kind_identity": "the *identity*: x passes as it is",
    "kind_projection": (
        "a *projection* (1 × 1 convolution), because the maps become half as wide and twice as many"
    ),
    "block_cut_F": "Its residual branch is cut: only the shortcut passes.",
    "block_cut_x": "Its shortcut is cut: only F(x) passes.",
    "block_empty": "Give it a picture, and what the block does to it stands here.",
    "block_channel": "Channel",
    "block_channel_help": "One of the block's {channels} maps. It opens with the one that F(x) "
    "changes most.",
    "part_shortcut": "shortcut",
    "part_residual": "F(x)",
    "part_sum": "sum",
    "part_output": "after ReLU",
    "shares_title": "How much each block adds",
    "shares_help": (
        "Share of F(x) in what is added, by norm: |F| / (|F| + |shortcut|). At 50 %, the dotted "
        "line, both sides are equally strong. Orange blocks pass x on untouched; blue ones have a "
        "projection."
    ),
    "shares_y": "Share of F(x)",
    "lesions": "Cut each part in turn",
    "lesions_help": (
        "Cuts each of the 16 ways alone, puts it back, and shows what is left of **{label}** "
        "({before} with nothing more cut)."
    ),
    "lesions_help_empty": (
        "Give it a picture first: this cuts each of the 16 ways alone and shows what is left of "
        "its answer."
    ),
    "lesions_y": "Probability left",
    "lesions_F": "without F(x)",
    "lesions_x": "without the shortcut",
    "lesions_before": "nothing more cut",
}

ARCHITECTURE_ENGLISH: dict[str, str] = {
    "arch": "The network, from the picture to the answer",
    "arch_numbers": "{count} numbers",
    "arch_scramble": "scramble weights",
    "arch_scramble_help": "Shuffle the learned numbers of each convolution of this stage",
    "arch_open": "Open block {name}",
    "arch_pass": "What passes in {name}",
    "arch_both": "F + x",
    "arch_both_help": "Both ways: the block as it was trained",
    "arch_only_F": "F",
    "arch_only_F_help": "Without the shortcut: only F(x) passes",
    "arch_only_x": "x",
    "arch_only_x_help": "Without the residual branch: only the shortcut passes",
    "arch_projection": "projection shortcut",
    "arch_identity": "identity shortcut",
    "arch_share": "F(x) is {share} % of what is added",
    "arch_legend": (
        "Straight down: the residual branch F. The arc: the shortcut, drawn through where it is "
        "the identity, dashed where it is a 1 × 1 projection."
    ),
    "parts": "The four maps of a block",
    "parts_placeholder": "Give it a picture, and the block's maps stand here.",
    "parts_scale": "One scale for all four: blue is below 0, red above, grey is 0.",
    "parts_tile": "{caption}, from {low} to {high}",
}
