"""English: training and what came of it, in the Teach tab."""

LESSON_ENGLISH: dict[str, str] = {
    "teach_tab": "Teach",
    "teach_intro": (
        "Teach this network things of your own. It keeps what it learned from a large set of "
        "pictures and only learns how to tell yours apart (*transfer learning*)."
    ),
    # training
    "mode": "How it learns",
    "mode_help": "Start with automatic: it takes seconds and is hard to beat with few pictures.",
    "mode_automatic": "automatic (only the last layer)",
    "mode_deeper": "fine-tune deeper (the stages learn too)",
    "train": "Train",
    "train_stop": "Stop and keep the best so far",
    "train_empty": "Collect pictures of at least two classes, then press Train.",
    "train_stopping": "Stopping …",
    "train_left": "about {seconds} s left",
    "trained_in": "Ready after {seconds:.1f} s.",
    "train_kept_before": (
        "You stopped before the new training was measured, so what was taught before stays."
    ),
    "train_other_project": "Another project was opened meanwhile; this training was not used.",
    "train_lost": (
        "The server stopped in the middle of a training, and that training is lost. Your "
        "pictures are all here: press Train again."
    ),
    "lesson_title": "{title} (lesson {number})",
    "result_stale": (
        "The pictures or classes have changed since this training: train again to see the effect."
    ),
    "result_unmeasured": (
        "A taught network came with this project. Nothing is known of how good it is."
    ),
    "result_note": "Its file says of it, which was not measured here: “{note}”",
    "result_saved": (
        "These results were saved with the project; nothing was measured anew. Press Train to "
        "measure again: with the same pictures it learns the same."
    ),
    "result_missing": "Its results were saved as well, but cannot be shown here: {why}",
    "result_needs_base": (
        "for that, the weights are needed that it was taught from. {why} When they are here, load "
        "this page anew."
    ),
    "result_restored": (
        "This is what is kept of an earlier training. Press Train to see its mistakes, class by "
        "class, too: with the same pictures it learns the same."
    ),
    "train_waits": "as soon as all changes have arrived",
    "train_other": (
        "Another project was opened just now. Look at its settings, then press Train again."
    ),
    "train_gone": (
        "This project is no longer on the server. Load it from its saved file, or start anew."
    ),
    "knobs": "Every knob of fine-tuning",
    "knob_trained": "What learns",
    "knob_trained_help": "Few pictures: few layers. The rest stays frozen.",
    "knob_trained_head": "only the head",
    "knob_trained_layer4": "stage 4 and the head",
    "knob_trained_layer3-4": "stages 3, 4 and the head",
    "knob_trained_all": "everything",
    "knob_epochs": "Epochs",
    "knob_epochs_help": "How often it goes through all pictures, at most.",
    "knob_patience": "Early stopping (patience)",
    "knob_patience_help": "Stops after so many epochs without progress; 0: never early.",
    "knob_backbone_rate": "Learning rate of the stages",
    "knob_backbone_rate_help": "Small, or it forgets what it knew.",
    "knob_head_rate": "Learning rate of the head",
    "knob_head_rate_help": "Larger: the head is new.",
    "knob_schedule": "Schedule of the rates",
    "knob_schedule_help": (
        "Constant: the same to the end. Step: a tenth after each third. Cosine: falls smoothly to "
        "nothing. One-cycle: rises first, then falls to nothing. The end in small steps is exact."
    ),
    "knob_schedule_constant": "constant",
    "knob_schedule_step": "step",
    "knob_schedule_cosine": "cosine",
    "knob_schedule_one-cycle": "one-cycle",
    "knob_optimizer": "Optimizer",
    "knob_optimizer_help": (
        "SGD: every weight goes downhill, the steeper the further, with a swing from the steps "
        "before. AdamW: each weight gets a step length of its own, so that it needs less tuning."
    ),
    "knob_optimizer_sgd": "SGD with momentum",
    "knob_optimizer_adamw": "AdamW",
    "knob_weight_decay": "Weight decay",
    "knob_weight_decay_help": "Keeps weights small, so that it memorises less.",
    "knob_label_smoothing": "Label smoothing",
    "knob_label_smoothing_help": "Does not ask for 100 % certainty, 0 to 0.5.",
    "knob_crop": "Augmentation: crop",
    "knob_crop_help": "Also learns from other squares of each picture.",
    "knob_flip": "Pictures may be mirrored",
    "knob_flip_help": (
        "It also learns from each picture in the mirror. Switch this off for letters and digits, "
        "and wherever left and right matter."
    ),
    "knob_colour": "Augmentation: colour",
    "knob_colour_help": "Also learns from brighter, darker, paler variants.",
    "knob_seed": "Seed",
    "knob_seed_help": "The same seed and pictures teach the same.",
    "knob_amp": "Mixed precision",
    "knob_amp_help": (
        "Computes in 16 bits where that is safe and the GPU or the processor is made for it, and "
        "shows what it saved on a GPU. Elsewhere it changes nothing."
    ),
    "preview": "Show what the augmentation does to a picture",
    "preview_original": "original",
    "preview_variant": "variant {number}",
    "preview_empty": "Collect a picture first.",
    # charts
    "curve_title": "Fine-tuning",
    "curve_loss": "Loss (lower is better)",
    "curve_accuracy": "Named rightly",
    "curve_training": "pictures it learns from",
    "curve_held_out": "pictures it does not see",
    "curve_epoch": "Epoch",
    "scores_title": "Ways to find the last layer",
    "scores_taken": (
        "Orange is taken: what does best with most sets of pictures, unless another is clearly "
        "better here. Among few pictures the highest bar is mostly luck."
    ),
    "scores_x": "Right when left out",
    "moved_y": "Change of the weights",
    # results
    "result_empty": "After the training, its results stand here.",
    "result_learned": "What it learned",
    "result_classes": "Class by class",
    "class_name": "Class",
    "class_right": "Right",
    "class_pictures": "Pictures",
    "class_answered": "Answered",
    "class_interval": "Likely between",
    "result_head": (
        "The head, the new last layer, was found by {candidate}{further}. Its outputs are divided "
        "by {temperature}, its temperature, to make its percentages honest: of the answers that it "
        "gives with 80 %, about 80 in 100 should be right. {amp}"
    ),
    "result_head_further": ", then trained further",
    "temperature_tiny": "less than 0.01",
    "result_limits": (
        "This was measured on pictures like those it learned from: with other things, in another "
        "light, it may be right less often. Try it live."
    ),
    "result_limits_held": (
        "Pictures taken in one go, in one place, are much alike, even where they are seconds "
        "apart: with other things, in another light, it will be right less often than measured "
        "here. Try it live."
    ),
    "result_amp": (
        "Mixed precision: {with_:.0f} ms a step instead of {without:.0f} ms, "
        "{mb:.0f} MB instead of {mb_without:.0f} MB."
    ),
    "result_scores": "How the ways to find the head compare",
    "result_scores_help": (
        "Each way was tried on the same pictures, left out in turn. *Centroid* goes by the "
        "average picture of each class; *ridge* and *logistic* find weights that tell the classes "
        "apart. The number says how strongly large weights are held back (*regularisation*)."
    ),
    "result_moved": "Which stages moved",
    "result_moved_none": (
        "No stage moved: only the head is new. The features are those of the base network."
    ),
    "result_confusion": "Where it errs",
    "result_confusion_help": (
        "Rows: what it was. Columns: what a network answered that had not seen the picture. "
        "Click a number to see its pictures."
    ),
    "shot_map": "Where the taught network looks",
    "shot_words": (
        "A **{label}**. Left out of training, it was called **{answer}** ({share}). The map is "
        "of the finished network, which has seen this picture."
    ),
    "shot_relabel": "This is really a …",
    "shot_move": "Move it there",
    "shot_choose": "First choose in the list what it really is.",
    "shot_remove": "Remove this picture",
    "shot_changed": "Done. Train again to see what it changes.",
    "shot_none": "No picture is marked. Choose one in the list, and try again.",
    "shot_not_here": "This picture is no longer in the project.",
    "before": "Before: {title}",
    "after": "After: the finished network, which has seen this picture",
    "before_after": "The same picture, before and after",
    "none_of_these": "None of these",
    "threshold": "Say “none of these” below (%)",
    "threshold_help": "0: it always names a class, even for an empty table.",
    "threshold_words": (
        "At {probability} it turns away {own} of your own pictures and lets {foreign} of the "
        "pictures of a class that it has never seen pass."
    ),
    "threshold_own": "At {probability} it turns away {own} of your own pictures.",
    "threshold_before": (
        " Measured with the new last layer alone, before the stages were fine-tuned; for the "
        "finished network it may differ."
    ),
    "threshold_unknown": "There are too few pictures to measure what this does.",
    "threshold_use": "Use it",
    "below_threshold": "None of these: no answer reaches {share}.",
    "use_now": (
        "The taught network answers in every tab now, also in Live. The list of weights at the "
        "top leads back to the original."
    ),
    "take_home": "Take it home",
    "prepare_weights": "Make the files",
    "save_weights": "Weights (safetensors)",
    "save_card": "Model card",
    "save_labels": "Names of the classes (text)",
}
"""Keys of `say`."""

CONFUSION_ENGLISH: dict[str, str] = {
    "confusion_placeholder": "Nothing was measured yet.",
    "confusion_caption": "Rows: what it was. Columns: what was answered.",
    "confusion_cell": "{count} of “{label}” answered “{answer}”",
    "confusion_more": "Move the table sideways to see the other columns.",
    "confusion_shots": "Pictures",
    "cell_all": "{label}, answered “{answer}”: {count}",
    "cell_some": "{label}, answered “{answer}”: {shown} of {count} shown",
    "mistakes_all": "Surest mistakes first: {count}",
    "mistakes_some": "Surest mistakes first: {shown} of {count} shown",
    "mistakes_none": "No mistakes among the pictures that were left out.",
    "cell_show": "Show {count}",
    "shot_answer": "“{answer}”",
}
"""Texts of the confusion matrix; gaps in braces are filled in by the browser."""
