"""The starter checkpoint: a ResNet-18 trained from scratch on Tiny ImageNet.

`python -m rn18demo.training.starter.make --data DIR --run DIR` goes the whole way, in four steps
that are commands of their own: the package itself trains, `pack` writes the checkpoint, `measure`
counts how often it is right, `corruptions` the same on corrupted pictures. `short_runs`
compares recipes.
"""
