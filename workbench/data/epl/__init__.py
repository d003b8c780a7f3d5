"""The English Premier League as football-data.co.uk publishes it."""
