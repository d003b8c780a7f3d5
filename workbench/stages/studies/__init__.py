"""Studies: long questions, each a parameterized notebook with a computation behind it and a result.json in front."""
