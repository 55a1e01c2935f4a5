"""Every class overrides the abstract methods of its bases, unless it is a base itself.

Python checks this only if the metaclass is `ABCMeta`. Widgets and screens have a metaclass of Textual instead.
"""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import walk_packages

from textual.widget import Widget

import astro_tui
from astro_tui.widgets.lists.row_view import RowView
from astro_tui.widgets.lists.rows import RowList


def classes() -> set[type]:
    """Return the classes that are defined at the top of a module."""
    for module in walk_packages(astro_tui.__path__, "astro_tui."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    modules = [module for name, module in sys.modules.items() if name.startswith("astro_tui.")]
    return {each for module in modules for _, each in getmembers(module, isclass) if each.__module__ == module.__name__}


def left_out(each: type) -> list[str]:
    """Return the abstract names of a class that it does not override."""
    return [name for name in dir(each) if getattr(getattr(each, name, None), "__isabstractmethod__", False)]


def test_python_does_not_check_widgets() -> None:
    """If it ever does, the other test is not needed."""
    assert not hasattr(type(Widget), "register")
    assert left_out(RowList)
    RowList.__new__(RowList)


def test_every_class_that_is_no_base_overrides_all_abstract_names() -> None:
    ours = classes()
    bases = {base for each in ours for base in each.__mro__[1:]}
    assert RowView in bases
    assert len(ours - bases) > 500
    assert {each: left_out(each) for each in ours - bases if left_out(each)} == {}
