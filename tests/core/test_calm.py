"""The product that stays on one thread."""

import pytest
import torch

from rn18demo.core.calm import calm_product


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 200, 1000])
@pytest.mark.parametrize(("inner", "columns"), [(512, 49), (512, 0), (3, 2), (512, 3136)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_the_usual_product(rows: int, inner: int, columns: int, dtype: torch.dtype) -> None:
    chance = torch.Generator().manual_seed(rows)
    left = torch.randn(rows, inner, generator=chance, dtype=dtype)
    right = torch.randn(inner, columns, generator=chance, dtype=dtype)
    product = calm_product(left, right)
    assert product.dtype == dtype
    torch.testing.assert_close(product, left @ right, atol=1e-4, rtol=1e-4)


def test_a_transposed_factor_and_one_with_a_gradient_are_fine() -> None:
    left = torch.randn(49, 20).T
    right = torch.randn(5, 49).T.requires_grad_()
    product = calm_product(left, right)
    assert not product.requires_grad
    torch.testing.assert_close(product, left @ right.detach(), atol=1e-5, rtol=1e-5)


def test_factors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="mismatch"):
        calm_product(torch.ones(20, 3), torch.ones(4, 2))
