"""Effects pooled over types and cells: the hierarchical model, the effect library, and its look-up."""
