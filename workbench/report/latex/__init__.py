"""The dissertation's side of a page: its tables as .tex, its figures as vector PDF, its sentences as a section."""
