"""What the numbers and clocks mean: pure definitions, which the store keeps up to date and everybody reads."""
