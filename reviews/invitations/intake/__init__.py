"""Intake: what sources report about jobs, over the API, in spreadsheets and by copies of mails."""
