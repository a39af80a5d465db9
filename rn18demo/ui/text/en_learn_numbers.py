"""English: the numbers of the Learn tab. Those in braces are counted or measured."""

REFERENCE_ENGLISH: dict[str, str] = {
    "reference_intro": (
        "Counted just now from torchvision’s definition of ResNet-18, for one picture of "
        "{side} × {side}."
    ),
    "architecture_table": "The architecture",
    "col_layer": "Layer",
    "col_shape": "Comes out",
    "col_parameters": "Weights (parameters)",
    "col_share": "Share",
    "col_macs": "Work (million MACs)",
    "col_field": "A cell sees (px)",
    "field_all": "all",
    "total": "Together",
    "counts": "Counts",
    "counts_list": (
        "- **18** = {main} convolutions on the main path + {linear} fully connected layer. The "
        "{projections} convolutions on shortcuts (*projections*) are not counted.\n"
        "- **{blocks} residual blocks**, so 2^{blocks} = **{paths} paths**; {identities} shortcuts "
        "pass x on untouched.\n"
        "- **{macs} GMACs** (thousand million multiply-accumulates) = **{flops} GFLOPs**: each is "
        "one multiplication and one addition. Only convolutions and the fully connected layer are "
        "counted, as is usual.\n"
        "- **{megabytes} MB** of float32 weights: {parameters} × 4 bytes.\n"
        "- “A cell sees” is the theoretical *receptive field*; above {side} it is more than the "
        "picture."
    ),
    "paper_numbers": "He et al.’s numbers",
    "paper_words": (
        "Top-1 error on ImageNet’s validation pictures, in per cent "
        "([He et al. 2015, table 2](https://arxiv.org/abs/1512.03385)). Lower is better."
    ),
    "col_depth": "Layers",
    "col_plain": "Plain",
    "col_residual": "With shortcuts (ResNet)",
    "col_gain": "Difference (points)",
    "versions": "v1 and v1.5",
    "versions_words": (
        "The two differ in one place of ResNet-50 and deeper: where the *bottleneck* block halves "
        "the map, v1 does it in the first 1 × 1 convolution (the paper), v1.5 in the 3 × 3 "
        "(torchvision). ResNet-18 has no bottleneck, so it has no v1.5. Counted just now: both "
        "have {parameters} weights; v1 takes {v1} GMACs, v1.5 {v15}, which is {more} more. "
        "NVIDIA [reports](https://pytorch.org/hub/nvidia_deeplearningexamples_resnet50/) about "
        "0.5 points more top-1 for v1.5, and about 5 % fewer pictures a second."
    ),
    "mistakes_intro": (
        "These go around in articles and videos. Each with what is right, and where this app "
        "shows it."
    ),
    "mistake_wrong": "You may read",
    "mistake_right": "Right is",
    "mistake_shown": "See it",
    "wrong_1": "The last two stages are 28 × 28 and 14 × 14.",
    "right_1": "{layer3_side} × {layer3_side} and {layer4_side} × {layer4_side}.",
    "shown_1": "Feature maps: the shape stands under every stage.",
    "wrong_2": "The average pooling goes over 14 × 14.",
    "right_2": (
        "Over {layer4_side} × {layer4_side}: each of the 512 maps of layer4 becomes one number."
    ),
    "shown_2": "Inside: the end of the diagram, where each map becomes its mean.",
    "wrong_3": "ResNet-18 needs 1.8 GFLOPs.",
    "right_3": "{macs} GMACs, which is {flops} GFLOPs. The paper, too, calls its MACs FLOPs.",
    "shown_3": "Reference: the work of every layer, added up.",
    "wrong_4": "18 is the number of convolutions.",
    "right_4": "{main} + {linear} fully connected; with the projections there are {all_convs}.",
    "shown_4": "Inside: count them in the diagram.",
    "wrong_5": "Every shortcut passes x on unchanged.",
    "right_5": "Only {identities} of {blocks}; {projections} are 1 × 1 convolutions.",
    "shown_5": "Inside: open the first block of layer2, layer3 or layer4.",
    "wrong_6": "The skip is why ResNet-18 is so accurate.",
    "right_6": (
        "Plain-18 had {plain18} % error, ResNet-18 {residual18} % (He et al.). The gap opens at "
        "34 layers: {plain34} and {residual34} %."
    ),
    "shown_6": "Inside: the degradation experiment.",
    "wrong_7": "Deep plain networks failed because of vanishing gradients, or by overfitting.",
    "right_7": (
        "With batch norm He et al. found healthy gradients (section 4.1), and the error was "
        "higher on the training pictures, too."
    ),
    "shown_7": "Inside: gradients by block, and the training curves.",
    "wrong_8": "There is a ResNet-18 v1.5.",
    "right_8": "v1.5 moves the stride inside the bottleneck, which ResNet-18 does not have.",
    "shown_8": "Reference: v1 and v1.5, counted.",
    "wrong_9": "Dynamic INT8 makes this network four times smaller and faster.",
    "right_9": (
        "Dynamic INT8 touches linear layers only, here fc: {fc_share} of the weights. Static "
        "INT8 does it: torchvision publishes {int8_size} MB with {int8_top1} % top-1, where "
        "float32 has {float_top1} %."
    ),
    "shown_9": "Reference: where the weights are.",
    "wrong_10": "A small map cell sees only its own patch of the picture.",
    "right_10": (
        "A cell of layer4 can see {field4} pixels across, more than the {side} there are."
    ),
    "shown_10": "Inside: hide the hottest part and watch what is left.",
    "wrong_11": "90 % means that it is almost certainly right.",
    "right_11": "Softmax only compares the classes with each other; there is no “none of these”.",
    "shown_11": "Predict: give it something that it has no class for.",
}

