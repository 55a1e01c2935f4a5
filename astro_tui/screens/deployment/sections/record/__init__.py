"""The record of a deployment, beside or above its spec."""
