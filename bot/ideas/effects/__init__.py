"""What a measure did since an idea came into place."""
