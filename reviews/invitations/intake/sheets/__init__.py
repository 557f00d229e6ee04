"""Spreadsheets of jobs: from an uploaded file to events, row by row."""
