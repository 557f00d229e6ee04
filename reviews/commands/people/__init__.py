"""What did people ask for about their data, and who wants no mail?"""
