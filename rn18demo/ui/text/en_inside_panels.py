"""English: gradients and paths, the ledger of a logit, hiding the hottest."""

INSIDE_PANELS_ENGLISH: dict[str, str] = {
    "panel_empty": "Give it a picture first.",
    "gradient": "Gradients and paths",
    "gradient_help": (
        "A *gradient* says how much the score (*logit*) of a class would move if numbers in the "
        "network moved a little. It is computed backward, from the answer to the picture. Here "
        "is how strong it still is at each block, for this picture and class: as it is, and with "
        "the way back *closed to the shortcuts*, so that it must pass through every F."
    ),
    "gradient_working": "Going backward through the network: this takes a few seconds …",
    "gradient_words": (
        "For **{label}**: at the stem the gradient's strength (*norm*) is {whole:.3g}, and "
        "{closed:.3g} without the shortcuts. The forward pass is the same in both, so this does "
        "not show how a network *trained* without shortcuts would do."
    ),
    "gradient_y": "Norm of the gradient",
    "gradient_with": "as it is",
    "gradient_without": "closed to shortcuts",
    "paths_help": (
        "**The 256 paths.** At each of the 8 blocks there are two ways back, F or the shortcut: "
        "2⁸ = 256 paths. A path's *length* is in how many blocks it takes F. Cut a part above, "
        "and paths disappear. Open now: **{open} of 256**."
    ),
    "paths_caution": (
        "The weight of a length is the norm of the part of the gradient that comes back along "
        "all paths of that length. The parts add up *exactly* to the whole gradient, but their "
        "weights do not: parts may cancel each other. It says what this answer is sensitive to, "
        "here and now; it does not say which path “made” the answer (Veit et al. 2016)."
    ),
    "paths_x": "Length (times through F)",
    "paths_count": "open paths",
    "paths_all": "of 256",
    "paths_count_y": "Paths",
    "paths_weight": "weight",
    "paths_weight_y": "Weight",
    "ledger": "The ledger of the score",
    "ledger_help": (
        "The last step is a plain sum, and this is its ledger. Each of the 512 channels of stage "
        "4 has its mean over the picture (*mean activation*), times a learned *weight* of the "
        "class; then the class's *bias* is added. Nothing else goes into the score (*logit*). "
        "Click a channel to see where it was active."
    ),
    "ledger_words": (
        "**{label}**: {spoken_for:.4f} for, {spoken_against:.4f} against, bias {bias:+.4f}. "
        "Sum **{total:.4f}**; the network's score is **{logit:.4f}**."
    ),
    "ledger_words_two": (
        "**{label}** rather than **{other}**: {spoken_for:.4f} for, {spoken_against:.4f} against, "
        "biases {bias:+.4f}. Sum **{total:.4f}**; the network's scores differ by **{logit:.4f}**."
    ),
    "ledger_again": (
        " (The answer beside your picture was computed fast, with fewer digits; this sum was "
        "computed again in *float32*.)"
    ),
    "ledger_second": "Compared with",
    "ledger_second_help": "Another likely class: the ledger then shows what sets the two apart.",
    "ledger_alone": "no other class",
    "ledger_for": "Spoke for {label}",
    "ledger_against": "Spoke against {label}",
    "ledger_channel": "Channel {channel}, mean {mean:.3f}",
    "hiding": "Hide the hottest",
    "hiding_help": (
        "If the map tells the truth, the answer should fall when what it points at is blurred, "
        "and faster than when as much is blurred at random. Move the slider. The map is that of "
        "stage 4 for the chosen class, before negative values are cut off (*class activation "
        "map*)."
    ),
    "hiding_working": "Hiding more and more of the picture: this takes a few seconds …",
    "hiding_words": (
        "**{label}** on average over the slider: {by_map} with the hottest hidden, {by_chance} at "
        "random (mean of 3 random orders). {verdict} Blurred pictures are unlike those that the "
        "network was trained on: part of a fall may come from that, so look at the difference."
    ),
    "hiding_faster": "The map finds what counts: the answer falls faster.",
    "hiding_same": "There is hardly a difference: here the map is no better than chance.",
    "hiding_little": "The network gives this class so little that nothing can be concluded.",
    "hiding_slower": "At random it falls faster: here the map does not point at what counts.",
}

PAINTED_PANELS_ENGLISH: dict[str, str] = {
    "ledger_label": "Channels that spoke for and against",
    "ledger_placeholder": "Give it a picture, and the channels that spoke stand here.",
    "ledger_row": "Channel {channel}: {value}. Show its map",
    "ledger_name": "channel {channel}",
    "hide_label": "The picture with its hottest parts blurred",
    "hide_placeholder": "Give it a picture, and a slider to hide parts of it stands here.",
    "hide_slider": "Hidden",
    "hide_by_map": "the hottest",
    "hide_by_chance": "at random",
    "hide_which": "What is hidden",
    "hide_left": "{label}: {map} with the hottest {share} % hidden, {chance} at random",
    "hide_x": "hidden, in % (upward: probability)",
}
