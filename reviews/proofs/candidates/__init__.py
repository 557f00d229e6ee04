"""What on a page can be meant by each field, the evidence for and against it, and which of them is chosen."""
