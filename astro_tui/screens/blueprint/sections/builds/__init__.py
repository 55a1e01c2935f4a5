"""The builds of the blueprint. The one under the cursor is shown."""
