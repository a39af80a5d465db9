"""Maps of the grad-cam package's methods, against the package itself and against formulas."""

import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from pytorch_grad_cam.ablation_layer import AblationLayer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor
from torchvision.models import ResNet, resnet18

from rn18demo.core.cam_methods import METHODS, find_method, lens_copy, package_map
from rn18demo.core.package_cams import CAMS
from rn18demo.core.stages import STAGES, forward_from, forward_stages
from rn18demo.errors import Cancelled, RequestError

CLASSES = 5
PACKAGE = {
    "grad-cam": pytorch_grad_cam.GradCAM,
    "grad-cam++": pytorch_grad_cam.GradCAMPlusPlus,
    "layer-cam": pytorch_grad_cam.LayerCAM,
    "hires-cam": pytorch_grad_cam.HiResCAM,
    "xgrad-cam": pytorch_grad_cam.XGradCAM,
    "eigen-cam": pytorch_grad_cam.EigenCAM,
    "score-cam": pytorch_grad_cam.ScoreCAM,
    "ablation-cam": pytorch_grad_cam.AblationCAM,
}
IDS = tuple(method.id for method in METHODS)
FAST = tuple(method.id for method in METHODS if not method.slow)
SLOW = tuple(method.id for method in METHODS if method.slow)


@pytest.fixture(scope="module")
def network() -> ResNet:
    """A seeded network whose batch norm statistics are not those of a fresh one."""
    torch.manual_seed(3)
    net = resnet18(num_classes=CLASSES)
    with torch.no_grad():
        for _ in range(3):
            net(torch.randn(8, 3, 64, 64))
        # Every class has something that speaks for it, and no logit is below 0.
        net.fc.weight += 0.02
        net.fc.bias += 3
    return net.eval()


@pytest.fixture(scope="module")
def batch() -> Tensor:
    """One 64 x 64 picture with something bright in a corner."""
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    picture[:, :, 8:32, 8:32] += 2
    return picture


def straight(network: ResNet, batch: Tensor, stage: str, index: int, method: str) -> np.ndarray:
    """The package as its README uses it, with the map read off before it is scaled."""
    plain = resnet18(num_classes=CLASSES)
    plain.load_state_dict(network.state_dict())
    layer = plain.maxpool if stage == "stem" else getattr(plain, stage)
    # Without its own ablation layer AblationCAM would share one with every other test.
    extra = {"ablation_layer": AblationLayer()} if method == "ablation-cam" else {}
    seen = []
    with PACKAGE[method](plain.eval(), [layer], **extra) as cam:
        original = cam.get_cam_image

        def keep(*args: object, **kwargs: object) -> np.ndarray:
            seen.append(original(*args, **kwargs))
            return seen[-1]

        cam.get_cam_image = keep
        cam(batch, [ClassifierOutputTarget(index)])
    return np.asarray(seen[0][0])


def gradient_and_activation(
    network: ResNet, batch: Tensor, stage: str, index: int
) -> tuple[np.ndarray, np.ndarray]:
    activation = forward_stages(network, batch).activations[stage].detach().requires_grad_()
    logit = forward_from(network, stage, activation)[0, index]
    (gradient,) = torch.autograd.grad(logit, activation)
    return gradient[0].numpy(), activation.detach()[0].numpy()


def assert_same(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-4) -> None:
    """Equal up to a share of the peak."""
    assert ours.shape == theirs.shape
    assert theirs.max() > 0
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * theirs.max())


def test_the_table_and_the_classes_name_the_same_methods() -> None:
    assert set(CAMS) == set(IDS)
    assert len(set(IDS)) == len(IDS) == 8
    assert [m.id for m in METHODS if not m.uses_class] == ["eigen-cam"]


@pytest.mark.parametrize(
    ("method", "stage"),
    [(m, s) for m in IDS for s in ("layer4", "layer2") if m != "eigen-cam"]
    + [("grad-cam++", "stem"), ("layer-cam", "layer1"), ("score-cam", "stem")],
)
def test_a_map_is_the_packages_own(network: ResNet, batch: Tensor, method: str, stage: str) -> None:
    ours = package_map(network, batch, stage, 2, method)
    theirs = np.maximum(straight(network, batch, stage, 2, method), 0)
    # A drop is the small difference of two logits: fewer of its digits are exact.
    assert_same(ours, theirs, 1e-3 if method == "ablation-cam" else 1e-4)
    assert ours.dtype == np.float32


