"""StyleRWKV in PyTorch: network, operators, losses and data, as defined in docs/network.md."""
