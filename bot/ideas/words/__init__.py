"""What is shown of ideas: cards, messages, forms, pages and lists. Pure: facts in, blocks out."""
