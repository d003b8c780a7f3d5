"""The embedded simulated league: nflverse-shaped files with planted truth kept apart."""

from workbench.data.demo.league import DEFAULT_SEED, NOW, SEASONS, league_digest, write_league

__all__ = ["DEFAULT_SEED", "NOW", "SEASONS", "league_digest", "write_league"]
