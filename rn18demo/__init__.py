"""ResNet-18 as a glass box: what it answers, where it looked, what every stage saw."""
