"""What `astro-tui doctor` looks at: a module for each group, all at the same time, within a bound."""
