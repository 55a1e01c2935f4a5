"""The actions menu, the preview of an action with its confirmation, and the journal, as boxes above any screen."""
