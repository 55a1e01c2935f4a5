"""The logs of a deployment's workloads."""
