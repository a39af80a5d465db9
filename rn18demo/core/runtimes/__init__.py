"""Ways to compute a batch, each behind the same small face; importing loads none of them."""
