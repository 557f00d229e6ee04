"""Reading a document: structure by pypdf, text layer and pictures by pdfium, pictures by Pillow, words of pictures by RapidOCR.

Everything here runs in a child process (`reviews.adapters.documents.sandbox`), never in the process that serves people.
"""
