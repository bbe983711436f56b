"""Sphinx configuration. ``errors.md`` is generated from the code before every build."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))
sys.path.insert(0, str(HERE))

import generate_errors  # noqa: E402 - needs the paths above

import eid  # noqa: E402

generate_errors.write(HERE / "errors.md")

project = "eid"
author = "The eid maintainers"
copyright = "The eid maintainers, Apache-2.0"
version = release = eid.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {
    "members": True,
    # Modules list in __all__ names that live elsewhere: each is documented once, at home.
    "ignore-module-all": True,
}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"eid {release}"
