"""Documents of the demo, drawn from values: invoices, work orders and quotations, digital, scanned, photographed or tampered with.

`content` holds the values, `layouts` draws them, `renderings` turns a drawn PDF into what customers send. The same values and
the same seed give the same bytes. Every company, person and number in the demo is invented.
"""
