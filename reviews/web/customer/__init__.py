"""For customers: the branch's page, the claim and the mails they got."""