CLAIMS_ENGLISH: dict[str, str] = {
    "claims_intro": (
        "Articles repeat numbers; this measures them here. Six networks from torchvision’s own "
        "definitions, with random weights (size, work and speed do not depend on what a network "
        "has learned), one picture of {side} × {side}, float32, plain PyTorch, {repeats} rounds. "
        "It takes some seconds, on a busy machine a minute, and 0.9 GB of memory. "
        "Beside ours stand figures that articles publish, each with a link to where it is written."
    ),
    "claims_start": "Measure on this machine",
    "claims_progress": "Measuring: {share} done",
    "claims_stopped": "Stopped. Earlier measurements stay.",
    "claims_quantity": "What to compare",
    "claims_quantity_help": "Milliseconds are timed, the others counted while a picture passes.",
    "quantity_parameters": "Weights (parameters), millions",
    "quantity_macs": "Work (GMACs)",
    "quantity_bytes": "Size of the weights, MB",
    "quantity_milliseconds": "Time for one picture, ms",
    "quantity_peak": "Peak memory, MB",
    "claims_ours": "measured here",
    "claims_theirs": "written",
    "claims_network": "Network",
    "claims_source": "Where it is written",
    "claims_why": "Why they differ",
    "claims_none": "–",
    "claims_here": (
        "Measured on {device}. A time is the median of {repeats} passes, and in the chart of "
        "times a thin line runs from the fastest to the slowest. On a busy machine trust the "
        "fastest."
    ),
    "claims_busy": (
        "Something else keeps this machine busy: the median forward took {times:.1f} times as "
        "long as the fastest. So nothing is concluded from these times; measure again in a quiet "
        "moment."
    ),
    "claims_work": (
        "VGG16 has **{parameters:.1f} times** the weights of ResNet-18 and **{vgg:.1f} times** the "
        "work. MobileNetV2 has **{mobile:.0f} %** of ResNet-18’s work. ResNet-50 v1.5 has "
        "**{versions:.1f} %** more work than v1, with the same weights."
    ),
    "claims_time": (
        "By the fastest forwards here, VGG16 took **{vgg:.1f} times** as long as ResNet-18, "
        "MobileNetV2 **{mobile:.0f} %** of its time, and ResNet-50 v1.5 **{versions:+.0f} %** "
        "against v1. Work and time are not the same: how well the layers suit the processor "
        "counts, too."
    ),
    "claims_peak_words": (
        "Peak memory here is the weights and all tensors that are alive at the worst moment of a "
        "forward. PyTorch itself and its libraries’ scratch space come on top."
    ),
    "remark_same": "They agree.",
    "remark_near": "They nearly agree.",
    "remark_flops": "The same number; some sources call MACs “FLOPs”.",
    "remark_v1": "The paper’s v1; torchvision’s v1.5 does more.",
    "remark_mib": "Their MB is 1,048,576 bytes, ours 1,000,000.",
    "remark_gpu": "A T4 graphics card, another machine.",
    "remark_keras": "A server processor, Keras; that page says with which batch.",
}
