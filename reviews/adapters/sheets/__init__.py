"""Spreadsheet files: CSV as programs write it, and Excel's .xlsx."""
