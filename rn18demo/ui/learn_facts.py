"""The numbers that the words of the Learn tab are filled with; none is typed in."""

from functools import cache

from torchvision.models import ResNet18_Weights
from torchvision.models.quantization import ResNet18_QuantizedWeights

from rn18demo.core.claims import SIDE
from rn18demo.core.reference import PAPER_ERRORS, architecture
from rn18demo.core.stages import STAGES


@cache
def learn_facts() -> dict[str, str]:
    """By the name that stands in braces in the catalogue of words."""
    network = architecture()
    at18, at34 = PAPER_ERRORS
    official = ResNet18_Weights.IMAGENET1K_V1.meta
    int8 = ResNet18_QuantizedWeights.IMAGENET1K_FBGEMM_V1.meta
    facts = {
        "side": f"{SIDE}",
        "inputs": f"{3 * SIDE * SIDE:,}",
        "parameters": f"{network.parameters:,}",
        "megabytes": f"{network.parameters * 4 / 1e6:.1f}",
        "layer4_share": f"{100 * network.layer('layer4').parameters / network.parameters:.0f} %",
        "fc_share": f"{100 * network.layer('fc').parameters / network.parameters:.1f} %",
        "head10": f"{(STAGES[-1].channels + 1) * 10:,}",
        "macs": f"{network.macs / 1e9:.3f}",
        "flops": f"{2 * network.macs / 1e9:.3f}",
        "main": f"{network.main_convolutions}",
        "linear": f"{network.linear}",
        "projections": f"{network.projections}",
        "all_convs": f"{network.main_convolutions + network.projections} convolutions",
        "blocks": f"{network.blocks}",
        "paths": f"{network.paths}",
        "identities": f"{network.identities}",
        "plain18": f"{at18.plain:.2f}",
        "residual18": f"{at18.residual:.2f}",
        "plain34": f"{at34.plain:.2f}",
        "residual34": f"{at34.residual:.2f}",
        "gain18": f"{at18.plain - at18.residual:.2f}",
        "gain34": f"{at34.plain - at34.residual:.2f}",
        "float_top1": f"{official['_metrics']['ImageNet-1K']['acc@1']:.1f}",
        "int8_top1": f"{int8['_metrics']['ImageNet-1K']['acc@1']:.1f}",
        "int8_size": f"{int8['_file_size']:.1f}",
    }
    for number, stage in enumerate(STAGES):
        facts[f"{stage.name}_shape"] = stage.shape
        facts[f"{stage.name}_side"] = f"{stage.side}"
        facts[f"field{number}"] = f"{stage.receptive_field}"
    return facts
