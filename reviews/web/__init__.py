"""Everything that answers HTTP, one room per audience: machines, customers, the desk."""
