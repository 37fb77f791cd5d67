"""Finding ideas: lists, boards, words, and ideas that are much alike."""
