"""The palette (`ctrl+p`) and the command line (`:`): one list of where to go and what to do."""
