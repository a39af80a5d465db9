"""What is written about sizes and speeds, each figure with the page that it was read on."""

from dataclasses import dataclass
from enum import StrEnum

from rn18demo.core.claims import Measured


class Quantity(StrEnum):
    """What can be compared."""

    PARAMETERS = "parameters"
    MACS = "macs"
    BYTES = "bytes"
    MILLISECONDS = "milliseconds"
    PEAK = "peak"

    @property
    def unit(self) -> float:
        """What one of the page's units is: a million, a thousand million, a megabyte, 1 ms."""
        return {"macs": 1e9, "milliseconds": 1.0}.get(self.value, 1e6)

    def of(self, measured: Measured) -> float | None:
        """This quantity of a network, in the page's unit; None where it was not timed."""
        value = {
            Quantity.PARAMETERS: measured.parameters,
            Quantity.MACS: measured.macs,
            Quantity.BYTES: measured.bytes,
            Quantity.MILLISECONDS: measured.milliseconds,
            Quantity.PEAK: measured.peak_bytes,
        }[self]
        return None if value is None else value / self.unit


@dataclass(frozen=True)
class Source:
    """A page with figures.

    Attributes:
        title: Its name, short enough for a legend.
        url: Its address.
    """

    title: str
    url: str


@dataclass(frozen=True)
class Figure:
    """One number as it is written somewhere.

    Attributes:
        candidate: Id of the network.
        quantity: What it is a number of.
        value: In the unit of the quantity.
        source: Where it stands.
        remark: Key of a sentence on why it differs from ours, or nothing.
    """

    candidate: str
    quantity: Quantity
    value: float
    source: Source
    remark: str = ""


PAPER = Source("He et al. 2015, table 1", "https://arxiv.org/abs/1512.03385")
MOBILE = Source(
    "Packt on the two MobileNets",
    "https://packtpub.com/en-hu/product/hands-on-deep-learning-architectures-with-python-"
    "9781788998086/chapter/mobile-neural-networks-and-cnns-7/section/"
    "comparing-the-two-mobilenets-ch07lvl1sec38",
)
TORCHVISION = Source("torchvision’s pages", "https://pytorch.org/vision/stable/models.html")
KERAS = Source("Keras Applications", "https://keras.io/api/applications/")
BLOG = Source("an article on choosing a ResNet", "http://www.pnsm.cn/news/1215886.html")
GPU_BLOG = Source(
    "a blog, measured on a T4 GPU",
    "https://blog.youkuaiyun.com/gitblog_00751/article/details/153805492",
)

_P, _M, _B = Quantity.PARAMETERS, Quantity.MACS, Quantity.BYTES
_T = Quantity.MILLISECONDS

FIGURES: tuple[Figure, ...] = (
    Figure("resnet18", _P, 11.69, BLOG),
    Figure("mobilenet_v2", _P, 3.4, MOBILE),
    Figure("resnet34", _P, 21.797672, TORCHVISION),
    Figure("resnet50", _P, 25.6, KERAS),
    Figure("vgg16", _P, 138.4, KERAS),
    Figure("resnet18", _M, 1.8, PAPER, "remark_flops"),
    Figure("mobilenet_v2", _M, 0.3, MOBILE),
    Figure("resnet34", _M, 3.6, PAPER, "remark_flops"),
    Figure("resnet50_v1", _M, 3.8, PAPER, "remark_v1"),
    Figure("resnet50", _M, 4.12, BLOG, "remark_flops"),
    Figure("vgg16", _M, 15.47, TORCHVISION, "remark_flops"),
    Figure("resnet18", _B, 44.7, BLOG, "remark_mib"),
    Figure("mobilenet_v2", _B, 14, KERAS),
    Figure("resnet34", _B, 83.275, TORCHVISION, "remark_mib"),
    Figure("resnet50", _B, 98, KERAS, "remark_mib"),
    Figure("vgg16", _B, 528, KERAS, "remark_mib"),
    Figure("resnet18", _T, 1.8, GPU_BLOG, "remark_gpu"),
    Figure("mobilenet_v2", _T, 25.9, KERAS, "remark_keras"),
    Figure("resnet50_v1", _T, 58.2, KERAS, "remark_keras"),
    Figure("resnet50", _T, 4.1, GPU_BLOG, "remark_gpu"),
    Figure("vgg16", _T, 69.5, KERAS, "remark_keras"),
)
"""Each read in November 2026: torchvision's in the installed package, He et al.'s table 1 in
transcriptions that agree with each other, the others on stored copies of their pages. Nobody
was found who writes down the peak memory of a forward with a number that can be compared."""


def figures(quantity: Quantity) -> dict[str, Figure]:
    """The figures of one quantity, by id of the network."""
    return {figure.candidate: figure for figure in FIGURES if figure.quantity is quantity}
