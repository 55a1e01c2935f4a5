"""What surrounds the content of a screen: its header, bars, prompt, notices, and key hints."""
