"""The cases behind a figure, and the stories told of them: for their subject alone."""
