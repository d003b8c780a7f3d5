"""The commands, their options and nothing else; each hands over to a module imported when it runs."""

import os
from typing import Annotated

import typer

from workbench import __version__
from workbench.cli import DEBUG_VARIABLE
from workbench.cli.experiment_commands import experiment
from workbench.errors import SettingsError

app = typer.Typer(
    help="Football weeks as notebooks: what came in, how good each team is, what to bet, and whether it was right.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help in 0.2 s rather than 0.6
    pretty_exceptions_enable=False,
    add_completion=False,
)

Season = Annotated[int | None, typer.Option(help="Season; by default the profile's.", show_default=False)]
Week = Annotated[int | None, typer.Option(help="Week; by default the profile's.", show_default=False)]
Profile = Annotated[str, typer.Option(help="A file in params/, such as nfl.", envvar="WORKBENCH_PROFILE")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, such as draws=20000.")
]
Force = Annotated[bool, typer.Option("--force", help="Run also what is unchanged.")]
AsOf = Annotated[
    str, typer.Option(help="ISO instant with its zone; by default the week's decision instant.", show_default=False)
]


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback behind an error.")] = False,
) -> None:
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


@app.command()
def weekly(
    season: Season = None,
    week: Week = None,
    profile: Profile = "demo",
    only: Annotated[list[str] | None, typer.Option(metavar="STAGE", help="Run only this stage; repeatable.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Leave out the stages before.")] = None,
    force: Force = False,
    settings: Settings = None,
    warmup: Annotated[
        int | None, typer.Option(min=0, help="Replay this many weeks before, so that the gate has a history.")
    ] = None,
    as_of: AsOf = "",
) -> None:
    """Run all stages of a week and print where its report is."""
    from workbench.cli.week import ask, run_week

    changed = pairs(settings) | ({"warmup": str(warmup)} if warmup is not None else {})
    asked = ask(profile, season=season, week=week, as_of=as_of, overrides=changed)
    typer.echo(run_week(asked, only=tuple(only or ()), start=start, force=force))


@app.command()
def run(
    stage: Annotated[str, typer.Argument(help="Such as 06_simulate, 06 or simulate.")],
    season: Season = None,
    week: Week = None,
    profile: Profile = "demo",
    force: Force = False,
    settings: Settings = None,
    as_of: AsOf = "",
) -> None:
    """Run one stage; what it needs must be there."""
    from workbench.cli.week import ask, run_week

    asked = ask(profile, season=season, week=week, as_of=as_of, overrides=pairs(settings))
    typer.echo(run_week(asked, only=(stage,), force=force))


@app.command()
def status(season: Season = None, week: Week = None, profile: Profile = "demo", settings: Settings = None) -> None:
    """Show which stages of a week are done, stale or missing."""
    from workbench.cli.status import show_status
    from workbench.cli.week import ask

    show_status(ask(profile, season=season, week=week, overrides=pairs(settings)))


@app.command()
def doctor(profile: Profile = "demo", settings: Settings = None) -> None:
    """Show where each setting came from, whether each source answers, and what the machine offers."""
    from workbench.cli.doctor import show_doctor
    from workbench.cli.week import ask

    if not show_doctor(ask(profile, overrides=pairs(settings)).settings):
        raise typer.Exit(1)


@app.command()
def approve(
    season: Season = None,
    week: Week = None,
    profile: Profile = "demo",
    game: Annotated[
        list[str] | None, typer.Option(metavar="GAME_ID", help="Only this game, however large; repeatable.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who approves; by default your login name.", show_default=False)] = "",
    settings: Settings = None,
) -> None:
    """Approve a week's proposed bets: a person's act, by name."""
    from workbench.cli.approve import approve_week
    from workbench.cli.week import ask

    asked = ask(profile, season=season, week=week, overrides=pairs(settings))
    typer.echo(approve_week(asked, games=tuple(game or ()), by=by))


@app.command()
def halt(
    reason: Annotated[str, typer.Argument(help="Why; it stands on every refused bet.")],
    profile: Profile = "demo",
    settings: Settings = None,
) -> None:
    """Throw the kill switch: no bet is made until `resume`."""
    from workbench.cli.approve import switch
    from workbench.cli.week import ask

    typer.echo(switch(ask(profile, overrides=pairs(settings)), halted=True, reason=reason))


@app.command()
def resume(profile: Profile = "demo", settings: Settings = None) -> None:
    """Release the kill switch."""
    from workbench.cli.approve import switch
    from workbench.cli.week import ask

    typer.echo(switch(ask(profile, overrides=pairs(settings)), halted=False, reason=""))


@app.command()
def study(
    name: Annotated[
        str | None, typer.Argument(help="Such as forecast_skill; without one, the studies are listed.")
    ] = None,
    profile: Profile = "demo",
    force: Force = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter of the study, or a setting."),
    ] = None,
) -> None:
    """Run a study and print where its result is; its page is among the reports."""
    from workbench.cli.study import list_studies, run_study

    typer.echo(run_study(name, profile=profile, changes=pairs(settings), force=force) if name else list_studies())


