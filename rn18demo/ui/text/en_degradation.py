"""The words of the degradation experiment, in English."""

DEGRADATION_ENGLISH = {
    "degradation": "Why shortcuts? The degradation experiment, live",
    "degradation_help": (
        "Three small networks learn ten drawn figures (16 × 16 pixels, in noise), here and now, "
        "on this server: a **shallow plain** one, a **deep plain** one, and the same deep one "
        "**with shortcuts** (residual). The two deep ones begin with the very same weights, and "
        "all three see the same pictures in the same order. Nothing is drawn in advance. The "
        "usual settings take well under a minute on two free cores, and longer on busy ones."
    ),
    "degradation_depth": "Depth",
    "degradation_depth_help": "Layers with weights of the deep ones; the shallow one has {depth}.",
    "degradation_width": "Width",
    "degradation_width_help": "Channels of every layer; more is stronger and slower.",
    "degradation_steps": "Steps",
    "degradation_steps_help": "How many batches of {batch} pictures each one learns from.",
    "degradation_seed": "Seed",
    "degradation_seed_help": "Another seed: other pictures, first weights and order.",
    "degradation_run": "Train the three now",
    "degradation_waiting": "{ahead} in front of you; it starts by itself.",
    "degradation_drawing": "Drawing the pictures …",
    "degradation_progress": "Step {step} of {steps} · {seconds:.0f} s",
    "degradation_stopped": "Stopped. The curves show how far it came.",
    "degradation_done": "Trained in {seconds:.0f} s.",
    "degradation_training": "Training error",
    "degradation_held_out": "Held-out error",
    "degradation_x": "Steps",
    "degradation_name_shallow": "Plain, {depth} layers",
    "degradation_name_plain": "Plain, {depth} layers",
    "degradation_name_residual": "With shortcuts, {depth} layers",
    "degradation_numbers": (
        "Error on its own training pictures after {steps} steps: plain with {few} layers "
        "**{shallow:.1f} %**, plain with {depth} layers **{plain:.1f} %**, with shortcuts "
        "**{residual:.1f} %** (held-out pictures: {held_shallow:.1f} %, {held_plain:.1f} %, "
        "{held_residual:.1f} %; guessing: 90 %)."
    ),
    "degradation_seen": (
        "Degradation: the deeper plain network does worse even on pictures it learnt from, so "
        "this is not overfitting; it is harder to train."
    ),
    "degradation_not_seen": (
        "No clear degradation in this run: on training pictures the deeper plain network is not "
        "clearly worse than the shallow one. Try more depth or fewer steps."
    ),
    "degradation_helped": "Shortcuts, with the same first weights, bring the error down.",
    "degradation_not_helped": "Shortcuts make no clear difference in this run.",
    "degradation_hurt": "In this run the network with shortcuts is the worse one.",
    "degradation_limits": (
        "**What it does not show.** These are narrow networks, drawn figures and a short training "
        "with batch norm; given more steps the plain network may catch up. One run is one seed: "
        "try others. The settings were chosen so that the effect shows: with larger first weights "
        "in the last layer, one run ended with the shortcuts losing. It does not say why: with "
        "batch norm the cause is not simply vanishing gradients. And depth matters: on ImageNet, "
        "18 layers end at 27.94 % error plain and 27.88 % with shortcuts, hardly a difference; at "
        "34 layers it is 28.54 % and 25.03 % (He et al. 2015, "
        "[arXiv 1512.03385](https://arxiv.org/abs/1512.03385), figure 1 and table 2)."
    ),
}
