"""E-invoices: UBL and CII, read and laid out on a page."""
