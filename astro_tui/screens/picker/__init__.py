"""Picker."""
