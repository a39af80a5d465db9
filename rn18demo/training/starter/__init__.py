"""The starter checkpoint: a ResNet-18 trained from scratch on Tiny ImageNet.

`python -m rn18demo.training.starter --data DIR --out DIR` trains it;
`python -m rn18demo.training.starter.measure --data DIR` measures the shipped files.
"""
