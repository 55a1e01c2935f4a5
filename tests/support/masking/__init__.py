"""The corpus that the masker is measured on."""
