"""Grad-CAM against the grad-cam package and against autograd written out."""

import numpy as np
import pytest
import torch
from torchvision.models import ResNet

from rn18demo.core.cam import layer4_maps, signed_layer4_maps, stage_gradients
from rn18demo.core.stages import STAGES, forward_stages


def written_out(network: ResNet, batch: torch.Tensor, stage: str, index: int) -> np.ndarray:
    """Selvaraju et al., equations 1 and 2, with a retained gradient."""
    with torch.enable_grad():
        outputs = forward_stages(network, batch.clone().requires_grad_())
        activation = outputs.activations[stage]
        (gradient,) = torch.autograd.grad(outputs.logits[0, index], activation)
    weights = gradient[0].mean((1, 2))
    return torch.relu(torch.einsum("k,khw->hw", weights, activation[0])).detach().numpy()


def activation_of(network: ResNet, batch: torch.Tensor, stage: str) -> torch.Tensor:
    with torch.inference_mode():
        return forward_stages(network, batch).activations[stage]


def test_closed_form_equals_autograd(network: ResNet, batch: torch.Tensor) -> None:
    maps = layer4_maps(activation_of(network, batch, "layer4")[0], network.fc.weight.detach())
    for index in range(len(maps)):
        expected = written_out(network, batch, "layer4", index)
        np.testing.assert_allclose(maps[index], expected, atol=1e-5 * expected.max() + 1e-8)


def test_cells_sum_to_the_logit_less_its_bias(network: ResNet, batch: torch.Tensor) -> None:
    with torch.no_grad():
        outputs = forward_stages(network, batch)
    maps = signed_layer4_maps(outputs.activations["layer4"][0], network.fc.weight.detach())
    logits = maps.sum((1, 2)) + network.fc.bias.detach()
    torch.testing.assert_close(logits, outputs.logits[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_partial_backward_equals_autograd(network: ResNet, batch: torch.Tensor, stage: str) -> None:
    gradients = stage_gradients(network, stage, activation_of(network, batch, stage))
    together = gradients.maps([0, 2])
    for row, index in enumerate([0, 2]):
        expected = written_out(network, batch, stage, index)
        tolerance = 1e-5 * expected.max() + 1e-8
        np.testing.assert_allclose(gradients.maps([index])[0], expected, atol=tolerance)
        np.testing.assert_allclose(together[row], expected, atol=tolerance)


def test_contributions_at_layer4_are_weight_times_mean(
    network: ResNet, batch: torch.Tensor
) -> None:
    activation = activation_of(network, batch, "layer4")
    contributions = stage_gradients(network, "layer4", activation).contributions(1)
    expected = network.fc.weight[1].detach() * activation[0].mean((1, 2))
    torch.testing.assert_close(contributions, expected, atol=1e-6, rtol=1e-4)


def test_the_network_is_left_as_found(network: ResNet, batch: torch.Tensor) -> None:
    network.requires_grad_(True)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    activation = activation_of(network, batch, "layer2")
    kept = activation.clone()
    stage_gradients(network, "layer2", activation).maps([0, 1])
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert not network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert torch.equal(activation, kept)
