"""JSON documents of any size as a tree of rows: parsing, folding, paths, search, text. Draws nothing."""

from astro_tui.document.decode import FullValue, full_value, size_of
from astro_tui.document.expressions import Expression, at_path, masked
from astro_tui.document.foldable import Foldable, FoldableRow
from astro_tui.document.folds import FoldChange
from astro_tui.document.index import ALL, ROOT, Document
from astro_tui.document.lines import JsonType
from astro_tui.document.masking import Masking
from astro_tui.document.only import MOST, Only
from astro_tui.document.outline import Outline, OutlineState, TreeRow, count_first_rows
from astro_tui.document.paths import (
    SHOWN_KEY,
    Path,
    address_of,
    find,
    has_long_key,
    jq_path,
    path_of,
    path_of_jq,
    path_text,
    python_path,
)
from astro_tui.document.query import DocumentQuery, SearchError, meant, preload
from astro_tui.document.render import as_json, as_yaml
from astro_tui.document.search import Hits, search
from astro_tui.document.yaml_places import YamlPlaces

__all__ = [
    "ALL",
    "MOST",
    "ROOT",
    "SHOWN_KEY",
    "Document",
    "DocumentQuery",
    "Expression",
    "FoldChange",
    "Foldable",
    "FoldableRow",
    "FullValue",
    "Hits",
    "JsonType",
    "Masking",
    "Only",
    "Outline",
    "OutlineState",
    "Path",
    "SearchError",
    "TreeRow",
    "YamlPlaces",
    "address_of",
    "as_json",
    "as_yaml",
    "at_path",
    "count_first_rows",
    "find",
    "full_value",
    "has_long_key",
    "jq_path",
    "masked",
    "meant",
    "path_of",
    "path_of_jq",
    "path_text",
    "preload",
    "python_path",
    "search",
    "size_of",
]
