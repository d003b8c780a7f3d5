"""nflverse: the schedule, plays and players of the league, from the public releases or a folder like them."""
