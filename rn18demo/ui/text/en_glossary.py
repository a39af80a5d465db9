"""English: the words that the page uses, in one sentence each."""

GLOSSARY_ENGLISH: dict[str, tuple[str, str]] = {
    "activation": ("activation", "A number that a layer computes for this picture."),
    "augmentation": (
        "augmentation",
        "Turning one training picture into several by cropping, mirroring or changing colours, so "
        "that the network does not learn what should not matter.",
    ),
    "backbone": (
        "backbone",
        "Everything before the last layer: it turns a picture into 512 numbers.",
    ),
    "batch_norm": (
        "batch norm",
        "After a convolution: each channel is shifted and scaled by values that were learned, so "
        "that the numbers stay in a handy range. Deep networks train better with it.",
    ),
    "calibration": (
        "calibration",
        "Whether answers given with 80 % are right in 80 of 100 cases.",
    ),
    "channel": (
        "channel",
        "One of the maps of a stage: where in the picture one filter found what it looks for.",
    ),
    "class_": ("class", "One of the answers that a network can give, such as “koala”."),
    "confidence_interval": (
        "confidence interval",
        "The range of true values that would fit what was measured on few pictures.",
    ),
    "convolution": (
        "convolution",
        "Sliding a small window over a picture or map, multiplying what is in it with a pattern "
        "of weights, and adding up.",
    ),
    "cross_validation": (
        "cross-validation",
        "Training several times, each time with other pictures left out, and counting how many of "
        "those left out are answered right.",
    ),
    "degradation": (
        "degradation",
        "A deeper network doing worse than a shallow one, even on its training pictures.",
    ),
    "entropy": ("entropy", "How undecided an answer is: 0 % is sure, 100 % a pure guess."),
    "epoch": ("epoch", "Once through all training pictures."),
    "gradient": (
        "gradient",
        "How much a score would change if a number in the network changed a little. Training "
        "uses it to make the errors smaller; here it also shows what an answer depends on.",
    ),
    "grad_cam": (
        "Grad-CAM, CAM",
        "A map of where in the picture the evidence for a class lay (“class activation map”).",
    ),
    "head": ("head", "The last layer: from 512 numbers to one score a class."),
    "kernel": ("kernel, filter", "The pattern of weights of a convolution, such as 3 × 3."),
    "learning_rate": (
        "learning rate",
        "How far each step of training moves the weights: too small is slow; too large, "
        "and it forgets what it knew.",
    ),
    "logit": ("logit", "The score of a class before softmax; it may be any number."),
    "mac": (
        "MAC",
        "Multiply-accumulate: one multiplication and one addition. It counts the work of a "
        "network; one MAC is two FLOPs (floating-point operations).",
    ),
    "max_pooling": (
        "max pooling",
        "Keeping only the largest number of each small window: the map becomes smaller.",
    ),
    "normalised": (
        "normalised",
        "Shifted and scaled, so that the numbers lie around zero.",
    ),
    "overfitting": (
        "overfitting",
        "Learning the training pictures by heart: right on them, wrong on new ones.",
    ),
    "projection": (
        "projection",
        "A shortcut with a 1 × 1 convolution, where the block changes the size of its maps.",
    ),
    "receptive_field": (
        "receptive field",
        "The part of the picture that one cell of a map can see.",
    ),
    "relu": ("ReLU", "Negative numbers become 0, the others stay."),
    "residual": (
        "residual block, F(x)",
        "Two convolutions that compute a correction F(x), which is added to what came in: F(x) + "
        "x.",
    ),
    "road": (
        "ROAD",
        "A test of maps: take away what a map calls important and watch the answer fall (“remove "
        "and debias”).",
    ),
    "shortcut": ("shortcut, skip", "The way around a block, on which x passes."),
    "softmax": (
        "softmax",
        "Turns the scores of all classes into shares that add up to 100 %; larger scores get "
        "much larger shares.",
    ),
    "sparsity": ("sparsity", "The share of cells in a map that are exactly zero."),
    "stem": ("stem", "The first layers: a 7 × 7 convolution, batch norm, ReLU, max pooling."),
    "stage": (
        "stage, layer1 to layer4",
        "Blocks whose maps have the same size. ResNet-18 has a stem and four stages.",
    ),
    "transfer": (
        "transfer learning, fine-tuning",
        "Beginning with a network that has learned something else, and changing only what must "
        "change.",
    ),
    "weights": (
        "weights, parameters",
        "The numbers that training found; a file of them is a checkpoint.",
    ),
}
"""By key: the word, and what it means."""
