"""English: the Learn tab. Numbers in braces are counted by core.reference."""

LEARN_ENGLISH: dict[str, str] = {
    "learn_tab": "Learn",
    "walk": "A walk",
    "words": "Words",
    "words_intro": "What the words of this page mean, in alphabetical order.",
    "reference": "Reference",
    "mistakes": "Common mistakes",
    "claims": "Claims, measured",
    # the walk
    "walk_intro": (
        "Ten short steps through the whole app: read, try one thing, answer one question. "
        "Look at other tabs and come back whenever you like: you will be at the same step. The "
        "numbers are those of the official network with 1,000 classes; with fewer classes only the "
        "last layer is smaller."
    ),
    "walk_try": "**Try it.** {todo}",
    "walk_question": "**Question.** {question}",
    "walk_answer": "Show the answer",
    "walk_go": "Go to {tab}",
    "walk_back": "Back",
    "walk_next": "Next step",
    "walk_again": "From the start",
    "walk_end": (
        "**That was the walk.** *Words* explains the main terms again, *Reference* has all "
        "numbers, *Common mistakes* what is often told wrongly, and *Claims, measured* puts "
        "articles to the test. The best next step is your own pictures: open Teach."
    ),
    "walk_1_title": "Numbers",
    "walk_1": (
        "**Numbers: what the picture becomes.** The network never sees your photo. It gets a "
        "square of {side} × {side} *pixels*, each with three numbers for red, green and blue, "
        "shifted and scaled so that they lie around zero (*normalised*). That is {inputs} numbers. "
        "Almost everything that follows is multiplying them by learned numbers (*weights*) and "
        "adding up."
    ),
    "walk_1_todo": (
        "Click a picture under “Or take an example”, then open Predict and look at the square "
        "called “This is all the network gets”. Compare it with the picture that you chose. (The "
        "answer may be wrong; later steps show why.)"
    ),
    "walk_1_question": "Which details of your picture does the network never get to see, and why?",
    "walk_1_answer": (
        "Whatever was cut off at the edges, and details finer than the small square can hold. "
        "If the thing you care about lies there, no network could name it."
    ),
    "walk_2_title": "Convolutions",
    "walk_2": (
        "**Convolutions and the stem.** A *convolution* slides a small window over the picture "
        "and multiplies what is in it with a pattern of weights: a large result means “the "
        "pattern is here”. The first layer, conv1, has 64 such patterns of 7 × 7 pixels. With "
        "batch norm, a ReLU (negative becomes 0) and max pooling it is called the *stem*, and it "
        "leaves {stem_shape} numbers."
    ),
    "walk_2_todo": (
        "Open Feature maps and click the first picture, “Stem”. Then click its channels, and find "
        "one that lights up on upright edges and one that lights up on a colour."
    ),
    "walk_2_question": "Why are many cells of some channels exactly zero?",
    "walk_2_answer": (
        "The ReLU turns every negative result into 0: the pattern is not there, or its opposite "
        "is. The share of zeros (*sparsity*) stands in the text about the channel that you clicked."
    ),
    "walk_3_title": "Shapes",
    "walk_3": (
        "**Stages and shapes.** Four *stages* follow. At the start of the last three the map "
        "becomes half as wide and half as high, and the number of channels doubles: "
        "{layer1_shape}, {layer2_shape}, {layer3_shape}, {layer4_shape}. The network knows less "
        "and less of *where* something is, and more of *what* it is. "
        "One cell of layer1 can see {field1} pixels across (its *receptive "
        "field*), one of layer3 {field3}."
    ),
    "walk_3_todo": (
        "In Feature maps, with the lesser panda or another animal, go from the stem to layer4 and "
        "watch one eye: in which "
        "stage can you no longer say where it is?"
    ),
    "walk_3_question": "Which stage holds most of the network’s {parameters} weights?",
    "walk_3_answer": (
        "layer4, with {layer4_share} of them, although its maps are only 7 × 7. Its kernels join "
        "512 channels with 512 others: 512 × 512 × 9 weights in one convolution. The work "
        "(*MACs*) is nearly the same in layer2, layer3 and layer4."
    ),
    "walk_4_title": "The skip",
    "walk_4": (
        "**The skip.** Each stage has two *residual blocks*. A block computes F(x) with two "
        "convolutions and adds it to what came in: y = ReLU(F(x) + x). The way around is the "
        "*shortcut* or skip. {identities} of the {blocks} blocks pass x on untouched; the other "
        "{projections} must change its shape and use a 1 × 1 convolution (*projection*)."
    ),
    "walk_4_todo": (
        "Open Inside. Set the switch of a block with a drawn-through arc, such as layer3.1, "
        "from “F + x” to “x” (F is cut), put it back, and "
        "set it to “F” (the shortcut is cut). Watch the best answers and their per cent each time; "
        "then press “Restore everything”."
    ),
    "walk_4_question": "Why does a block without F often hurt less than one without x?",
    "walk_4_answer": (
        "Without F the block is skipped, and what earlier blocks found still arrives. Without x "
        "all of that is lost at once and only this block’s correction is left. The "
        "{blocks} blocks make {paths} paths through the network; taking F out of one removes "
        "half of them, those that use it."
    ),
    "walk_5_title": "Degradation",
    "walk_5": (
        "**Degradation.** In 2015 deeper plain networks got *worse*, on the training pictures "
        "too, so it was not overfitting. He et al. measured these errors on ImageNet: plain with "
        "18 layers {plain18} %, with 34 layers {plain34} %. With shortcuts: {residual18} % and "
        "{residual34} %. ([Table 2 of the paper](https://arxiv.org/abs/1512.03385))"
    ),
    "walk_5_todo": (
        "At the very bottom of Inside unfold “Why shortcuts? The degradation experiment, live” and "
        "press “Train the three now”: a shallow network, a deep one, and the deep one with "
        "shortcuts learn the same task, and you watch their curves."
    ),
    "walk_5_question": "How much did the skip lower ResNet-18’s own final error in the paper?",
    "walk_5_answer": (
        "By {gain18} percentage points only. At 34 layers it is {gain34}. So for ResNet-18 "
        "the skip is not what makes it accurate; it makes the deeper sisters possible. (The "
        "paper also saw the 18-layer ResNet learn faster at the start.)"
    ),
    "walk_6_title": "Where it looks",
    "walk_6": (
        "**Where it looks.** The answer is read off the 7 × 7 maps of layer4. Add these maps, "
        "each weighted by how much it speaks for a class, and you see *where* the evidence lay: "
        "*Grad-CAM* (in this network it is the same as the classic *CAM*)."
    ),
    "walk_6_todo": (
        "Open Grad-CAM with a picture of yours that shows two things, or with any example. Click "
        "one of the best answers, then another, and watch the warm area move."
    ),
    "walk_6_question": "Why are the borders of the warm area so soft?",
    "walk_6_answer": (
        "The map has only 7 × 7 = 49 cells, enlarged to your picture. Each cell also sees far "
        "beyond its own square: {field4} pixels in theory, more than the picture has."
    ),
    "walk_7_title": "What to trust",
    "walk_7": (
        "**What to trust.** A pretty map can be wrong about the network. A fair test hides what "
        "the map calls important and looks whether the answer falls faster than with a random "
        "map (*faithfulness*, here ROAD). And softmax always adds up to 100 %, also for a picture "
        "of something that the network has no class for."
    ),
    "walk_7_todo": (
        "In Grad-CAM open “Can the map be trusted?” and run the test. Then take "
        "the example of old coins, for which the starter has no class, and read how sure it is."
    ),
    "walk_7_question": "The answer says 95 %. Is it right in 95 of 100 such cases?",
    "walk_7_answer": (
        "Not necessarily. The probability says how the classes compare with each other. Whether "
        "it matches how often the network is right (*calibration*) must be measured on pictures "
        "with known answers."
    ),
    "walk_8_title": "Your classes",
    "walk_8": (
        "**Your classes: teaching it.** To learn new classes the network need not start again. Its "
        "first layers already find edges, textures and parts; only the last step, from 512 numbers "
        "to the classes, is made new (*transfer learning*). For ten classes that is {head10} "
        "weights instead of {parameters}: a few pictures and seconds are enough."
    ),
    "walk_8_todo": (
        "Open Teach and hold the button to show it two things, ten pictures each, from different "
        "sides (or press “Try the sample pictures”), then press Train. Try a picture with another "
        "background under “Your picture”. At the end choose the first weights again, at the top."
    ),
    "walk_8_question": "Why is the accuracy shown as a range and not as one number?",
    "walk_8_answer": (
        "It was tested on few pictures. 9 of 10 right could be luck: the range (*confidence "
        "interval*) says which true accuracies would fit such a result. More pictures make it "
        "narrower."
    ),
    "walk_9_title": "In motion",
    "walk_9": (
        "**In motion: what is stable.** A network answers each frame as if it had never seen the "
        "one before. A small turn, a shadow or a hand can change the answer, because it counts "
        "patterns and has no idea of a thing that stays the same."
    ),
    "walk_9_todo": (
        "Open Live, set Smoothing to the far left, hold up a cup, and turn it slowly. "
        "Freeze a frame where the answer jumps, "
        "and look at its map."
    ),
    "walk_9_question": "What could the people who collected the pictures have done about it?",
    "walk_9_answer": (
        "Shown the thing from more sides, in more light, before more backgrounds. What the "
        "training pictures never vary, the network never learned to ignore."
    ),
    "walk_10_title": "Limits",
    "walk_10": (
        "**Limits and bias.** ImageNet’s 1,000 classes were chosen by researchers, its photographs "
        "found on the web and labelled by paid strangers "
        "([Deng et al. 2009](https://doi.org/10.1109/CVPR.2009.5206848)), most of them from a few "
        "rich countries ([Shankar et al. 2017](https://arxiv.org/abs/1711.08536)). The official "
        "ResNet-18 is right in {float_top1} % of the test pictures "
        "([torchvision](https://pytorch.org/vision/stable/models.html)), and can still be wrong "
        "most of the time for one kind of picture."
    ),
    "walk_10_todo": (
        "In Predict try everyday things of your own home: a school bag, a festive dress, food "
        "from your family. Type a class that you expected under “Or any other class” "
        "and see where it stands."
    ),
    "walk_10_question": "For what would you not use this network, however well it scores?",
    "walk_10_answer": (
        "For judging people, and for anything where a wrong answer harms somebody and nobody "
        "checks. It has no answer “I do not know”, and the overall score hides for whom it fails."
    ),
}
