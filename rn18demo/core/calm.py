"""A matrix product that does not gather the team of threads that PyTorch keeps.

PyTorch and OpenBLAS spread even a product of 0.1 ms over all cores, and their threads then wait
busily for more. A forward that another library runs next finds the cores taken: behind the maps
of one camera frame it took a quarter longer (two cores with AMX, OpenVINO in bf16).
"""

import numpy as np
from torch import Tensor, from_numpy

ALONE = 64**3 * 0.95
"""Multiplications that OpenBLAS, which NumPy calls, leaves to the calling thread: its threshold is
4 x 65,536 = 64^3 (interface/gemm.c), and it is approached with care."""


def calm_product(left: Tensor, right: Tensor) -> Tensor:
    """Multiply in pieces that are small enough for one thread.

    Args:
        left: (M, K) floating point.
        right: (K, N), of the same type and on the same device. On another device than the CPU
            this is the usual product.

    Returns:
        (M, N), without a gradient.
    """
    left, right = left.detach(), right.detach()
    if left.device.type != "cpu":
        return left @ right
    above, below = left.numpy(), right.numpy()
    rows = max(1, int(ALONE // max(1, right.numel())))
    whole = len(above) // rows * rows
    pieces = above[:whole].reshape(-1, rows, above.shape[1]) @ below  # a stack of small products
    product = pieces.reshape(whole, below.shape[1])
    if whole < len(above):
        product = np.concatenate([product, above[whole:] @ below])
    return from_numpy(product)
