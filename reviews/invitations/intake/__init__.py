"""Intake: what sources tell about jobs, over the API, in spreadsheets and by copies of mails."""
