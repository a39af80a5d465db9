"""Random crops, flips, light and sharpness, for a whole batch at once on its device."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def normalise(pixels: Tensor) -> Tensor:
    """(N, 3, H, W) in 0 to 1 -> the same shape, zero mean and unit spread on ImageNet."""
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1)
    return (pixels - mean) / std


def enlarge(pixels: Tensor, side: int) -> Tensor:
    """(N, 3, 64, 64) uint8 -> (N, 3, side, side) in 0 to 1, bilinear."""
    scaled = pixels.float() / 255
    return F.interpolate(
        scaled, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )


def augment(pixels: Tensor, side: int, crop: float, sharpen: float, rng: Generator) -> Tensor:
    """Draw one variant of every picture.

    Args:
        pixels: (N, 3, H, W) uint8.
        side: Height and width of the result, in pixels.
        crop: Smallest area of a crop, as a share of the picture.
        sharpen: Largest strength of the unsharp mask; half of the pictures get one.
            Pictures of 64 px enlarged to 224 are soft, those that people bring are not.
        rng: On the device of `pixels`.

    Returns:
        (N, 3, side, side), normalised, channels_last.
    """
    count, device = len(pixels), pixels.device

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, device=device).uniform_(low, high, generator=rng)

    area, ratio = uniform(crop, 1), torch.exp(uniform(-0.2877, 0.2877))  # 3/4 to 4/3
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 2] = width * flip, (1 - width) * uniform(-1, 1)
    theta[:, 1, 1], theta[:, 1, 2] = height, (1 - height) * uniform(-1, 1)
    grid = F.affine_grid(theta, [count, 3, side, side], align_corners=False)
    scaled = pixels.float() / 255
    drawn = F.grid_sample(scaled, grid, padding_mode="reflection", align_corners=False)

    strength = (uniform(-sharpen, sharpen)).clamp(min=0).view(-1, 1, 1, 1)
    kernel = 5 if side > 96 else 3
    soft = F.avg_pool2d(drawn, kernel, stride=1, padding=kernel // 2, count_include_pad=False)
    drawn = drawn + strength * (drawn - soft)

    contrast, light = uniform(0.8, 1.2).view(-1, 1, 1, 1), uniform(-0.1, 0.1).view(-1, 1, 1, 1)
    drawn = ((drawn - 0.45) * contrast + 0.45 + light).clamp(0, 1)
    return normalise(drawn).contiguous(memory_format=torch.channels_last)
