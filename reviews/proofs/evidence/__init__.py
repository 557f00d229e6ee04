"""What stands on paper: cells and labels, kinds of document, addresses, names of people, identifiers of companies. All of it pure."""
