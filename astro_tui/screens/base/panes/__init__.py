"""The bases of the panes of sections: with lines to scroll, with a filter, or with foldable rows that are reloaded."""

__all__ = ["filtered_pane", "node_detail", "nodes_loader", "nodes_pane", "scrolled_pane"]
