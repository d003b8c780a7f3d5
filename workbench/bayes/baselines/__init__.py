"""What networks are held against: the rolling mean, boosted quantiles and a hierarchical regression."""
