"""Speech synthesis shared by the local engines: text made speakable, cut into clauses, spoken, joined and cached."""
