"""English: the Teach tab. Gaps in braces are filled in by the browser, or by Python."""

TEACH_ENGLISH: dict[str, str] = {
    "teach": "Your classes and pictures",
    "teach_intro": (
        "Make a class for each thing, and give each some pictures: hold the button and wave the "
        "thing before the camera, upload pictures, or drop them. A folder or zip with a folder for "
        "each class fills everything at once."
    ),
    "teach_add": "Add a class",
    "teach_sample": "Try the sample pictures",
    "teach_sample_help": "Birds, flowers and fruit, 12 pictures each, to try it at once",
    "teach_file": "Open a zip or project",
    "teach_file_help": "A zip with a folder for each class, or a project saved here",
    "teach_folder": "Open a folder",
    "teach_folder_help": "A folder with a folder for each class",
    "teach_save": "Save project",
    "teach_save_help": "Pictures, names, settings and what was learned in one file, to go on later",
    "teach_restart": "Start over",
    "teach_restart_help": "Delete all classes and pictures here",
    "teach_restart_sure": (
        "Delete all classes and pictures, here and on the server? This cannot be undone."
    ),
    "teach_restart_yes": "Delete everything",
    "teach_restart_no": "Keep everything",
    "teach_camera": "Camera",
    "teach_camera_help": "Which camera takes the pictures",
    "teach_front": "Front camera",
    "teach_back": "Back camera",
    "teach_cards": "Classes",
    "teach_name": "Name of class {number}",
    "teach_no_name": "A class needs a name.",
    "teach_remove": "Remove the class {name}",
    "teach_count_none": "no pictures",
    "teach_count_one": "1 picture",
    "teach_count": "{count} pictures",
    "teach_count_held": "{count} + {held} for testing",
    "teach_hold": "Hold to take pictures",
    "teach_hold_help": (
        "Hold it down with the mouse, a finger, or the space bar: it takes {rate} pictures a "
        "second for {name} until you let go, {most} at most"
    ),
    "teach_upload": "Upload",
    "teach_upload_help": "Choose pictures for {name}",
    "teach_stage": "The camera's picture appears here",
    "teach_shots": "Pictures of {name}",
    "teach_empty": "Drop pictures here",
    "teach_shot": "{name}, picture {number} of {count}",
    "teach_tested": "{count} for testing",
    "teach_tested_shots": "Pictures of {name} for testing",
    "teach_tested_shot": "{name}, picture for testing {number} of {count}",
    "teach_shot_help": "Click to choose it, press Delete to remove it, or drag it to another class",
    "teach_delete": "Delete this picture",
    "teach_chosen": "{count} chosen",
    "teach_delete_chosen": "Delete",
    "teach_move": "Move to …",
    "teach_unchoose": "Choose none",
    "teach_undo": "Undo",
    "teach_removed_class": "The class {name} was removed.",
    "teach_removed_one": "1 picture was deleted.",
    "teach_removed": "{count} pictures were deleted.",
    "teach_moved_one": "1 picture was moved to {name}.",
    "teach_moved": "{count} pictures were moved to {name}.",
    "teach_opened": "Opened: {classes} classes, {pictures} pictures.",
    "teach_one_archive": (
        "Zips and projects are opened one at a time: only {name} was taken. Drop the rest again."
    ),
    "teach_starting": "Waiting for the camera …",
    "teach_ready": "The camera is ready. Hold the button again to take pictures.",
    "teach_hold_full": "Those were {most} pictures. Let go; hold again for more.",
    "teach_reading": "Reading {done} of {total} …",
    "teach_sending": "Sending {done} of {total} …",
    "teach_uploading": "Uploading {name} …",
    "teach_waiting": "The connection is slow: {count} pictures wait to be sent.",
    "teach_no_camera": "No camera was found. Plug one in, or upload pictures instead.",
    "teach_no_server": "The server does not answer. It is asked again.",
    "teach_no_upload": "The file could not be uploaded. It may be too large for this server.",
    "teach_lost": (
        "Your classes are no longer on the server; they are deleted after an hour without use. "
        "If you saved the project, open that file to go on."
    ),
    "teach_not_sent_one": "1 picture was left out.",
    "teach_not_sent": "{count} pictures were left out.",
    "teach_drop_here": "Drop a folder, a zip or a project anywhere here",
    "teach_drop_where": "Drop pictures on a class; folders, zips and projects anywhere.",
    "teach_nothing": "There was no picture in what you dropped.",
    "teach_check": "What to look at before training",
    "teach_check_good": "No problem was found: {classes} classes, {pictures} pictures.",
    "teach_check_start": (
        "Nothing yet. As soon as there are pictures, what would spoil the training is named here."
    ),
    "teach_check_show": "Show these pictures",
    "teach_left_out_one": "1 file was left out",
    "teach_left_out": "{count} files were left out",
    "teach_left_out_clear": "Clear this list",
    "teach_privacy": (
        "Pictures are made small here, then kept on the server that runs this app for an hour "
        "after you last used them, so that a reloaded page finds them. Nobody else can see them; "
        "“Start over” deletes them at once."
    ),
}
"""What the cards say; part of the page."""

TEACH_MESSAGES: dict[str, str] = {
    "class": "Class {number}",
    "no_class": "This class is not there any more.",
    "no_name": TEACH_ENGLISH["teach_no_name"],
    "gone": "These classes are no longer on the server.",
    "nothing_to_undo": "There is nothing to undo any more.",
    "many_classes": "There can be {limit} classes at most. Please remove one first.",
    "many_pictures": (
        "There can be {limit} pictures at most. Some dozens of each class are plenty here: please "
        "delete some first."
    ),
    "full": "Too many people are teaching at the moment. Please try again in a few minutes.",
    "no_room": (
        "The server cannot keep more pictures at the moment. Please use fewer, or try again in a "
        "few minutes."
    ),
    "too_large": "It is larger than {limit} MB.",
    "unreadable": "The browser could not open it.",
    "refused": "The server could not take it.",
    "not_in_train": "Its class is not in the train folder.",
    "not_uploaded": "The file did not arrive. Please choose it again.",
    "busy_reading": "Other files are being read at the moment. Please try again in a minute.",
    "undo": TEACH_ENGLISH["teach_undo"],
    "threshold_restored": (
        "It stands at {share}. What that does is measured in a training: press Train to see it."
    ),
    "project_file": "resnet18-project.zip",
}
"""What the server answers."""
