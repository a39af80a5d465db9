"""English: the Live tab. Gaps in braces are filled in by the browser."""

LIVE_ENGLISH: dict[str, str] = {
    "live": "Live camera",
    "live_start": "Start the camera",
    "live_again": "Start again",
    "live_stop": "Stop",
    "live_freeze": "Freeze",
    "live_freeze_help": "Keep this moment, and look at it in the other tabs",
    "live_resume": "Back to live",
    "live_camera": "Camera",
    "live_camera_help": "Which camera is used",
    "live_front": "Front camera",
    "live_back": "Back camera",
    "live_off": (
        "Hold something in front of the camera and see, as it moves, what the network answers "
        "and where it looks."
    ),
    "live_starting": "Waiting for the camera …",
    "live_first": "The camera runs; the first answer is on its way …",
    "live_stale": "No new answer for over {seconds} s. The connection or the server is slow.",
    "live_slow": "Slow connection: these answers are about {seconds} s old.",
    "live_crowd": "Busy server, many may be asking: these answers are about {seconds} s old.",
    "live_still": (
        "The camera gives no new pictures. Stop and start the camera, or choose another one."
    ),
    "live_paused": "Paused while this tab is hidden.",
    "live_frozen": "Frozen. It was handed to the other tabs when you pressed Freeze.",
    "live_ended": (
        "The camera was stopped after {minutes} minutes, to leave the server to others. "
        "One click starts it again."
    ),
    "live_stopped": "The camera is off.",
    "live_insecure": (
        "Browsers lend the camera only to pages opened by https or on the same machine. Open "
        "this page as https://…, or start the app with “python app.py --https”."
    ),
    "live_refused": (
        "The camera was refused. Allow it for this page (the camera or lock sign beside the "
        "address), then start again."
    ),
    "live_none": "No camera was found. Plug one in, or give it a picture under “Your picture”.",
    "live_busy": (
        "The camera is used by another program. Close that program, or choose another camera, "
        "then start again."
    ),
    "live_gone": (
        "The camera went away: it was unplugged, or another program took it. Try again, or "
        "choose another one."
    ),
    "live_trouble": "The camera could not be started ({reason}). Try again or choose another one.",
    "live_silent": (
        "The server has not answered for {seconds} s. It is asked again once this question is "
        "answered, or after half a minute."
    ),
    "live_no_server": "The server does not answer. It is asked again every second.",
    "live_whose": "{colours}: what speaks for {label}.",
    "live_whose_pinned": "{colours}: what speaks for {label} (pinned).",
    "live_warm": "Warm colours",
    "live_bright": "Bright colours",
    "live_bright_places": "Bright places",
    "live_whose_empty": "No map: nothing in this frame speaks for {label}.",
    "live_status": "{rate} answers/s · network {network} ms · shown: {age} ms old",
    "live_status_slow": "{rate} answers/s · network {network} ms",
    "live_answers": "The network's answers",
    "live_bars": "What it sees now",
    "live_bars_none": "Its answers appear here.",
    "live_bars_frozen": "What it sees in this picture",
    "live_bars_old": "What it saw last",
    "live_bars_help": "Click one to pin it: its map stays, whatever comes first.",
    "live_names_always": (
        "It names one of your classes even for an empty table. Under Teach, “None of these” "
        "changes that."
    ),
    "live_pin": "Pin {label}, {share}",
    "live_unpin": "{label}, {share}, pinned; click to unpin",
    "live_find": "Pin any class",
    "live_find_help": "Type its name; empty unpins",
    "live_find_none": "There is no class of that name.",
    "live_find_many": "{count} classes begin like that. Type on.",
    "live_strip": "Strongest channel of every stage",
    "live_strip_help": "Show what one filter (channel) of each stage makes of the frame",
    "live_channel": "{stage}, channel {channel}",
    "live_smoothing": "Smoothing",
    "live_seconds": "{seconds} s",
    "live_smoothing_help": "Calmer bars and map, a little later",
    "live_mirror": "Mirror what I see",
    "live_mirror_help": "As in a mirror; the network still gets the true picture",
    "live_flip": "Mirror what the network gets",
    "live_flip_help": "Try it: does the answer change?",
    "live_opacity": "Opacity",
    "live_opacity_help": "How strongly the map covers the picture",
    "live_colours": "Colours",
    "live_show_map": "Map",
    "live_show_map_help": "Lay the map over the camera picture",
    "live_canvas": "Camera picture with the map of where the network looks",
    "live_privacy": (
        "Small frames go to the server that runs this app, are answered and forgotten; none "
        "is stored unless you freeze one."
    ),
}
