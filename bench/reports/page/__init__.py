"""A result as a page: one HTML file for a screen, a phone and paper."""

from bench.reports.page.document import html

__all__ = ["html"]