@app.command()
def leaks(
    season: Season = None,
    weeks: Annotated[str, typer.Option(help="Such as 6,10; by default the profile's week.", show_default=False)] = "",
    profile: Profile = "demo",
    decide_at: Annotated[
        str, typer.Option(help="open or wednesday; by default the profile's.", show_default=False)
    ] = "",
    settings: Settings = None,
) -> None:
    """Provoke leaks: change what could not be known, delay what came in, and prove that no slip moves by a byte."""
    from workbench.cli.leaks import show_leaks
    from workbench.cli.week import ask

    changed = pairs(settings) | ({"decide_at": decide_at} if decide_at else {})
    show_leaks(ask(profile, season=season, overrides=changed), weeks=weeks)


@app.command()
def replay(season: Season = None, week: Week = None, profile: Profile = "demo", settings: Settings = None) -> None:
    """Decide a week anew and hold it to the week as played: the same slip, or the rows that differ."""
    from workbench.cli.replay import show_replay
    from workbench.cli.week import ask

    show_replay(ask(profile, season=season, week=week, overrides=pairs(settings)))


app.add_typer(experiment, name="experiment")

models = typer.Typer(help="The trained models: which there are, who is champion, one step back.", rich_markup_mode=None)
app.add_typer(models, name="models")

Model = Annotated[str, typer.Argument(metavar="NAME", help="Such as rushing_yards@2024.")]
Why = Annotated[str, typer.Option(help="Stands in the model's history.")]


@models.callback(invoke_without_command=True)
def list_models(context: typer.Context, profile: Profile = "demo", settings: Settings = None) -> None:
    """List every model: version, alias, what it was trained on, how good it was, when it was made."""
    if context.invoked_subcommand is None:
        from workbench.cli.models import list_models
        from workbench.cli.week import ask

        typer.echo(list_models(ask(profile, overrides=pairs(settings))))
    elif any(getattr(context.get_parameter_source(p), "name", "") == "COMMANDLINE" for p in context.params):
        verb = context.invoked_subcommand  # else another league than the one meant would be changed
        raise SettingsError(f"Options stand after the verb: `workbench models {verb} NAME --profile {profile}`.")


@models.command()
def show(name: Model, profile: Profile = "demo", settings: Settings = None) -> None:
    """Show a model's versions, its champion's facts, its history and the decisions about its calibration."""
    from workbench.cli.models import show_model
    from workbench.cli.week import ask

    typer.echo(show_model(ask(profile, overrides=pairs(settings)), name))


@models.command()
def promote(
    name: Model,
    version: Annotated[int | None, typer.Argument(help="By default the challenger.", show_default=False)] = None,
    why: Why = "",
    profile: Profile = "demo",
    settings: Settings = None,
) -> None:
    """Make the challenger, or a version named, champion; the one it replaces is remembered."""
    from workbench.cli.models import promote_model
    from workbench.cli.week import ask

    typer.echo(promote_model(ask(profile, overrides=pairs(settings)), name, version=version, why=why))


@models.command()
def rollback(name: Model, why: Why = "", profile: Profile = "demo", settings: Settings = None) -> None:
    """Give the title back to the champion before; done twice, it changes nothing more."""
    from workbench.cli.models import rollback_model
    from workbench.cli.week import ask

    typer.echo(rollback_model(ask(profile, overrides=pairs(settings)), name, why=why))


@app.command()
def export(
    season: Season = None,
    week: Week = None,
    profile: Profile = "demo",
    to: Annotated[str, typer.Option(help="A folder; by default among the league's reports.", show_default=False)] = "",
    settings: Settings = None,
) -> None:
    """Gather tables, figures and sections for a dissertation: LaTeX and vector PDF."""
    from workbench.cli.export import export_week
    from workbench.cli.week import ask

    typer.echo(export_week(ask(profile, season=season, week=week, overrides=pairs(settings)), to=to))


def _verb(verb: str, does: str) -> None:
    def command(
        season: Season = None,
        week: Week = None,
        profile: Profile = "demo",
        force: Force = False,
        settings: Settings = None,
        as_of: AsOf = "",
    ) -> None:
        from workbench.cli.week import ask, run_week

        asked = ask(profile, season=season, week=week, as_of=as_of, overrides=pairs(settings))
        typer.echo(run_week(asked, verb=verb, force=force))

    app.command(verb, help=f"{does}\n\nStages it needs are run first where they are missing or stale.")(command)


_verb("ingest", "Take in new data and check it.")
_verb("profiles", "Rebuild the team profiles.")
_verb("effects", "Estimate what shocks do, and what the line leaves of it.")
_verb("calibrate", "Forecast players' yards and check that the intervals cover.")
_verb("simulate", "Simulate the week's games and price them.")
_verb("publish", "Pass the week's slip through the gate.")
_verb("grade", "Grade the week's bets and show the season.")


def pairs(texts: list[str] | None) -> dict[str, str]:
    """Return what was typed after ``--set`` as a mapping.

    Raises
    ------
    SettingsError
        If one is not KEY=VALUE.
    """
    found = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals:
            raise SettingsError(f"--set takes KEY=VALUE, got {text!r}.")
        found[key.strip()] = value.strip()
    return found
