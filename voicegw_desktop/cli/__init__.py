"""Operations as verbs, and the commands that serve, demonstrate and test."""
