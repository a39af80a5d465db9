"""English."""

ENGLISH: dict[str, str] = {
    # the frame
    "title": "ResNet-18, a glass box",
    "subtitle": (
        "Put a picture in front of a neural network. See what it answers, where it looked "
        "and what every stage made of it."
    ),
    "device": "Runs on {device} · {runtime}",
    "device_help": (
        "What computes the network, and with which numbers: bf16 and fp16 have 16 bits, fp32 has "
        "32. The fastest way that gives the same answers as PyTorch in fp32 was measured here."
    ),
    "no_webcam": (
        "Browsers lend a camera only to encrypted pages (https) and to the machine that runs the "
        "app. Upload a picture, or ask for the https address."
    ),
    "port_taken": (
        "Another program already listens on port {port}. Choose another one with --port, or leave "
        "--port away to take the next free one."
    ),
    "https_alone": (
        "No network was found that others could come by: {url} opens on this machine alone. "
        "Connect it to one, or start again with --host and this machine's address in it."
    ),
    "camera_refused": (
        "The browser does not lend the camera or the clipboard to this page. Allow it beside the "
        "address, or upload a picture."
    ),
    "checkpoint": "Weights (checkpoint)",
    "checkpoint_help": "Which trained weights answer.",
    "privacy": (
        "Your pictures stay on the server that runs this app, are never sent on, and are gone an "
        "hour after you leave, if not at once; those in Teach, an hour after you last used them. "
        "No analytics."
    ),
    "help_title": "How to use this page",
    "help": (
        "1. Give it a picture: upload one, use the camera, paste one, or take an example.\n"
        "2. Read the five best answers. Click one: that class is now explained in every tab.\n"
        "3. Change the lens: **Predict** has the numbers, **Grad-CAM** shows where it looked, "
        "**Feature maps** shows what each stage made of the picture, **Inside** opens its blocks "
        "and lets you cut them, **Live** does it all with your camera, as things move, **Teach** "
        "makes it tell your own things apart, and **Learn** leads you through all of it.\n\n"
        "It works with the keyboard too: Tab moves on, Enter chooses."
    ),
    # the picture
    "source_fold": "Picture and answers",
    "picture": "Your picture",
    "examples": "Or take an example",
    "examples_sources": "Who made these pictures",
    "answers": "Best five answers",
    "answers_help": "Click one and it is explained in every tab.",
    "no_answer_yet": "Give it a picture, and its five best answers stand here.",
    "working": "The network is looking …",
    "complete": "Done",
    # weights
    "switch": "Switch to them",
    "fetch_again": "Try again",
    "official_ready": (
        "The official ImageNet weights (1,000 classes, more accurate) have arrived."
    ),
    "official_fetching": "Fetching the official ImageNet weights in the background: {share}.",
    # predict
    "predict_tab": "Predict",
    "predict_intro": (
        "The network gives every class it knows a score (the *logit*); softmax turns the "
        "scores into shares of 100 %. The answer may be wrong, and by itself the network has no "
        "way to say “none of these”."
    ),
    "search": "Or any other class",
    "search_help": "Type a name: it is explained in every tab, too.",
    "search_result": "**{label}** is number {rank} of {classes}, with {probability}.",
    "predict_empty": "Give it a picture, and the numbers behind the answer stand here.",
    "input": "This is all the network gets",
    "input_help": "{side} × {side} pixels: {how}",
    "input_crop": "the short side scaled to {resize}, the middle cut out",
    "input_square": "the whole square, scaled to {resize}",
    "input_soften": (
        ", first scaled down to {soften}, because these weights learned from small pictures"
    ),
    "facts": "What answered",
    "fact_checkpoint": "Weights",
    "fact_device": "Computed on",
    "fact_network": "The network alone",
    "fact_rest": "Everything else",
    "fact_rest_help": "scaling the picture, copying the results",
    "fact_undecided": "How undecided",
    "fact_undecided_help": "entropy: 0 % is sure, 100 % is a pure guess",
    "fact_accuracy": "Right on unseen pictures",
    "accuracy": "{top1} first guess, {top5} within five ({pictures} pictures)",
    "accuracy_first": "{top1} first guess ({pictures} pictures)",
    "milliseconds": "{value:.0f} ms",
    # grad-cam
    "cam_tab": "Grad-CAM",
    "cam_intro": ("Warm colours: where the picture spoke for **{label}** ({title}). {border}"),
    "cam_border": "The hatched border was cut off before the network saw it.",
    "cam_intro_empty": "Give it a picture, and the map shows where the network looked.",
    "stage": "Where in the network (stage)",
    "stage_choice": "{title} · {side} × {side}",
    "method": "How the map is made (method)",
    "method_slow": "{title} (slow)",
    "cam_words": (
        "**{stage}.** {stage_words}\n\n**{method}.** {method_words} [The paper]({paper}) {warning}"
    ),
    "not_comparable": (
        "\n\n*Side by side: only the shapes of these maps can be compared between two classes, "
        "not their heights.*"
    ),
    "compare": "Second class, side by side",
    "cancel": "Stop",
    "stopped": "Stopped. The last map is still shown.",
    "mapping": "{method}: {share} done",
    "road": "Can the map be trusted?",
    "road_button": "Test this map (ROAD)",
    "road_help": (
        "Hides what the map calls important and watches the answer fall, beside a random map "
        "and a blob in the middle. *Solid*: the most important parts are hidden first. *Dotted*: "
        "the least important ones. The further a map keeps the two apart, the better its score."
    ),
    "road_about": "**{label}**, {title}. {words}",
    "road_stopped": "Stopped. Nothing was measured this time.",
    "road_progress": "Hiding pixels: {share} done",
    "road_x": "Share of the picture hidden",
    "road_y": "Probability left for the class",
    "road_map": "this map",
    "road_random": "random map",
    "road_gaussian": "blob in the middle",
    # feature maps
    "maps_tab": "Feature maps",
    "maps_intro": (
        "Each stage looks at the picture through many small filters (*channels*). Bright cells: "
        "there the filter found what it is looking for."
    ),
    "strip_caption": "{title}\n{shape}",
    "channels": "How many channels",
    "channels_help": "Of this stage, the first ones in the order you chose.",
    "order": "Which first",
    "order_help": "“Speaks for the class” is gradient × activation.",
    "order_mean": "most active",
    "order_contribution": "speaks for the class",
    "order_index": "by number",
    "tile_caption": "{channel} · mean {mean:.2f}",
    "tile_worth": "{channel} · {value:+.3f}",
    "channel_title": "Channel {channel} of {stage}",
    "channel_empty": "Click a channel to enlarge it.",
    "channel_numbers": (
        "**Channel {channel} of {stage}** ({side} × {side} cells, {shape}). "
        "Mean {mean:.3f}, largest {max:.2f}, {sparsity:.0f} % of the cells are exactly zero "
        "(*sparsity*). {contribution}"
    ),
    "channel_contribution": (
        "It changes the score of **{label}** by {value:+.3f} (gradient × activation)."
    ),
    "histogram_x": "Activation of a cell",
    "histogram_y": "Cells",
    # live
    "live_tab": "Live",
    "live_full": "Too many cameras ask at once. This one is asked for again every second.",
    "live_replaced": "A newer frame took the place of this one.",
    # errors
    "no_picture": "Give it a picture first: upload one or take an example.",
    "class_gone": "These weights do not know that class; the best answer is explained instead.",
}