@pytest.mark.parametrize("stage", ["layer4", "layer2"])
def test_eigen_cam_is_the_packages_own_up_to_its_sign(
    network: ResNet, batch: Tensor, stage: str
) -> None:
    ours = package_map(network, batch, stage, 0, "eigen-cam")
    theirs = straight(network, batch, stage, 0, "eigen-cam")
    activity = forward_stages(network, batch).activations[stage].sum(1)[0].detach().numpy()
    if (theirs * activity).sum() < 0:
        theirs = -theirs
    assert_same(ours, np.maximum(theirs, 0))


def test_eigen_cam_is_the_first_singular_direction(network: ResNet, batch: Tensor) -> None:
    _, activation = gradient_and_activation(network, batch, "layer3", 0)
    cells = activation.reshape(len(activation), -1)
    centred = cells - cells.mean(1, keepdims=True)
    _, sizes, cell_directions = np.linalg.svd(centred, full_matrices=False)
    expected = sizes[0] * cell_directions[0].reshape(activation.shape[1:])
    expected *= np.sign((expected * activation.sum(0)).sum())
    ours = package_map(network, batch, "layer3", 4, "eigen-cam")
    assert_same(ours, np.maximum(expected, 0))


def test_eigen_cam_ignores_the_class_and_the_others_do_not(network: ResNet, batch: Tensor) -> None:
    for method in METHODS:
        first, second = (package_map(network, batch, "layer1", i, method.id) for i in (0, 1))
        assert np.array_equal(first, second) is not method.uses_class


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
@pytest.mark.parametrize(
    ("method", "formula"),
    [
        ("layer-cam", lambda g, a: (np.maximum(g, 0) * a).sum(0)),
        ("hires-cam", lambda g, a: (g * a).sum(0)),
        ("grad-cam", lambda g, a: (g.mean((1, 2), keepdims=True) * a).sum(0)),
    ],
)
def test_gradient_methods_are_their_formulas(
    network: ResNet,
    batch: Tensor,
    stage: str,
    method: str,
    formula: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> None:
    expected = formula(*gradient_and_activation(network, batch, stage, 3))
    assert_same(package_map(network, batch, stage, 3, method), np.maximum(expected, 0))


@pytest.mark.parametrize("method", ["hires-cam", "xgrad-cam"])
def test_at_layer4_these_equal_grad_cam(network: ResNet, batch: Tensor, method: str) -> None:
    ours = package_map(network, batch, "layer4", 1, method)
    assert_same(ours, package_map(network, batch, "layer4", 1, "grad-cam"))


def test_ablation_below_a_logit_of_0_is_not_turned_around(network: ResNet, batch: Tensor) -> None:
    """The channels' drops do not depend on the bias, so the map must not flip with it."""
    shifted = lens_copy(network)
    shifted.fc.bias = torch.nn.Parameter(network.fc.bias.detach() - 30)
    logit = float(network(batch)[0, 2].detach())
    before = package_map(network, batch, "layer4", 2, "ablation-cam") * logit
    after = package_map(shifted, batch, "layer4", 2, "ablation-cam") * (30 - logit)
    assert_same(after, before, 1e-2)


def test_a_given_activation_saves_the_forward(network: ResNet, batch: Tensor) -> None:
    with torch.inference_mode():
        activation = forward_stages(network, batch).activations["layer3"]
    nothing = torch.full_like(batch, torch.nan)
    ours = package_map(network, nothing, "layer3", 2, "grad-cam++", activation=activation)
    assert_same(ours, package_map(network, batch, "layer3", 2, "grad-cam++"))


@pytest.mark.parametrize(
    ("stage", "index", "method"),
    [
        ("layer5", 0, "layer-cam"),
        ("layer4", CLASSES, "layer-cam"),
        ("layer4", -1, "layer-cam"),
        ("layer4", 0, "sure-cam"),
    ],
)
def test_unknown_things_are_refused_in_words(
    network: ResNet, batch: Tensor, stage: str, index: int, method: str
) -> None:
    with pytest.raises(RequestError, match="There is no"):
        package_map(network, batch, stage, index, method)


def test_runs_grow_with_the_stage_only_for_slow_methods() -> None:
    assert find_method("score-cam").runs("layer4") == 512
    assert find_method("score-cam").runs("stem") == 64
    assert find_method("layer-cam").runs("layer4") == 1


class Found:
    """What a network looks like from outside, to compare before and after."""

    def __init__(self, network: ResNet) -> None:
        self.state = {name: value.clone() for name, value in network.state_dict().items()}
        self.modes = [module.training for module in network.modules()]
        self.needs = [parameter.requires_grad for parameter in network.parameters()]
        self.grads = [parameter.grad for parameter in network.parameters()]
        self.modules = [id(module) for module in network.modules()]

    def assert_as_found(self, network: ResNet) -> None:
        now = Found(network)
        assert all(torch.equal(self.state[name], now.state[name]) for name in self.state)
        assert self.modes == now.modes
        assert self.needs == now.needs
        assert self.modules == now.modules
        assert all(a is b for a, b in zip(self.grads, now.grads, strict=True))
        hooks = (m._forward_hooks or m._backward_hooks for m in network.modules())
        assert not any(hooks)


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("training", [False, True])
def test_the_network_is_left_as_found(batch: Tensor, method: str, training: bool) -> None:
    network = resnet18(num_classes=CLASSES).train(training)
    network.bn1.eval()
    network.layer1.requires_grad_(False)
    network.fc.weight.grad = torch.ones_like(network.fc.weight)
    found = Found(network)
    package_map(network, batch, "layer1", 0, method)
    found.assert_as_found(network)
    with pytest.raises(Exception, match=r"(?i)size|shape|channels"):
        package_map(network, batch[:, :2], "layer1", 0, method)
    found.assert_as_found(network)
    with pytest.raises(Cancelled):
        package_map(network, batch, "layer1", 0, method, cancelled=lambda: True)
    found.assert_as_found(network)


@pytest.mark.parametrize("method", SLOW)
def test_cancel_stops_soon_and_leaves_all_as_found(
    network: ResNet, batch: Tensor, method: str
) -> None:
    found, shares = Found(network), list[float]()
    with pytest.raises(Cancelled):
        package_map(network, batch, "layer4", 1, method, shares.append, lambda: len(shares) >= 2)
    assert len(shares) == 2
    assert shares[-1] < 0.05
    found.assert_as_found(network)


@pytest.mark.parametrize("method", IDS)
def test_progress_rises_to_1_and_says_nothing_on_the_terminal(
    network: ResNet, batch: Tensor, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    shares = list[float]()
    package_map(network, batch, "stem", 1, method, shares.append)
    assert shares == sorted(set(shares))
    assert shares[-1] == 1
    assert len(shares) == (8 if method in SLOW else 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("method", ["layer-cam", "ablation-cam", "score-cam"])
def test_threads_on_one_network_get_their_own_maps(
    network: ResNet, batch: Tensor, method: str
) -> None:
    pictures = [batch, batch.flip(3)]
    alone = [package_map(network, pictures[i], "stem", i, method) for i in range(2)]
    together = list[np.ndarray | None]([None, None])
    start = threading.Barrier(2)

    def work(i: int) -> None:
        start.wait()
        together[i] = package_map(network, pictures[i], "stem", i, method)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ours, expected in zip(together, alone, strict=True):
        assert ours is not None
        assert_same(ours, expected)


def test_a_lens_copy_shares_memory_and_nothing_else(network: ResNet, batch: Tensor) -> None:
    copied = lens_copy(network)
    for ours, theirs in zip(copied.parameters(), network.parameters(), strict=True):
        assert ours is not theirs
        assert ours.data_ptr() == theirs.data_ptr()
        assert theirs.requires_grad and not ours.requires_grad
    for ours, theirs in zip(copied.buffers(), network.buffers(), strict=True):
        assert ours is theirs
    assert torch.equal(copied(batch), network(batch))
    copied.layer1.train().register_forward_hook(lambda *_: None)
    assert not network.layer1.training
    assert not network.layer1._forward_hooks


def test_importing_the_table_does_not_import_the_package() -> None:
    """It would bring matplotlib, OpenCV and scikit-learn into every start."""
    code = (
        "import sys, rn18demo.core.cam_methods, rn18demo.core.faithfulness;"
        "print([m for m in ('pytorch_grad_cam', 'cv2', 'sklearn', 'matplotlib')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
